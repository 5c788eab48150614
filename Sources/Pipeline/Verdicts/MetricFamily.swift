/// A metric with its samples, as Prometheus reads them.
/// Source: Prometheus text exposition format 0.0.4.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package struct Sample: Sendable, Equatable {
        /// Added to the family's name, such as `_bucket`.
        package let suffix: String
        package let labels: [(name: String, value: String)]
        package let value: Double

        package init(suffix: String = "", labels: [(name: String, value: String)] = [], value: Double) {
            self.suffix = suffix; self.labels = labels; self.value = value
        }

        package static func == (one: Sample, other: Sample) -> Bool {
            one.suffix == other.suffix && one.value == other.value && one.labels.elementsEqual(other.labels) { $0 == $1 }
        }
    }

    package let name: String
    package let kind: Kind
    package let help: String
    package let samples: [Sample]

    package init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        self.name = name; self.kind = kind; self.help = help; self.samples = samples
    }

    /// A family with one sample without labels.
    package init(_ name: String, _ kind: Kind, _ help: String, value: Double) {
        self.init(name, kind, help, [Sample(value: value)])
    }
}
