import Foundation
import HTTPTypes

/// What a request says about who sends it.
enum Credentials: Equatable {
  case none
  case token(String)
  case password(user: String, password: String)
  /// The identifier of a console's session.
  case session(String)
  /// An `Authorization` that is neither a bearer token nor basic authentication.
  case malformed

  /// Names of the session's cookie. Where browsers come over TLS it is the first, which they take from nobody else but
  /// this very host. Source: RFC 6265bis, 4.1.3.2.
  static let secureCookie = "__Host-poolkeeper_session"
  static let plainCookie = "poolkeeper_session"

  /// Bytes of a token, and of a user with the password.
  static let length = 1_024

  init(_ headers: HTTPFields) {
    if let text = headers[.authorization] {
      self = Self.authorization(text)
    } else {
      self = Self.cookie(headers[.cookie]).map { .session($0) } ?? .none
    }
  }

  private static func authorization(_ text: String) -> Credentials {
    guard let space = text.firstIndex(of: " "), text.utf8.count <= 2 * length else { return .malformed }
    let value = text[text.index(after: space)...].drop { $0 == " " }
    switch text[..<space].lowercased() {
    case "bearer": return value.isEmpty || value.utf8.count > length ? .malformed : .token(String(value))
    case "basic":
      guard let data = Data(base64Encoded: String(value)), let pair = String(validating: data, as: UTF8.self),
        let colon = pair.firstIndex(of: ":")
      else { return .malformed }
      return .password(user: String(pair[..<colon]), password: String(pair[pair.index(after: colon)...]))
    default: return .malformed
    }
  }

  private static func cookie(_ text: String?) -> String? {
    guard let text else { return nil }
    for pair in text.split(separator: ";") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      let name = parts[0].drop { $0 == " " }
      if name == secureCookie || name == plainCookie, parts[1].utf8.count <= length { return String(parts[1]) }
    }
    return nil
  }
}
