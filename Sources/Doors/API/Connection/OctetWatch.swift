internal import NIOCore

/// Tells the guard of every octet before it is decoded: a request begins with its first octet, not with its complete head. Sends
/// answers for it that are octets already.
final class OctetWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let watcher: ConnectionGuard
    private var context: ChannelHandlerContext?

    init(for watcher: ConnectionGuard) { self.watcher = watcher }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        watcher.outlet = self
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        watcher.outlet = nil
    }

    /// Sends a whole answer as it stands.
    func send(_ answer: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(answer), promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        watcher.octetsCame(unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }
}
