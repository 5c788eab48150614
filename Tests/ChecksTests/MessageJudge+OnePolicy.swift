import Checks
import Limiting
import Verdicts

extension MessageJudge {
    /// A judge with one policy for both directions, for tests in which the direction is beside the point.
    convenience init(pipeline: Pipeline, workers: Workers, store: any VerdictStore, policy: Policy, quarantine: Quarantine? = nil, notes: Notes? = nil, greylist: Greylist? = nil, limits: SendingLimits? = nil, settings: Settings = Settings()) {
        self.init(pipeline: pipeline, workers: workers, store: store, policies: Policies(inbound: policy, outbound: policy), quarantine: quarantine, notes: notes, greylist: greylist, limits: limits, settings: settings)
    }

    func replace(policy: Policy) { replace(policies: Policies(inbound: policy, outbound: policy)) }
}
