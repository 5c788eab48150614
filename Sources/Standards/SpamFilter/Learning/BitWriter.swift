/// Writes bits one behind the other, the highest first.
// Unsafe and sound: the memory is this writer's alone, and where there is no room for eight octets more, nothing is written.
@safe struct BitWriter: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private var at = 0
    /// The lowest `count` bits wait to be written.
    private var gathered: UInt64 = 0, count: UInt64 = 0

    /// - Parameter room: octets that are written at most; what goes beyond is left out.
    init(room: Int) { unsafe memory = .allocate(byteCount: max(0, room) &+ 8, alignment: 8) }

    deinit { unsafe memory.deallocate() }

    /// What was written; the last octet filled with zeroes.
    var octets: [UInt8] {
        mutating get {
            fillOctet()
            return unsafe Array(memory[..<at])
        }
    }

    /// Adds the lowest bits of a number.
    /// - Parameters:
    ///   - bits: below two to the power of `width`.
    ///   - width: 0 to 32.
    @inline(__always)
    mutating func add(_ bits: UInt64, _ width: UInt64) {
        gathered = gathered &<< width | bits
        count &+= width
        if count >= 32 { write() }
    }

    /// Adds a number in the code of Rice: ones and a zero for its higher bits, the lower ones as they are.
    /// - Parameter width: of the lower bits, 0 to 24.
    @inline(__always)
    mutating func addRice(_ number: UInt32, _ width: Int) {
        let width = UInt64(truncatingIfNeeded: width), low = UInt64(number) & ((1 &<< width) &- 1)
        var high = UInt64(number) &>> width
        while high > 6 {
            add(0x3f, 6)
            high &-= 6
        }
        // At most 6 ones, a zero and 24 bits.
        add(((1 &<< (high &+ 1)) &- 2) &<< width | low, high &+ 1 &+ width)
    }

    /// What follows begins with an octet.
    mutating func fillOctet() {
        add(0, (8 &- (count & 7)) & 7)
        write()
    }

    /// Writes the whole octets that wait.
    @inline(__always)
    private mutating func write() {
        guard unsafe at &+ 8 <= memory.count, count > 0 else { return }
        unsafe memory.storeBytes(of: (gathered &<< (64 &- count)).bigEndian, toByteOffset: at, as: UInt64.self)
        at &+= Int(truncatingIfNeeded: count >> 3)
        count &= 7
    }
}
