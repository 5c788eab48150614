internal import CCurl

/// One question and its answer; blocks the thread it runs on.
@safe final class HTTPExchange: @unchecked Sendable {   // but for `cancel`, one thread works with it
    private let settings: HTTPClient.Settings
    private let method: String, path: String
    private let body: [UInt8]?
    private let more: [(name: String, value: String)]
    private let patience: Duration
    private let answer = UnsafeMutablePointer<postern_answer>.allocate(capacity: 1)

    init(_ settings: HTTPClient.Settings, _ method: String, _ path: String, _ body: [UInt8]?, _ more: [(name: String, value: String)] = [], _ patience: Duration) {
        self.settings = settings; self.method = method; self.path = path; self.body = body; self.more = more; self.patience = patience
        unsafe answer.initialize(to: postern_answer())
        unsafe answer.pointee.limit = max(settings.answerLimit, 0)
    }

    deinit {
        unsafe postern_answer_free(answer)
        unsafe answer.deallocate()
    }

    /// Ends the exchange, from any thread.
    func cancel() { unsafe postern_answer_cancel(answer) }

    /// Fields of the header, each a line.
    private var lines: [String] {
        ["Expect:"] + (settings.token.map { ["Authorization: Bearer \($0)"] } ?? []) + (body == nil ? [] : ["Content-Type: application/json"]) + more.map { "\($0.name): \($0.value)" }
    }

    func run() -> Result<HTTPClient.Answer, HTTPTrouble> {
        _ = Self.isReady
        guard let handle = unsafe curl_easy_init() else { return .failure(HTTPTrouble(description: "libcurl has no memory")) }
        defer { unsafe curl_easy_cleanup(handle) }
        var fields: UnsafeMutablePointer<curl_slist>? = nil
        defer { unsafe curl_slist_free_all(fields) }
        for line in lines {
            // What was listed so far stays in `fields`. Without one of them nothing is sent: it would be unsigned.
            guard let longer = unsafe curl_slist_append(fields, line) else { return .failure(HTTPTrouble(description: "libcurl has no memory")) }
            unsafe fields = unsafe longer
        }
        var words = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        return unsafe words.withUnsafeMutableBufferPointer { words in
            let option = unsafe set(handle, fields)
            guard option == CURLE_OK else { return .failure(HTTPTrouble(description: "libcurl refuses a setting: \(unsafe String(cString: curl_easy_strerror(option)))")) }
            unsafe postern_curl_errors(handle, words.baseAddress)
            let code = unsafe curl_easy_perform(handle), own = unsafe String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let isCut = unsafe answer.pointee.over != 0
            if isCut, !settings.cutsAnswer { return .failure(HTTPTrouble(description: "the answer has more than \(settings.answerLimit) octets")) }
            guard code == CURLE_OK || isCut else { return .failure(HTTPTrouble(description: own.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : own)) }
            var status = 0
            guard unsafe postern_curl_status(handle, &status) == CURLE_OK else { return .failure(HTTPTrouble(description: "the answer has no status")) }
            let octets = unsafe answer.pointee.octets.map { unsafe Array(UnsafeBufferPointer(start: $0, count: answer.pointee.size)) } ?? []
            return .success(HTTPClient.Answer(status: status, body: octets))
        }
    }

    /// libcurl must be made ready once, before its first handle.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private func set(_ handle: UnsafeMutableRawPointer, _ fields: UnsafeMutablePointer<curl_slist>?) -> CURLcode {
        var texts: [(CURLoption, String)] = [(CURLOPT_URL, settings.base + path), (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_PROXY, ""), (CURLOPT_NOPROXY, "*"), (CURLOPT_CUSTOMREQUEST, method)]
        if let socket = settings.socket { texts.append((CURLOPT_UNIX_SOCKET_PATH, socket)) }
        if let caFile = settings.caFile { texts.append((CURLOPT_CAINFO, caFile)) }
        let numbers: [(CURLoption, Int)] = [(CURLOPT_NOSIGNAL, 1), (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_TIMEOUT_MS, max(patience.wholeMilliseconds, 1)),
                                           (CURLOPT_CONNECTTIMEOUT_MS, max(min(settings.connect, patience).wholeMilliseconds, 1)), (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))]
        for (option, text) in texts { let code = unsafe postern_curl_text(handle, option, text); if code != CURLE_OK { return code } }
        for (option, number) in numbers { let code = unsafe postern_curl_number(handle, option, number); if code != CURLE_OK { return code } }
        if let body {
            // The size first: the copy is as long as that.
            let size = unsafe postern_curl_number(handle, CURLOPT_POSTFIELDSIZE, body.count)
            guard size == CURLE_OK else { return size }
            let copied = unsafe postern_curl_text(handle, CURLOPT_COPYPOSTFIELDS, String(decoding: body, as: UTF8.self))
            guard copied == CURLE_OK else { return copied }
        }
        let listed = unsafe postern_curl_list(handle, CURLOPT_HTTPHEADER, fields)
        return listed == CURLE_OK ? unsafe postern_curl_answer(handle, answer) : listed
    }
}

extension Duration {
    /// At most a day.
    fileprivate var wholeMilliseconds: Int { Int(min(max(components.seconds, 0), 86_400)) * 1000 + Int(max(components.attoseconds, 0) / 1_000_000_000_000_000) }
}
