internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// Guards one connection: the time a request may take to arrive, what becomes of a body that nobody reads, requests that
/// are no HTTP, and an end that lets the client read the answer.
///
/// It stands between the decoder and the rest, and sees requests and answers pass. Requests may come before the answers to
/// those before them are out; `owed` counts them.
/// Source: RFC 9112 §9.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: APILimits
    private let load: DoorLoad
    private let admission: Admission
    private let date: DateField
    private var context: ChannelHandlerContext?
    /// Where octets leave that no encoder needs to see.
    var outlet: OctetWatch?
    private var stage = Stage.open
    /// Requests whose head came and whose answer is not out.
    private var owed = CircularBuffer<Owed>(initialCapacity: 2)
    /// Octets came, but no head yet.
    private var hasBegun = false
    /// A head came, but not the end of its body.
    private var isReading = false
    /// Octets of that body that are still to come; nil where it is chunked.
    private var remaining: Int? = 0
    /// The client waits for 100 before it sends that body.
    private var awaitsContinue = false
    private var held: HeldMessage?
    private var answerBegun = false
    private var closesAfterAnswer = false
    private var isQuiescing = false
    /// An answer to what is no HTTP, waiting for the answers before it.
    private var parked: Problem?
    private var drained = 0
    private(set) var peerIsDone = false
    /// More is to be read as soon as the client has read what it was sent.
    private var wantsRead = false
    private var isCounted = false
    private var deadline = NIODeadline.distantFuture
    private var alarm: (at: NIODeadline, task: Scheduled<Void>)?

    init(limits: APILimits, load: DoorLoad, admission: Admission, date: DateField) {
        self.limits = limits
        self.load = load
        self.admission = admission
        self.date = date
    }

    // MARK: - The connection's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { connected(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { forget() }

    func channelActive(context: ChannelHandlerContext) {
        connected(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A body that was cut off must not pass for a whole one.
        if isReading, !dropHeld() { context.fireErrorCaught(CutOff()) }
        forget()
        context.fireChannelInactive()
    }

    private func connected(_ context: ChannelHandlerContext) {
        guard !isCounted else { return }
        isCounted = true
        let count = load.connected()
        guard count > limits.connections else { rearm(); return }
        load.refusedConnection()
        // Those that are told why are bounded too.
        if count > limits.connections + 256 { context.close(promise: nil); return }
        var problem = Problem.unavailable("too-many-connections", "There are too many connections.", retryAfter: limits.retryAfter)
        problem.limit = limits.connections
        refuse(problem)
    }

    private func forget() {
        stage = .gone
        alarm?.task.cancel()
        alarm = nil
        context = nil
        _ = dropHeld()
        for one in owed where one.hasPlace { admission.leave() }
        owed.removeAll()
        if isCounted { isCounted = false; load.disconnected() }
    }

    // MARK: - Requests

    /// Called before the octets are decoded.
    func octetsCame(_ count: Int) {
        if stage != .open { drained &+= count; return }
        guard !isReading, !hasBegun else { return }
        hasBegun = true
        if owed.isEmpty { rearm() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard stage == .open, parked == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            // What comes behind a request that ends the connection is not a request (RFC 9112 §9.6).
            if let last = owed.last, !last.keepsAlive { return }
            begin(head)
            // Behind a request that is not answered yet nothing can be refused out of turn.
            if owed.count == 1, admission.concerns(head) { held = HeldMessage(head); return }
        case .body(let octets):
            guard isReading else { return }
            if let left = remaining { remaining = max(0, left - octets.readableBytes) }
            if hold(octets, context) { return }
        case .end:
            guard isReading else { return }
            isReading = false
            awaitsContinue = false
            rearm()
            if held != nil { admit(data, context); return }
        }
        context.fireChannelRead(data)
    }

    // MARK: - Messages held back until they are whole

    /// - Returns: false where the part is to go its way.
    private func hold(_ octets: ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        guard held != nil else { return false }
        if admission.hold(octets.readableBytes) {
            held?.add(octets, isLast: remaining == 0)
            return true
        }
        // There is no room to hold it: the route says so.
        letGo(context)
        return false
    }

    private func letGo(_ context: ChannelHandlerContext) {
        guard let held else { return }
        _ = dropHeld()
        context.fireChannelRead(wrapInboundOut(held.head))
        if held.body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(held.body))) }
    }

    private func admit(_ end: NIOAny, _ context: ChannelHandlerContext) {
        if admission.enter() {
            owed[owed.startIndex].hasPlace = true
            letGo(context)
            context.fireChannelRead(end)
        } else {
            _ = dropHeld()
            turnAway(context)
        }
    }

    private func turnAway(_ context: ChannelHandlerContext) {
        guard let outlet, let one = owed.first, one.keepsAlive, !one.isOld, !isQuiescing else {
            for part in admission.refusal { write(context: context, data: wrapOutboundOut(part), promise: nil) }
            return
        }
        _ = owed.popFirst()
        outlet.send(admission.refusalOctets)
        rearm()
    }

    /// - Returns: whether there was anything, which nobody inside knows of.
    private func dropHeld() -> Bool {
        guard let held else { return false }
        admission.release(held.body.readableBytes)
        self.held = nil
        return true
    }

    private func begin(_ head: HTTPRequestHead) {
        let isTimed = hasBegun
        hasBegun = false
        isReading = true
        let length = head.headers.first(name: "content-length")
        remaining = head.headers.contains(name: "transfer-encoding") ? nil : length.map { Int($0) ?? Int.max } ?? 0
        let isOld = head.version.major == 1 && head.version.minor == 0
        // A client of HTTP/1.0 knows no 100 (RFC 9110 §10.1.1).
        awaitsContinue = !isOld && head.headers.contains(name: "expect")
        // The decoder reads nothing behind a request for another protocol, so that it must be the last.
        let isLast = !head.isKeepAlive || peerIsDone || head.method == .CONNECT || head.headers.contains(name: "upgrade")
        owed.append(Owed(keepsAlive: !isLast, isOld: isOld))
        if !isTimed { rearm() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if stage == .parting, drained <= limits.lingerOctets { context.read() }
        context.fireChannelReadComplete()
    }

    /// A client that goes on sending to a connection that was refused, or that does not read its answers, is left to fill its own buffers.
    func read(context: ChannelHandlerContext) {
        if stage == .parting, drained > limits.lingerOctets { return }
        if stage == .open, !context.channel.isWritable { wantsRead = true; return }
        context.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        rearm()
        if wantsRead, context.channel.isWritable { wantsRead = false; context.read() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError where context.channel.isActive:
            guard stage == .open else { return }
            // The decoder's word for octets behind a request that ends the connection.
            if error == .closedConnection || owed.last?.keepsAlive == false && !isReading { return }
            load.broke()
            refuse(Problem(for: error, limits))
        case is HTTPParserError:
            context.fireErrorCaught(CutOff())
        default:
            if isReading, !dropHeld() { context.fireErrorCaught(error) }
            end()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            if stage == .open, owed.isEmpty { end() }
        case ChannelEvent.inputClosed:
            peerIsDone = true
            if stage == .open {
                if isReading { load.broke(); refuse(Problem(for: .invalidEOFState, limits)) }
                else if owed.isEmpty { end() }
                else { owed[owed.index(before: owed.endIndex)].keepsAlive = false }
            } else if stage == .parting, isFlushed {
                end()
            }
            if !isReading { context.fireUserInboundEventTriggered(event) }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: - Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard stage == .open else { promise?.fail(ChannelError.ioOnClosedChannel); return }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if head.status.code < 200 {
                awaitsContinue = false
                context.write(data, promise: promise)
                return
            }
            answerBegun = true
            giveUpPlace()
            decideOnClosing(head)
            if closesAfterAnswer { head.headers.replaceOrAdd(name: "connection", value: "close") }
            else if owed.first?.isOld == true { head.headers.replaceOrAdd(name: "connection", value: "keep-alive") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            finishAnswer(context, data, promise)
        }
    }

    /// The message was judged: how long the client takes to read that is nobody else's matter.
    private func giveUpPlace() {
        guard owed.first?.hasPlace == true else { return }
        owed[owed.startIndex].hasPlace = false
        admission.leave()
    }

    private func decideOnClosing(_ head: HTTPResponseHead) {
        let unread = isReading && owed.count == 1
        let canDrain = !awaitsContinue && (remaining.map { $0 <= limits.drainOctets } ?? false)
        closesAfterAnswer = (unread && !canDrain) || owed.first?.keepsAlive != true || (isQuiescing && owed.count == 1)
            || head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
    }

    private func finishAnswer(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        answerBegun = false
        _ = owed.popFirst()
        if closesAfterAnswer { part(context, with: data, promise); return }
        context.writeAndFlush(data, promise: promise)
        if let parked, owed.count == (isReading ? 1 : 0) {
            self.parked = nil
            refuse(parked)
        } else {
            rearm()
        }
    }

    /// Answers a request that nobody inside will answer, and ends the connection; waits for the answers before it.
    private func refuse(_ problem: Problem) {
        guard stage == .open, let context else { return }
        if owed.count > (isReading ? 1 : 0) { parked = problem; return }
        let isAnswered = answerBegun || (isReading && owed.isEmpty)
        if isReading, !dropHeld() { context.fireErrorCaught(CutOff()) }
        guard !isAnswered else { stage = .parting; end(); return }
        var problem = problem
        problem.closes = true
        var head = problem.head
        head.headers.add(name: "date", value: date.text)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: problem.octets)))), promise: nil)
        part(context, with: wrapOutboundOut(.end(nil)), nil)
    }

    // MARK: - The end

    private var isFlushed = false

    /// Writes the last part there is. The client must be able to read it: a connection closed while octets of it are unread is
    /// reset, and with the reset the client's system throws away what it had received. So our half is closed first, and what comes
    /// is thrown away until the client closes or the time is over (RFC 9112 §9.6).
    private func part(_ context: ChannelHandlerContext, with data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        stage = .parting
        setDeadline(.now() + TimeAmount(limits.idle))
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenComplete { _ in
            guard self.stage == .parting, let context = self.context else { return }
            self.isFlushed = true
            if self.peerIsDone { self.end(); return }
            self.setDeadline(.now() + TimeAmount(self.limits.linger))
            context.close(mode: .output, promise: nil)
            context.read()
        }
        context.writeAndFlush(data, promise: written)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard stage == .parting else { context.close(mode: mode, promise: promise); return }
        if let promise { context.channel.closeFuture.cascade(to: promise) }
    }

    private func end() {
        guard let context else { return }
        context.close(promise: nil)
    }

    // MARK: - Time

    private func rearm() {
        guard stage == .open else { return }
        if let context, !context.channel.isWritable {
            setDeadline(.now() + TimeAmount(limits.idle))
        } else if isReading || hasBegun, owed.count <= (isReading ? 1 : 0) {
            setDeadline(.now() + TimeAmount(limits.arrival))
        } else {
            setDeadline(owed.isEmpty ? .now() + TimeAmount(limits.idle) : .distantFuture)
        }
    }

    /// One alarm is enough for many deadlines: one that rings early is set anew, so that a busy connection hardly ever pays for it.
    private func setDeadline(_ time: NIODeadline) {
        deadline = time
        if let alarm {
            guard time < alarm.at else { return }
            alarm.task.cancel()
        }
        alarm = nil
        setAlarm()
    }

    private func setAlarm() {
        guard let context, deadline < .distantFuture else { return }
        let at = deadline
        alarm = (at, context.eventLoop.assumeIsolated().scheduleTask(deadline: at) { self.ring() })
    }

    private func ring() {
        alarm = nil
        guard NIODeadline.now() >= deadline else { setAlarm(); return }
        switch stage {
        case .gone: break
        case .parting: end()
        case .open where context?.channel.isWritable == false: end()
        case .open where isReading || hasBegun:
            load.broke()
            refuse(.late(limits.arrival))
        case .open: end()
        }
    }
}
