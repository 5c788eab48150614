import DKIM

/// What must hold for the reading of any octets as a key record.
struct DKIMKeyRecordTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        do throws(DKIMFault) {
            let record = try DKIMKeyRecord(octets)
            let again = try? DKIMKeyRecord(record.text)
            precondition(again?.kind == record.kind && again?.key == record.key && again?.flags == record.flags && again?.hashes == record.hashes
                && again?.services == record.services, "a record changes when it is written and read")
            _ = DKIMKey(record).bits
        } catch {
            precondition(error.result == .permerror && !error.why.isEmpty)
        }
    }
}
