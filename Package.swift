// swift-tools-version: 6.2
import PackageDescription

// The house, floor by floor from the ground up. A room may use any room of a lower floor, and an earlier room of its
// own floor where its row names it. Everything below is checked before a single file is compiled.

struct Room {
    let name: String
    /// Rooms of this house that the room uses.
    var uses: [String] = []
    /// Products of other packages: "Product" of "package".
    var products: [(product: String, package: String)] = []
    /// A program of another language than Swift, and the libraries it is linked with.
    var program: [String]? = nil
    /// Programs that it starts, by which its tests need them built.
    var starts: [String] = []
    /// What its tests use besides the room, what it uses, and TestSupport; nil where the rooms above test it.
    var testUses: [String]? = nil
}

struct Floor {
    let name: String
    /// True where a room may use an earlier room of the same floor.
    var stairs = false
    /// Rooms of a floor without stairs that read the results of their neighbours.
    var readers: [String: [String]] = [:]
    let rooms: [Room]
}

let floors: [Floor] = [
    Floor(name: "C", rooms: [
        Room(name: "COpenSSL"), Room(name: "CPostgres"), Room(name: "CUnbound"), Room(name: "CIDN"), Room(name: "CLinux"),
        Room(name: "CZlib"), Room(name: "CXML"), Room(name: "CCurl"), Room(name: "CICU"),
    ]),
    Floor(name: "Base", stairs: true, rooms: [
        Room(name: "Threads"),
        Room(name: "Processes", uses: ["CLinux"]),
        Room(name: "Logs", testUses: []),
        Room(name: "Letters", uses: ["CICU"], testUses: []),
        Room(name: "Cryptography", uses: ["COpenSSL"], testUses: []),
        Room(name: "JSON", testUses: []),
        Room(name: "DNS", uses: ["CIDN", "JSON"], testUses: []),
        Room(name: "Mail", uses: ["CLinux", "Cryptography", "JSON", "DNS"], testUses: []),
        Room(name: "Compression", uses: ["CZlib"], testUses: []),
        Room(name: "XML", uses: ["CXML", "Mail"], testUses: []),
    ]),
    Floor(name: "Standards", readers: ["DMARC": ["SPF", "DKIM"], "SpamFilter": ["ContentRules"]], rooms: [
        Room(name: "ReverseDNS", uses: ["JSON", "DNS"], testUses: []),
        Room(name: "TransportSecurity", uses: ["JSON", "DNS"], testUses: []),
        Room(name: "SPF", uses: ["JSON", "DNS", "Mail"], testUses: []),
        Room(name: "DKIM", uses: ["Cryptography", "JSON", "DNS", "Mail"], testUses: []),
        Room(name: "DMARC", uses: ["Cryptography", "JSON", "DNS", "Mail", "Compression", "XML", "SPF", "DKIM"], testUses: []),
        Room(name: "BlockLists", uses: ["JSON", "DNS"], testUses: []),
        Room(name: "ContentRules", uses: ["Letters", "JSON", "DNS", "Mail"], testUses: []),
        Room(name: "Malware", uses: ["Cryptography", "JSON", "Mail"], testUses: ["TestStores"]),
        Room(name: "SpamFilter", uses: ["CLinux", "JSON", "DNS", "Letters", "Mail", "ContentRules"], testUses: []),
        Room(name: "RateLimits", uses: ["JSON", "DNS"], testUses: []),
        Room(name: "Feedback", uses: ["JSON", "DNS", "Mail"], testUses: []),
    ]),
    Floor(name: "Pipeline", stairs: true, rooms: [
        Room(name: "Verdicts", uses: ["Threads", "Cryptography", "JSON", "DNS", "Mail", "Compression", "ReverseDNS", "TransportSecurity", "SPF", "DKIM", "DMARC", "BlockLists", "ContentRules", "Malware", "RateLimits"], testUses: ["TestStores"]),
        Room(name: "Notices", uses: ["Threads", "Verdicts", "Cryptography", "JSON", "Mail"], testUses: ["TestStores"]),
        Room(name: "Learning", uses: ["Verdicts", "Cryptography", "DNS", "Mail", "BlockLists", "Malware", "SpamFilter"], testUses: ["TestStores"]),
        Room(name: "Limiting", uses: ["Threads", "Verdicts", "Cryptography", "JSON", "DNS", "RateLimits"], testUses: ["TestStores"]),
        Room(name: "Watching", uses: ["Verdicts", "Notices", "Limiting", "Feedback", "RateLimits", "Cryptography", "JSON", "DNS"], testUses: ["TestStores", "Mail"]),
        Room(name: "Signing", uses: ["Threads", "Verdicts", "Cryptography", "JSON", "DNS", "Mail", "DKIM"], testUses: ["TestStores"]),
        Room(name: "Reporting", uses: ["Cryptography", "JSON", "DNS", "Mail", "Compression", "TransportSecurity", "SPF", "DKIM", "DMARC", "BlockLists", "Verdicts"], testUses: ["TestStores"]),
        Room(name: "Checks", uses: ["Threads", "Verdicts", "Learning", "Limiting", "Watching", "RateLimits", "SpamFilter", "Signing", "Cryptography", "JSON", "DNS", "Mail", "ReverseDNS", "TransportSecurity", "SPF", "DKIM", "DMARC", "BlockLists", "ContentRules", "Malware"], testUses: ["TestStores"]),
    ]),
    Floor(name: "Adapters", stairs: true, rooms: [
        Room(name: "Unbound", uses: ["CUnbound", "Threads", "DNS"], testUses: []),
        Room(name: "Relay", uses: ["CCurl", "Threads", "Verdicts", "Mail", "DNS"], testUses: []),
        Room(name: "Web", uses: ["CCurl", "Threads", "Notices"], testUses: ["Verdicts", "TestStores"]),
        Room(name: "Postgres", uses: ["CPostgres", "Threads", "CLinux", "Processes"], testUses: []),
        Room(name: "Scanner", uses: ["CLinux", "Processes", "JSON", "Malware"], starts: ["postern-scanner"], testUses: ["Mail"]),
        Room(name: "Storage", uses: ["Postgres", "Verdicts", "Notices", "Learning", "Limiting", "Watching", "RateLimits", "SpamFilter", "JSON", "DMARC", "BlockLists", "Cryptography", "DNS", "DKIM"], testUses: ["TestStores", "Reporting", "Relay", "Web", "Threads"]),
    ]),
    Floor(name: "Doors", stairs: true, rooms: [
        Room(name: "API", uses: ["Logs", "Threads", "Feedback", "Verdicts", "Notices", "Learning", "Limiting", "Watching", "RateLimits", "SpamFilter", "Signing", "Reporting", "JSON", "BlockLists", "DKIM", "DMARC", "TransportSecurity", "Mail", "DNS", "Cryptography"],
             products: [("HummingbirdCore", "hummingbird"), ("HummingbirdTLS", "hummingbird")], testUses: ["TestStores", "Compression"]),
    ]),
    Floor(name: "Programs", rooms: [
        Room(name: "postern",
             uses: ["Threads", "Logs", "API", "Notices", "Learning", "Limiting", "Watching", "RateLimits", "SpamFilter", "Storage", "Postgres", "Unbound", "Relay", "Web", "Scanner", "Checks", "Signing", "Reporting", "Verdicts", "BlockLists", "ContentRules", "Malware", "DKIM", "DMARC", "Mail", "DNS", "Cryptography", "JSON", "SPF", "ReverseDNS", "TransportSecurity", "Processes", "CLinux"],
             products: [("ArgumentParser", "swift-argument-parser"), ("Yams", "Yams"), ("Logging", "swift-log"), ("ServiceLifecycle", "swift-service-lifecycle"), ("UnixSignals", "swift-service-lifecycle")], starts: ["postern-scanner"], testUses: ["Mail", "DNS"]),
        Room(name: "postern-scanner", program: ["clamav", "z"]),
    ]),
]

