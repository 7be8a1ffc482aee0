/// Paths and queries of the API server.
enum ResourcePath {
  /// `/api/v1/namespaces/NAMESPACE/pods/NAME/SUBRESOURCE`.
  static func path(
    _ kind: ResourceKind, namespace: String? = nil, name: String? = nil, subresource: String? = nil
  ) -> String {
    var path = kind.group.isEmpty ? "/api/\(kind.version)" : "/apis/\(kind.group)/\(kind.version)"
    if kind.isNamespaced, let namespace { path += "/namespaces/" + encoded(namespace) }
    path += "/" + kind.plural
    if let name { path += "/" + encoded(name) }
    if let subresource { path += "/" + subresource }
    return path
  }

  /// `?a=b&c=d`; empty without parameters.
  static func query(_ parameters: [(String, String)]) -> String {
    parameters.isEmpty ? "" : "?" + parameters.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
  }

  /// With all but the unreserved characters of RFC 3986 as `%XX`.
  static func encoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        encoded.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return encoded
  }
}
