/// The rows that a statement gave, as text octets.
package struct PostgresRows: Sendable {
    /// The names of the columns, in order.
    package let columns: [String]
    package let count: Int
    /// How many rows the statement inserted, changed, deleted or selected.
    package let affected: Int
    private let octets: [UInt8]
    /// Begin and end in `octets` of each value, row after row; begin is -1 for null.
    private let places: [(Int, Int)]

    init(columns: [String], count: Int, affected: Int, octets: [UInt8], places: [(Int, Int)]) {
        self.columns = columns
        self.count = count
        self.affected = affected
        self.octets = octets
        self.places = places
    }

    /// One row.
    package struct Row: Sendable {
        fileprivate let rows: PostgresRows
        fileprivate let at: Int

        /// The octets of a column counted from 0; nil for null, and for a column that is not there.
        package func octets(_ column: Int) -> ArraySlice<UInt8>? {
            guard column >= 0, column < rows.columns.count else { return nil }
            let (begin, end) = rows.places[at * rows.columns.count + column]
            return begin < 0 ? nil : rows.octets[begin..<end]
        }

        package func text(_ column: Int) -> String? { octets(column).map { String(decoding: $0, as: UTF8.self) } }
        package func integer(_ column: Int) -> Int? { text(column).flatMap { Int($0) } }
        package func float(_ column: Int) -> Double? { text(column).flatMap { Double($0) } }
        /// The octets of a `bytea` (PostgreSQL documentation §8.4.1, hex format); nil for anything else.
        package func bytea(_ column: Int) -> [UInt8]? {
            guard let text = octets(column), text.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]) else { return nil }
            var octets: [UInt8] = [], half: UInt8?
            octets.reserveCapacity(text.count / 2)
            for digit in text.dropFirst(2) {
                let value: UInt8
                switch digit {
                case 48...57: value = digit - 48
                case 97...102: value = digit - 87
                default: return nil
                }
                if let high = half { octets.append(high << 4 | value); half = nil } else { half = value }
            }
            return half == nil ? octets : nil
        }

        package func bool(_ column: Int) -> Bool? { octets(column).map { $0.first == UInt8(ascii: "t") } }
    }
}

extension PostgresRows: Sequence {
    package func makeIterator() -> AnyIterator<Row> {
        var at = 0
        return AnyIterator {
            guard at < count else { return nil }
            defer { at += 1 }
            return Row(rows: self, at: at)
        }
    }

    package var first: Row? { count > 0 ? Row(rows: self, at: 0) : nil }
    package var isEmpty: Bool { count == 0 }
    package var underestimatedCount: Int { count }
}