// MARK: - The rules of the house

var level: [String: (floor: Int, place: Int)] = [:]
for (floor, each) in floors.enumerated() {
    for (place, room) in each.rooms.enumerated() { level[room.name] = (floor, place) }
}
for (floor, each) in floors.enumerated() {
    for (place, room) in each.rooms.enumerated() {
        for used in room.uses {
            guard let at = level[used] else { fatalError("\(room.name) uses \(used), which no floor has") }
            let below = at.floor < floor || each.readers[room.name]?.contains(used) == true || (each.stairs && at.floor == floor && at.place < place)
            if !below { fatalError("\(room.name) uses \(used), which is not below it") }
        }
    }
}

// POSTERN_ROOM=SPF builds and tests that room and what it stands on, and nothing else.
let tested: Set<String>? = Context.environment["POSTERN_ROOM"].map { Set($0.split(separator: ",").map(String.init)) }
var wanted: Set<String>? = nil
if let tested {
    var open = tested.sorted() + ["DNS", "Threads"], seen: Set<String> = []
    let all = Dictionary(uniqueKeysWithValues: floors.flatMap(\.rooms).map { ($0.name, $0) })
    while let next = open.popLast() {
        guard seen.insert(next).inserted else { continue }
        // The twins of the ports of all stand in one place.
        if next == "Verdicts" { open += ["Notices", "Learning", "Limiting", "Watching"] }
        guard let room = all[next] else { fatalError("POSTERN_ROOM names \(next), which no floor has") }
        open += room.uses + room.starts + (tested.contains(next) ? (room.testUses ?? []).filter { all[$0] != nil } : [])
    }
    wanted = seen
}

/// Each has a folder in Tests/Fuzz.
let fuzzed = ["Message", "HeaderSection", "Address", "SPFRecord", "DomainName", "Multipart", "AuthenticationResults", "TagList", "DKIMSignature", "DKIMKeyRecord", "DMARCRecord", "ARCSet", "AggregateReport", "TLSReport", "FeedbackReport", "Archive", "Replacement", "HTMLText", "URLFinder", "SpamFeatures"]

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func target(_ name: String) -> Target.Dependency { .byName(name: name) }

