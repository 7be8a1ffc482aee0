/// A URL under another host name, for a server whose certificate bears that name, and the way to the real one.
struct RenamedServer {
  /// With the certificate's name in place of the host.
  var url: String
  /// libcurl's notation: whatever the URL says, connect to this host and port.
  var connectTo: String
  /// What the server expects to be called in the request; `nil`: nothing beside the caller's own.
  var hostHeader: String?

  /// `nil` for a URL without a host.
  init?(url: String, serverName: String) {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let rest = url[scheme.upperBound...]
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    let authority = rest[..<end]
    let address = authority[(authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...]
    guard !address.isEmpty else { return nil }
    // The colon of a port comes after an IPv6 address's bracket.
    let afterHost = address.lastIndex(of: "]") ?? address.startIndex
    let colon = address[afterHost...].lastIndex(of: ":")
    let host = address[..<(colon ?? address.endIndex)]
    let port = colon.map { String(address[address.index(after: $0)...]) }
    let standardPort = url.lowercased().hasPrefix("https") ? "443" : "80"
    self.url = String(url[..<scheme.upperBound]) + serverName + (port.map { ":" + $0 } ?? "") + String(rest[end...])
    connectTo = "::\(host):\(port ?? standardPort)"
    hostHeader = String(address)
  }
}
