import Testing
import Verdicts

@Suite struct HeaderEditsTests {
    private static let mail = "A: 1\r\nX: one\r\nB: 2\r\n folded\r\nx : two\r\nX: three\r\n\r\nX: body\r\n"

    @Test(arguments: [
        ("nothing", [], [], mail, mail),
        ("added on top, in order", [HeaderToAdd(name: "N", value: "a\r\n b"), HeaderToAdd(name: "M", value: "c")], [], mail, "N: a\r\n b\r\nM: c\r\n" + mail),
        ("all of a name", [], [HeaderToRemove(name: "X", place: nil)], mail, "A: 1\r\nB: 2\r\n folded\r\n\r\nX: body\r\n"),
        ("by place, in any case", [], [HeaderToRemove(name: "x", place: 2), HeaderToRemove(name: "b", place: 1)], mail, "A: 1\r\nX: one\r\nX: three\r\n\r\nX: body\r\n"),
        ("a place that there is not", [], [HeaderToRemove(name: "X", place: 9)], mail, mail),
        ("behind a line of mbox", [HeaderToAdd(name: "N", value: "a")], [HeaderToRemove(name: "A", place: nil)], "From x\r\n" + mail, "From x\r\nN: a\r\n" + mail.dropFirst(5)),
        ("behind very many", [], [HeaderToRemove(name: "A", place: nil)], String(repeating: "X: y\r\n", count: 3_000) + "A: 1\r\n\r\n", String(repeating: "X: y\r\n", count: 3_000) + "\r\n"),
        ("nothing at all", [HeaderToAdd(name: "N", value: "a")], [HeaderToRemove(name: "A", place: nil)], "", "N: a\r\n"),
    ] as [(String, [HeaderToAdd], [HeaderToRemove], String, String)])
    func areMadeAsAnMTAMakesThem(_ name: String, _ add: [HeaderToAdd], _ remove: [HeaderToRemove], _ before: String, _ after: String) {
        let edited = HeaderEdits(add: add, remove: remove).applied(to: Array(before.utf8))
        #expect(String(decoding: edited, as: UTF8.self) == after, "\(name)")
    }
}
