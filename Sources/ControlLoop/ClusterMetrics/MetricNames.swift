import Lifecycle
package import Model

/// Turns names that kube-state-metrics made fit for label names back into those of Kubernetes, as far as they are known.
///
/// Characters outside `[a-zA-Z0-9_]` have become underscores there, and in names of labels `fooBar` has become
/// `foo_bar`. A name that nobody told stays as it is, on nodes and pods alike.
package struct MetricNames {
  private var labels: [String: String] = [:]
  private var resources: [String: String] = [:]

  private static let common = [
    "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region", "node.kubernetes.io/instance-type", NodeLabels.provisionedAt,
    NodeLabels.timeToLive, NodeLabels.timeToLiveHours, "app.kubernetes.io/name", "app.kubernetes.io/instance",
    "app.kubernetes.io/component", "k8s-app", "pod-template-hash",
  ]

  /// - Parameter policy: names the labels and the devices that workers have.
  package init(_ policy: Policy) {
    var keys = Self.common + policy.pools.flatMap { $0.labels.keys.sorted() }
    keys += policy.templates.flatMap { $0.labels.keys.sorted() }
    if let zone = policy.placement.zoneLabel { keys.append(zone) }
    for key in keys {
      labels[Self.plain(key)] = key
      labels[Self.snake(Self.plain(key))] = key
    }
    for name in policy.templates.flatMap({ $0.allocatable.extended.keys.sorted() }) + ["nvidia.com/gpu"] {
      resources[Self.plain(name)] = name
    }
  }

  /// The labels of an object, from those of its series that begin with `prefix`.
  func original(_ told: [String: String], prefix: String) -> [String: String] {
    var result: [String: String] = [:]
    for (name, value) in told where name.hasPrefix(prefix) {
      let rest = String(name.dropFirst(prefix.utf8.count))
      result[labels[rest] ?? rest] = value
    }
    return result
  }

  func resource(_ name: String) -> String { resources[name] ?? name }

  static func plain(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" })
  }

  static func snake(_ name: String) -> String {
    var result = ""
    var last: Character?
    for character in name {
      if character.isUppercase, let last, last.isLowercase || last.isNumber { result.append("_") }
      result += character.lowercased()
      last = character
    }
    return result
  }
}
