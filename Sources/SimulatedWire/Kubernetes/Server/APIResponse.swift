/// What the API server answers.
enum APIResponse: Sendable {
  case whole(status: Int, contentType: String, headers: [(String, String)] = [], body: [UInt8])
  case watch(WatchPlan)

  static func json(_ value: ManifestValue, status: Int = 200) -> APIResponse {
    .whole(status: status, contentType: "application/json", body: value.json)
  }

  static func text(_ text: String, status: Int = 200) -> APIResponse {
    .whole(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
  }

  static func status(_ status: APIStatus) -> APIResponse {
    let headers = status.retryAfter.map { [("Retry-After", String($0))] } ?? []
    return .whole(
      status: status.code, contentType: "application/json", headers: headers, body: status.manifest.json)
  }
}

/// A watch that was granted.
struct WatchPlan: Sendable {
  var kind: ResourceKind
  var selector: ObjectSelector
  var rendering: Rendering
  var inclusion: ObjectTable.Inclusion
  /// Changes after this version are told.
  var version: Int
  /// Events that come first.
  var initial: [[UInt8]]
  var wantsBookmarks: Bool
  /// Real seconds.
  var timeout: Double
}
