package import Malware

/// What a scanner has given up before it sees a message: those that the machine allowed. `Sources/Programs/postern-scanner/protocol.h` has the bits.
package struct SandboxParts: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// It is not root.
    package static let user = SandboxParts(rawValue: 1 << 0)
    package static let noNewPrivileges = SandboxParts(rawValue: 1 << 1)
    /// Only system calls of a list are allowed.
    package static let systemCalls = SandboxParts(rawValue: 1 << 2)
    package static let network = SandboxParts(rawValue: 1 << 3)
    package static let mounts = SandboxParts(rawValue: 1 << 4)
    package static let ipc = SandboxParts(rawValue: 1 << 5)
    /// What it writes is in memory, bounded, and out of sight of all others.
    package static let temporaryMemory = SandboxParts(rawValue: 1 << 6)
    /// It sees no file outside its temporary folder.
    package static let root = SandboxParts(rawValue: 1 << 7)
    /// The kernel lets it open no file outside its temporary folder.
    package static let landlock = SandboxParts(rawValue: 1 << 8)
    /// Memory, files, descriptors, processes, processor time.
    package static let limits = SandboxParts(rawValue: 1 << 9)
    package static let notDumpable = SandboxParts(rawValue: 1 << 10)
    package static let noCapabilities = SandboxParts(rawValue: 1 << 11)
    /// The kernel lets it signal no other process.
    package static let signals = SandboxParts(rawValue: 1 << 12)
    package static let all = SandboxParts(rawValue: (1 << 13) - 1)

    /// In words, those that are not there.
    var missing: [String] {
        let names = ["a user of their own", "no_new_privs", "a list of system calls", "a network namespace", "mounts of their own", "an IPC namespace", "a temporary folder in memory",
                     "a root folder of their own", "landlock", "limits", "protection from being traced", "the loss of capabilities", "landlock's bar to signals"]
        return names.enumerated().filter { rawValue & 1 << UInt32($0.offset) == 0 }.map(\.element)
    }
}

/// How the scanners are.
package struct ScannerStatus: Sendable, Equatable {
    /// Process ids of those that serve, in order.
    package let processes: [Int32]
    /// The process ids of the programs that loaded signatures, one but for the time in which new signatures replace old ones.
    package let masters: [Int32]
    /// Which start of the program serves, 1…; 0 while none does.
    package let generation: Int
    /// Of those that serve; nil while none does.
    package let signatures: SignatureState?
    /// What every one that serves has given up; empty while none does.
    package let sandbox: SandboxParts
    /// Scanners that ended otherwise than because their scans were used up or their signatures old.
    package let broken: Int
    /// Messages that wait for a scanner.
    package let waiting: Int
    /// Why none serves, or why new signatures could not be loaded or were refused; nil where all is well.
    package let trouble: String?
}
