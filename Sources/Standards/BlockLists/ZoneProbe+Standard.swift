internal import DNS

extension ZoneProbe {
    /// 127.0.0.2 is listed, 127.0.0.1 is not (RFC 5782 §5).
    package static let v4: [ZoneProbe] = [ZoneProbe("2.0.0.127", isListed: true), ZoneProbe("1.0.0.127", isListed: false)]

    /// `::FFFF:7F00:2` is listed, `::FFFF:7F00:1` is not (RFC 5782 §5). Many lists with IPv6 data have no such entry,
    /// so its absence alone is no fault.
    package static let v6: [ZoneProbe] = [
        ZoneProbe(IPAddress.v6(high: 0, low: 0xffff_7f00_0002).reversedLabels, isListed: true, isRequired: false),
        ZoneProbe(IPAddress.v6(high: 0, low: 0xffff_7f00_0001).reversedLabels, isListed: false, isRequired: false),
    ]

    /// `TEST` is listed, `INVALID` is not (RFC 5782 §5).
    package static let domain: [ZoneProbe] = [ZoneProbe("test", isListed: true), ZoneProbe("invalid", isListed: false)]
}
