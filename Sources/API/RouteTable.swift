import HTTPTypes
import Hummingbird

/// Which methods each path takes; tells a wrong method (405) from an unknown path (404).
public struct RouteTable: Sendable {
  /// One path and one of its methods.
  public struct Entry: Sendable, Hashable {
    /// For example `POST`.
    public let method: String
    /// For example `/api/v1/pools/{pool}/scale`.
    public let path: String
  }

  /// Sorted by path, then by method.
  public let entries: [Entry]

  init(_ router: Router<ServerContext>) {
    entries = router.routes.map { Entry(method: $0.method.rawValue, path: $0.path.description) }
      .sorted { ($0.path, $0.method) < ($1.path, $1.method) }
  }

  /// Methods that a path takes, sorted; empty when there is no such path. Where there is GET there is HEAD.
  func methods(at path: String) -> [String] {
    let parts = path.split(separator: "/")
    var methods = Set(entries.filter { Self.fits(parts, $0.path.split(separator: "/")) }.map(\.method))
    if methods.contains("GET") { methods.insert("HEAD") }
    return methods.sorted()
  }

  private static func fits(_ path: [Substring], _ pattern: [Substring]) -> Bool {
    path.count == pattern.count && zip(path, pattern).allSatisfy { $1.hasPrefix("{") || $0 == $1 }
  }
}
