import Exposition
import HTTPTypes
import Hummingbird
import Model
import Ports
import PromQL
import RemoteWrite
import TimeSeries

/// `/api/v1/query`, `/query_range`, `/format_query`: PromQL over the samples received.
///
/// Expressions are parsed, evaluated and written on the query lanes, never on the threads that serve requests.
struct QueryRoutes: Sendable {
  let parts: ServerParts
  let lanes: QueryLanes

  func add(to router: some RouterMethods<ServerContext>) {
    let group = router.group("/api/v1")
    for method in [HTTPRequest.Method.get, .post] {
      group.on("/query", method: method) { request, _ in await metered(request, instant) }
      group.on("/query_range", method: method) { request, _ in await metered(request, range) }
      group.on("/format_query", method: method) { request, _ in
        await lanes.answer(request) { try PrometheusAnswer.success(try Query(parse: $0.required("query")).format()) }
      }
    }
  }

  /// One call: what it asks, and until when it may be worked on.
  private struct Call: Sendable {
    let parameters: QueryParameters
    let began: ContinuousClock.Instant
    let cancellation: QueryLanes.Cancellation
  }

  private func instant(_ call: Call) throws -> Response {
    let query = try Query(parse: call.parameters.required("query"))
    let time = try call.parameters.time("time") ?? parts.time.now().milliseconds
    return try evaluate(call) { try $0.instant(query, parts.receiver.store, at: time) }
  }

  private func range(_ call: Call) throws -> Response {
    let query = try Query(parse: call.parameters.required("query"))
    let start = try call.parameters.requiredTime("start")
    let end = try call.parameters.requiredTime("end")
    guard let step = try call.parameters.length("step") else {
      throw ParameterError(message: "the parameter \"step\" is missing")
    }
    return try evaluate(call) {
      try $0.range(query, parts.receiver.store, start: start, end: end, step: step)
    }
  }

  private func evaluate(_ call: Call, _ body: (Engine) throws -> QueryResult) throws -> Response {
    let allowed = try call.parameters.length("timeout").map { min(.milliseconds($0), ServerLimits.queryTime) }
    let deadline = call.began.advanced(by: allowed ?? ServerLimits.queryTime)
    let limit = try call.parameters.limit()
    var engine = parts.engine
    if let lookback = try call.parameters.length("lookback_delta") {
      guard lookback > 0 else { throw ParameterError(message: "\"lookback_delta\" must be more than 0") }
      engine.limits.lookback = lookback
    }
    let cancellation = call.cancellation
    engine.limits.isDeadlineReached = { ContinuousClock.now >= deadline }
    engine.limits.isCanceled = { cancellation.isRaised }
    // What has waited for its turn until its time was over is not begun.
    if engine.limits.isDeadlineReached() { throw PromQLError(.timeout, "query timed out before it could begin") }
    var result = try body(engine)
    let isCut = limit.map { result.truncate(to: $0) } ?? false
    return PrometheusAnswer.success(
      result.encodedJSON(), warnings: result.annotations.warnings + (isCut ? [PrometheusAnswer.truncated] : []),
      infos: result.annotations.infos)
  }

  /// Answers on a lane, and counts the outcome.
  private func metered(
    _ request: Request, _ body: @escaping @Sendable (Call) throws -> Response
  ) async -> Response {
    let began = ContinuousClock.now
    do {
      let parameters = try await QueryParameters(request)
      let response = try await lanes.run {
        try body(Call(parameters: parameters, began: began, cancellation: $0))
      }
      meter("success", since: began)
      return response
    } catch {
      let outcome =
        switch error {
        case let error as PromQLError: error.code.rawValue
        case is ParameterError: PromQLError.Code.badData.rawValue
        case is QueryLanes.Full: PromQLError.Code.timeout.rawValue
        case is CancellationError: PromQLError.Code.canceled.rawValue
        default: "internal"
        }
      meter(outcome, since: began)
      return PrometheusAnswer.error(error)
    }
  }

  private func meter(_ outcome: String, since began: ContinuousClock.Instant) {
    let (seconds, attoseconds) = (ContinuousClock.now - began).components
    parts.registry.update { table in
      table.increment(.queries, labels: [outcome])
      table.observe(.queryDuration, Double(seconds) + Double(attoseconds) * 1e-18)
    }
  }
}

extension QueryLanes {
  /// Answers a call of the Prometheus API on a lane.
  func answer(
    _ request: Request, _ body: @escaping @Sendable (QueryParameters) throws -> Response
  ) async -> Response {
    do {
      let parameters = try await QueryParameters(request)
      return try await run { _ in try body(parameters) }
    } catch { return PrometheusAnswer.error(error) }
  }
}

extension QueryResult {
  /// Keeps the first `limit` series.
  /// - Returns: whether there were more.
  mutating func truncate(to limit: Int) -> Bool {
    switch value {
    case .vector(let timestamp, let samples) where samples.count > limit:
      value = .vector(timestamp: timestamp, samples: Array(samples.prefix(limit)))
      return true
    case .matrix(let series) where series.count > limit:
      value = .matrix(Array(series.prefix(limit)))
      return true
    default: return false
    }
  }
}
