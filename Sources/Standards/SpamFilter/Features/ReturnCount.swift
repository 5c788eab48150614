// Unsafe and sound: nothing is read beyond the count.
extension UnsafeBufferPointer<UInt8> {
    /// How many of the octets are no CR: eight at once, each counted in an octet of its own until that is full.
    var countWithoutReturns: Int {
        let octets = UnsafeRawBufferPointer(self), ones: UInt64 = 0x0101_0101_0101_0101, pairs: UInt64 = 0x00ff_00ff_00ff_00ff
        var returns = 0, at = 0
        while at &+ 8 <= count {
            var counts: UInt64 = 0, left = 255
            while at &+ 8 <= count, left > 0 {
                let changed = unsafe octets.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ (ones &* 13)
                // The high bit of each octet that is not 0.
                let others = ((changed & (ones &* 127)) &+ (ones &* 127)) | changed
                counts &+= (~others >> 7) & ones
                at &+= 8
                left &-= 1
            }
            returns &+= Int((((counts & pairs) &+ (counts >> 8 & pairs)) &* 0x0001_0001_0001_0001) >> 48)
        }
        while at < count {
            if unsafe self[at] == 13 { returns &+= 1 }
            at &+= 1
        }
        return count &- returns
    }
}
