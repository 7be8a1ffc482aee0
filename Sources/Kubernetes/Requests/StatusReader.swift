extension KubernetesError {
  /// What an answer without success says: a Status object, or what a proxy in between wrote.
  /// - Parameter retryAfter: the header's value in seconds.
  init(status: Int, body: [UInt8], retryAfter: String? = nil) {
    var reader = StatusReader()
    body.withUnsafeBufferPointer { bytes in
      var json = JSONPull(bytes)
      reader.read(&json)
    }
    self = reader.error(status: status)
    if self.retryAfter == nil, let seconds = retryAfter.flatMap({ Int($0) }), seconds >= 0 {
      self.retryAfter = .seconds(seconds)
    }
  }
}

/// Reads a Status object. Source: Kubernetes, API conventions, response status kind.
struct StatusReader {
  private var message: String?
  private var reason: String?
  private var code: Int?
  private var causes: [KubernetesError.Cause] = []
  private var retryAfterSeconds: Int?

  /// Longer texts of servers are cut, in characters.
  private static let longestMessage = 1000

  mutating func read(_ json: inout JSONPull) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      switch key {
      case "message": message = json.text()
      case "reason": reason = json.text()
      case "code": code = json.integer()
      case "details": readDetails(&json)
      default: json.skip()
      }
    }
  }

  private mutating func readDetails(_ json: inout JSONPull) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      switch key {
      case "retryAfterSeconds": retryAfterSeconds = json.integer()
      case "causes":
        causes = json.list { json in
          var cause = KubernetesError.Cause(reason: "", message: "")
          json.members { json, key in
            switch key {
            case "reason": cause.reason = json.text() ?? ""
            case "message": cause.message = json.text() ?? ""
            default: json.skip()
            }
          }
          return cause
        }
      default: json.skip()
      }
    }
  }

  /// - Parameter status: of the HTTP answer; `nil` for a Status that came in a watch.
  func error(status: Int? = nil) -> KubernetesError {
    let status = status ?? code ?? 500
    let text = message.flatMap { $0.isEmpty ? nil : String($0.prefix(Self.longestMessage)) }
    var error = KubernetesError(
      Self.code(status, reason), text ?? "The API server answered \(status) without a reason.", status: status)
    error.causes = causes
    error.retryAfter = retryAfterSeconds.map { .seconds(max(0, $0)) }
    if error.code == .unauthorized, text == nil || text == "Unauthorized" {
      error.message = "The API server does not accept these credentials; check the token or the certificate."
    }
    return error
  }

  private static func code(_ status: Int, _ reason: String?) -> KubernetesError.Code {
    switch status {
    case 401: .unauthorized
    case 403: .forbidden
    case 404: .notFound
    case 409: reason == "AlreadyExists" ? .alreadyExists : .conflict
    case 410: .expired
    case 429: .throttled
    case 400, 405, 406, 413, 415, 422: .invalid
    case 500...: .server
    default: .malformed
    }
  }
}
