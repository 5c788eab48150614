internal import NIOCore
internal import NIOHTTP1

/// A message that is held back at its connection until it is whole.
struct HeldMessage {
    let head: HTTPServerRequestPart
    private(set) var body = ByteBuffer()

    init(_ head: HTTPRequestHead) { self.head = .head(head) }

    /// Adds a piece of the body.
    /// - Parameter isLast: nothing is to come behind it.
    mutating func add(_ piece: ByteBuffer, isLast: Bool) {
        // A body in one piece stays where it is. Pieces are copied together: each keeps all of the buffer into which it was read.
        if isLast, body.readableBytes == 0 { body = piece } else { body.writeImmutableBuffer(piece) }
    }
}
