extension Policy {
    /// Whether a verdict lies in the middle of the scale: from the threshold `greylist` up to where a message is kept back or refused.
    ///
    /// What is tagged is in it: who is worse than the one who is put off does not get in sooner. When it comes again, lists may know more of it, and its score is another one.
    /// What a rule lets through outright is not in it, and neither is what is put off or held for another reason.
    package func greylists(_ verdict: Verdict) -> Bool {
        guard let greylist = thresholds.greylist, verdict.score >= greylist, verdict.action < .quarantine else { return false }
        return verdict.action != .accept || verdict.decidedBy == nil
    }

    /// What a policy with the threshold must say, so that it does not go without effect: what is done with who comes for the first time, or too early.
    package static let greylistCodes = ["greylist.deferred", "greylist.early"]
}
