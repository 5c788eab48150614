internal import HTTPTypes
internal import JSON
internal import Verdicts

/// `GET /healthz`, `/readyz`, `/metrics`, `/v1/blocklists`, `/openapi.yaml`: how the service does, and what it speaks.
struct StateRoutes: Sendable {
    let readiness: @Sendable () async -> Readiness
    let blockLists: @Sendable () async throws -> [UInt8]
    let metrics: @Sendable () -> [MetricFamily]
    let contract: [UInt8]

    var routes: [Route] {
        [
            Route(.get, "/healthz", .everyone) { _ in Answer(json: Array("{\"status\":\"ok\"}".utf8)) },
            Route(.get, "/readyz", .everyone) { _ in try await ready() },
            Route(.get, "/metrics", .scope(.metrics, wholeNode: true)) { _ in Answer(MetricsText.write(metrics()), mediaType: "text/plain; version=0.0.4; charset=utf-8") },
            Route(.get, "/v1/blocklists", .scope(.lists, wholeNode: true)) { call in
                try call.noParameters()
                return Answer(json: try await blockLists())
            },
            Route(.get, "/openapi.yaml", .anyToken) { _ in Answer(contract, mediaType: "application/yaml") },
        ]
    }

    private func ready() async throws -> Answer {
        let state = await readiness()
        var writer = JSONWriter(capacity: 256)
        writer.openObject()
        writer.key("ready"); writer.bool(state.isReady)
        writer.key("components"); state.components.write(to: &writer)
        writer.closeObject()
        return Answer(json: writer.octets, status: state.isReady ? .ok : .serviceUnavailable)
    }
}
