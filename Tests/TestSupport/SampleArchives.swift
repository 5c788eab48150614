import Foundation

/// Archives and mails for tests, made by Python's zipfile, gzip and tarfile.
package struct SampleArchives {
    package let folder: TemporaryFolder

    /// - Parameter make: statements of Python that write files; `eicar` and `zipped(files)` are at hand.
    package init(_ make: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.tools + make, to: "make.py")
        let status = try await ChildProcess.runAside("/usr/bin/python3", ["-I", "make.py"], log: "\(folder.path)/log", folder: folder.path)
        guard status == 0 else { throw ChildProcess.Trouble(description: try folder.read("log")) }
        self.folder = folder
    }

    package func octets(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))) }

    private static let tools = """
        import base64, gzip, io, struct, tarfile, zipfile, zlib
        eicar = b'X5O!P%@AP[4\\\\PZX54(P^)7CC)7}$EICAR-STANDARD-' + b'ANTIVIRUS-TEST-FILE!$H+H*'
        def zipped(files, method=zipfile.ZIP_DEFLATED):
            out = io.BytesIO()
            with zipfile.ZipFile(out, 'w', method) as archive:
                for name, octets in files: archive.writestr(name, octets)
            return out.getvalue()
        def locked(archive):
            # Sets the flag that says "encrypted" in each header.
            octets = bytearray(archive)
            for mark, at in ((b'PK\\x03\\x04', 6), (b'PK\\x01\\x02', 8)):
                place = octets.find(mark)
                while place >= 0:
                    octets[place + at] |= 1
                    place = octets.find(mark, place + 4)
            return bytes(octets)
        def save(name, octets): open(name, 'wb').write(octets)

        """
}
