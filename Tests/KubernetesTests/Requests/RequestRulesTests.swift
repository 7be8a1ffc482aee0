import Model
import Testing

@testable import Kubernetes

@Suite struct RetryRuleTests {
  private let rule = RetryRule()

  private func error(_ code: KubernetesError.Code, _ status: Int?, retryAfter: Int? = nil) -> KubernetesError {
    var error = KubernetesError(code, "x", status: status)
    error.retryAfter = retryAfter.map { .seconds($0) }
    return error
  }

  @Test func waitsWhereTheServerAsksForIt() {
    for isRead in [true, false] {
      #expect(rule.pause(after: error(.throttled, 429, retryAfter: 2), isRead: isRead, retries: 0) == .seconds(2))
      #expect(rule.pause(after: error(.server, 503, retryAfter: 1), isRead: isRead, retries: 4) == .seconds(1))
      #expect(rule.pause(after: error(.server, 503, retryAfter: 0), isRead: isRead, retries: 0) == rule.firstPause)
      #expect(rule.pause(after: error(.server, 503, retryAfter: 1), isRead: isRead, retries: 5) == nil)
      #expect(rule.pause(after: error(.throttled, 429, retryAfter: 31), isRead: isRead, retries: 0) == nil)
      #expect(rule.pause(after: error(.throttled, 429), isRead: isRead, retries: 0) == nil)
      #expect(rule.pause(after: error(.server, 500), isRead: isRead, retries: 0) == nil)
      #expect(rule.pause(after: error(.conflict, 409, retryAfter: 1), isRead: isRead, retries: 0) == nil)
    }
  }

  @Test func repeatsOnlyReadsWhoseConnectionBroke() {
    for code in [KubernetesError.Code.unreachable, .uncertain] {
      let pauses = (0...5).map { rule.pause(after: error(code, nil), isRead: true, retries: $0) }
      #expect(pauses == [200, 400, 800, 1600, 3200].map { .milliseconds($0) } + [nil])
      #expect(rule.pause(after: error(code, nil), isRead: false, retries: 0) == nil)
    }
  }
}

@Suite struct RateLimitTests {
  @Test func letsABurstThroughAndThenKeepsToTheRate() {
    var limit = RateLimit(rate: 20, burst: 3)
    let now = Instant(seconds: 0)
    #expect(
      (0..<5).map { _ in limit.reserve(at: now) } == [.zero, .zero, .zero, .milliseconds(50), .milliseconds(100)])
    #expect(limit.reserve(at: now.advanced(by: .milliseconds(100))) == .milliseconds(50))
    #expect(limit.reserve(at: now.advanced(by: .seconds(60))) == .zero)
    #expect(
      (0..<3).map { _ in limit.reserve(at: now.advanced(by: .seconds(60))) } == [.zero, .zero, .milliseconds(50)])
    limit.giveBack()
    #expect(limit.reserve(at: now.advanced(by: .seconds(60))) == .milliseconds(50))
  }

  @Test func isNotMisledByAClockThatIsSetBack() {
    var limit = RateLimit(rate: 10, burst: 1)
    #expect(limit.reserve(at: Instant(seconds: 1000)) == .zero)
    #expect(limit.reserve(at: Instant(seconds: 10)) == .milliseconds(100))
    #expect(limit.reserve(at: Instant(seconds: 11)) == .zero)
  }
}

@Suite struct StatusReaderTests {
  @Test(arguments: [
    (400, "BadRequest", KubernetesError.Code.invalid), (401, "Unauthorized", .unauthorized),
    (403, "Forbidden", .forbidden), (404, "NotFound", .notFound), (409, "Conflict", .conflict),
    (409, "AlreadyExists", .alreadyExists), (410, "Expired", .expired), (415, "UnsupportedMediaType", .invalid),
    (422, "Invalid", .invalid), (429, "TooManyRequests", .throttled), (500, "InternalError", .server),
    (504, "Timeout", .server),
  ])
  func sortsStatuses(status: Int, reason: String, code: KubernetesError.Code) {
    let body = #"{"kind":"Status","status":"Failure","reason":"\#(reason)","message":"m","code":\#(status)}"#
    let error = KubernetesError(status: status, body: Array(body.utf8))
    #expect(error.code == code)
    #expect(error.status == status)
    #expect(error.message.contains("m"))
  }

  @Test func readsCausesAndTimes() {
    let body = """
      {"message":"Cannot evict pod","details":{"retryAfterSeconds":10,"causes":[
        {"reason":"DisruptionBudget","message":"The disruption budget web needs 7"}]}}
      """
    let error = KubernetesError(status: 429, body: Array(body.utf8), retryAfter: "3")
    #expect(error.causes == [.init(reason: "DisruptionBudget", message: "The disruption budget web needs 7")])
    #expect(error.retryAfter == .seconds(10))
    #expect(KubernetesError(status: 503, body: Array("<html>".utf8), retryAfter: "3").retryAfter == .seconds(3))
    #expect(KubernetesError(status: 503, body: []).message == "The API server answered 503 without a reason.")
  }

  @Test func buildsPathsAndQueries() {
    #expect(ResourcePath.path(.nodes, name: "a/b") == "/api/v1/nodes/a%2Fb")
    #expect(
      ResourcePath.path(.pods, namespace: "n", name: "p", subresource: "eviction")
        == "/api/v1/namespaces/n/pods/p/eviction")
    #expect(ResourcePath.path(.leases, namespace: "n") == "/apis/coordination.k8s.io/v1/namespaces/n/leases")
    #expect(ResourcePath.path(.pods) == "/api/v1/pods")
    #expect(ResourcePath.query([("a", "b=c,d"), ("e", "ü")]) == "?a=b%3Dc%2Cd&e=%C3%BC")
  }
}
