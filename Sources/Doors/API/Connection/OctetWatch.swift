internal import NIOCore

/// Tells the guard of every octet before it is decoded: a request begins with its first octet, not with its complete head.
final class OctetWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let watcher: ConnectionGuard

    init(for watcher: ConnectionGuard) { self.watcher = watcher }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        watcher.octetsCame(unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }
}
