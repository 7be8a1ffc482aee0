import HTTPTypes
import Hummingbird
import Model
import Ports
import PromQL

/// `/api/v1/rules` and `/alerts`: the triggers, as the alerting rules that they resemble, so that Grafana shows them.
///
/// A group is a pool. What Prometheus calls `for` is the hold time; a trigger whose readings are missing is inactive,
/// and its health says `unknown`.
struct RuleRoutes: Sendable {
  let parts: ServerParts

  func add(to router: some RouterMethods<ServerContext>) {
    let group = router.group("/api/v1")
    group.get("/rules") { request, _ in await answer(request, rules) }
    group.get("/alerts") { request, _ in
      await answer(request) { _ in
        let alerts = await groups().flatMap { $0.rules.flatMap { $0.alerts ?? [] } }
        return try PrometheusAnswer.success(["alerts": alerts])
      }
    }
  }

  private func answer(
    _ request: Request, _ body: (QueryParameters) async throws -> Response
  ) async -> Response {
    do { return try await body(QueryParameters(request)) } catch { return PrometheusAnswer.error(error) }
  }

  private func rules(_ parameters: QueryParameters) async throws -> Response {
    let type = parameters.first("type")
    guard type == nil || type == "alert" || type == "record" else {
      throw ParameterError("type", "it must be \"alert\" or \"record\"")
    }
    let names = Set(parameters.all("rule_name[]"))
    let pools = Set(parameters.all("rule_group[]"))
    let files = Set(parameters.all("file[]"))
    let hidesAlerts = ["true", "1", "t"].contains(parameters.first("exclude_alerts")?.lowercased())
    guard type != "record", files.isEmpty || files.contains(Group.file) else {
      return try PrometheusAnswer.success(["groups": [Group]()])
    }
    var found = await groups().filter { pools.isEmpty || pools.contains($0.name) }
    for index in found.indices {
      if !names.isEmpty { found[index].rules.removeAll { !names.contains($0.name) } }
      if hidesAlerts { for rule in found[index].rules.indices { found[index].rules[rule].alerts = nil } }
    }
    return try PrometheusAnswer.success(["groups": found.filter { !$0.rules.isEmpty }])
  }

  private func groups() async -> [Group] {
    let policy = await parts.operations.policy()
    let report = await parts.operations.latest()?.report
    let interval = policy.pace.tick / .seconds(1)
    var groups: [Group] = []
    for pool in policy.pools {
      let rules = policy.triggers.filter { $0.pool == pool.name }.map { trigger in
        Rule(trigger, report?.triggers.first { $0.trigger == trigger.name }, at: report?.at)
      }
      guard !rules.isEmpty else { continue }
      groups.append(
        Group(
          name: pool.name.rawValue, interval: interval, rules: rules, lastEvaluation: Rule.time(report?.at)))
    }
    return groups
  }
}

/// A group of rules in Prometheus's form.
private struct Group: Encodable {
  static let file = "poolkeeper"

  var name: String
  var file = Group.file
  var interval: Double
  var limit = 0
  var rules: [Rule]
  var evaluationTime = 0.0
  var lastEvaluation: String
}

/// An alerting rule in Prometheus's form.
private struct Rule: Encodable {
  var state: String
  var name: String
  var query: String
  /// Seconds.
  var duration: Double
  var keepFiringFor = 0.0
  var labels: [String: String]
  var annotations: [String: String]
  var alerts: [Alert]?
  var health: String
  var lastError: String?
  var evaluationTime = 0.0
  var lastEvaluation: String
  var type = "alerting"

  init(_ trigger: Trigger, _ report: TriggerReport?, at instant: Instant?) {
    name = trigger.name.rawValue
    query = "(\(trigger.expression)) \(trigger.comparison.rawValue) \(FloatFormat.decimal(trigger.threshold))"
    duration = trigger.hold / .seconds(1)
    labels = ["pool": trigger.pool.rawValue]
    annotations = report.map { ["summary": $0.reason.sentence] } ?? [:]
    lastEvaluation = Self.time(instant)
    alerts = []
    let phase = report?.state.phase ?? .unknown
    switch phase {
    case .inactive, .unknown: state = "inactive"
    case .pending: state = "pending"
    case .firing: state = "firing"
    }
    health = phase == .unknown ? "unknown" : "ok"
    if phase == .unknown { lastError = report?.reason.sentence }
    if let report, phase == .pending || phase == .firing {
      var labels = labels
      labels["alertname"] = name
      alerts = [
        Alert(
          labels: labels, annotations: annotations, state: state,
          activeAt: (report.state.trueSince ?? report.state.since).description,
          value: report.state.lastReading.map { FloatFormat.json($0.value) } ?? "NaN")
      ]
    }
  }

  /// Prometheus's zero time where there was no evaluation.
  static func time(_ instant: Instant?) -> String { instant?.description ?? "0001-01-01T00:00:00Z" }
}

/// A rule's alert in Prometheus's form.
private struct Alert: Encodable {
  var labels: [String: String]
  var annotations: [String: String]
  var state: String
  var activeAt: String
  var value: String
}
