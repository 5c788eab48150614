import DNS
import Foundation

/// What single parts of a judgement cost, one thread, in turns with what they are compared to.
///
///     Parts spf MANIFEST PORT SECONDS     SPF over the messages of a manifest of the peers kit, DNS at 127.0.0.1:PORT, answers cached
///     Parts dkim SECONDS [OCTETS]         one RSA-2048 signature on a message of 40 kB or of another size, the key cached
@main struct Parts {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "spf" where arguments.count == 4: try await SPFPart.run(manifest: arguments[1], port: UInt16(arguments[2]) ?? 53, seconds: Double(arguments[3]) ?? 2)
        case "dkim" where arguments.count == 2 || arguments.count == 3:
            try await DKIMPart.run(seconds: Double(arguments[1]) ?? 2, octets: arguments.count == 3 ? Int(arguments[2]) ?? 40_960 : 40_960)
        default:
            print("usage: Parts spf MANIFEST PORT SECONDS | Parts dkim SECONDS [OCTETS]")
            exit(64)
        }
    }

    /// Repeats a piece of work for some seconds.
    /// - Returns: how long one takes, in microseconds of wall time: on the whole, and in the fastest round of sixteen, which others on the machine did not disturb.
    static func microseconds(for seconds: Double, _ work: () async throws -> Void) async rethrows -> (mean: Double, least: Double) {
        let clock = ContinuousClock(), begin = clock.now, end = begin + .seconds(seconds)
        var count = 0, now = begin, least = Double.infinity
        while now < end {
            let start = now
            for _ in 0..<16 { try await work() }
            count += 16
            now = clock.now
            least = min(least, microseconds(start.duration(to: now)) / 16)
        }
        return (microseconds(begin.duration(to: now)) / Double(count), least)
    }

    private static func microseconds(_ duration: Duration) -> Double {
        let (whole, rest) = duration.components
        return Double(whole) * 1e6 + Double(rest) / 1e12
    }
}
