internal import Foundation

/// A request's path and parameters, taken from its query and its body.
struct ProxmoxRequest: Sendable {
  /// Behind `/api2/json`, decoded.
  var path: [String]
  var parameters: [String: ProxmoxValue] = [:]

  private static let base = "/api2/json"

  /// - Throws: what the server answers to a request that it cannot read.
  init(_ request: WireRequest) throws {
    guard ["GET", "POST", "PUT", "DELETE"].contains(request.method) else {
      throw ProxmoxFailure(501, "method '\(request.method)' not available")
    }
    if request.header("transfer-encoding") != nil {
      throw ProxmoxFailure(501, "chunked transfer encoding not supported")
    }
    let headerBytes = request.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    if request.headers.count > 64 || headerBytes > 8192 {
      throw ProxmoxFailure(400, "too many http header lines (> 64) or header too large")
    }
    if request.isTooLarge { throw ProxmoxFailure(501, "for data too large") }
    let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let text = String(parts[0])
    guard text.hasPrefix(Self.base) else { throw ProxmoxFailure(501, "no such file '\(text)'") }
    path = text.dropFirst(Self.base.count).split(separator: "/").map { Self.decoded(String($0), plusIsSpace: false) }
    if !request.body.isEmpty {
      guard request.method == "POST" || request.method == "PUT" else {
        throw ProxmoxFailure(501, "Unexpected content for method '\(request.method)'")
      }
      try readBody(request)
    }
    if parts.count == 2 {
      // What the query says wins.
      parameters.merge(Self.form(String(parts[1]))) { _, query in query }
    }
  }

  private mutating func readBody(_ request: WireRequest) throws {
    let type =
      (request.header("content-type") ?? "application/x-www-form-urlencoded")
      .split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces).lowercased() } ?? ""
    switch type {
    case "application/x-www-form-urlencoded":
      parameters = Self.form(String(decoding: request.body, as: UTF8.self))
    case "application/json":
      guard let value = try? JSONSerialization.jsonObject(with: Data(request.body)),
        let object = value as? [String: Any]
      else { throw ProxmoxFailure(400, "unable to parse JSON content") }
      for (key, value) in object { parameters[key] = Self.value(value) }
    default: throw ProxmoxFailure(506, "upload 'Content-Type '\(type)' not implemented")
    }
  }

  private static func value(_ value: Any) -> ProxmoxValue? {
    switch value {
    case let text as String: .text(text)
    case let number as NSNumber:
      // Foundation hides the difference between 1 and true in the number's type.
      isBoolean(number) ? .boolean(number.boolValue) : .text(number.stringValue)
    case let list as [Any]: .list(list.compactMap { Self.value($0)?.text })
    default: nil
    }
  }

  private static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

  private static func form(_ text: String) -> [String: ProxmoxValue] {
    var values: [String: [String]] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = decoded(String(parts[0]), plusIsSpace: true)
      values[key, default: []].append(parts.count == 2 ? decoded(String(parts[1]), plusIsSpace: true) : "")
    }
    return values.mapValues { $0.count == 1 ? .text($0[0]) : .list($0) }
  }

  static func decoded(_ text: String, plusIsSpace: Bool) -> String {
    let plain = plusIsSpace ? text.replacing("+", with: " ") : text
    return plain.removingPercentEncoding ?? plain
  }
}

/// What a request is refused with.
struct ProxmoxFailure: Error {
  var status: Int
  /// The reason phrase.
  var text: String
  /// By parameter.
  var errors: [String: String] = [:]

  init(_ status: Int, _ text: String) {
    self.status = status
    self.text = text
  }

  /// Parameters that are wrong.
  init(parameters: [String: String]) {
    self.init(400, "Parameter verification failed.")
    errors = parameters
  }

  /// Nothing that a token or a ticket was enough for.
  static let noTicket = ProxmoxFailure(401, "No ticket")
  static let authenticationFailed = ProxmoxFailure(401, "Authentication failed!")
}
