import HTTPTransport
public import Model
public import Ports
import PromQL

/// Answers about a stretch of time from a server that speaks the Prometheus API, through `query_range`.
///
/// Pieces of at most 11,000 steps are asked for one after another. A partial answer is none.
public final class PrometheusRangeSource: RangeSource {
  private let settings: PrometheusSettings
  private let client: HTTPClient
  private let warned: @Sendable (_ expression: String, _ warnings: [String]) -> Void

  /// - Parameter warned: told the warnings that came with an answer.
  public init(
    _ settings: PrometheusSettings,
    warned: @escaping @Sendable (_ expression: String, _ warnings: [String]) -> Void = { _, _ in }
  ) {
    self.settings = settings
    self.warned = warned
    var configuration = HTTPClientConfiguration()
    configuration.trust = settings.trust
    configuration.identity = settings.identity
    client = HTTPClient(configuration)
  }

  /// See `RangeSource`.
  public func range(
    _ expression: String, from start: Instant, through end: Instant, step: Duration, freshWithin: Duration?
  ) async throws -> [RangeSeries] {
    var text = expression
    var lookback = settings.lookback
    if let freshWithin {
      text = try FreshnessGuard.text(expression, within: freshWithin)
      lookback = min(lookback, freshWithin)
    }
    var places: [[String: String]: Int] = [:]
    var all: [RangeSeries] = []
    for piece in RangePieces.of(start, through: end, step: step) {
      try Task.checkCancellation()
      let request = try PrometheusRequest.make(
        "query_range",
        [
          ("query", text), ("start", FloatFormat.decimal(piece.start.seconds)),
          ("end", FloatFormat.decimal(piece.end.seconds)), ("step", FloatFormat.decimal(step.inSeconds)),
        ], lookback: lookback, settings)
      let answer = try await answer(to: request)
      if !answer.warnings.isEmpty { warned(expression, answer.warnings) }
      for element in answer.elements {
        let points = element.points.map { point in
          RangePoint(at: Instant(milliseconds: Int64((point.time * 1000).rounded())), value: point.value)
        }
        if let known = places[element.labels] {
          all[known].points += points
        } else {
          places[element.labels] = all.count
          all.append(RangeSeries(labels: element.labels, points: points))
        }
      }
    }
    return all
  }

  /// Closes the connections; queries that are under way fail.
  public func shutdown() async { await client.shutdown() }

  private func answer(to request: HTTPRequest) async throws -> QueryAnswer {
    let response: HTTPResponse
    do { response = try await client.send(request, deadline: settings.timeout) } catch {
      switch error.code {
      case .cancelled: throw CancellationError()
      case .timedOut where error.mayHaveBeenSent, .responseTooLarge:
        throw RangeTooLarge("\(settings.url) gives no whole answer: \(error.message)")
      default: throw PortError(error, server: settings.url)
      }
    }
    do { return try QueryAnswer(response, as: .matrix, from: settings.url) } catch {
      let message = PrometheusRequest.hidingSecrets(in: error.message, request)
      // Too many samples for one query, or too long for the server's own limit of time.
      if [422, 503, 504].contains(response.status) { throw RangeTooLarge(message) }
      throw PortError(error.code, message, operation: error.operation)
    }
  }
}
