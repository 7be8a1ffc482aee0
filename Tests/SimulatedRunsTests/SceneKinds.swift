import Model
import Ports
import Simulator

@testable import SimulatedRuns

/// The kinds of everything that a scene has, as words.
struct SceneKinds {
  var disturbances: Set<String> = []
  var worldFaults: Set<String> = []
  var scheduledFaults: Set<String> = []
  var budgets: Set<String> = []
  var workloads: Set<String> = []

  init(_ scene: Scene) {
    for disturbance in scene.disturbances { add(disturbance.kind) }
    for fault in scene.world.scheduledFaults { add(fault.kind) }
    for budget in scene.world.budgets { add(budget, in: scene.world) }
    for workload in scene.world.workloads.values { add(workload, scene) }
  }

  private mutating func add(_ kind: Disturbance.Kind) {
    switch kind {
    case .crash: disturbances.insert("crash")
    case .handOver: disturbances.insert("hand-over")
    case .outage(let system, _): disturbances.insert("outage of \(system)")
    case .staleLists(let system, _): disturbances.insert("stale \(system)")
    case .missingRows(let system, _, _): disturbances.insert("rows of \(system)")
    case .wrongMetrics(let kind, _): disturbances.insert("metrics \(kind)")
    case .clockOffset: disturbances.insert("clock")
    case .reload(let change):
      switch change {
      case .scaleBudgets: disturbances.insert("budgets")
      case .setMinimum: disturbances.insert("minimum")
      case .setMaximum: disturbances.insert("maximum")
      case .setTimeToLive: disturbances.insert("lifetime")
      case .setIdleTimeout: disturbances.insert("idle")
      case .setTick: disturbances.insert("tick")
      case .setTalosVersion: disturbances.insert("upgrade")
      case .setPresence(_, let isThere): disturbances.insert(isThere ? "pool put back" : "pool taken out")
      case .setTemplatePresence(_, let isThere):
        disturbances.insert(isThere ? "template put back" : "template taken out")
      case .setEnabled(_, let isEnabled): disturbances.insert(isEnabled ? "pool enabled" : "pool disabled")
      case .setPrice: disturbances.insert("price")
      case .setStandby: disturbances.insert("standby")
      case .setLabel: disturbances.insert("label")
      case .setApprovals: disturbances.insert("approvals")
      }
    case .observation: disturbances.insert("observation")
    case .answer(let isYes): disturbances.insert(isYes ? "approval" : "rejection")
    case .order: disturbances.insert("order")
    case .remove(_, let force): disturbances.insert(force ? "forced removal" : "removal")
    case .extend: disturbances.insert("extension")
    case .alert(let notice): disturbances.insert(notice.isFiring ? "alert" : "resolved alert")
    case .byHand(let hand, _): disturbances.insert("hand \(hand)")
    case .journalFails(_, let written): disturbances.insert(written ? "journal unsure" : "journal fails")
    case .hostFillsUp: disturbances.insert("full host")
    case .worldFaults(let faults):
      disturbances.insert("world")
      add(faults)
    }
  }

  static let allDisturbances: Set<String> = Set(
    [
      "crash", "hand-over", "clock", "budgets", "minimum", "maximum", "lifetime", "idle", "tick", "upgrade", "price",
      "pool taken out", "pool put back", "template taken out", "template put back", "pool disabled", "pool enabled",
      "standby", "label", "approvals", "approval", "rejection", "observation", "order", "removal", "forced removal",
      "extension", "alert", "resolved alert", "journal unsure", "journal fails", "full host", "world",
      "stale hypervisor", "stale cluster", "rows of hypervisor", "rows of cluster",
    ] + Disturbance.System.allCases.map { "outage of \($0)" }
      + Disturbance.WrongMetrics.allCases.map { "metrics \($0)" }
      + Disturbance.Hand.allCases.map { "hand \($0)" })

  private mutating func add(_ faults: WorldFaults) {
    let kinds: [(String, Bool)] = [
      ("failNextClones", faults.failNextClones > 0), ("lostNumbers", faults.lostNumbers > 0),
      ("cloneTaskFailureProbability", faults.cloneTaskFailureProbability > 0),
      ("neverJoinProbability", faults.neverJoinProbability > 0), ("neverJoinNext", faults.neverJoinNext > 0),
      ("hangNextBoots", faults.hangNextBoots > 0), ("lostAnswers", !faults.lostAnswers.isEmpty),
      ("unreachableCalls", !faults.unreachableCalls.isEmpty), ("lockedTemplates", !faults.lockedTemplates.isEmpty),
      ("hasNoQuorum", faults.hasNoQuorum), ("storageLockTimeouts", faults.storageLockTimeouts > 0),
      ("staleCloneLocks", faults.staleCloneLocks > 0), ("startFailures", !faults.startFailures.isEmpty),
      ("agentSilence", faults.agentSilence > .zero), ("forgetsTasks", faults.forgetsTasks),
    ]
    worldFaults.formUnion(kinds.filter(\.1).map(\.0))
  }

  private mutating func add(_ kind: ScheduledFault.Kind) {
    switch kind {
    case .kubeletDies(_, let cure): scheduledFaults.insert("kubelet dies, \(cure)")
    case .kubeletCrashLoop(_, let cure): scheduledFaults.insert("kubelet crashes, \(cure)")
    case .containerdCrashLoop: scheduledFaults.insert("runtime")
    case .diskPressure: scheduledFaults.insert("disk")
    case .memoryPressure: scheduledFaults.insert("memory")
    case .hostFails: scheduledFaults.insert("host")
    case .machineMoves: scheduledFaults.insert("move")
    case .operatorCordons: scheduledFaults.insert("cordon")
    }
  }

  private mutating func add(_ budget: DisruptionBudget, in world: World) {
    switch budget.bound {
    case .minAvailable: budgets.insert("least")
    case .maxUnavailable(0): budgets.insert("never")
    case .maxUnavailable: budgets.insert("most")
    case .minAvailablePercent: budgets.insert("least percent")
    case .maxUnavailablePercent: budgets.insert("most percent")
    }
    if budget.unhealthyPods == .alwaysAllow { budgets.insert("unhealthy pods") }
    if world.budgets.count(where: { $0.selector == budget.selector && $0.namespace == budget.namespace }) > 1 {
      budgets.insert("overlap")
    }
  }

  private mutating func add(_ workload: Workload, _ scene: Scene) {
    switch workload.kind {
    case .deployment(let replicas):
      workloads.insert(replicas.period == nil ? "service" : "web, \(replicas.shape)")
    case .job(_, let runtime):
      if workload.pod.requests.extended["nvidia.com/gpu"] != nil { workloads.insert("training") }
      workloads.insert(runtime.lowerBound > .minutes(90) ? "long job" : "short job")
    case .daemonSet: workloads.insert("daemon set")
    case .bare: workloads.insert("bare")
    }
    if workload.rolls != nil { workloads.insert("rolls") }
    if workload.name == "hopeless" { workloads.insert("never fits") }
    let constraints = workload.pod.constraints
    if !constraints.podAntiAffinity.isEmpty { workloads.insert("anti-affinity") }
    if !constraints.podAffinity.isEmpty { workloads.insert("affinity") }
    if !constraints.topologySpread.isEmpty { workloads.insert("spread") }
    if !constraints.hostPorts.isEmpty { workloads.insert("host port") }
    if workload.pod.stopTime != nil { workloads.insert("long grace") }
    if workload.pod.priority < scene.policy.pace.priorityCutoff { workloads.insert("unimportant") }
    if workload.startsAt > scene.phases.healedBy { workloads.insert("last wave") }
  }
}
