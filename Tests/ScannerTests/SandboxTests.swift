import Foundation
import Glibc
import Malware
import Scanner
import Synchronization
import TestSupport
import Testing

@Suite(.longWork) struct SandboxTests {
    /// What the kernel says of each scanner agrees with what it says of itself.
    private func look(_ status: ScannerStatus) async throws {
        for process in status.processes {
            #expect(try statusField(process, "NoNewPrivs") == "1")
            #expect(try statusField(process, "CapEff") == "0000000000000000" && statusField(process, "CapPrm") == "0000000000000000")
            if status.sandbox.contains(.systemCalls) { #expect(try statusField(process, "Seccomp") == "2") }
            #expect(try statusField(process, "Uid").split(separator: "\t").allSatisfy { $0 != "0" })
            for (part, name) in [(SandboxParts.network, "net"), (.mounts, "mnt"), (.ipc, "ipc"), (.ipc, "uts")] where status.sandbox.contains(part) && geteuid() == 0 {
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/\(name)") != FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(name)"))
            }
            let own = try score("self")
            #expect(try score("\(process)") > min(own, 999) && (status.masters.isEmpty || score("\(status.masters[0])") > min(own, 999)), "another process would be ended first when memory runs out")
            if geteuid() == 0, status.sandbox.contains(.root) { #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/root/").isEmpty) }
            // Three that lead nowhere and its socket; it closes what it said hello with right after.
            if geteuid() == 0 { try await eventually("four descriptors") { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count == 4 } }
        }
        for part in [SandboxParts.noNewPrivileges, .limits, .notDumpable, .noCapabilities, .user] { #expect(status.sandbox.contains(part)) }
        #if arch(x86_64)
        #expect(status.sandbox.contains(.systemCalls))
        #endif
    }

    private func score(_ process: String) throws -> Int { try #require(Int(String(contentsOfFile: "/proc/\(process)/oom_score_adj", encoding: .utf8).filter { !$0.isWhitespace })) }

    @Test func itHasGivenUpWhatItDoesNotNeed() async throws {
        try await RunningScanner.with { running in
            let status = try await running.ready()
            try await look(status)
            // What the machine does not have is told.
            let told = running.lines.all.withLock { $0 }.contains { $0.contains("landlock's bar to signals") }
            #expect(told != status.sandbox.contains(.signals))
            if geteuid() == 0 { #expect(try statusField(status.masters[0], "Uid").split(separator: "\t").allSatisfy { $0 == "65534" }) }
        }
    }

    /// Services without root are shut in by a user namespace, where the machine lets them; root in a container may often not mount, and less is had.
    @Test(.enabled(if: geteuid() == 0, "SKIPPED: only root can start a program as somebody else"),
          arguments: [("nobody", "--reuid 65534 --regid 65534 --clear-groups"), ("root that must not mount", "--bounding-set=-sys_admin --inh-caps=-sys_admin")])
    func withFewerRights(_ who: (name: String, options: String)) async throws {
        try await RunningScanner.with(change: { settings, folder in
            // It must be able to reach the program, and to write in the folder.
            try FileManager.default.copyItem(atPath: RunningScanner.program, toPath: "\(folder.path)/program")
            try folder.write("""
                #!/bin/sh
                chown -R 65534:65534 \(settings.temporary)
                mkdir \(folder.path)/victim
                [ ! -e \(folder.path)/plant ] || ln -s \(folder.path)/victim "$4/0"
                exec /usr/bin/setpriv \(who.options) -- \(folder.path)/program "$@"
                """, to: "start")
            unsafe chmod("\(folder.path)/start", 0o755)
            settings.program = "\(folder.path)/start"
            if who.name == "nobody" { settings.user = nil }
        }) { running in
            if who.name != "nobody" { try await refusesAPlantedFolder(running) }
            // A program just written may still be open in another test's child for a moment, and then it does not start at once.
            try await eventually("it is found") { await running.scanner.outcome(eicar, by: soon).isInfected }
            let status = try await running.ready()
            try await look(status)
            if who.name != "nobody" { #expect(status.sandbox.isDisjoint(with: [.mounts, .temporaryMemory])) }
        }
    }

    /// A folder that somebody else has put there under the name of ours is given to nobody.
    private func refusesAPlantedFolder(_ running: RunningScanner) async throws {
        _ = try await running.ready()
        try running.folder.write("", to: "plant")
        kill(running.scanner.status.masters[0], SIGKILL)
        try await eventually("it is refused") { running.scanner.status.trouble?.contains("cannot be prepared") == true }
        #expect(try FileManager.default.attributesOfItem(atPath: "\(running.folder.path)/victim")[.ownerAccountID] as? Int == 0)
        try FileManager.default.removeItem(atPath: "\(running.folder.path)/plant")
    }

    /// Where a file cannot be made or written, nothing is known of the message; its scanner is replaced.
    @Test(.enabled(if: geteuid() == 0, "SKIPPED: only root can spoil a scanner's folder")) func aWriteThatFails() async throws {
        let samples = try await SampleArchives("""
            import random
            save('zip', zipped([('large', random.Random(1).randbytes(3 << 20)), ('a.com', eicar)]))
            """)
        let zip = try samples.octets("zip")
        try await RunningScanner.with(change: { settings, _ in settings.children = 1 }) { running in
            let before = try await running.ready(1)
            unsafe chmod("/proc/\(before.processes[0])/root/", 0o500)
            #expect(await running.scanner.outcome(zip, by: soon) == .notScanned("a temporary file could not be made or written"))
            try await eventually("it is replaced") { running.scanner.status.processes.count == 1 && running.scanner.status.processes != before.processes }
            // The next one opens its folder again.
            #expect(await running.scanner.outcome(zip, by: soon).isInfected && running.scanner.status.broken == 0)
        }
    }

    /// Speaks the protocol from its description alone.
    @Test func theProtocol() async throws {
        let folder = try TemporaryFolder()
        for each in ["signatures", "temporary"] { try FileManager.default.createDirectory(atPath: "\(folder.path)/\(each)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755]) }
        try folder.write(Self.speaker, to: "speak.py")
        let status = try await ChildProcess.runAside("/usr/bin/python3", ["-I", "speak.py", RunningScanner.program, folder.path], log: "\(folder.path)/log", folder: folder.path)
        #expect(status == 0, "\((try? folder.read("log")) ?? "")")
    }

    private static let speaker = #"""
        import array, base64, fcntl, hashlib, os, socket, struct, subprocess, sys
        program, folder = sys.argv[1:]
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(60)
        import ctypes
        landlock = ctypes.CDLL(None).syscall(444, None, 0, 1)
        numbers = {'children': 1, 'user': 65534 if os.geteuid() == 0 else 0, 'group': 65534 if os.geteuid() == 0 else 0, 'message-octets': 1000, 'unpacked-octets': 100000,
                   'scan-ms': 5000, 'memory-octets': 1 << 30, 'temp-octets': 1 << 20, 'nesting': 10, 'files': 100, 'scans': 1000, 'poll-ms': 1000}
        words = [program, '--signatures', folder + '/signatures', '--temp', folder + '/temporary'] + [word for name in numbers for word in ('--' + name, str(numbers[name]))]
        child = subprocess.Popen(words, close_fds=False, preexec_fn=lambda: os.dup2(theirs.fileno(), 3), env={})
        theirs.close()
        message = ours.recv(512)
        assert len(message) == 72 and struct.unpack_from('<BBHiII', message) == (1, 3, 0, child.pid, 1, 1), message
        message, extra, flags, place = ours.recvmsg(512, socket.CMSG_SPACE(8))
        kind, version, slot, process, start, sandbox = struct.unpack('<BBHiII', message)
        assert (kind, version, slot, start) == (2, 3, 0, 1), message
        assert (sandbox >> 8 & 1) == (landlock >= 1) and (sandbox >> 12 & 1) == (landlock >= 6), (sandbox, landlock)
        descriptors = array.array('i', extra[0][2])
        scanner = socket.socket(fileno=descriptors[0])
        scanner.settimeout(60)
        def memory(octets, seals):
            file = os.memfd_create('message', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            os.write(file, octets)
            if seals: fcntl.fcntl(file, 1033, seals)
            return file
        def ask(files, request=struct.pack('<QII', 5, 1000, 0)):
            scanner.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', files))] if files else [])
            answer = scanner.recv(512)
            for file in files: os.close(file)
            parts, none = struct.unpack_from('<HH', answer, 124)
            assert len(answer) == 256 + 32 * parts and answer[13:16] == b'\0\0\0' and none == 0 and answer[128:256] == bytes(128), answer
            told.append([answer[at:at + 32] for at in range(256, len(answer), 32)])
            return struct.unpack_from('<Q', answer)[0], answer[12], answer[16:].split(b'\0')[0].decode()
        told = []
        def expect(case, got, wanted): assert got == wanted, (case, got)
        eicar = b'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-' + b'ANTIVIRUS-TEST-FILE!$H+H*'
        all_seals = 2 | 4 | 8
        expect('sealed', ask([memory(eicar, all_seals)]), (5, 1, 'Eicar-Test-Signature.UNOFFICIAL'))
        for seals in (0, 2, 4, 8, 2 | 4, 2 | 8, 4 | 8): expect('seals %d' % seals, ask([memory(eicar, seals)]), (5, 5, 'the memory file is not sealed'))
        expect('a file of a disk', ask([os.open(program, os.O_RDONLY)]), (5, 5, 'the memory file is not sealed'))
        expect('a pipe', ask([os.pipe()[0]]), (5, 5, 'the memory file is not sealed'))
        expect('no file', ask([]), (5, 5, 'no memory file came with the request'))
        expect('oversize', ask([memory(bytes(1001), all_seals)]), (5, 2, 'MaxMessageSize'))
        expect('the largest', ask([memory(bytes(1000), all_seals)]), (5, 0, ''))
        expect('empty', ask([memory(b'', all_seals)]), (5, 0, ''))
        assert not any(told), told
        part = bytes(range(200))
        mail = b'From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\n' + base64.encodebytes(part)
        expect('a mail', ask([memory(mail, all_seals)]), (5, 0, ''))
        assert hashlib.sha256(part).digest() in told[-1], told[-1]
        expect('a flag', ask([memory(eicar, all_seals)], struct.pack('<QII', 6, 1000, 1)), (6, 5, 'the request is not understood'))
        expect('no time', ask([memory(eicar, all_seals)], struct.pack('<QII', 6, 0, 0)), (6, 5, 'the request is not understood'))
        expect('long', ask([memory(eicar, all_seals)], struct.pack('<QII', 6, 1000, 0) + b'x'), (6, 5, 'the request is not understood'))
        expect('short', ask([memory(eicar, all_seals)], struct.pack('<Q', 7)), (7, 5, 'the request is not understood'))
        expect('two files', ask([memory(eicar, all_seals), memory(b'', 0)]), (5, 1, 'Eicar-Test-Signature.UNOFFICIAL'))
        expect('sealed again', ask([memory(eicar, all_seals)]), (5, 1, 'Eicar-Test-Signature.UNOFFICIAL'))
        scanner.close()
        message = ours.recv(512)
        assert struct.unpack('<BBHiiI', message) == (3, 3, 0, process, 0, 0), message
        ours.close()
        assert child.wait() == 0
        for case, wrong in (('missing', words[:-2]), ('unknown', words + ['--verbose', '1']), ('out of range', words[:-1] + ['0']), ('no number', words[:-1] + ['1x'])):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            failing = subprocess.Popen(wrong, close_fds=False, preexec_fn=lambda: os.dup2(theirs.fileno(), 3), env={}, stderr=subprocess.DEVNULL)
            theirs.close()
            message = ours.recv(512)
            assert len(message) == 256 and message[0] == 5 and failing.wait() == 1, (case, message)
        """#
}
