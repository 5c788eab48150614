import API
import Testing
import TestSupport
import Verdicts

/// Who is let in when there are more messages than places.
@Suite(.longWork) struct AdmissionTests {
    /// Waits until so many messages are with the judge.
    private func reached(_ count: Int, _ door: TestDoor) async throws { try await eventually("\(count) with the judge") { door.judge.submissions.count >= count } }

    @Test func whoFindsNoPlaceIsToldSoAndKeepsTheConnection() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge, .metrics)
        let request = TestDoor.request("POST", judged, token: token, type: raw, body: message)
        door.judge.places = 1
        door.judge.shut()
        let first = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(request)
            return connection
        }
        try await reached(1, door)
        let second = try await blocking {
            let connection = try RawConnection(port: port)
            var left: [UInt8] = []
            for _ in 0..<5 {
                try connection.send(request)
                let answer = try connection.answer(&left)
                guard answer.status == 503, answer.kind == "busy", answer.isProblem, answer.header["retry-after"] == "5", answer.header["connection"] == nil else {
                    throw Surprise(what: "\(answer.status) \(answer.header)")
                }
            }
            return connection
        }
        #expect(door.judge.submissions.count == 1)
        #expect(door.judge.refused == 5)
        #expect(try await door.ask("GET", "/metrics", token: token).text.contains(#"postern_http_requests_total{route="POST /v1/verdicts",status="503"} 5"#))
        door.judge.open()
        let statuses = try await blocking { [try first.answer().status, try { try second.send(request); return try second.answer().status }()] }
        #expect(statuses == [200, 200])
        try await door.stop()
    }

    @Test func aSlowClientTakesNobodysPlace() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge)
        door.judge.places = 1
        let request = TestDoor.request("POST", judged, token: token, type: raw, body: message)
        let slow = try await blocking {
            try (0..<3).map { _ in
                let connection = try RawConnection(port: port)
                try connection.send(Array(request.dropLast()))
                return connection
            }
        }
        #expect(try await door.ask("POST", judged, token: token, type: raw, body: message).status == 200)
        let last = request.suffix(1)
        let statuses = try await blocking { try slow.map { try $0.send(Array(last)); return try $0.answer().status } }
        #expect(statuses == [200, 200, 200])
        #expect(door.judge.submissions.map(\.octets) == Array(repeating: message, count: 4))
        try await door.stop()
    }

    @Test func whoDoesNotReadIsNotReadFromAndTakesNobodysPlace() async throws {
        let door = try await TestDoor { $0.idle = .milliseconds(300) }
        let port = door.port, token = try await door.token(.judge)
        door.judge.places = 1
        let requests = Array(repeatElement(TestDoor.request("POST", "/v1/verdicts", body: [0x78]), count: 100).joined())
        let sent = try await blocking {
            let connection = try RawConnection(port: port)
            // Until the door, which reads no further while its answers are not read, has had enough of it.
            for round in 0..<10_000 { do { try connection.send(requests) } catch { return round } }
            return 10_000
        }
        #expect(sent < 10_000)
        #expect(try await door.ask("POST", judged, token: token, type: raw, body: message).status == 200)
        #expect(door.judge.submissions.count == 1)
        try await door.stop()
    }

    @Test func aMessageThatComesInSingleOctetsIsWhole() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge)
        let request = TestDoor.request("POST", judged, token: token, type: raw, body: message)
        let answer = try await blocking {
            let connection = try RawConnection(port: port)
            for octet in request { try connection.send([octet]) }
            return try connection.answer()
        }
        #expect(answer.status == 200)
        #expect(door.judge.submissions.map(\.octets) == [message])
        try await door.stop()
    }

    @Test func whoGoesAwayGivesThePlaceBack() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge, .metrics)
        door.judge.places = 1
        door.judge.shut()
        let request = TestDoor.request("POST", judged, token: token, type: raw, body: message)
        try await blocking { try RawConnection(port: port).send(request) }
        try await reached(1, door)
        door.judge.open()
        var metrics = ""
        while !metrics.contains("postern_http_connections 1\n") { metrics = try await door.ask("GET", "/metrics", token: token).text }
        #expect(try await door.ask("POST", judged, token: token, type: raw, body: message).status == 200)
        try await door.stop()
    }

    @Test func whatIsHeldBackCountsAndIsLetGo() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge, .metrics)
        let body = [UInt8](repeating: 0x78, count: 30_000)
        let held = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(TestDoor.request("POST", judged, token: token, type: raw, fields: ["Content-Length: 30001"]) + body)
            return connection
        }
        var metrics = ""
        while !metrics.contains("postern_http_body_octets 30000\n") { metrics = try await door.ask("GET", "/metrics", token: token).text }
        held.finish()
        let answer = try await blocking { try held.answer() }
        #expect(answer.status == 400)
        #expect(answer.kind == "incomplete")
        while !metrics.contains("postern_http_body_octets 0\n") { metrics = try await door.ask("GET", "/metrics", token: token).text }
        #expect(door.judge.submissions.isEmpty)
        try await door.stop()
    }

    /// What comes behind a request that is not answered yet is answered in its turn.
    @Test func requestsBehindOneAnotherAreAnsweredInOrder() async throws {
        let door = try await TestDoor()
        let port = door.port, token = try await door.token(.judge)
        let request = TestDoor.request("POST", judged, token: token, type: raw, body: message)
        door.judge.isFull = true
        let statuses = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(TestDoor.request("GET", "/healthz") + request + request + TestDoor.request("GET", "/healthz") + request)
            var left: [UInt8] = []
            return try (0..<5).map { _ in try connection.answer(&left).status }
        }
        #expect(statuses == [200, 503, 503, 200, 503])
        #expect(door.judge.submissions.isEmpty)
        #expect(door.judge.refused == 3)
        try await door.stop()
    }
}