/// What a room of the C floor is linked with.
let libraries = ["COpenSSL": ["ssl", "crypto"], "CPostgres": ["pq"], "CUnbound": ["unbound"], "CIDN": ["idn2"], "CCurl": ["curl"], "CZlib": ["z"], "CXML": ["xml2"], "CICU": ["icui18n", "icuuc"]]
/// Where its headers lie, beside the usual places.
let headers = ["CXML": ["/usr/include/libxml2"]]

var targets: [Target] = []
for floor in floors {
    for room in floor.rooms where wanted?.contains(room.name) ?? true {
        let path = "Sources/\(floor.name)/\(room.name)"
        let dependencies = room.uses.map(target) + room.products.map { .product(name: $0.product, package: $0.package) }
        switch floor.name {
        case "C":
            targets.append(.target(name: room.name, path: path, cSettings: headers[room.name].map { [.unsafeFlags($0.map { "-I\($0)" })] },
                                   linkerSettings: libraries[room.name, default: []].map { .linkedLibrary($0) }))
        case "Programs" where room.program != nil:
            // Nothing of Swift is in it: it starts processes, and reads what may be an attack.
            targets.append(.executableTarget(name: room.name, path: path, cSettings: [.unsafeFlags(["-std=c11", "-Wall", "-Wextra", "-Werror"])],
                                             linkerSettings: [.unsafeFlags(["-nostartfiles", "-static-stdlib", "-Xlinker", "-z", "-Xlinker", "now"])] + (room.program ?? []).map { .linkedLibrary($0) }))
        case "Programs":
            // A program carries Swift's libraries in itself: it runs where there is no Swift, and calls them without a detour.
            targets.append(.executableTarget(name: room.name, dependencies: dependencies, path: path, swiftSettings: strict,
                                             linkerSettings: [.unsafeFlags(["-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims", "-l_FoundationCollections", "-lstdc++"], .when(configuration: .release))]))
        default:
            targets.append(.target(name: room.name, dependencies: dependencies, path: path, swiftSettings: strict))
        }
        guard let more = room.testUses, tested?.contains(room.name) ?? true else { continue }
        let name = room.name.prefix(1).uppercased() + room.name.dropFirst() + "Tests"
        var uses: [String] = []
        for used in [room.name] + room.uses + more + ["TestSupport", "DNS"] where level[used]?.floor != 0 && !uses.contains(used) { uses.append(used) }
        if floor.name == "Programs" { uses.removeFirst() }
        targets.append(.testTarget(name: name, dependencies: uses.map(target), path: "Tests/\(name)", swiftSettings: strict))
    }
}

// What tests share: the in-memory twins of the ports, real servers on free ports, the conformance suites.
targets.append(.target(name: "TestSupport", dependencies: ["DNS", "Threads"], path: "Tests/TestSupport", swiftSettings: strict))
if wanted?.contains("Verdicts") ?? true {
    targets.append(.target(name: "TestStores", dependencies: ["JSON", "Verdicts", "Notices", "Learning", "Limiting", "Watching", "RateLimits", "SpamFilter", "DKIM", "DMARC", "Malware", "Cryptography", "DNS", "TestSupport"], path: "Tests/TestStores", swiftSettings: strict))
}

if wanted == nil {
    targets.append(.testTarget(name: "HouseTests", path: "Tests/HouseTests", swiftSettings: strict))
}

// POSTERN_FUZZ=1 adds the fuzz targets, which need -sanitize=fuzzer (deploy/build/fuzz).
if Context.environment["POSTERN_FUZZ"] != nil {
    for name in fuzzed {
        targets.append(.executableTarget(name: "Fuzz\(name)", dependencies: ["Mail", "DNS", "JSON", "SPF", "DKIM", "DMARC", "TransportSecurity", "Feedback", "Verdicts", "Compression", "XML", "Letters", "SpamFilter"].map(target), path: "Tests/Fuzz/\(name)",
                                         swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
    }
}

// POSTERN_BENCH=1 adds what measures single parts.
if Context.environment["POSTERN_BENCH"] != nil {
    let parts = ["Parts": ["DNS", "Mail", "Cryptography", "SPF", "DKIM", "Unbound"], "Rules": ["DNS", "Mail", "Letters", "ContentRules"], "SpamTrial": ["DNS", "Mail", "ContentRules", "SpamFilter"], "Counting": ["RateLimits", "Limiting", "Postgres", "Storage"]]
    for (name, uses) in parts.sorted(by: { $0.key < $1.key }) where wanted?.isSuperset(of: uses) ?? true {
        targets.append(.executableTarget(name: name, dependencies: uses.map(target), path: "Benchmarks/\(name)", swiftSettings: strict))
    }
}

let needsPackages = wanted.map { names in floors.flatMap(\.rooms).contains { names.contains($0.name) && !$0.products.isEmpty } } ?? true

let package = Package(
    name: "postern",
    products: ["postern", "postern-scanner"].filter { wanted?.contains($0) ?? true }.map { .executable(name: $0, targets: [$0]) },
    dependencies: needsPackages ? [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ] : [],
    targets: targets)
