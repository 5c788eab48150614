import DNS
import Mail
import Testing

@Suite struct DateTests {
    @Test(arguments: [
        ("Mon, 1 Jan 2024 00:00:00 +0000", 1_704_067_200, 0), ("1 Jan 2024 02:00:00 +0200", 1_704_067_200, 120), ("Thu, 29 Feb 2024 23:59:59 -0530", 1_709_270_999, -330),
        ("Fri, 21 Nov 1997 09:55:06 -0600", 880_127_706, -360), ("21 Nov 97 09:55:06 GMT", 880_106_106, 0), ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", -1, 0),
        ("Thu, 1 Jan 1970 00:00 UT", 0, 0), ("1 Jan 2024 00:00:00 EST", 1_704_085_200, -300), ("1 Jan 2024 00:00:00 (x) Z", 1_704_067_200, 0), ("31 Dec 1969 23:59:59 +0000", -1_000_000, 0),
        ("1-Jan-2024 00:00:00 +0000", 1_704_067_200, 0), ("Mon, 01 January 2024 00:00:00 +00:00", 1_704_067_200, 0), ("1 Jan 2024 00:00:60 +0000", 1_704_067_259, 0),
        ("30 Feb 2024 00:00:00 +0000", -1, 0), ("1 Jan 2024 24:00:00 +0000", -1, 0), ("1 Foo 2024 00:00:00 +0000", -1, 0), ("yesterday", -1, 0), ("", -1, 0),
        ("99999999999999999999 Jan 2024 00:00:00", -1, 0), ("1 Jan 99999999999 00:00:00", -1, 0), ("1 Jan 124 00:00:00 +0000", 1_704_067_200, 0),
    ]) func date(_ text: String, _ seconds: Int, _ offset: Int) {
        let date = MailDate(text)
        if seconds == -1 {
            #expect(date == nil)
        } else if seconds == -1_000_000 {
            #expect(date?.secondsSince1970 == -1)
        } else {
            #expect(date?.secondsSince1970 == seconds)
            #expect(date?.offsetMinutes == offset)
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String { text }
        var text: String
        var helo: String?
        var addresses: [String]
        var by: String?, with: String?, id: String?, recipient: String?
        var seconds: Int?
    }

    static let receivedRows: [Row] = [
        Row(text: "from mx.example (mx.example [192.0.2.7]) by in.example (Postfix) with ESMTPS id 4F2 for <b@example.net>; Mon, 1 Jan 2024 00:00:00 +0000 (UTC)",
            helo: "mx.example", addresses: ["192.0.2.7"], by: "in.example", with: "ESMTPS", id: "4F2", recipient: "b@example.net", seconds: 1_704_067_200),
        Row(text: "from [192.0.2.1] (helo=x.example) by y.example with esmtp (Exim 4.96) id 1aB-0; Mon, 1 Jan 2024 01:00:00 +0100",
            helo: "[192.0.2.1]", addresses: ["192.0.2.1"], by: "y.example", with: "esmtp", id: "1aB-0", recipient: nil, seconds: 1_704_067_200),
        Row(text: "from a ([IPv6:2001:db8::25]) by b; x", helo: "a", addresses: ["2001:db8::25"], by: "b", with: nil, id: nil, recipient: nil, seconds: nil),
        Row(text: "from a (2001:db8::1) by b (10.0.0.1)", helo: "a", addresses: ["2001:db8::1"], by: "b", with: nil, id: nil, recipient: nil, seconds: nil),
        Row(text: "from h ([192.0.2.9]:4711 helo=z) by m", helo: "h", addresses: ["192.0.2.9"], by: "m", with: nil, id: nil, recipient: nil, seconds: nil),
        Row(text: "(qmail 123 invoked by uid 0); 1 Jan 2024 00:00:00 -0000", helo: nil, addresses: [], by: nil, with: nil, id: nil, recipient: nil, seconds: 1_704_067_200),
        Row(text: "by 10.1.2.3 with SMTP id q; Mon, 1 Jan 2024 00:00:00 +0000", helo: nil, addresses: [], by: "10.1.2.3", with: "SMTP", id: "q", recipient: nil, seconds: 1_704_067_200),
        Row(text: "from by by with", helo: "by", addresses: [], by: "with", with: nil, id: nil, recipient: nil, seconds: nil),
        Row(text: "", helo: nil, addresses: [], by: nil, with: nil, id: nil, recipient: nil, seconds: nil),
        Row(text: "from (((", helo: nil, addresses: [], by: nil, with: nil, id: nil, recipient: nil, seconds: nil),
    ]

    @Test(arguments: receivedRows) func received(_ row: Row) {
        let field = ReceivedField(row.text)
        #expect(field.helo == row.helo)
        #expect(field.addresses == row.addresses.compactMap { IPAddress($0) })
        #expect(field.by == row.by)
        #expect(field.with == row.with)
        #expect(field.id == row.id)
        #expect(field.recipient == row.recipient)
        #expect(field.date?.secondsSince1970 == row.seconds)
    }
}
