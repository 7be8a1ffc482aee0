import Model

/// Proves that each pod of a worker has a place on the nodes that stay, or says which has none.
enum Evacuation {
  /// Annotations by which operators and other autoscalers say: leave this alone.
  static let keepNode = ["cluster-autoscaler.kubernetes.io/scale-down-disabled", "karpenter.sh/do-not-disrupt"]
  static let keepPod = "karpenter.sh/do-not-disrupt"
  static let safeToEvict = "cluster-autoscaler.kubernetes.io/safe-to-evict"

  /// Why a worker must stay; `nil` when all its pods can move.
  static func refusal(_ worker: WorkerRecord, _ draft: Draft) -> Reason? {
    let situation = draft.situation
    guard let node = situation.node(of: worker) else {
      return Reason(.listMissing, "Worker \(worker.name) stays: its node is not known.")
    }
    if let annotation = keepNode.first(where: { node.annotations[$0] == "true" }) {
      return Reason(.mustNotMove, "Worker \(worker.name) stays: its node says \(annotation).")
    }
    let pods = situation.load(of: node.name).workload.filter { !$0.isTerminating }.sorted { $0.key < $1.key }
    if let pod = pods.first(where: { !$0.mayMove }) {
      let why = pod.ownerKind == nil ? "nothing would start it again" : "its annotation forbids that"
      return Reason(.mustNotMove, "Worker \(worker.name) stays: pod \(pod.key) must not move, as \(why).")
    }
    let leaving = Set(draft.retiring.map { NodeName($0.rawValue) }).union([node.name])
    let movable = pods.filter { $0.priority >= situation.policy.pace.priorityCutoff }
    return place(movable, worker, without: leaving, draft)
  }

  private static func place(
    _ pods: [PodObservation], _ worker: WorkerRecord, without leaving: Set<NodeName>, _ draft: Draft
  ) -> Reason? {
    let situation = draft.situation
    let pending = (situation.pods ?? []).filter { $0.asksForNode(cutoff: situation.policy.pace.priorityCutoff) }
    let dimensions = Dimensions(of: pods.map(\.demand) + pending.map(\.demand))
    var table = RoomTable.existing(situation, dimensions, without: leaving)
    // Pods that wait come first: their room is spoken for.
    for pod in pending.sorted(by: { $0.key < $1.key }) { _ = table.place(pod, dimensions) }
    let scale = Scale((situation.nodes ?? []).map(\.allocatable))
    let ordered = pods.map { (pod: $0, size: scale.size($0.demand)) }.sorted { left, right in
      left.size != right.size ? left.size > right.size : left.pod.key < right.pod.key
    }
    for (pod, _) in ordered where !table.place(pod, dimensions) {
      return Reason(
        .podsHaveNoPlace,
        "Worker \(worker.name) stays: pod \(pod.key) (\(Phrase.demand(pod.demand))) fits on no other node.",
        data: ["pod": pod.key.description])
    }
    return nil
  }
}

extension PodObservation {
  /// Whether it may be evicted for the sake of a saving.
  var mayMove: Bool {
    if isMirror || ownerKind == "DaemonSet" { return true }
    if annotations[Evacuation.safeToEvict] == "true" { return true }
    return ownerKind != nil && annotations[Evacuation.safeToEvict] != "false"
      && annotations[Evacuation.keepPod] != "true"
  }
}

extension RoomTable {
  /// Puts one pod into the first room that holds it.
  mutating func place(_ pod: PodObservation, _ dimensions: Dimensions) -> Bool {
    let row = dimensions.row(pod.demand)
    let constraint = PodGroup.Constraint(tolerations: pod.tolerations, nodeSelector: pod.nodeSelector)
    for index in rooms.indices {
      guard rooms[index].free.capacity(for: row, atMost: 1) == 1,
        constraint.mismatch(taints: rooms[index].taints, labels: rooms[index].labels) == nil
      else { continue }
      rooms[index].free.take(row, times: 1)
      return true
    }
    return false
  }
}
