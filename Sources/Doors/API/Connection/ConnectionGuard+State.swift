extension ConnectionGuard {
    enum Stage {
        case open
        /// The last answer is on its way; nothing that comes is listened to.
        case parting
        case gone
    }

    struct Owed {
        var keepsAlive: Bool
        let isOld: Bool
        /// It counts among the messages that are inside.
        var hasPlace = false
    }
}
