/// One field of a header. Names are compared without regard to case.
public struct HTTPHeader: Sendable, Hashable {
  /// As it is sent or was received.
  public var name: String
  /// Without the space around it.
  public var value: String

  /// A field; control characters in either part make the request invalid.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// What is asked of a server.
public struct HTTPRequest: Sendable, Hashable {
  /// `GET`, `POST`, …
  public var method: String
  /// `http` or `https`, with every part encoded already.
  public var url: String
  /// Sent in this order. `Content-Type` is sent only when it is here.
  public var headers: [HTTPHeader]
  /// `nil`: none.
  public var body: [UInt8]?
  /// An answer with a longer body is given up.
  public var maximumResponseBytes: Int
  /// Whether the transport may send the request again by itself, when a kept connection turns out to be dead and it
  /// cannot know how far the first copy got. Where it may not, a connection of its own is made.
  public var isRepeatable: Bool

  /// A request that may be repeated where RFC 9110 (9.2.2) calls its method idempotent.
  public init(
    _ method: String, _ url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
    maximumResponseBytes: Int = HTTPRequest.standardResponseLimit
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.maximumResponseBytes = maximumResponseBytes
    isRepeatable = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(method)
  }

  /// 32 MiB.
  public static let standardResponseLimit = 32 * 1024 * 1024

  /// What may be shown of the request: no user, no query, no header, no body, since each of them can hold a secret.
  var summary: String {
    var address = url[..<(url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex)]
    if let scheme = address.firstRange(of: "://") {
      let host = address[scheme.upperBound...]
      let authority = host[..<(host.firstIndex(of: "/") ?? host.endIndex)]
      if let user = authority.lastIndex(of: "@") {
        address = address[..<scheme.upperBound] + host[host.index(after: user)...]
      }
    }
    return "\(method) \(address)"
  }

  /// Why the request cannot be sent; `nil` when it can.
  var defect: String? {
    func isToken(_ text: String) -> Bool {
      !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
    }
    func isLine(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 } }
    if !isToken(method) { return "The method is no HTTP token." }
    if !isLine(url) || url.utf8.contains(32) { return "The URL holds a space or a control character: encode it." }
    if !url.hasPrefix("http://") && !url.hasPrefix("https://") {
      return "The URL must begin with http:// or https://."
    }
    for header in headers where !isToken(header.name) || !isLine(header.value) {
      return "A header has a name that is no HTTP token, or a control character in its value."
    }
    return nil
  }
}
