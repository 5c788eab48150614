/// The places of features in order: sorted octet by octet from the lowest, which asks for no comparison.
enum SortedPlaces {
    /// - Returns: the highest ``PackedFeatures/bits`` bits of each hash, ascending.
    // Unsafe and sound: what is counted says where each goes, and all together are as many as there are.
    static func of(_ hashes: ArraySlice<UInt32>) -> [UInt32] {
        let count = hashes.count
        return unsafe [UInt32](unsafeUninitializedCapacity: count) { sorted, written in
            unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { other in
                unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3 * 256) { starts in
                    unsafe starts.initialize(repeating: 0)
                    unsafe hashes.withUnsafeBufferPointer { unsafe order($0, starts, other, sorted) }
                }
            }
            written = count
        }
    }

    private static func order(_ hashes: UnsafeBufferPointer<UInt32>, _ starts: UnsafeMutableBufferPointer<Int32>, _ other: UnsafeMutableBufferPointer<UInt32>, _ sorted: UnsafeMutableBufferPointer<UInt32>) {
        let count = hashes.count
        for place in 0..<count {
            let hash = unsafe hashes[place]
            unsafe starts[Int(hash >> 8 & 0xff)] &+= 1
            unsafe starts[256 &+ Int(hash >> 16 & 0xff)] &+= 1
            unsafe starts[512 &+ Int(hash >> 24)] &+= 1
        }
        var low: Int32 = 0, middle: Int32 = 0, high: Int32 = 0
        for octet in 0..<256 {
            unsafe (low, starts[octet]) = (low &+ starts[octet], low)
            unsafe (middle, starts[256 &+ octet]) = (middle &+ starts[256 &+ octet], middle)
            unsafe (high, starts[512 &+ octet]) = (high &+ starts[512 &+ octet], high)
        }
        for place in 0..<count { let hash = unsafe hashes[place] >> 8; unsafe put(hash, starts, Int(hash & 0xff), sorted) }
        for place in 0..<count { let hash = unsafe sorted[place]; unsafe put(hash, starts, 256 &+ Int(hash >> 8 & 0xff), other) }
        for place in 0..<count { let hash = unsafe other[place]; unsafe put(hash, starts, 512 &+ Int(hash >> 16 & 0xff), sorted) }
    }

    @inline(__always)
    private static func put(_ hash: UInt32, _ starts: UnsafeMutableBufferPointer<Int32>, _ key: Int, _ to: UnsafeMutableBufferPointer<UInt32>) {
        let place = unsafe starts[key]
        unsafe to[Int(place)] = hash
        unsafe starts[key] = place &+ 1
    }
}
