import Exposition
import HTTPTypes
import Hummingbird
import RemoteWrite
import TimeSeries

/// Counts requests by route, method and status, and measures them until the answer's head. Paths that are no route are
/// one, so that a scanner makes no series.
struct HTTPMeter: RouterMiddleware {
  typealias Context = ServerContext

  let registry: MetricRegistry

  func handle(
    _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    let began = ContinuousClock.now
    do {
      let response = try await next(request, context)
      count(request, context, response.status, since: began)
      return response
    } catch {
      count(request, context, (error as? any HTTPResponseError)?.status ?? .internalServerError, since: began)
      throw error
    }
  }

  private func count(
    _ request: Request, _ context: ServerContext, _ status: HTTPResponse.Status, since began: ContinuousClock.Instant
  ) {
    let route = context.endpointPath ?? "none"
    let method = Self.methods.contains(request.method) ? request.method.rawValue : "other"
    registry.update { table in
      table.increment(.httpRequests, labels: [route, method, String(status.code)])
      table.observe(.httpRequestDuration, (ContinuousClock.now - began) / .seconds(1), labels: [route])
    }
  }

  private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}

extension ServerParts {
  /// Makes the server's counters visible before the first event, so that its increase is seen.
  func beginCounting() {
    registry.update { table in
      table.begin(.remoteWriteRequests, labels: ["204"])
      table.begin(.remoteWriteSamples)
      for rejection in Rejection.allCases { table.begin(.remoteWriteRejectedSamples, labels: [rejection.rawValue]) }
      if receiver.deduplication != nil { table.begin(.remoteWriteDeduplicatedSamples) }
      for outcome in ["success", "bad_data", "execution", "timeout"] { table.begin(.queries, labels: [outcome]) }
      table.begin(.queryDuration)
    }
  }
}
