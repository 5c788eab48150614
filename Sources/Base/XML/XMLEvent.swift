/// What stands next in a document.
package enum XMLEvent: Sendable, Hashable {
    case start(XMLStartTag)
    /// The end of the element that was begun last.
    case end
    /// One run of text; two that follow each other are one text.
    case text(String)
}

/// The begin of an element.
/// Source: XML 1.0 §3.1, Namespaces in XML 1.0 §4.
package struct XMLStartTag: Sendable, Hashable {
    /// Nil where the name is in no namespace, or its prefix is bound to none.
    package let namespace: String?
    /// Without its prefix.
    package let name: String
    package let attributes: [XMLAttribute]
    /// From 1.
    package let line: Int

    /// The value of the first attribute of that local name.
    package func value(_ name: String) -> String? {
        for attribute in attributes where attribute.name == name { return attribute.value }
        return nil
    }
}

package struct XMLAttribute: Sendable, Hashable {
    package let namespace: String?
    /// Without its prefix.
    package let name: String
    package let value: String
}
