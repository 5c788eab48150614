internal import CCurl
internal import Synchronization
internal import Verdicts

/// One session with the relay, from the greeting to QUIT; blocks the thread it runs on.
@safe final class SMTPTransfer: @unchecked Sendable {   // but for `cancel`, one thread works with it
    private let settings: RelaySettings
    private let mail: OutgoingMail
    private let exchange = UnsafeMutablePointer<postern_exchange>.allocate(capacity: 1)

    init(_ settings: RelaySettings, _ mail: OutgoingMail) {
        self.settings = settings
        self.mail = mail
        unsafe exchange.initialize(to: postern_exchange())
    }

    deinit { unsafe exchange.deallocate() }

    /// Ends the session, from any thread, unless the message itself is on its way already.
    func cancel() { unsafe postern_cancel(exchange) }

    func run(by deadline: ContinuousClock.Instant) -> RelayOutcome {
        let content = WireText.lines(mail.octets)
        guard content.count <= settings.limits.message else {
            return .refused(RelayReply(stage: .local, code: 552, text: "5.3.4 the message has \(content.count) octets, \(settings.limits.message) may be sent"))
        }
        let left = (deadline - .now).wholeMilliseconds
        guard left > 0 else { return .deferred(nil, why: "the deadline passed before the relay was asked") }
        _ = Self.isReady
        guard let handle = unsafe curl_easy_init() else { return .deferred(nil, why: "libcurl has no memory") }
        defer { unsafe curl_easy_cleanup(handle) }
        let recipients = unsafe curl_slist_append(nil, mail.recipient)
        defer { unsafe curl_slist_free_all(recipients) }
        return unsafe content.withUnsafeBufferPointer { octets in
            unsafe exchange.pointee.content = octets.baseAddress
            unsafe exchange.pointee.size = octets.count
            unsafe exchange.pointee.final_seconds = min(max(settings.limits.finalReplySeconds, 1), 600)
            unsafe exchange.pointee.heard_limit = max(0, settings.limits.heard)
            unsafe exchange.pointee.needs_utf8 = (mail.sender + mail.recipient).utf8.allSatisfy { $0 < 128 } ? 0 : 1
            var words = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
            return unsafe words.withUnsafeMutableBufferPointer { words in
                let option = unsafe set(handle, recipients, octets.count, left) ?? postern_curl_exchange(handle, exchange)
                guard option == CURLE_OK else { return .deferred(nil, why: "libcurl refuses a setting: \(unsafe String(cString: curl_easy_strerror(option)))") }
                unsafe postern_curl_errors(handle, words.baseAddress)
                let code = unsafe curl_easy_perform(handle)
                let own = unsafe String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                return outcome(code, own.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : own)
            }
        }
    }

    // MARK: -

    /// libcurl must be made ready once, before its first handle.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// - Returns: nil, or why libcurl does not take an option.
    private func set(_ handle: UnsafeMutableRawPointer, _ recipients: UnsafeMutablePointer<curl_slist>?, _ size: Int, _ left: Int) -> CURLcode? {
        let limits = settings.limits, encryption = settings.encryption
        let upgrade = switch encryption {
        case .implicit, .required: CURLUSESSL_ALL
        case .opportunistic: CURLUSESSL_TRY
        case .none: CURLUSESSL_NONE
        }
        var texts: [(CURLoption, String)] = [
            (CURLOPT_URL, settings.transferURL), (CURLOPT_PROTOCOLS_STR, encryption == .implicit ? "smtps" : "smtp"),
            (CURLOPT_PROXY, ""), (CURLOPT_NOPROXY, "*"), (CURLOPT_MAIL_FROM, "<\(mail.sender)>"),
        ]
        if let caFile = settings.caFile { texts.append((CURLOPT_CAINFO, caFile)) }
        if let credentials = settings.credentials {
            // What sends the password as it is; TLS is seen to by the settings.
            texts += [(CURLOPT_USERNAME, credentials.user), (CURLOPT_PASSWORD, credentials.password), (CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")]
        }
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)), (CURLOPT_QUICK_EXIT, 1), (CURLOPT_FORBID_REUSE, 1), (CURLOPT_UPLOAD, 1),
            (CURLOPT_TIMEOUT_MS, left), (CURLOPT_CONNECTTIMEOUT_MS, min(left, max(1, limits.connect.wholeMilliseconds))),
            (CURLOPT_SERVER_RESPONSE_TIMEOUT, min(max(limits.replySeconds, 1), 600)),
            (CURLOPT_USE_SSL, Int(upgrade.rawValue)), (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            (CURLOPT_SSL_VERIFYPEER, encryption.verifies ? 1 : 0), (CURLOPT_SSL_VERIFYHOST, encryption.verifies ? 2 : 0),
        ]
        for (option, text) in texts { let code = unsafe postern_curl_text(handle, option, text); if code != CURLE_OK { return code } }
        for (option, number) in numbers { let code = unsafe postern_curl_number(handle, option, number); if code != CURLE_OK { return code } }
        let code = unsafe postern_curl_list(handle, CURLOPT_MAIL_RCPT, recipients)
        guard code == CURLE_OK else { return code }
        let sized = unsafe postern_curl_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(size))
        return sized == CURLE_OK ? nil : sized
    }

    private func outcome(_ code: CURLcode, _ why: String) -> RelayOutcome {
        if unsafe exchange.pointee.lacks_utf8 != 0 { return .refused(RelayReply(stage: .local, code: 553, text: "5.6.7 the relay takes no addresses that are not ASCII")) }
        let stage = unsafe RelayStage(exchange.pointee.stage), size = unsafe exchange.pointee.reply_size
        let lines = unsafe withUnsafeBytes(of: exchange.pointee.reply) { unsafe Array($0.prefix(size)) }
        let reply = ReplyText.read(lines, stage)
        if code == CURLE_OK { return .accepted(reply ?? RelayReply(stage: stage, code: 250, text: "")) }
        guard let reply, reply.code >= 400 else {
            if stage == .content, let reply, reply.code / 100 == 2 { return .accepted(reply) }
            let wholeMessage = unsafe stage == .content && exchange.pointee.taken == exchange.pointee.size
            return wholeMessage ? .unanswered(why: why) : .deferred(reply, why: why)
        }
        if reply.code / 100 == 4 { return .deferred(reply, why: reply.text) }
        switch stage {
        case .mail, .rcpt, .data, .content: return .refused(reply)
        case .local, .greeting, .hello, .startTLS, .auth: return .deferred(reply, why: reply.text)
        }
    }
}

extension RelayStage {
    fileprivate init(_ stage: postern_stage) {
        switch stage {
        case POSTERN_STAGE_HELLO: self = .hello
        case POSTERN_STAGE_STARTTLS: self = .startTLS
        case POSTERN_STAGE_AUTH: self = .auth
        case POSTERN_STAGE_MAIL: self = .mail
        case POSTERN_STAGE_RCPT: self = .rcpt
        case POSTERN_STAGE_DATA: self = .data
        case POSTERN_STAGE_CONTENT: self = .content
        default: self = .greeting
        }
    }
}

extension Duration {
    /// Rounded up, at most a day.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(max(seconds, -1), 86_400)) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
