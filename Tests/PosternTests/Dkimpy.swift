import Foundation
import TestSupport

/// ARC by another hand: Debian's python3-dkim.
enum Dkimpy {
    static let isHere = (try? run("import dkim", [], in: TemporaryFolder()))?.status == 0

    /// The cv of a message's chain: `pass`, `fail` or `none`.
    /// - Parameter records: TXT by name.
    static func chain(of message: [UInt8], _ records: [(name: String, text: String)]) throws -> String {
        let folder = try TemporaryFolder()
        try Data(message).write(to: URL(fileURLWithPath: "\(folder.path)/message"))
        try folder.write(records.map { "\($0.name)\t\($0.text)\n" }.joined(), to: "records")
        return try run("""
            import dkim, sys
            records = dict(line.rstrip("\\n").split("\\t") for line in open(sys.argv[1] + "/records"))
            def txt(name, timeout=5):
                return (records.get(name.decode().rstrip(".")) or records.get(name.decode()) or "").encode() or None
            print(dkim.arc_verify(open(sys.argv[1] + "/message", "rb").read(), dnsfunc=txt)[0].decode())
            """, [folder.path], in: folder).text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func run(_ program: String, _ arguments: [String], in folder: TemporaryFolder) throws -> (status: Int32, text: String) {
        let status = try ChildProcess("/usr/bin/python3", ["-c", program] + arguments, log: "\(folder.path)/out").wait()
        return (status, (try? folder.read("out")) ?? "")
    }
}
