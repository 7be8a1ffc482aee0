import Model

/// Whether a worker has nothing to do.
enum Idleness: Equatable {
  case idle
  case busy(pods: Int)
  /// The node, its pods or its state is not known: nothing follows.
  case unknown

  static func of(_ worker: WorkerRecord, _ draft: Draft) -> Idleness {
    let situation = draft.situation
    guard situation.pods != nil, let node = situation.node(of: worker), node.isReady else { return .unknown }
    let pods = situation.load(of: node.name).workload.count
    if pods > 0 { return .busy(pods: pods) }
    if draft.claimed.contains(node.name) { return .busy(pods: 0) }
    if let cpu = node.cpuPercent, cpu >= situation.policy.cleanup.idleCPUPercent { return .busy(pods: 0) }
    return .idle
  }
}
