import Exposition
import HTTPTypes
import Hummingbird
import Model
import Ports
import PromQL
import RemoteWrite
import TimeSeries

/// `/api/v1/query`, `/query_range`, `/format_query`, `/parse_query`: PromQL over the samples received.
///
/// Expressions are parsed and evaluated on the query lanes, never on the threads that serve requests. Those write the
/// result, a small piece at a time, as the client takes it.
struct QueryRoutes: Sendable {
  let parts: ServerParts
  let lanes: QueryLanes

  func add(to router: some RouterMethods<ServerContext>) {
    let group = router.group("/api/v1")
    for method in [HTTPRequest.Method.get, .post] {
      group.on("/query", method: method) { request, _ in await metered(request, instant) }
      group.on("/query_range", method: method) { request, _ in await metered(request, range) }
      group.on("/format_query", method: method) { request, _ in
        await lanes.answer(request) { try PrometheusAnswer.success(try $0.query().format()) }
      }
      group.on("/parse_query", method: method) { request, _ in
        await lanes.answer(request) { PrometheusAnswer.success(ReadyData(json: try $0.query().encodedTree())) }
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
    let query = try call.parameters.query()
    let time = try call.parameters.time("time") ?? parts.time.now().milliseconds
    return try evaluate(call) { try $0.instant(query, parts.receiver.store, at: time) }
  }

  private func range(_ call: Call) throws -> Response {
    let query = try call.parameters.query()
    let start = try call.parameters.requiredTime("start")
    let end = try call.parameters.requiredTime("end")
    guard let step = try call.parameters.length("step") else {
      throw ParameterError("step", "the parameter \"step\" is missing")
    }
    guard step > 0 else {
      throw ParameterError(
        "step", "zero or negative query resolution step widths are not accepted. Try a positive integer")
    }
    guard end >= start else { throw ParameterError("end", "end timestamp must not be before start time") }
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
      guard lookback > 0 else { throw ParameterError("lookback_delta", "it must be more than 0") }
      engine.limits.lookback = lookback
    }
    let cancellation = call.cancellation
    engine.limits.isDeadlineReached = { ContinuousClock.now >= deadline }
    engine.limits.isCanceled = { cancellation.isRaised }
    // What has waited for its turn until its time was over is not begun.
    if engine.limits.isDeadlineReached() { throw PromQLError(.timeout, "query timed out before it could begin") }
    let evaluationBegan = ContinuousClock.now
    var result = try body(engine)
    let isCut = limit.map { result.truncate(to: $0) } ?? false
    var encoder = QueryResultEncoder(result)
    if call.parameters.first("stats") != nil {
      encoder.statistics = Self.timings(from: call.began, through: evaluationBegan)
    }
    return PrometheusAnswer.success(
      encoder, warnings: result.annotations.warnings + (isCut ? [PrometheusAnswer.truncated] : []),
      infos: result.annotations.infos)
  }

  /// What Prometheus tells for `stats`, as far as it applies: seconds of waiting for a lane and of evaluation.
  private static func timings(
    from began: ContinuousClock.Instant, through evaluationBegan: ContinuousClock.Instant
  ) -> [UInt8] {
    let ended = ContinuousClock.now
    var text = JSONBytes()
    text.raw("{\"timings\":")
    let timings: [(String, Duration)] = [
      ("evalTotalTime", ended - evaluationBegan), ("execQueueTime", evaluationBegan - began),
      ("execTotalTime", ended - began),
    ]
    text.object(timings) { text, timing in
      text.string(timing.0)
      text.raw(":")
      text.raw(Array(FloatFormat.json(timing.1 / .seconds(1)).utf8))
    }
    text.raw("}")
    return text.bytes
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
