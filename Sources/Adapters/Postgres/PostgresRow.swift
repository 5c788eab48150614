/// One row on its way to the server, each value in its binary form: made where the row arises, so that whoever sends many of
/// them together has only to put them side by side.
package struct PostgresRow: Sendable {
    private var octets: [UInt8] = []
    /// Where each value ends in `octets`.
    private var ends: [Int] = []
    private var nulls: Set<Int> = []

    /// - Parameters:
    ///   - columns: values that will be added.
    ///   - capacity: octets to make room for.
    package init(columns: Int, capacity: Int = 4096) {
        octets.reserveCapacity(capacity)
        ends.reserveCapacity(columns)
    }

    /// Adds a text; for `.json`, the text of a JSON value.
    package mutating func append(_ text: String?, as element: PostgresElement = .text) {
        add(text) { $0.appendElement($1, as: element) }
    }

    /// Adds the octets of a text, a JSON text, a `bytea`, the 16 octets of a UUID, or the 4 or 16 octets of an address.
    package mutating func append(_ value: [UInt8]?, as element: PostgresElement) {
        add(value) { $0.appendElement($1, as: element) }
    }

    /// Adds a `bigint`; for `.timestamp`, microseconds since 1970-01-01T00:00:00Z.
    package mutating func append(_ number: Int64?, as element: PostgresElement = .bigint) {
        add(number) { $0.appendElement($1, as: element) }
    }

    package mutating func append(_ number: Double?) { add(number) { $0.appendElement($1) } }

    private mutating func add<Value>(_ value: Value?, _ write: (inout [UInt8], Value) -> Void) {
        if let value {
            write(&octets, value)
        } else {
            nulls.insert(ends.count)
            octets.appendNull()
        }
        ends.append(octets.count)
    }

    /// The columns of some rows, each as one array.
    /// - Parameters:
    ///   - rows: all with a value for each of the columns.
    ///   - elements: what the columns hold, in order.
    package static func columns(of rows: [PostgresRow], as elements: [PostgresElement]) -> [PostgresValue] {
        elements.indices.map { column in
            var array = PostgresArray(of: elements[column], capacity: rows.reduce(0) { $0 + $1.length(column) })
            for row in rows { array.append(encoded: row.value(column), isNull: row.nulls.contains(column)) }
            return .array(array)
        }
    }

    /// Octets of all values.
    package var size: Int { octets.count }

    private func length(_ column: Int) -> Int { column < ends.count ? ends[column] - begin(column) : 0 }
    private func begin(_ column: Int) -> Int { column == 0 ? 0 : ends[column - 1] }
    private func value(_ column: Int) -> ArraySlice<UInt8> { column < ends.count ? octets[begin(column)..<ends[column]] : [] }
}
