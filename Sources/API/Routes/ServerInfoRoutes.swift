import HTTPTypes
import Hummingbird
import Model
import Ports
import PromQL
import RemoteWrite
import TimeSeries

/// `/api/v1/status/…`, `/targets`, `/alertmanagers`: what Grafana and promtool ask of a Prometheus about itself.
struct ServerInfoRoutes: Sendable {
  let parts: ServerParts
  let lanes: QueryLanes

  func add(to router: some RouterMethods<ServerContext>) {
    let group = router.group("/api/v1")
    group.get("/status/buildinfo") { _, _ in try buildInfo() }
    group.get("/status/runtimeinfo") { _, _ in try await runtimeInfo() }
    group.get("/status/flags") { _, _ in try flags() }
    group.get("/status/config") { _, _ in try configuration() }
    group.get("/status/tsdb") { request, _ in await lanes.answer(request, storage) }
    group.get("/status/walreplay") { _, _ in
      // The server begins to listen when the log has been read.
      try PrometheusAnswer.success(WriteAheadLogReplay(min: 0, max: 0, current: 0, state: "done"))
    }
    // Samples come by remote write: nothing is scraped here, and no Alertmanager is told of anything.
    group.get("/targets") { _, _ in
      try PrometheusAnswer.success(["activeTargets": [String](), "droppedTargets": []])
    }
    group.get("/targets/metadata") { _, _ in try PrometheusAnswer.success([String]()) }
    group.get("/scrape_pools") { _, _ in try PrometheusAnswer.success(["scrapePools": [String]()]) }
    group.get("/alertmanagers") { _, _ in
      try PrometheusAnswer.success(["activeAlertmanagers": [String](), "droppedAlertmanagers": []])
    }
  }

  private struct WriteAheadLogReplay: Encodable {
    var min, max, current: Int
    var state: String
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
      "storageRetention": retention,
    ])
  }

  /// What Prometheus would have to be started with to behave as this server does.
  private func flags() throws -> Response {
    try PrometheusAnswer.success([
      "query.lookback-delta": DurationFormat.text(milliseconds: parts.engine.limits.lookback),
      "query.max-concurrency": "\(ServerLimits.queriesRunning)",
      "query.max-samples": "\(parts.engine.limits.maximumSamples)",
      "query.timeout": DurationFormat.text(milliseconds: ServerLimits.queryTime.milliseconds),
      "storage.tsdb.out-of-order-time-window": DurationFormat.text(
        milliseconds: parts.receiver.store.limits.outOfOrderMilliseconds),
      "storage.tsdb.retention.time": retention, "web.enable-admin-api": "false", "web.enable-lifecycle": "false",
      "web.enable-remote-write-receiver": "true",
    ])
  }

  /// There is no configuration of Prometheus; poolkeeper's own may name hosts and tokens and is not shown.
  private func configuration() throws -> Response { try PrometheusAnswer.success(["yaml": "global: {}\n"]) }

  private var retention: String { Duration.milliseconds(parts.receiver.store.limits.retentionMilliseconds).text }

  private func storage(_ parameters: QueryParameters) throws -> Response {
    let limit = try parameters.limit() ?? 10
    let store = parts.receiver.store
    let statistics = store.statistics
    let cardinality = store.cardinality(limit: min(limit, ServerLimits.cardinalityNames))
    var text = JSONBytes()
    text.raw("{\"headStats\":{\"numSeries\":")
    text.integer(Int64(statistics.series))
    text.raw(",\"numLabelPairs\":")
    text.integer(Int64(statistics.labels))
    text.raw(",\"chunkCount\":")
    text.integer(Int64(statistics.chunks))
    text.raw(",\"minTime\":")
    text.integer(statistics.oldestTimestamp ?? 0)
    text.raw(",\"maxTime\":")
    text.integer(statistics.newestTimestamp ?? 0)
    text.raw("}")
    let lists: [(StaticString, [StoreCardinality.Count])] = [
      ("seriesCountByMetricName", cardinality.seriesByMetric),
      ("labelValueCountByLabelName", cardinality.valuesByLabel),
      ("memoryInBytesByLabelName", cardinality.bytesByLabel),
      ("seriesCountByLabelValuePair", cardinality.seriesByPair),
    ]
    for (name, counts) in lists {
      text.raw(",\"")
      text.raw(name)
      text.raw("\":")
      text.array(counts) { text, count in
        text.raw("{\"name\":")
        text.string(count.name)
        text.raw(",\"value\":")
        text.integer(Int64(count.value))
        text.raw("}")
      }
    }
    text.raw("}")
    return PrometheusAnswer.success(ReadyData(json: text.bytes))
  }
}
