/// A parameter of a statement.
package enum PostgresValue: Sendable {
    case null
    /// Sent as text; the server gives it the type that its place in the statement asks for.
    case text(String)
    case integer(Int64)
    case float(Double)
    case bool(Bool)
    /// A `bytea`.
    case octets([UInt8])
    case array(PostgresArray)

    /// The text, or null.
    package static func optional(_ text: String?) -> PostgresValue { text.map { .text($0) } ?? .null }
}

/// The parameters of one statement, laid out as libpq takes them.
@safe struct ParameterBlock {
    private(set) var types: [UInt32] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []
    /// Where each value begins in `octets`; nil for null.
    private var offsets: [Int?] = []
    private var octets: [UInt8] = []

    init(_ values: [PostgresValue]) {
        types.reserveCapacity(values.count)
        for value in values {
            switch value {
            case .null: add(nil, type: 0, binary: false)
            case .text(let text): add(Array(text.utf8), type: 0, binary: false)
            case .integer(let number): add(Array(String(number).utf8), type: 0, binary: false)
            case .float(let number): add(Array(number.description.utf8), type: 0, binary: false)
            case .bool(let flag): add(flag ? [UInt8(ascii: "t")] : [UInt8(ascii: "f")], type: 0, binary: false)
            case .octets(let value): add(value, type: 17, binary: true)
            case .array(let array): add(array.octets, type: array.type, binary: true)
            }
        }
    }

    private mutating func add(_ value: [UInt8]?, type: UInt32, binary: Bool) {
        types.append(type)
        formats.append(binary ? 1 : 0)
        offsets.append(value == nil ? nil : octets.count)
        lengths.append(Int32(clamping: value?.count ?? 0))
        guard let value else { return }
        octets += value
        octets.append(0)   // libpq reads text up to its NUL
    }

    /// Calls `body` with pointers that are good until it returns.
    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        unsafe octets.withUnsafeBytes { bytes in
            let pointers = unsafe offsets.map { offset -> UnsafePointer<CChar>? in
                guard let offset else { return nil }
                return unsafe bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
        }
    }
}
