import Hummingbird
import Model
import Ports
import RemoteWrite
import TimeSeries

/// `/api/v1/status/…`, `/rules`, `/alerts`: what Grafana asks of a Prometheus about itself.
struct ServerInfoRoutes: Sendable {
  let parts: ServerParts

  func add(to router: some RouterMethods<ServerContext>) {
    let group = router.group("/api/v1")
    group.get("/status/buildinfo") { _, _ in try buildInfo() }
    group.get("/status/runtimeinfo") { _, _ in try await runtimeInfo() }
    // Triggers are not rules, and nothing here evaluates recording or alerting rules: the lists are truly empty.
    group.get("/rules") { _, _ in try PrometheusAnswer.success(["groups": [String]()]) }
    group.get("/alerts") { _, _ in try PrometheusAnswer.success(["alerts": [String]()]) }
  }

  private func buildInfo() throws -> Response {
    // Clients look at the version to learn what they may ask for; the engine speaks PromQL as of 3.x.
    try PrometheusAnswer.success([
      "application": "poolkeeper", "version": "3.0.0", "poolkeeperVersion": parts.version, "goVersion": "",
      "branch": "", "buildDate": "", "buildUser": "", "revision": "",
    ])
  }

  private func runtimeInfo() async throws -> Response {
    let status = await parts.operations.status()
    return try PrometheusAnswer.success([
      "startTime": status.startedAt.description, "serverTime": status.now.description,
      "storageRetention": Duration.milliseconds(parts.receiver.store.limits.retentionMilliseconds).text,
    ])
  }
}
