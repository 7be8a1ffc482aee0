import Model
import Ports
import Simulator

/// What keeps a worker's removal waiting that nobody can do anything about.
extension World {
  /// Whether the mark of a worker's machine was taken away, so that a person must deal with it.
  func isUnmarked(_ record: WorkerRecord) -> Bool {
    guard let number = record.machine, let machine = machines[number] else { return false }
    return machine.owner?.id != record.id || !machine.tags.contains(OwnerMark.tag)
  }

  /// Whether its machine's host is away, so that nobody can say whether it runs.
  func isCutOff(_ record: WorkerRecord) -> Bool {
    guard let machine = record.machine.flatMap({ machines[$0] }) else { return false }
    return hosts[machine.host]?.online != true
  }

  /// Whether a pod on the worker's node is chosen by a disruption budget that lets none go, or by two.
  func budgetKeepsPods(on record: WorkerRecord) -> Bool {
    guard let node = nodes[NodeName(record.name.rawValue)] else { return false }
    for number in node.pods {
      guard let pod = pods[number], !pod.isTerminating, let workload = workloads[pod.workload] else { continue }
      if workload.kind == .daemonSet { continue }
      let choosing = budgets.filter { budget in
        budget.namespace == workload.namespace
          && budget.selector.allSatisfy { workload.pod.labels[$0.key] == $0.value }
      }
      if choosing.count > 1 { return true }
      if let budget = choosing.first, status(of: budget).disruptionsAllowed == 0 { return true }
    }
    return false
  }
}
