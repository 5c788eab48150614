/// A value that writes itself as JSON text; what it writes, its `Decodable` reads.
///
/// Every message pays for its documents, and an `Encoder` makes a container, a coding path and a look-up of types for each object:
/// measured, nearly twice the time (docs/performance.md).
@usableFromInline package protocol JSONWritable {
    /// Writes exactly one value.
    func write(to json: inout JSONWriter)
}

/// The JSON text of a value.
/// - Parameter capacity: octets to make room for.
@inlinable package func jsonOctets(_ value: some JSONWritable, capacity: Int = 1024) -> [UInt8] {
    var json = JSONWriter(capacity: capacity)
    value.write(to: &json)
    return json.octets
}

extension JSONWriter {
    /// Writes a member of the open object under the name by which the type's `Decodable` finds it.
    @inlinable package mutating func member<Name: CodingKey & RawRepresentable>(_ name: Name, _ value: some JSONWritable) where Name.RawValue == String {
        key(name.rawValue)
        value.write(to: &self)
    }

    /// Writes a member where there is a value.
    @inlinable package mutating func member<Name: CodingKey & RawRepresentable>(_ name: Name, _ value: (some JSONWritable)?) where Name.RawValue == String {
        if let value { member(name, value) }
    }
}

extension String: JSONWritable {
    @inlinable package func write(to json: inout JSONWriter) { json.string(self) }
}

extension Bool: JSONWritable {
    @inlinable package func write(to json: inout JSONWriter) { json.bool(self) }
}

extension Double: JSONWritable {
    @inlinable package func write(to json: inout JSONWriter) { json.number(self) }
}

extension BinaryInteger where Self: JSONWritable {
    @inlinable package func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Int: JSONWritable {}
extension Int64: JSONWritable {}
extension UInt16: JSONWritable {}

extension Array: JSONWritable where Element: JSONWritable {
    @inlinable package func write(to json: inout JSONWriter) {
        json.openArray()
        for element in self { element.write(to: &json) }
        json.closeArray()
    }
}

/// Its members stand in the order of their names.
extension Dictionary: JSONWritable where Key == String, Value: JSONWritable {
    @inlinable package func write(to json: inout JSONWriter) {
        json.openObject()
        for (name, value) in sorted(by: { $0.key < $1.key }) {
            json.key(name)
            value.write(to: &json)
        }
        json.closeObject()
    }
}

/// The words of a registry stand as they are.
extension RawRepresentable where Self: JSONWritable, RawValue: JSONWritable {
    @inlinable package func write(to json: inout JSONWriter) { rawValue.write(to: &json) }
}
