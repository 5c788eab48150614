import DNS
import Foundation

/// What single parts of a judgement cost, one thread, in turns with what they are compared to.
///
///     Parts spf MANIFEST PORT SECONDS     SPF over the messages of a manifest of the peers kit, DNS at 127.0.0.1:PORT, answers cached
///     Parts dkim SECONDS                  one RSA-2048 signature on a message of 40 kB, the key cached
@main struct Parts {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "spf" where arguments.count == 4: try await SPFPart.run(manifest: arguments[1], port: UInt16(arguments[2]) ?? 53, seconds: Double(arguments[3]) ?? 2)
        case "dkim" where arguments.count == 2: try await DKIMPart.run(seconds: Double(arguments[1]) ?? 2)
        default:
            print("usage: Parts spf MANIFEST PORT SECONDS | Parts dkim SECONDS")
            exit(64)
        }
    }

    /// Repeats a piece of work for some seconds.
    /// - Returns: how long one takes, in microseconds of wall time.
    static func microseconds(for seconds: Double, _ work: () async throws -> Void) async rethrows -> Double {
        let clock = ContinuousClock(), begin = clock.now, end = begin + .seconds(seconds)
        var count = 0
        while clock.now < end {
            for _ in 0..<16 { try await work() }
            count += 16
        }
        let (whole, rest) = begin.duration(to: clock.now).components
        return (Double(whole) * 1e6 + Double(rest) / 1e12) / Double(count)
    }
}
