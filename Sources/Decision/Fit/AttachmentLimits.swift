import Model

/// How many volumes of a driver a node can hold, for nodes that do not exist yet.
///
/// Kubernetes tells it of nodes that are there, here as extended resources `attachable-volumes-csi-DRIVER`; no template
/// says it. So a template is taken to hold what was seen: on our nodes of the same template, else on any node, each time
/// the most. What was seen nowhere is no limit: to refuse a pod a worker for it would be a guess that costs the pod its
/// place.
enum AttachmentLimits {
  static let prefix = "attachable-volumes-csi-"
  /// At or above this a number is no limit; nodes on which a driver has none show it.
  static let none: Int64 = 1_000_000

  /// The templates with the limits of all drivers that a node or a pod names. What a template says itself stands.
  static func completing(
    _ templates: [Template], nodes: [NodeObservation], pods: [PodObservation], workers: [WorkerRecord]
  ) -> [Template] {
    var drivers: Set<String> = []
    for index in pods.indices where !pods[index].requests.extended.isEmpty && !pods[index].isFinished {
      for name in pods[index].requests.extended.keys where name.hasPrefix(prefix) { drivers.insert(name) }
    }
    guard !drivers.isEmpty else { return templates }
    let templateOfNode = Dictionary(
      workers.map { (NodeName($0.name.rawValue), $0.template) }, uniquingKeysWith: { first, _ in first })
    return templates.map { template in
      var template = template
      for name in drivers where template.allocatable.extended[name] == nil {
        let own = most(of: name, nodes.filter { templateOfNode[$0.name] == template.name })
        template.allocatable.extended[name] = own ?? most(of: name, nodes) ?? none
      }
      return template
    }
  }

  /// The most that a node shows; a node on which the driver does not run yet shows no limit, and counts only where no other
  /// does.
  private static func most(of name: String, _ nodes: [NodeObservation]) -> Int64? {
    let seen = nodes.compactMap { $0.allocatable.extended[name] }
    return seen.filter { $0 < none }.max() ?? seen.max()
  }
}
