package import Foundation

/// aiosmtpd, a real SMTP server, on a free port; it answers as it is told and keeps what it took.
package final class TestRelay: Sendable {
    /// What the server took, as it says itself.
    package struct Taken: Decodable {
        package let mail_from: String, rcpt: [String], options: [String], helo: String, tls: Bool, user: String?
        package let content: Data
    }

    package enum Mode: String { case clear, starttls, smtps }

    package let port: UInt16
    private let folder: TemporaryFolder
    private let server: ChildProcess

    /// - Parameters:
    ///   - replies: by the name of a stage: the reply that takes the place of the server's own; `hang` for none, `late` for its own after three seconds, `close` for a connection that ends.
    ///   - mode: with a certificate for `localhost`, unless `certificate` names another.
    ///   - password: the password of user `postern`, without which nothing is taken.
    package init(_ replies: [String: String] = [:], mode: Mode = .clear, certificate: String = "localhost", password: String? = nil, utf8: Bool = true) async throws {
        folder = try TemporaryFolder()
        try folder.write(Self.program, to: "server.py")
        let settings: [String: Any] = ["replies": replies, "mode": mode.rawValue, "password": password ?? "", "utf8": utf8]
        try folder.write(String(decoding: try JSONSerialization.data(withJSONObject: settings), as: UTF8.self), to: "settings.json")
        if mode != .clear { try Self.makeCertificate(certificate, folder) }
        server = try ChildProcess("python3", ["-I", "server.py"], log: "\(folder.path)/log", folder: folder.path)
        // The system gives it a port that nobody else has.
        var told: UInt16?
        while told == nil {
            guard server.isRunning else { throw ChildProcess.Trouble(description: try folder.read("log")) }
            try await Task.sleep(for: .milliseconds(20))
            told = (try? folder.read("ready")).flatMap { UInt16($0) }
        }
        port = told ?? 0
    }

    deinit { server.signal(SIGKILL) }

    package var caFile: String { "\(folder.path)/cert.pem" }

    /// The messages that were taken, in turn.
    package func taken() throws -> [Taken] {
        var all: [Taken] = []
        while let data = FileManager.default.contents(atPath: "\(folder.path)/\(all.count).json") { all.append(try JSONDecoder().decode(Taken.self, from: data)) }
        return all
    }

    /// Ends the server by force.
    package func kill() { server.signal(SIGKILL); _ = server.wait() }

    private static func makeCertificate(_ name: String, _ folder: TemporaryFolder) throws {
        let status = try ChildProcess.run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
                                                      "-addext", "subjectAltName=DNS:\(name)", "-keyout", "key.pem", "-out", "cert.pem"], folder: folder.path)
        guard status == 0 else { throw ChildProcess.Trouble(description: "openssl makes no certificate") }
    }

    private static let program = """
        import asyncio, base64, json, os, ssl
        from aiosmtpd.smtp import SMTP, AuthResult
        settings = json.load(open('settings.json'))
        replies = settings['replies']
        class Server(SMTP):
            said = False
            async def push(self, status):
                if not self.said:
                    self.said = True
                    status = await answer(self, 'greeting', status)
                await super().push(status)
            async def smtp_STARTTLS(self, arg):
                reply = await answer(self, 'starttls', None)
                if reply: await self.push(reply)
                else: await super().smtp_STARTTLS(arg)
            async def smtp_DATA(self, arg):
                reply = await answer(self, 'data', None)
                if reply: await self.push(reply)
                else: await super().smtp_DATA(arg)
            async def smtp_QUIT(self, arg):
                reply = await answer(self, 'quit', None)
                await super().smtp_QUIT(arg)
        async def answer(server, stage, otherwise):
            reply = replies.get(stage, otherwise)
            if reply == 'hang': await asyncio.sleep(3600)
            if reply == 'late':
                await asyncio.sleep(3)
                return otherwise
            if reply == 'close':
                server.transport.abort()
                raise asyncio.CancelledError()
            return reply
        class Handler:
            count = 0
            async def handle_EHLO(self, server, session, envelope, hostname, responses):
                session.host_name = hostname
                reply = await answer(server, 'hello', None)
                if not settings['utf8']: responses = [each for each in responses if 'SMTPUTF8' not in each]
                return [reply] if reply else responses
            async def handle_HELO(self, server, session, envelope, hostname):
                session.host_name = hostname
                return await answer(server, 'hello', '250 relay.example')
            async def handle_MAIL(self, server, session, envelope, address, options):
                reply = await answer(server, 'mail', '250 2.1.0 ok')
                if reply.startswith('2'):
                    envelope.mail_from = address
                    envelope.mail_options.extend(options)
                return reply
            async def handle_RCPT(self, server, session, envelope, address, options):
                reply = await answer(server, 'rcpt', '250 2.1.5 ok')
                if reply.startswith('2'): envelope.rcpt_tos.append(address)
                return reply
            async def handle_DATA(self, server, session, envelope):
                reply = await answer(server, 'content', '250 2.0.0 kept as %d' % Handler.count)
                if reply.startswith('2'):
                    json.dump({'mail_from': envelope.mail_from.replace('<>', ''), 'rcpt': envelope.rcpt_tos, 'options': envelope.mail_options, 'helo': session.host_name,
                               'tls': session.ssl is not None or settings['mode'] == 'smtps', 'user': session.auth_data.decode() if session.authenticated else None,
                               'content': base64.b64encode(envelope.original_content).decode()}, open('%d.json' % Handler.count, 'w'))
                    Handler.count += 1
                return reply
        def authenticate(server, session, envelope, mechanism, data):
            good = data.login == b'postern' and data.password == settings['password'].encode()
            return AuthResult(success=good, handled=False, auth_data=data.login)
        context = None
        if settings['mode'] != 'clear':
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain('cert.pem', 'key.pem')
        def make():
            options = dict(hostname='relay.example', enable_SMTPUTF8=True, data_size_limit=40000000, loop=loop)
            if settings['mode'] == 'starttls': options.update(tls_context=context)
            if settings['password']: options.update(auth_required=True, authenticator=authenticate, auth_require_tls=settings['mode'] == 'starttls')
            return Server(Handler(), **options)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        async def main():
            server = await loop.create_server(make, '127.0.0.1', 0, ssl=context if settings['mode'] == 'smtps' else None)
            with open('begun', 'w') as file: file.write(str(server.sockets[0].getsockname()[1]))
            os.rename('begun', 'ready')
            await server.serve_forever()
        loop.run_until_complete(main())
        """
}
