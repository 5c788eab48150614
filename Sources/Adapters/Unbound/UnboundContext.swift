internal import CUnbound
internal import DNS
internal import Glibc

/// libunbound's context, its background thread, and a fixed row of slots, one for each question it works on.
///
/// All calls but the first and the last come from one queue. A slot is handed to libunbound as the question's user data; it lives as
/// long as the context, so nothing that libunbound calls back with can dangle.
@safe final class UnboundContext: @unchecked Sendable {   // one queue works with it, as said above
    @safe private struct Slot {
        let context: Unmanaged<UnboundContext>
        let number: Int
    }

    private let pointer: OpaquePointer
    private let slots: UnsafeMutablePointer<Slot>
    private let count: Int
    private let validates: Bool
    private var arrived: [(slot: Int, answer: TimedAnswer)] = []

    /// Makes the context and finishes its settings; the background thread starts with the first question.
    init(_ settings: UnboundSettings) throws(UnboundTrouble) {
        unsafe pointer = try Self.make(settings)
        count = max(1, settings.questionsUnderWay)
        validates = settings.trustAnchorFile != nil
        unsafe slots = .allocate(capacity: count)
        for number in 0..<count {
            unsafe (slots + number).initialize(to: Slot(context: .passUnretained(self), number: number))
        }
    }

    deinit {
        // Ends the background thread; no callback comes after it.
        unsafe ub_ctx_delete(pointer)
        unsafe slots.deinitialize(count: count)
        unsafe slots.deallocate()
    }

    /// Becomes readable when answers have arrived.
    var descriptor: Int32 { unsafe ub_fd(pointer) }

    /// Hands a question to the background thread.
    /// - Parameter slot: 0..<questionsUnderWay, not in use; in use until `takeAnswers` brings it back.
    /// - Returns: nil, or why the question could not be asked, and then the slot is not in use.
    func ask(_ question: Question, slot: Int) -> DNSTrouble? {
        guard slot >= 0, slot < count else { return .local("no slot for the question") }
        // RFC 1035 §3.2.4: class 1, the Internet.
        let status = unsafe ub_resolve_async(pointer, question.name.text + ".", Int32(question.type.rawValue), 1, slots + slot, { data, status, result in
            guard let slot = unsafe data?.assumingMemoryBound(to: Slot.self).pointee else { return }
            let context = unsafe slot.context.takeUnretainedValue()
            unsafe context.arrived.append((slot.number, context.answer(status, result)))
            unsafe ub_resolve_free(result)
        }, nil)
        return status == 0 ? nil : .local("libunbound: \(Self.words(status))")
    }

    /// The answers that have arrived, with the slots that are free again.
    /// - Returns: nil when the pipe to the background thread is broken.
    func takeAnswers() -> [(slot: Int, answer: TimedAnswer)]? {
        let status = unsafe ub_process(pointer)
        defer { arrived.removeAll(keepingCapacity: true) }
        return status == 0 || !arrived.isEmpty ? arrived : nil
    }

    private func answer(_ status: Int32, _ result: UnsafeMutablePointer<ub_result>?) -> TimedAnswer {
        guard status == 0, let result = unsafe result else {
            return .trouble(status == UB_SERVFAIL.rawValue ? .responseCode(2) : .local("libunbound: \(Self.words(status))"))
        }
        return unsafe TimedAnswer(result: result, validated: validates)
    }

    private static func make(_ settings: UnboundSettings) throws(UnboundTrouble) -> OpaquePointer {
        let servers = settings.servers.isEmpty ? try ResolverFile.servers(path: settings.resolverFile) : settings.servers
        guard let made = unsafe ub_ctx_create() else { throw .outOfMemory }
        do throws(UnboundTrouble) {
            unsafe ub_ctx_debugout(made, nil)
            // Threads must be chosen before anything that finishes the settings, such as the removal of a zone.
            try check(unsafe ub_ctx_async(made, 1), "threads")
            for option in settings.options {
                try check(unsafe ub_ctx_set_option(made, option.name, option.value), "\(option.name) \(option.value)")
            }
            if settings.keepsAnswers {
                for server in servers { try check(unsafe ub_ctx_set_fwd(made, "\(server.address)@\(server.port)"), "server \(server)") }
            } else {
                unsafe try forward(made, to: servers)
            }
            if let path = settings.trustAnchorFile {
                try check(unsafe ub_ctx_add_ta_file(made, path), "trust anchor \(path)")
            }
            for zone in UnboundSettings.askedZones {
                try check(unsafe ub_ctx_zone_remove(made, zone), "its settings")
            }
        } catch {
            unsafe ub_ctx_delete(made)
            throw error
        }
        return unsafe made
    }

    /// Names the servers with an option that libunbound takes from a file only. The limits of a TTL would be no way to have answers
    /// forgotten: libunbound has them once for the whole process, and the answers of every other context would lose their TTL too.
    private static func forward(_ context: OpaquePointer, to servers: [NameServer]) throws(UnboundTrouble) {
        let lines = ["forward-zone:", "name: \".\"", "forward-no-cache: yes"] + servers.map { "forward-addr: \($0.address)@\($0.port)" }
        let text = Array((lines.joined(separator: "\n") + "\n").utf8)
        var ends: [Int32] = [-1, -1]
        // A pipe holds 64 KiB (pipe(7)), some thousand servers.
        guard text.count <= 1 << 16, unsafe pipe(&ends) == 0 else { throw .refused("servers", "there are too many, or no file can be opened") }
        defer { close(ends[0]) }
        _ = unsafe write(ends[1], text, text.count)
        close(ends[1])
        try check(unsafe ub_ctx_config(context, "/proc/self/fd/\(ends[0])"), "servers")
    }

    private static func check(_ status: Int32, _ what: @autoclosure () -> String) throws(UnboundTrouble) {
        if status != 0 { throw .refused(what(), words(status)) }
    }

    private static func words(_ status: Int32) -> String {
        guard let text = unsafe ub_strerror(status) else { return "error \(status)" }
        return unsafe String(cString: text)
    }
}
