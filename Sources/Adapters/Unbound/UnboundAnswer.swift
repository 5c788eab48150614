internal import CUnbound
internal import DNS

extension TimedAnswer {
    /// Characters kept of the reason why validation failed, which quotes names that others chose.
    private static let longestReason = 300

    /// Reads what libunbound found.
    /// - Parameter validated: whether there is a trust anchor; without one nothing is known about security (RFC 4033 §5).
    init(result: UnsafeMutablePointer<ub_result>, validated: Bool) {
        let found = unsafe result.pointee
        if unsafe found.bogus != 0 {
            let why = unsafe found.why_bogus.map { unsafe String(cString: $0) } ?? "no reason given"
            self = .trouble(.bogus(String(why.prefix(Self.longestReason))))
            return
        }
        let status: DNSSECStatus = unsafe found.secure != 0 ? .secure : validated ? .insecure : .indeterminate
        let ttl = unsafe Int(found.ttl)
        switch unsafe found.rcode {
        case 0:
            guard unsafe found.havedata != 0, let type = unsafe RecordType(rawValue: UInt16(truncatingIfNeeded: found.qtype)) else {
                self.init(.noData(status), ttl: ttl)
                return
            }
            let records = unsafe Self.records(found, type)
            // Data that is there but cannot be read is not an empty answer.
            self = records.isEmpty ? .trouble(.responseCode(1)) : TimedAnswer(.records(records, status), ttl: ttl)
        case 3: self.init(.nameError(status), ttl: ttl)
        case let code: self = .trouble(.responseCode(Int(code)))
        }
    }

    private static func records(_ found: ub_result, _ type: RecordType) -> [RecordData] {
        guard let data = unsafe found.data, let lengths = unsafe found.len else { return [] }
        var records: [RecordData] = [], place = 0
        // The row of pointers ends with a null one.
        while let item = unsafe data[place] {
            let octets = unsafe Array(UnsafeRawBufferPointer(start: item, count: max(0, Int(lengths[place]))))
            if let record = RecordData(wire: octets, type: type) { records.append(record) }
            place += 1
        }
        return records
    }
}
