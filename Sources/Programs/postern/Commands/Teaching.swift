import Foundation
import Learning
import Mail
import SpamFilter
import Threads
import Verdicts

/// Teaches a layer message by message: while one portion is learned, the next is read.
struct Teaching {
    struct Counts {
        var learned = 0, changed = 0, known = 0, unreadable = 0
    }

    let desk: TrainingDesk
    let layer: TrainingLayer
    let note: TrainingNote
    private(set) var counts = Counts()
    private(set) var progress: ProgressLine
    private var waiting: [(octets: [UInt8], isSpam: Bool)] = []
    private var waitingOctets = 0
    private var underWay: Task<[TrainingResult], any Error>?
    private let readers = QueueRound(label: "postern.learn")

    /// Messages of one portion, and their octets.
    private static let atOnce = 256, octetsAtOnce = 16 << 20

    /// - Parameter total: octets of all files together, as far as they are known.
    init(desk: TrainingDesk, layer: TrainingLayer, note: TrainingNote, total: Int) {
        self.desk = desk; self.layer = layer; self.note = note
        progress = ProgressLine(total: total)
    }

    /// Learns all messages of both classes, mixed so that each is spread over the whole: what comes last is remembered best.
    mutating func take(spam: MessageStream, ham: MessageStream) async throws {
        var spam = spam, ham = ham, isSpam = true
        while true {
            // Of a stream whose length nobody knows, one after each of the other.
            if let spamShare = spam.share, let hamShare = ham.share { isSpam = spamShare <= hamShare } else { isSpam.toggle() }
            if let message = isSpam ? spam.next() : ham.next() {
                progress.done = spam.given + ham.given
                try await add(message, isSpam)
                continue
            }
            while let message = isSpam ? ham.next() : spam.next() {
                progress.done = spam.given + ham.given
                try await add(message, !isSpam)
            }
            break
        }
        progress.done = spam.given + ham.given
        counts.unreadable += spam.unreadable + ham.unreadable
    }

    private mutating func add(_ octets: [UInt8], _ isSpam: Bool) async throws {
        waiting.append((octets, isSpam))
        waitingOctets += octets.count
        if waiting.count >= Self.atOnce || waitingOctets >= Self.octetsAtOnce { try await send() }
    }

    /// What waits is read, and given to the desk as soon as that has learned what was before.
    private mutating func send() async throws {
        let items = await read(waiting)
        (waiting, waitingOctets) = ([], 0)
        try await settle()
        let desk = desk, layer = layer, note = note
        underWay = Task { try await desk.learn(items, in: layer, by: note) }
    }

    private func read(_ messages: [(octets: [UInt8], isSpam: Bool)]) async -> [TrainingItem] {
        let readers = readers
        return await withTaskGroup(of: (Int, [TrainingItem]).self) { group in
            for (number, start) in stride(from: 0, to: messages.count, by: 32).enumerated() {
                let some = Array(messages[start..<min(start + 32, messages.count)])
                group.addTask(executorPreference: readers.next) { @concurrent in
                    let reader = FeatureReader()
                    return (number, some.map { one in
                        let message = Message(octets: one.octets)
                        return TrainingItem(digest: message.digest, features: PackedFeatures(reader.features(of: message)), isSpam: one.isSpam, origin: .message)
                    })
                }
            }
            var parts: [Int: [TrainingItem]] = [:]
            for await (number, items) in group { parts[number] = items }
            return parts.sorted { $0.key < $1.key }.flatMap(\.value)
        }
    }

    private mutating func settle() async throws {
        guard let task = underWay else { return }
        underWay = nil
        for result in try await task.value {
            switch result {
            case .learned: counts.learned += 1
            case .changed: counts.changed += 1
            case .known: counts.known += 1
            }
        }
        progress.show("\(counts.learned + counts.changed) learned, \(counts.known) known")
    }

    /// Learns the last portion, and writes down what changed, so that no start has to learn it again.
    mutating func finish() async throws {
        if !waiting.isEmpty { try await send() }
        try await settle()
        try await desk.follow()
        try await desk.writeSnapshots()
        progress.end()
    }
}

/// How far a command is, on a terminal; nothing elsewhere.
struct ProgressLine {
    let total: Int
    var done = 0
    private let isShown = isatty(2) == 1
    private static let width = 30

    init(total: Int) { self.total = total }

    func show(_ words: String) {
        guard isShown else { return }
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 0, filled = Int(share * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        FileHandle.standardError.write(Data("\r[\(bar)] \(Int(share * 100)) %  \(words)\u{1b}[K".utf8))
    }

    func end() { if isShown { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) } }
}
