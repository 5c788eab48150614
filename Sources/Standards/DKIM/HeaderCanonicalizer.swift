internal import Mail

/// A header field made canonical as its octets come, in pieces cut anywhere.
///
/// LF without CR is taken as CRLF; CR without LF is an octet like others.
/// Source: RFC 6376 §3.4.1, §3.4.2.
package struct HeaderCanonicalizer: Sendable {
    private let isRelaxed: Bool
    private var inName = true
    /// Something of the name or the value was written: white space before it falls away.
    private var isBegun = false
    /// Relaxed: white space. Simple: a line end. Each counts only when something follows.
    private var pending = false
    private var carriageReturn = false

    package init(_ canonicalization: Canonicalization) { isRelaxed = canonicalization == .relaxed }

    /// Adds octets of the field, with or without its last line break.
    package mutating func add(_ octets: ArraySlice<UInt8>, to output: inout [UInt8]) {
        // Nothing grows but line ends and what was held back before.
        output.append(addingCapacity: octets.count &* 2 &+ 4) { room in
            unsafe room.withUnsafeMutableBufferPointer { room, written in
                unsafe octets.withUnsafeBytes { octets in
                    let target = UnsafeMutableRawBufferPointer(room)
                    written = unsafe isRelaxed ? relax(octets, into: target) : keep(octets, into: target)
                }
            }
        }
    }

    /// Ends the field.
    /// - Parameter lineEnd: a CRLF follows, as after every field but the signature itself (RFC 6376 §3.7).
    package mutating func finish(lineEnd: Bool, to output: inout [UInt8]) {
        if carriageReturn {
            if pending, isBegun || !isRelaxed { isRelaxed ? output.append(ASCII.space) : Self.endLine(&output) }
            output.append(ASCII.cr)
        }
        if lineEnd { Self.endLine(&output) }
        self = HeaderCanonicalizer(isRelaxed ? .relaxed : .simple)
    }

    /// - Returns: the octets written.
    private mutating func relax(_ octets: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer) -> Int {
        var machine = self, at = 0, from = 0   // in registers
        while from < octets.count {
            let octet = unsafe octets[from]
            from &+= 1
            if octet > 32, !machine.carriageReturn {
                if machine.inName {
                    if octet == ASCII.colon {
                        machine.inName = false
                        machine.isBegun = false
                        machine.pending = false
                        unsafe room[at] = octet
                        at &+= 1
                        continue
                    }
                    unsafe machine.begin(room, &at)
                    unsafe room[at] = ASCII.lower(octet)
                } else {
                    unsafe machine.begin(room, &at)
                    unsafe room[at] = octet
                    while from < octets.count, unsafe octets[from] > 32 {
                        at &+= 1
                        unsafe room[at] = octets[from]
                        from &+= 1
                    }
                }
                at &+= 1
                continue
            }
            if machine.carriageReturn {
                machine.carriageReturn = false
                if octet != ASCII.lf {
                    unsafe machine.begin(room, &at)
                    unsafe room[at] = ASCII.cr
                    at &+= 1
                }
            }
            if octet == ASCII.lf { continue }
            if octet == ASCII.cr { machine.carriageReturn = true; continue }
            if ASCII.isBlank(octet) { machine.pending = true; continue }
            if machine.inName, octet == ASCII.colon {
                machine.inName = false
                machine.isBegun = false
                machine.pending = false
            } else {
                unsafe machine.begin(room, &at)
            }
            unsafe room[at] = machine.inName ? ASCII.lower(octet) : octet
            at &+= 1
        }
        self = machine
        return at
    }

    @inline(__always) private mutating func begin(_ room: UnsafeMutableRawBufferPointer, _ at: inout Int) {
        if pending {
            pending = false
            if isBegun {
                unsafe room[at] = ASCII.space
                at &+= 1
            }
        }
        isBegun = true
    }

    private mutating func keep(_ octets: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer) -> Int {
        var machine = self, at = 0
        for unsafe octet in unsafe octets {
            if octet == ASCII.lf {
                // The CR before it belongs to the line end.
                machine.carriageReturn = false
                if machine.pending { unsafe Self.endLine(room, &at) }
                machine.pending = true
                continue
            }
            if machine.pending, octet != ASCII.cr || machine.carriageReturn {
                unsafe Self.endLine(room, &at)
                machine.pending = false
            }
            if machine.carriageReturn {
                unsafe room[at] = ASCII.cr
                at &+= 1
            }
            machine.carriageReturn = octet == ASCII.cr
            if octet != ASCII.cr {
                unsafe room[at] = octet
                at &+= 1
            }
        }
        self = machine
        return at
    }

    private static func endLine(_ output: inout [UInt8]) {
        output.append(ASCII.cr)
        output.append(ASCII.lf)
    }

    private static func endLine(_ room: UnsafeMutableRawBufferPointer, _ at: inout Int) {
        unsafe room[at] = ASCII.cr
        unsafe room[at &+ 1] = ASCII.lf
        at &+= 2
    }
}
