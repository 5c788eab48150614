/// Characters that a reader does not see, or sees as a blank.
/// Source: Unicode Standard Annex 44 (White_Space, Default_Ignorable_Code_Point, General_Category).
extension Unicode.Scalar {
    /// White space, what fonts leave out, controls, and what stands for octets that are no character.
    package var isUnseen: Bool {
        if value < 128 { return value <= 32 || value == 127 }
        if properties.isWhitespace || properties.isDefaultIgnorableCodePoint || value == 0x2800 || value == 0xfffd { return true }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return true
        default: return false
        }
    }
}
