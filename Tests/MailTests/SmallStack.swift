import Foundation
import Synchronization

/// Runs work on a thread with a stack of 512 kB.
enum SmallStack {
    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let done = DispatchSemaphore(value: 0)
    }

    static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) -> Value? {
        let box = Box<Value>()
        let thread = Thread {
            let value = work()
            box.value.withLock { $0 = value }
            box.done.signal()
        }
        thread.stackSize = 512 * 1024
        thread.start()
        box.done.wait()
        return box.value.withLock { $0 }
    }
}
