/// The JSON text of a value, its members in the order in which its type declares them; what is nil is left out.
///
/// Foundation's encoder builds a tree first and takes several times as long, which counts where every message pays for it.
/// - Throws: what the value's own `encode(to:)` throws.
package func jsonOctets(_ value: some Encodable, capacity: Int = 1024) throws -> [UInt8] {
    let sink = JSONSink(capacity: capacity)
    try sink.encode(value, path: [])
    return sink.writer.octets
}

/// Where all containers of one encoding write to.
private final class JSONSink {
    var writer: JSONWriter
    /// Closers of the containers that are open, outermost first: a container is closed when an outer one goes on.
    private var open: [Bool] = []

    init(capacity: Int) { writer = JSONWriter(capacity: capacity) }

    var depth: Int { open.count }

    func begin(object: Bool) {
        if object { writer.openObject() } else { writer.openArray() }
        open.append(object)
    }

    /// Closes every container inside of `depth`.
    func close(to depth: Int) {
        while open.count > depth, let object = open.popLast() {
            if object { writer.closeObject() } else { writer.closeArray() }
        }
    }

    func encode<Value: Encodable>(_ value: Value, path: [any CodingKey]) throws {
        // Types are compared before they are cast: a cast that fails costs more than writing most values.
        if Value.self == String.self, let text = value as? String { writer.string(text); return }
        if Value.self == [String].self, let texts = value as? [String] {
            writer.openArray()
            for text in texts { writer.string(text) }
            writer.closeArray()
            return
        }
        let before = depth, count = writer.octets.count
        try value.encode(to: JSONValueEncoder(sink: self, codingPath: path))
        if writer.octets.count == count { begin(object: true) }   // a type without members
        close(to: before)
    }
}

private struct JSONValueEncoder: Encoder {
    let sink: JSONSink
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        sink.begin(object: true)
        return KeyedEncodingContainer(JSONKeyed<Key>(sink: sink, depth: sink.depth, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        sink.begin(object: false)
        return JSONUnkeyed(sink: sink, depth: sink.depth, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingle(sink: sink, codingPath: codingPath) }
}

private struct JSONKeyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: JSONSink
    let depth: Int
    let codingPath: [any CodingKey]

    private func at(_ key: Key) { sink.close(to: depth); sink.writer.key(key.stringValue) }

    mutating func encodeNil(forKey key: Key) { at(key); sink.writer.null() }
    mutating func encode(_ value: Bool, forKey key: Key) { at(key); sink.writer.bool(value) }
    mutating func encode(_ value: String, forKey key: Key) { at(key); sink.writer.string(value) }
    mutating func encode(_ value: Double, forKey key: Key) { at(key); sink.writer.number(value) }
    mutating func encode(_ value: Float, forKey key: Key) { at(key); sink.writer.number(Double(value)) }
    mutating func encode(_ value: Int, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: Int8, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: Int16, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: Int32, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: Int64, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: UInt, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: UInt8, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: UInt16, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: UInt32, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: UInt64, forKey key: Key) { at(key); sink.writer.integer(value) }
    mutating func encode(_ value: some Encodable, forKey key: Key) throws { at(key); try sink.encode(value, path: codingPath) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        at(key)
        return JSONValueEncoder(sink: sink, codingPath: codingPath).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        at(key)
        return JSONValueEncoder(sink: sink, codingPath: codingPath).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { sink.close(to: depth); sink.writer.key("super"); return JSONValueEncoder(sink: sink, codingPath: codingPath) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { at(key); return JSONValueEncoder(sink: sink, codingPath: codingPath) }
}

private struct JSONUnkeyed: UnkeyedEncodingContainer {
    let sink: JSONSink
    let depth: Int
    let codingPath: [any CodingKey]
    var count = 0

    private mutating func next() { sink.close(to: depth); count += 1 }

    mutating func encodeNil() { next(); sink.writer.null() }
    mutating func encode(_ value: some Encodable) throws { next(); try sink.encode(value, path: codingPath) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        next()
        return JSONValueEncoder(sink: sink, codingPath: codingPath).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        next()
        return JSONValueEncoder(sink: sink, codingPath: codingPath).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { next(); return JSONValueEncoder(sink: sink, codingPath: codingPath) }
}

private struct JSONSingle: SingleValueEncodingContainer {
    let sink: JSONSink
    let codingPath: [any CodingKey]

    mutating func encodeNil() { sink.writer.null() }
    mutating func encode(_ value: Bool) { sink.writer.bool(value) }
    mutating func encode(_ value: String) { sink.writer.string(value) }
    mutating func encode(_ value: Double) { sink.writer.number(value) }
    mutating func encode(_ value: Float) { sink.writer.number(Double(value)) }
    mutating func encode(_ value: Int) { sink.writer.integer(value) }
    mutating func encode(_ value: Int8) { sink.writer.integer(value) }
    mutating func encode(_ value: Int16) { sink.writer.integer(value) }
    mutating func encode(_ value: Int32) { sink.writer.integer(value) }
    mutating func encode(_ value: Int64) { sink.writer.integer(value) }
    mutating func encode(_ value: UInt) { sink.writer.integer(value) }
    mutating func encode(_ value: UInt8) { sink.writer.integer(value) }
    mutating func encode(_ value: UInt16) { sink.writer.integer(value) }
    mutating func encode(_ value: UInt32) { sink.writer.integer(value) }
    mutating func encode(_ value: UInt64) { sink.writer.integer(value) }
    mutating func encode(_ value: some Encodable) throws { try sink.encode(value, path: codingPath) }
}
