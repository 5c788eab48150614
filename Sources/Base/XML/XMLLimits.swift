/// How much of a document is read before it is refused.
package struct XMLLimits: Sendable, Hashable {
    /// Octets of the document, at most 2147483647.
    package var octets = 33_554_432
    /// Elements inside each other, at most 255.
    package var depth: UInt32 = 32
    /// Elements of the document.
    package var elements: UInt32 = 2_000_000
    /// Attributes of one element; comparing them with each other costs their square.
    package var attributes: UInt32 = 32
    /// Namespace declarations of the document: each name is looked up among those that are in scope.
    package var namespaces: UInt32 = 64
    /// Octets of the name of a namespace that is used.
    package var namespaceOctets: UInt32 = 1_000
    /// Octets of one attribute's value, and of one text between two tags.
    package var textOctets: UInt32 = 65_536
    /// Elements of one ``XMLElement`` that is read whole.
    package var treeElements = 20_000

    package init() {}
}

/// The name of a limit that was met.
package enum XMLLimit: String, Sendable, Hashable, CaseIterable {
    case octets, depth, elements, attributes, namespaces, textOctets = "text-octets", treeElements = "tree-elements"
}
