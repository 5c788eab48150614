/// Characters that a reader does not see, or sees as a blank.
/// Source: Unicode Standard Annex 44 (White_Space, Default_Ignorable_Code_Point, General_Category).
extension Unicode.Scalar {
    /// White space, what fonts leave out, controls, and what stands for octets that are no character.
    package var isUnseen: Bool {
        if value < 128 { return value <= 32 || value == 127 }
        if value == 0x2800 || value == 0xfffd { return true }
        // One look into the tables is enough for most: what is white space or ignorable is of few categories.
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator: return true
        case .nonspacingMark, .otherLetter: return properties.isDefaultIgnorableCodePoint
        default: return false
        }
    }
}
