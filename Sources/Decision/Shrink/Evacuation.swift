import Model

/// Proves that each pod of a worker has a place on the nodes that stay, or says which has none.
enum Evacuation {
  /// Annotations by which operators and other autoscalers say: leave this alone.
  static let keepNode = ["cluster-autoscaler.kubernetes.io/scale-down-disabled", "karpenter.sh/do-not-disrupt"]
  static let keepPod = "karpenter.sh/do-not-disrupt"
  static let safeToEvict = "cluster-autoscaler.kubernetes.io/safe-to-evict"

  /// Why a worker must stay; `nil` when all its pods can move: then they have moved, and its room is gone, in the draft's
  /// model.
  static func refusal(_ worker: WorkerRecord, _ draft: inout Draft) -> Reason? {
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
    return move(pods.filter { $0.priority >= situation.policy.pace.priorityCutoff }, off: node.name, worker, &draft)
  }

  private static func move(
    _ pods: [PodObservation], off node: NodeName, _ worker: WorkerRecord, _ draft: inout Draft
  ) -> Reason? {
    draft.modelFit()
    closeLeaving(&draft)
    guard let room = draft.fit!.roomOfNode[node] else {
      return Reason(.listMissing, "Worker \(worker.name) stays: its node is not known.")
    }
    let scale = Scale((draft.situation.nodes ?? []).map(\.allocatable))
    let ordered = pods.map { (pod: $0, size: scale.size($0.demand)) }.sorted { left, right in
      left.size != right.size ? left.size > right.size : left.pod.key < right.pod.key
    }
    let shaped = ordered.map { (key: $0.pod.key, shape: draft.fit!.shape(of: $0.pod)) }
    guard let stuck = draft.fit!.evacuate(shaped, from: room) else { return nil }
    let pod = ordered.first { $0.pod.key == stuck }!.pod
    return Reason(
      .podsHaveNoPlace,
      "Worker \(worker.name) stays: pod \(pod.key) (\(Phrase.demand(pod.demand))) fits on no other node.",
      data: ["pod": pod.key.description])
  }

  /// Workers that this plan lets go take no more pods.
  private static func closeLeaving(_ draft: inout Draft) {
    for worker in draft.retiring.sorted() {
      if let room = draft.fit!.roomOfNode[NodeName(worker.rawValue)] { draft.fit!.close(room: room) }
    }
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
