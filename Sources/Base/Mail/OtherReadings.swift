/// Where the standards leave no way, readers of mail go different ones. What one of them shows must be seen.
extension MIMEPart {
    /// What the part is to a reader to which the other of two fields counts, and to one to which the body begins at a line of the header
    /// that is no field.
    /// - Returns: leaves with the index of this part; empty for nearly all parts. Containers are not among them: see ``PartHeader``.
    func otherReadings(limits: MessageLimits, log: inout DefectLog) -> [MIMEPart] {
        var readings: [MIMEPart] = []
        if isAmbiguous {
            for fields in [header.fields, header.fields.reversed()] {
                let facts = PartHeader(HeaderSection(fields: fields, range: header.range), firstOnly: true, limits: limits, log: &log)
                guard facts.contentType != contentType || facts.transferEncoding != transferEncoding || facts.disposition != disposition else { continue }
                readings.append(reading(facts, from: bodyRange.lowerBound))
            }
        }
        if let stray {
            let before = HeaderSection(fields: Array(header.fields.prefix(stray.fields)), range: header.range)
            readings.append(reading(PartHeader(before, firstOnly: true, limits: limits, log: &log), from: stray.at))
        }
        return readings.filter { $0.contentType.type != "multipart" && !$0.contentType.isMessage }
    }

    private func reading(_ facts: PartHeader, from start: Int) -> MIMEPart {
        MIMEPart(source: source, index: index, parent: parent, depth: depth, path: path, header: header, contentType: facts.contentType,
                 isTypeDeclared: facts.isTypeDeclared, disposition: facts.disposition, transferEncoding: facts.transferEncoding,
                 fileName: facts.fileName, isInMessage: isInMessage, headerRange: headerRange,
                 bodyRange: start..<max(start, bodyRange.upperBound))
    }
}
