/// The versions of the remote-write protocol.
public enum RemoteWriteVersion: String, Sendable, Hashable, CaseIterable {
  case v1 = "1.0"
  case v2 = "2.0"
}

/// Header fields of a request that say how its body is to be read.
public struct RemoteWriteHeaders: Sendable, Hashable {
  /// `Content-Type`.
  public var contentType: String?
  /// `Content-Encoding`.
  public var contentEncoding: String?
  /// `X-Prometheus-Remote-Write-Version`; informative, the content type decides.
  public var version: String?

  /// Header fields as a request gives them; `nil` where it has none.
  public init(contentType: String?, contentEncoding: String?, version: String? = nil) {
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.version = version
  }

  /// The fields that a 1.0 sender sends.
  public static let version1 = RemoteWriteHeaders(
    contentType: "application/x-protobuf", contentEncoding: "snappy", version: "0.1.0")

  /// The fields that a 2.0 sender sends.
  public static let version2 = RemoteWriteHeaders(
    contentType: "application/x-protobuf;proto=io.prometheus.write.v2.Request", contentEncoding: "snappy",
    version: "2.0.0")

  /// What the fields agree on: a version, or a sentence for 415.
  ///
  /// Without a `proto` parameter the message is 1.0's, as the 2.0 specification says; a missing encoding is taken for
  /// snappy, because early senders leave it out.
  public func negotiated() -> Negotiation {
    let parts = (contentType ?? "").split(separator: ";").map { $0.trimmed.lowercased() }
    guard let type = parts.first, type == "application/x-protobuf" else {
      return .refused("content type \(quoted(contentType)) is not remote write; send application/x-protobuf")
    }
    let encoding = (contentEncoding ?? "snappy").trimmed.lowercased()
    guard encoding == "snappy" else {
      return .refused("content encoding \(quoted(contentEncoding)) is not supported; send snappy in block format")
    }
    guard let parameter = parts.dropFirst().first(where: { $0.hasPrefix("proto=") }) else { return .version(.v1) }
    switch parameter.dropFirst("proto=".count).trimmed(of: "\"") {
    case "prometheus.writerequest": return .version(.v1)
    case "io.prometheus.write.v2.request": return .version(.v2)
    case let other:
      return .refused(
        "message \(quoted(String(other))) is not known; send prometheus.WriteRequest or io.prometheus.write.v2.Request")
    }
  }

  /// The result of `negotiated`.
  public enum Negotiation: Sendable, Hashable {
    case version(RemoteWriteVersion)
    case refused(String)
  }

  private func quoted(_ text: String?) -> String {
    text.map { "`\($0.prefix(100))`" } ?? "(none)"
  }
}

extension StringProtocol {
  fileprivate var trimmed: String { trimmed(of: " ") }

  fileprivate func trimmed(of character: Character) -> String {
    var rest = Substring(self)
    while rest.first == character { rest.removeFirst() }
    while rest.last == character { rest.removeLast() }
    return String(rest)
  }
}
