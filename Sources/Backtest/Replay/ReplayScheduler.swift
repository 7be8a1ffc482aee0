import Decision
import Model

/// Puts waiting pods on nodes, as the Kubernetes scheduler would: the most important first, each on the node that suits
/// best among those that admit it. Nothing is preempted.
///
/// Judged are requests, taints, node selector, node affinity and volumes; where pods of the history depend on other pods,
/// the decision's own model of fit judges instead.
enum ReplayScheduler {
  /// - Parameter candidates: waiting pods that may have found a place; `nil`: any of them, as room has been left.
  static func run(_ cluster: inout ReplayedCluster, candidates: [Int]?) {
    guard !cluster.waiting.isEmpty else { return }
    let pods = candidates.map { some in cluster.waiting.filter(some.contains) } ?? cluster.waiting
    if cluster.table.dependsOnPods {
      runWithModel(&cluster, pods)
    } else {
      // What has found no place once finds none until room is left.
      var failed: Set<Int> = []
      for pod in pods where !failed.contains(cluster.table.typeOfPod[pod]) {
        if let best = best(for: pod, in: cluster, among: cluster.alive) {
          cluster.bind(pod, to: best)
        } else {
          failed.insert(cluster.table.typeOfPod[pod])
        }
      }
    }
  }

  private static func runWithModel(_ cluster: inout ReplayedCluster, _ pods: [Int]) {
    var model = SchedulerModel(snapshot: cluster.snapshot(memory: DecisionMemory()), policy: cluster.policy)
    var numbers: [NodeName: Int] = [:]
    for number in cluster.alive { numbers[NodeName(cluster.worker(number)!.record.name.rawValue)] = number }
    for pod in pods where cluster.history.pods[pod].pod.schedulingGates.isEmpty {
      let observed = cluster.observation(of: pod)
      let nodes = model.nodes(for: observed).compactMap { numbers[$0] }.sorted()
      guard let best = best(for: pod, in: cluster, among: nodes) else { continue }
      model.place(observed, on: NodeName(cluster.worker(best)!.record.name.rawValue))
      cluster.bind(pod, to: best)
    }
  }

  /// The open worker that has room and suits best: with most left of CPU and memory, or with least where pods are packed;
  /// the oldest of equals.
  private static func best(for pod: Int, in cluster: ReplayedCluster, among numbers: [Int]) -> Int? {
    let table = cluster.table
    var best: Int?
    var bestScore = -Double.infinity
    for number in numbers {
      guard let worker = cluster.worker(number), worker.isOpen, table.admits(pod, kind: worker.kind, zone: worker.zone),
        table.fits(pod, in: worker.free)
      else { continue }
      let whole = table.kinds[worker.kind].room
      let start = pod * table.width
      let cpu = Double(worker.free[0] - table.demands[start]) / Double(max(1, whole[0]))
      let memory = Double(worker.free[1] - table.demands[start + 1]) / Double(max(1, whole[1]))
      let score = cluster.setting.packsPods ? -(cpu + memory) : cpu + memory
      if score > bestScore { (best, bestScore) = (number, score) }
    }
    return best
  }
}
