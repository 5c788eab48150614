/// Numbers as ZIP writes them, least octet first; nil where the octets end before the number does.
struct LittleEndian {
    let octets: ArraySlice<UInt8>

    init(_ octets: [UInt8]) { self.octets = octets[...] }

    var count: Int { octets.count }

    func number(at place: Int, octets count: Int) -> Int? {
        guard place >= 0, count <= 4, octets.count - count >= place else { return nil }
        var value = 0
        for octet in octets[place..<(place + count)].reversed() { value = value << 8 | Int(octet) }
        return value
    }

    func short(_ place: Int) -> Int? { number(at: place, octets: 2) }
    func long(_ place: Int) -> Int? { number(at: place, octets: 4) }
}
