import Exposition
import Foundation
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import Ports
import PromQL
import RemoteWrite
import TimeSeries

/// `/api/v1/query`, `/query_range`, `/series`, `/labels`, …: what Grafana and promtool ask of a Prometheus.
struct QueryRoutes: Sendable {
  let parts: ServerParts

  /// A query may take this long.
  static let timeLimit: Duration = .seconds(30)

  func add(to router: some RouterMethods<ServerContext>) {
    let group = router.group("/api/v1")
    for method in [HTTPRequest.Method.get, .post] {
      group.on("/query", method: method) { request, _ in await answer(request, instant) }
      group.on("/query_range", method: method) { request, _ in await answer(request, range) }
      group.on("/series", method: method) { request, _ in await answer(request, series) }
      group.on("/labels", method: method) { request, _ in await answer(request, labelNames) }
      group.on("/format_query", method: method) { request, _ in await answer(request, format) }
      group.on("/parse_query", method: method) { request, _ in await answer(request, format) }
    }
    group.get("/label/:name/values") { request, context in
      let name = context.parameters.get("name") ?? ""
      return await answer(request) { try labelValues(name.removingPercentEncoding ?? name, $0) }
    }
    group.get("/metadata") { request, _ in await answer(request, metadata) }
    group.get("/status/buildinfo") { request, _ in await answer(request) { _ in try buildInfo() } }
  }

  private func answer(
    _ request: Request, _ body: (QueryParameters) throws -> Response
  ) async -> Response {
    do { return try body(try await QueryParameters(request)) } catch { return PrometheusAnswer.error(error) }
  }

  // MARK: - Expressions

  private func instant(_ parameters: QueryParameters) throws -> Response {
    let query = try Query(parse: parameters.required("query"))
    let time = try parameters.time("time") ?? parts.time.now().milliseconds
    return try evaluate(parameters) { try $0.instant(query, parts.receiver.store, at: time) }
  }

  private func range(_ parameters: QueryParameters) throws -> Response {
    let query = try Query(parse: parameters.required("query"))
    let start = try parameters.requiredTime("start")
    let end = try parameters.requiredTime("end")
    guard let step = try parameters.length("step") else {
      throw ParameterError(message: "the parameter \"step\" is missing")
    }
    return try evaluate(parameters) {
      try $0.range(query, parts.receiver.store, start: start, end: end, step: step)
    }
  }

  private func evaluate(_ parameters: QueryParameters, _ body: (Engine) throws -> QueryResult) throws -> Response {
    let limit = try parameters.length("timeout").map { min(.milliseconds($0), Self.timeLimit) } ?? Self.timeLimit
    let began = ContinuousClock.now
    let deadline = began.advanced(by: limit)
    var engine = parts.engine
    engine.limits.isDeadlineReached = { ContinuousClock.now >= deadline }
    do {
      let result = try body(engine)
      meter("success", since: began)
      return PrometheusAnswer.success(result.encodedJSON(), annotations: result.annotations)
    } catch {
      meter((error as? PromQLError)?.code.rawValue ?? "internal", since: began)
      throw error
    }
  }

  private func meter(_ outcome: String, since began: ContinuousClock.Instant) {
    let (seconds, attoseconds) = (ContinuousClock.now - began).components
    parts.registry.update { table in
      table.increment(.queries, labels: [outcome])
      table.observe(.queryDuration, Double(seconds) + Double(attoseconds) * 1e-18)
    }
  }

  private func format(_ parameters: QueryParameters) throws -> Response {
    try PrometheusAnswer.success(try Query(parse: parameters.required("query")).format())
  }

  // MARK: - Series and labels

  private func series(_ parameters: QueryParameters) throws -> Response {
    let selectors = try selectors(parameters)
    guard !selectors.isEmpty else { throw ParameterError(message: "give at least one \"match[]\"") }
    let (from, through) = try window(parameters)
    let found = parts.receiver.store.series(
      selectors, from: from, through: through, limit: try parameters.count("limit"))
    return try PrometheusAnswer.success(
      found.map { labels in Dictionary(uniqueKeysWithValues: labels.entries.map { ($0.name, $0.value) }) })
  }

  private func labelNames(_ parameters: QueryParameters) throws -> Response {
    let (from, through) = try window(parameters)
    return try PrometheusAnswer.success(
      parts.receiver.store.labelNames(
        try selectors(parameters), from: from, through: through, limit: try parameters.count("limit")))
  }

  private func labelValues(_ name: String, _ parameters: QueryParameters) throws -> Response {
    let (from, through) = try window(parameters)
    return try PrometheusAnswer.success(
      parts.receiver.store.labelValues(
        name, try selectors(parameters), from: from, through: through, limit: try parameters.count("limit")))
  }

  private func selectors(_ parameters: QueryParameters) throws -> [[LabelMatcher]] {
    try parameters.all("match[]").map { text in
      guard let matchers = try Query(parse: text).selectors.first else {
        throw ParameterError(message: "\"\(text)\" is no series selector")
      }
      return matchers
    }
  }

  private func window(_ parameters: QueryParameters) throws -> (from: Int64, through: Int64) {
    (try parameters.time("start") ?? .min, try parameters.time("end") ?? .max)
  }

  private func metadata(_ parameters: QueryParameters) throws -> Response {
    struct Entry: Encodable { let type, help, unit: String }
    let found = parts.receiver.store.metadata(
      family: parameters.first("metric"), limit: try parameters.count("limit"))
    let entries = found.map { ($0.family, [Entry(type: $0.kind.rawValue, help: $0.help, unit: $0.unit)]) }
    return try PrometheusAnswer.success(Dictionary(entries, uniquingKeysWith: +))
  }

  private func buildInfo() throws -> Response {
    // Clients look at the version to learn what they may ask for; the engine speaks PromQL as of 3.x.
    try PrometheusAnswer.success([
      "application": "poolkeeper", "version": "3.0.0", "poolkeeperVersion": parts.version, "goVersion": "",
      "branch": "", "buildDate": "", "buildUser": "", "revision": "",
    ])
  }
}
