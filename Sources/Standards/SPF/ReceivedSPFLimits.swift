/// How much of a Received-SPF field is written and read.
package struct ReceivedSPFLimits: Sendable, Hashable {
    /// Octets of one value, before what must be escaped in it is; a longer one is cut when written, and refused when read. A mailbox has 320.
    package var valueOctets = 400
    /// Octets of the comment, likewise cut; one that is read is cut too.
    package var commentOctets = 480
    /// Octets of a field that is read.
    package var fieldOctets = 16_384
    /// Pairs of a field that is read.
    package var pairs = 32
    /// Octets of a key that is read.
    package var keyOctets = 64

    package init() {}
}
