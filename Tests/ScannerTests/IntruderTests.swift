import Foundation
import Glibc
import Malware
import Scanner
import TestSupport
import Testing

#if arch(x86_64)
/// Makes system calls in a scanner's name, as somebody could who has taken it over.
@Suite(.longWork, .enabled(if: geteuid() == 0, "SKIPPED: only root can trace a scanner")) struct IntruderTests {
    struct Row: Sendable {
        let name: String, numbers: [Int], answer: Answer
        enum Answer: String { case allowed, refused, deadly }

        init(_ name: String, _ numbers: [Int], _ answer: Answer) { (self.name, self.numbers, self.answer) = (name, numbers, answer) }
    }

    private static let rows = [
        Row("fcntl: F_GETFL", [72, 0, 3], .allowed), Row("fcntl: F_GETFD", [72, 0, 1], .allowed), Row("fcntl: F_GET_SEALS", [72, 0, 1034], .allowed),
        Row("fcntl: F_SETFL, with which comes O_ASYNC", [72, 0, 4, 0x2000], .refused), Row("fcntl: F_SETOWN", [72, 0, 8, 1], .refused), Row("fcntl: F_SETOWN_EX", [72, 0, 15, 0], .refused),
        Row("fcntl: F_SETSIG", [72, 0, 10, 9], .refused), Row("fcntl: F_NOTIFY", [72, 0, 1026, 1], .refused), Row("fcntl: F_SETLEASE", [72, 0, 1024, 1], .refused),
        Row("fcntl: F_SETLK", [72, 0, 6, 0], .refused), Row("fcntl: F_ADD_SEALS", [72, 0, 1033, 1], .refused), Row("fcntl: F_SETPIPE_SZ", [72, 0, 1031, 1 << 20], .refused),
        Row("mmap: to be executed", [9, 0, 4096, 5, 0x22, -1, 0], .refused), Row("mmap: to be read and written", [9, 0, 4096, 3, 0x22, -1, 0], .allowed), Row("mprotect: to be executed", [10, 0, 0, 4], .refused),
        Row("tgkill", [234, 1, 1, 0], .refused), Row("ioctl", [16, 0, 0x5401, 0], .refused), Row("a call of the x32 kind", [0x4000_0000 | 39], .refused), Row("setpriority", [141, 0, 0, 0], .refused),
        Row("kill", [62, 1, 0], .deadly), Row("socket", [41, 2, 1, 0], .deadly), Row("execve", [59, 0, 0, 0], .deadly), Row("fork", [57], .deadly), Row("ptrace", [101, 16, 1], .deadly), Row("prctl", [157, 4, 1], .deadly),
    ]

    @Test func onlyWhatScanningTakesIsAllowed() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.tracer, to: "trace.py")
        try await RunningScanner.with(change: { settings, _ in settings.children = 1 }) { running in
            for row in Self.rows {
                let process = try await running.ready(1).processes[0], words = (["\(process)"] + row.numbers.map { "\($0)" })
                let status = try await ChildProcess.runAside("/usr/bin/python3", ["-I", "trace.py"] + words, log: "\(folder.path)/\(row.name)", folder: folder.path)
                let answer = try folder.read(row.name).split(separator: "\n").last.map(String.init)
                #expect(status == 0 && answer == row.answer.rawValue, "\(row.name): \(answer ?? "nothing")")
                if row.answer == .deadly { try await eventually("it is replaced") { running.scanner.status.processes.first.map { $0 != process } == true } }
            }
            #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
            #expect(running.scanner.status.broken == Self.rows.count { $0.answer == .deadly })
        }
    }

    private static let tracer = #"""
        import ctypes, errno, os, sys
        process, numbers = int(sys.argv[1]), [int(word) for word in sys.argv[2:]]
        system = ctypes.CDLL(None, use_errno=True)
        system.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        ATTACH, DETACH, GET, SET, STEP = 16, 17, 12, 13, 9
        RAX, ORIG, RIP, ARGUMENTS = 10, 15, 16, (14, 13, 12, 7, 9, 8)
        def trace(what, data=None):
            if system.ptrace(what, process, None, data) != 0: sys.exit(os.strerror(ctypes.get_errno()))
        trace(ATTACH)
        os.waitpid(process, 0x40000000)
        before, registers = (ctypes.c_ulonglong * 27)(), (ctypes.c_ulonglong * 27)()
        trace(GET, before)
        trace(GET, registers)
        # It waits in recvmsg: the instruction before the next one is a system call.
        registers[RIP] -= 2
        registers[RAX] = numbers[0]
        registers[ORIG] = 2 ** 64 - 1
        for place, value in zip(ARGUMENTS, numbers[1:]): registers[place] = value % 2 ** 64
        trace(SET, registers)
        trace(STEP)
        status = os.waitpid(process, 0x40000000)[1]
        if os.WIFSIGNALED(status): print('deadly' if os.WTERMSIG(status) == 31 else status)
        else:
            trace(GET, registers)
            result = registers[RAX]
            print('refused' if result == 2 ** 64 - errno.EPERM else 'allowed' if result < 2 ** 63 or result == 2 ** 64 - errno.EINVAL else result)
            trace(SET, before)
            trace(DETACH)
        """#
}
#endif
