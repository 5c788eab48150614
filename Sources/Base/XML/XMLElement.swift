/// An element with all that is inside it.
package struct XMLElement: Sendable, Hashable {
    package let tag: XMLStartTag
    package internal(set) var children: [XMLElement] = []
    /// The texts between its children, joined; those of the children are theirs.
    package internal(set) var text = ""

    init(_ tag: XMLStartTag) { self.tag = tag }
}
