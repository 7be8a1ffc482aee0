import HTTPTypes
public import Model

/// What a call needs, and in whose form its refusal is told.
public struct RouteNeed: Hashable, Sendable {
  /// In whose words errors of a route are told.
  public enum Form: Sendable, Hashable {
    /// `{"error":{"code":…,"message":…}}`.
    case control
    /// `{"status":"error","errorType":…,"error":…}`.
    case prometheus
  }

  /// `nil`: anybody may call it.
  public var role: Role?
  /// Whether it changes something, so that it is written into the audit log and must not come from a foreign page.
  public var isChange: Bool
  public var form: Form

  init(_ role: Role?, _ form: Form, isChange: Bool = false) {
    self.role = role
    self.form = form
    self.isChange = isChange
  }

  /// What a route needs that the table does not name.
  static let unnamed = RouteNeed(.admin, .control, isChange: true)
}

/// The one place where routes name the role that they need. A test holds it against the routes of the server, and what
/// is not named here needs the role `admin`.
public enum RouteNeeds {
  /// `METHOD /path` as `Server.routes` has it, and what it needs.
  static let table: [(call: String, need: RouteNeed)] =
    open.map { ($0, RouteNeed(nil, .control)) }
    + [
      ("POST /api/v1/session", RouteNeed(nil, .control, isChange: true)),
      ("DELETE /api/v1/session", RouteNeed(nil, .control, isChange: true)),
      ("POST /api/v1/write", RouteNeed(.ingest, .prometheus)),
      ("POST /api/v1/alertmanager", RouteNeed(.ingest, .control, isChange: true)),
    ]
    + readAsPrometheus.map { ($0, RouteNeed(.read, .prometheus)) }
    + read.map { ($0, RouteNeed(.read, .control)) }
    + operate.map { ($0, RouteNeed(.operate, .control, isChange: true)) }
    + [
      ("GET /api/v1/audit", RouteNeed(.admin, .control)),
      ("POST /-/reload", RouteNeed(.admin, .control, isChange: true)),
      ("PUT /-/reload", RouteNeed(.admin, .control, isChange: true)),
    ]

  /// Says nothing of the cluster: whether the program lives, who is signed in, the console's page, on which to sign in, and
  /// what there is to be called.
  private static let open = [
    "GET /-/healthy", "GET /-/ready", "GET /api/v1/session", "GET /", "GET /console/{file}", "GET /openapi.yaml",
  ]

  private static let readAsPrometheus = [
    "GET /api/v1/query", "POST /api/v1/query", "GET /api/v1/query_range", "POST /api/v1/query_range",
    "GET /api/v1/format_query", "POST /api/v1/format_query", "GET /api/v1/parse_query", "POST /api/v1/parse_query",
    "GET /api/v1/query_exemplars", "POST /api/v1/query_exemplars", "GET /api/v1/series", "POST /api/v1/series",
    "GET /api/v1/labels", "POST /api/v1/labels", "GET /api/v1/label/{name}/values", "GET /api/v1/metadata",
    "GET /api/v1/rules", "GET /api/v1/alerts", "GET /api/v1/targets", "GET /api/v1/targets/metadata",
    "GET /api/v1/scrape_pools", "GET /api/v1/alertmanagers", "GET /api/v1/status/buildinfo",
    "GET /api/v1/status/runtimeinfo", "GET /api/v1/status/flags", "GET /api/v1/status/config",
    "GET /api/v1/status/tsdb", "GET /api/v1/status/walreplay", "GET /federate",
  ]

  private static let read = [
    "GET /metrics", "GET /api/v1/status", "GET /api/v1/pools", "GET /api/v1/pools/{pool}",
    "GET /api/v1/workers", "GET /api/v1/workers/{worker}", "GET /api/v1/plan", "POST /api/v1/plan",
    "GET /api/v1/report", "GET /api/v1/snapshot", "GET /api/v1/events", "GET /api/v1/overview",
    "GET /api/v1/decisions", "GET /api/v1/stream", "GET /api/v1/approvals",
  ]

  private static let operate = [
    "POST /api/v1/pools/{pool}/scale", "DELETE /api/v1/workers/{worker}", "POST /api/v1/workers/{worker}/extend",
    "POST /api/v1/approvals/{approval}/approve", "POST /api/v1/approvals/{approval}/reject",
  ]

  private static let needs = Dictionary(table.map { ($0.call, $0.need) }) { first, _ in first }

  /// What a call needs.
  /// - Parameters:
  ///   - path: the route's own, for example `/api/v1/pools/{pool}`.
  static func need(_ method: HTTPRequest.Method, _ path: String, exporters: Set<String>) -> RouteNeed {
    // Where there is GET there is HEAD.
    let method = method == .head ? "GET" : method.rawValue
    if let need = needs["\(method) \(path)"] { return need }
    return method == "GET" && exporters.contains(path) ? RouteNeed(.read, .control) : .unnamed
  }
}
