import Foundation
import TestSupport
import Testing
import Web

@Suite struct HTTPClientTests {}
