import Mail

/// Parts of any message are replaced: each that was tells the note, the others are as they were, and it is the same when it is done again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReplacement(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size)), message = Message(octets: octets)
    precondition(message.replacing([:]) == octets)
    let last = Int(octets.last ?? 0)
    check(message, [last % message.parts.count: "note"])
    check(message, Dictionary(uniqueKeysWithValues: message.parts.filter { ($0.index &+ last) % 3 == 0 }.map { ($0.index, "--b\nä") }))
    let result = message.replacing([:], droppingStrayText: true)
    if isSteady(message) { checkParts(message, [:], Message(octets: result)) }
    precondition(result.count <= octets.count * 2 + 4_096)
    return 0
}

/// Where a limit was met, or a line far away tells what is a delimiter, other parts may be found.
private func isSteady(_ message: Message) -> Bool { !message.defects.contains { $0.code.hasPrefix("limit-met") || $0.kind == .ambiguousDelimiter } }

private func check(_ message: Message, _ notes: [Int: String]) {
    let result = message.replacing(notes), again = Message(octets: result)
    guard isSteady(message), isSteady(again) else { return }
    let next = checkParts(message, notes, again)
    precondition(again.replacing(next) == result, "it is not the same when it is done again")
}

/// - Returns: the notes by their new places.
@discardableResult
private func checkParts(_ message: Message, _ notes: [Int: String], _ again: Message) -> [Int: String] {
    var stays: [Int] = [], isGone = Set<Int>(), next: [Int: String] = [:]
    for part in message.parts {
        if let parent = part.parent, isGone.contains(parent) || notes[parent] != nil { isGone.insert(part.index) } else { stays.append(part.index) }
    }
    precondition(again.parts.map(\.path) == stays.map { message.parts[$0].path }, "other parts are found")
    for (now, place) in zip(again.parts, stays) {
        let was = message.parts[place]
        if let note = notes[place] {
            next[now.index] = note
            let text = now.decodedText.utf8.filter { $0 != 13 && $0 != 10 }
            precondition(text == note.utf8.filter { $0 != 10 }, "the note is not in place")
        } else if !was.isContainer {
            precondition(was.decoded == now.decoded && was.headerOctets.elementsEqual(now.headerOctets), "another part was changed")
        }
    }
    return next
}
