/// A kind of object at the API server, by the path under which it is found.
public struct ResourceKind: Hashable, Sendable {
  /// Empty for the core group.
  public var group: String
  /// For example `v1`.
  public var version: String
  /// Lower case, for example `nodes`.
  public var plural: String
  public var isNamespaced: Bool

  public init(group: String = "", version: String = "v1", _ plural: String, isNamespaced: Bool) {
    self.group = group
    self.version = version
    self.plural = plural
    self.isNamespaced = isNamespaced
  }

  public static let nodes = ResourceKind("nodes", isNamespaced: false)
  public static let pods = ResourceKind("pods", isNamespaced: true)
  public static let leases = ResourceKind(group: "coordination.k8s.io", "leases", isNamespaced: true)

  /// `v1`, or `apps/v1`.
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
}
