import DKIM

/// What must hold for the reading of any octets as a list of tags.
struct TagListTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        let tolerant = TagList.tolerant(octets[...])
        check(tolerant)
        do throws(TagListFault) {
            let list = try TagList(octets[...])
            precondition(list == tolerant && tolerant.faults.isEmpty, "the tolerant reading of a faultless list is another one")
            check(list)
        } catch {
            precondition(error.description.unicodeScalars.allSatisfy { $0 == "…" || $0.value >= 0x20 && $0.value < 0x7f }, "a fault that cannot be shown")
            precondition(tolerant.faults.first == error, "the first fault is another one")
        }
    }

    private func check(_ list: TagList) {
        var end = 0
        for tag in list.tags {
            precondition(tag.place.lowerBound > end - 1 && tag.place.upperBound <= octets.count, "places overlap")
            precondition(tag.value.isEmpty || tag.place.contains(tag.value.startIndex) && tag.value.endIndex <= tag.place.upperBound, "a value outside its place")
            precondition(list[tag.name]?.place == tag.place, "a name is there twice")
            end = tag.place.upperBound
        }
        if !list.tags.isEmpty { precondition((try? TagList(list.text[...])) == list, "a list changes when it is written and read") }
    }
}
