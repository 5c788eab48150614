/// How much is kept.
package struct NoticeLimits: Sendable {
    /// Notices of one tenant; the oldest beyond it go with those that are old, so that for a while there may be more.
    package var ofTenant = 1_000_000

    package init() {}
}
