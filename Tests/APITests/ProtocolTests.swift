import API
import Testing
import TestSupport
import Verdicts

/// What reaches the door and is no good HTTP, or takes too long.
@Suite(.longWork) struct ProtocolTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        let name: String
        let octets: String
        let status: Int
        let kind: String
        var testDescription: String { name }
    }

    static let head = "POST \(judged) HTTP/1.1\r\nHost: x\r\nContent-Type: message/rfc822\r\n"

    @Test(arguments: [
        Bad(name: "two different lengths", octets: head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", status: 400, kind: "invalid-length"),
        Bad(name: "two equal lengths", octets: head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", status: 400, kind: "invalid-length"),
        Bad(name: "length and chunked", octets: head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", status: 400, kind: "invalid-request"),
        Bad(name: "chunked and length", octets: head + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n", status: 400, kind: "invalid-length"),
        Bad(name: "negative length", octets: head + "Content-Length: -1\r\n\r\n", status: 400, kind: "invalid-length"),
        Bad(name: "length in powers", octets: head + "Content-Length: 1e30\r\n\r\n", status: 400, kind: "invalid-length"),
        Bad(name: "length beyond 64 bits", octets: head + "Content-Length: 99999999999999999999999\r\n\r\n", status: 400, kind: "invalid-length"),
        Bad(name: "length with a sign", octets: head + "Content-Length: +5\r\n\r\nhello", status: 400, kind: "invalid-length"),
        Bad(name: "empty length", octets: head + "Content-Length:\r\n\r\n", status: 400, kind: "invalid-length"),
        Bad(name: "chunk size of letters", octets: head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n", status: 400, kind: "invalid-chunk"),
        Bad(name: "chunk size beyond 64 bits", octets: head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n", status: 400, kind: "invalid-chunk"),
        Bad(name: "garbage", octets: "\u{1}\u{2}\u{3} not HTTP at all\r\n\r\n", status: 400, kind: "invalid-request"),
        Bad(name: "a mail", octets: "EHLO mx.example.org\r\n", status: 400, kind: "invalid-request"),
        Bad(name: "no path", octets: "GET  HTTP/1.1\r\n\r\n", status: 400, kind: "invalid-request"),
        Bad(name: "space before the colon", octets: "GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", status: 400, kind: "invalid-request"),
        Bad(name: "another protocol's version", octets: "GET /healthz HTTP/3.7\r\nHost: x\r\n\r\n", status: 505, kind: "version"),
        Bad(name: "long request line", octets: "GET /" + String(repeating: "x", count: 20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", status: 431, kind: "header-too-large"),
        Bad(name: "long header field", octets: "GET /healthz HTTP/1.1\r\nX: " + String(repeating: "x", count: 20_000) + "\r\n\r\n", status: 431, kind: "header-too-large"),
        Bad(name: "long header", octets: "GET /healthz HTTP/1.1\r\n" + String(repeating: "X: \(String(repeating: "x", count: 300))\r\n", count: 60) + "\r\n", status: 431, kind: "header-too-large"),
        Bad(name: "many header fields", octets: "GET /healthz HTTP/1.1\r\n" + String(repeating: "X: x\r\n", count: 200) + "\r\n", status: 431, kind: "header-too-large"),
    ])
    func refusedAndClosed(_ bad: Bad) async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge)
        let octets = bad.octets.hasPrefix(Self.head) ? "\(Self.head)Authorization: Bearer \(token)\r\n" + bad.octets.dropFirst(Self.head.count) : bad.octets
        let (answer, rest) = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(octets)
            let answer = try connection.answer()
            return (answer, try connection.receiveAll())
        }
        #expect(answer.status == bad.status)
        #expect(answer.kind == bad.kind)
        #expect(answer.isProblem)
        #expect(answer.header["date"] != nil)
        #expect(answer.header["connection"] == "close")
        #expect(rest.isEmpty)
        #expect(door.judge.submissions.isEmpty)
        try await door.stop()
    }

    @Test func aClientThatGoesAwayInTheMiddleIsNotJudged() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge)
        for body in ["Content-Length: 500\r\n\r\nFrom: a", "Transfer-Encoding: chunked\r\n\r\n5\r\nFrom:\r\n"] {
            try await blocking { try RawConnection(port: port).send("\(Self.head)Authorization: Bearer \(token)\r\n\(body)") }
            let half = try await blocking {
                let connection = try RawConnection(port: port)
                try connection.send("\(Self.head)Authorization: Bearer \(token)\r\n\(body)")
                connection.finish()
                return try connection.answer()
            }
            #expect(half.status == 400)
            #expect(half.kind == "incomplete")
        }
        try await door.stop()
        #expect(door.judge.submissions.isEmpty)
    }

    @Test func slowBodyGets408() async throws {
        let door = try await TestDoor { $0.arrival = .milliseconds(300) }
        let port = door.port, token = try await door.token(.judge)
        let answer = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send("\(Self.head)Authorization: Bearer \(token)\r\nContent-Length: 500\r\n\r\nFrom: a")
            let answer = try connection.answer()
            _ = try connection.receiveAll()
            return answer
        }
        #expect(answer.status == 408)
        #expect(answer.isProblem)
        #expect(door.judge.submissions.isEmpty)
        try await door.stop()
    }

    @Test(arguments: ["G", "GET /healthz HTTP/1.1\r\nHost: x\r\n", "\r\n"])
    func halfAHeadGets408(_ octets: String) async throws {
        let door = try await TestDoor { $0.arrival = .milliseconds(300) }
        let port = door.port
        let answer = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(octets)
            let answer = try connection.answer()
            _ = try connection.receiveAll()
            return answer
        }
        #expect(answer.status == 408)
        #expect(answer.isProblem)
        try await door.stop()
    }

    @Test func silenceIsClosedWithoutAWord() async throws {
        let door = try await TestDoor { $0.idle = .milliseconds(200) }
        let port = door.port
        let (first, after) = try await blocking {
            let silent = try RawConnection(port: port)
            let first = try silent.receiveAll()
            let kept = try RawConnection(port: port)
            try kept.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try kept.answer()
            guard answer.status == 200 else { throw Surprise(what: "no answer") }
            return (first, try kept.receiveAll())
        }
        #expect(first.isEmpty)
        #expect(after.isEmpty)
        try await door.stop()
    }

    @Test func keepAliveAndPipelining() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge)
        let answers = try await blocking {
            let connection = try RawConnection(port: port)
            var left: [UInt8] = [], answers: [RawAnswer] = []
            for _ in 0..<3 {
                try connection.send(TestDoor.request("POST", judged, token: token, type: raw, body: message))
                answers.append(try connection.answer(&left))
            }
            // Three at once, the second of them refused before its body is read, and an error of the protocol behind them.
            try connection.send(TestDoor.request("POST", judged, token: token, type: raw, body: message)
                + TestDoor.request("POST", judged, type: raw, body: message)
                + TestDoor.request("GET", "/healthz") + Array("\u{1}rubbish\r\n\r\n".utf8))
            for _ in 0..<4 { answers.append(try connection.answer(&left)) }
            left += try connection.receiveAll()
            guard left.isEmpty else { throw Surprise(what: "more came") }
            return answers
        }
        #expect(answers.map(\.status) == [200, 200, 200, 200, 401, 200, 400])
        #expect(answers.dropLast().allSatisfy { $0.header["connection"] == nil })
        #expect(door.judge.submissions.count == 4)
        #expect(door.judge.submissions.allSatisfy { $0.octets == message })
        try await door.stop()
    }

    @Test func oldHTTP() async throws {
        let door = try await TestDoor()
        let port = door.port
        let (closed, kept) = try await blocking {
            let one = try RawConnection(port: port)
            try one.send("GET /healthz HTTP/1.0\r\n\r\n")
            let closed = try one.answer()
            guard try one.receiveAll().isEmpty else { throw Surprise(what: "more came") }
            let two = try RawConnection(port: port)
            var left: [UInt8] = []
            try two.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let first = try two.answer(&left)
            try two.send("GET /healthz HTTP/1.0\r\n\r\n")
            _ = try two.answer(&left)
            guard try two.receiveAll().isEmpty else { throw Surprise(what: "more came") }
            return (closed, first)
        }
        #expect(closed.status == 200)
        #expect(closed.header["connection"] == "close")
        #expect(kept.header["connection"] == "keep-alive")
        try await door.stop()
    }

    @Test func anUpgradeIsAnsweredAndEndsTheConnection() async throws {
        let door = try await TestDoor()
        let port = door.port
        let answer = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
            let answer = try connection.answer()
            _ = try connection.receiveAll()
            return answer
        }
        #expect(answer.status == 200)
        #expect(answer.header["connection"] == "close")
        try await door.stop()
    }

    // MARK: - 100-continue

    @Test func continueIsSaidAtOnce() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge)
        let statuses = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send("\(Self.head)Authorization: Bearer \(token)\r\nContent-Length: \(message.count)\r\nExpect: 100-continue\r\n\r\n")
            var left: [UInt8] = []
            let first = try connection.answer(&left).status
            try connection.send(message)
            let second = try connection.answer(&left).status
            try connection.send(TestDoor.request("GET", "/healthz"))
            return [first, second, try connection.answer(&left).status]
        }
        #expect(statuses == [100, 200, 200])
        #expect(door.judge.submissions.map(\.octets) == [message])
        try await door.stop()
    }

    @Test(arguments: [("none", 401), ("scope", 403), ("type", 415), ("long", 413), ("parameter", 400), ("full", 503), ("expect", 417)])
    func noContinueForWhatIsRefused(_ what: String, _ status: Int) async throws {
        let door = try await TestDoor { $0.bodyOctets = 1000 }
        let port = door.port
        let token = try await door.token(what == "scope" ? .metrics : .judge)
        door.judge.isFull = what == "full"
        let request = [
            "POST \(judged)\(what == "parameter" ? "&nonsense=1" : "") HTTP/1.1", "Host: x",
            "Authorization: \(what == "none" ? "Basic Zm9v" : "Bearer \(token)")", "Content-Type: \(what == "type" ? "text/plain" : raw)",
            "Content-Length: \(what == "long" ? 5000 : 500)", "Expect: \(what == "expect" ? "a-miracle" : "100-continue")", "", "",
        ].joined(separator: "\r\n")
        let answer = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(request)
            let answer = try connection.answer()
            guard try connection.receiveAll().isEmpty else { throw Surprise(what: "more came") }
            return answer
        }
        #expect(answer.status == status)
        #expect(answer.isProblem)
        #expect(answer.header["connection"] == "close")
        if status == 503 { #expect(answer.header["retry-after"] != nil) }
        try await door.stop()
    }

    // MARK: - Bodies that are too large

    @Test(arguments: [true, false])
    func aClientDeafTo413IsCutAndCouldHaveReadIt(_ isChunked: Bool) async throws {
        let door = try await TestDoor { $0.bodyOctets = 100_000; $0.linger = .milliseconds(300); $0.lingerOctets = 100_000 }
        let port = door.port, token = try await door.token(.judge)
        let (sent, answer) = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send("\(Self.head)Authorization: Bearer \(token)\r\n\(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 500000000")\r\n\r\n")
            let part = isChunked ? Array("2710\r\n".utf8) + [UInt8](repeating: 0x78, count: 10_000) + [13, 10] : [UInt8](repeating: 0x78, count: 10_000)
            var sent = 0, left: [UInt8] = []
            // The first octets until the answer is there; then on, deaf to it, until the connection is cut.
            for _ in 0..<(isChunked ? 12 : 1) { try connection.send(part); sent += part.count }
            let answer = try connection.answer(&left)
            while sent < 500_000_000 { do { try connection.send(part); sent += part.count } catch { break } }
            return (sent, answer)
        }
        #expect(answer.status == 413)
        #expect(answer.isProblem)
        #expect(answer.json["limit"] as? Int == 100_000)
        #expect(answer.header["connection"] == "close")
        #expect(sent < 20_000_000)
        #expect(door.judge.submissions.isEmpty)
        try await door.stop()
    }

    @Test func allBodiesTogetherHaveALimit() async throws {
        let door = try await TestDoor { $0.allBodyOctets = 50_000 }
        let port = door.port, token = try await door.token(.judge, .metrics)
        let body = [UInt8](repeating: 0x78, count: 40_000)
        let held = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(TestDoor.request("POST", judged, token: token, type: raw, fields: ["Content-Length: 40001"]) + body)
            return connection
        }
        // The 40,000 octets count from the moment they are here.
        var metrics = ""
        while !metrics.contains("postern_http_body_octets 40000") { metrics = try await door.ask("GET", "/metrics", token: token).text }
        let refused = try await door.ask("POST", judged, token: token, type: raw, body: body)
        #expect(refused.status == 503)
        #expect(refused.kind == "no-room")
        #expect(refused.header["retry-after"] != nil)
        let answer = try await blocking { try held.send("x"); return try held.answer() }
        #expect(answer.status == 200)
        #expect(try await door.ask("POST", judged, token: token, type: raw, body: body).status == 200)
        #expect(try await door.ask("GET", "/metrics", token: token).text.contains("postern_http_body_octets 0\n"))
        try await door.stop()
    }

    @Test func aRefusedSmallBodyKeepsTheConnection() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge)
        door.judge.isFull = true
        let statuses = try await blocking {
            let connection = try RawConnection(port: port)
            var left: [UInt8] = [], statuses: [Int] = []
            for _ in 0..<20 {
                try connection.send(TestDoor.request("POST", judged, token: token, type: raw, body: message))
                let answer = try connection.answer(&left)
                guard answer.header["connection"] == nil, answer.header["retry-after"] == "5" else { throw Surprise(what: "closed") }
                statuses.append(answer.status)
            }
            return statuses
        }
        #expect(statuses == Array(repeating: 503, count: 20))
        try await door.stop()
    }
}
