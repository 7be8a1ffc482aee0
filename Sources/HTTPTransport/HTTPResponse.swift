/// What a server answered. Redirects and errors are answers like any other: the caller judges the status.
public struct HTTPResponse: Sendable, Hashable {
  /// 200 ... 599.
  public var status: Int
  /// In the order of arrival.
  public var headers: [HTTPHeader]
  /// The whole body, as it was sent.
  public var body: [UInt8]
  /// The text behind the status of HTTP/1, where some servers say what went wrong; empty over HTTP/2, which has none.
  public var reason: String

  /// An answer.
  public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = [], reason: String = "") {
    self.status = status
    self.headers = headers
    self.body = body
    self.reason = reason
  }

  /// The first field of this name.
  public func header(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name.lowercased() == name }?.value
  }
}
