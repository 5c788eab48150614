internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import Verdicts

/// Turns messages away for which there is no room, as soon as they are here and before anything is spent on them: what a refusal costs,
/// the messages that are judged lack.
///
/// A small message is held back at its connection until its last octet has come, and then counts until it is answered; so slow clients
/// take nobody's place. What is larger, chunked or waits for 100 goes its way, and the route refuses it.
final class Admission: Sendable {
    private let judge: any Judge
    private let limits: APILimits
    private let load: DoorLoad
    /// The place of the judging route in the table.
    private let route: Int
    private let inside = Atomic<Int>(0)
    private let head: HTTPResponseHead
    private let body: ByteBuffer
    /// What a client is told who finds no place, where the connection goes on.
    let refusalOctets: ByteBuffer

    init(judge: any Judge, limits: APILimits, load: DoorLoad, route: Int) {
        self.judge = judge
        self.limits = limits
        self.load = load
        self.route = route
        let problem = Problem.full(retryAfter: limits.retryAfter)
        (head, body) = (problem.head, ByteBuffer(bytes: problem.octets))
        var octets = ByteBuffer(string: "HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n")
        for (name, value) in head.headers { octets.writeString("\(name): \(value)\r\n") }
        octets.writeString("\r\n")
        octets.writeImmutableBuffer(body)
        refusalOctets = octets
    }

    /// Whether a request is to be held back until its last octet has come.
    func concerns(_ head: HTTPRequestHead) -> Bool {
        head.method == .POST && head.uri.utf8.prefix { $0 != UInt8(ascii: "?") }.elementsEqual(JudgeRoute.path.utf8) && !head.headers.contains(name: "expect")
            && head.headers.first(name: "content-length").flatMap { Int($0) }.map { $0 <= limits.drainOctets } ?? false
    }

    /// Takes room for octets that are held back; false where there is none.
    func hold(_ octets: Int) -> Bool { load.hold(octets, of: limits.heldOctets) }
    func release(_ octets: Int) { load.letGo(octets) }

    /// Takes a place; false where there is none, and then the message is counted as turned away.
    func enter() -> Bool {
        if inside.add(1, ordering: .relaxed).newValue <= judge.places, !judge.isFull { return true }
        leave()
        judge.turnedAway()
        load.answered(route: route, status: Int(head.status.code))
        return false
    }

    /// Gives a place back.
    func leave() { inside.subtract(1, ordering: .relaxed) }

    /// The same in parts, for a connection that ends or that is of HTTP/1.0.
    var refusal: [HTTPServerResponsePart] { [.head(head), .body(.byteBuffer(body)), .end(nil)] }
}
