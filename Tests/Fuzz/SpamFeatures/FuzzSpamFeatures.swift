import Mail
import SpamFilter

private let model = SpamModel(bits: 12)

/// Any octets have bounded features, of which each has a name; what was learned of them is taken back without a trace.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSpamFeatures(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let message = unsafe Message(octets: Array(UnsafeBufferPointer(start: data, count: size)))
    let reader = FeatureReader(), features = reader.features(of: message)
    precondition(features.hashes.count <= FeatureLimits.features && features.ends.last == features.hashes.count)
    for view in FeatureView.allCases { precondition(Set(features[view]).count == features[view].count) }
    precondition(reader.names(of: Set(features.hashes), in: message).count == Set(features.hashes).count)
    let before = model.judge(features), step = model.learn(features, isSpam: size % 2 == 0), between = model.judge(features)
    precondition((0...1).contains(between.probability) && (0...1).contains(between.known))
    model.unlearn(step, features)
    precondition(model.judge(features) == before)
    return 0
}
