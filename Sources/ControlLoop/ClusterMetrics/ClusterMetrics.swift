package import Model
package import Ports

/// What kube-state-metrics tells of a cluster, for a program to which no Kubernetes API is connected, and for replays of
/// what was.
package enum ClusterMetrics {
  /// One question; its name is the family that it asks for.
  package enum Family: String, CaseIterable, Sendable {
    case nodeInfo = "kube_node_info"
    case nodeCreated = "kube_node_created"
    case nodeLabels = "kube_node_labels"
    case nodeConditions = "kube_node_status_condition"
    case nodeCordoned = "kube_node_spec_unschedulable"
    case nodeTaints = "kube_node_spec_taint"
    case nodeAllocatable = "kube_node_status_allocatable"
    case podInfo = "kube_pod_info"
    case podPhase = "kube_pod_status_phase"
    case podUnschedulable = "kube_pod_status_unschedulable"
    case podCreated = "kube_pod_created"
    case podDeleted = "kube_pod_deletion_timestamp"
    case podReady = "kube_pod_status_ready"
    case podRequests = "kube_pod_container_resource_requests"
    case podInitRequests = "kube_pod_init_container_resource_requests"
    case podInitInfo = "kube_pod_init_container_info"
    case podOverheadCPU = "kube_pod_overhead_cpu_cores"
    case podOverheadMemory = "kube_pod_overhead_memory_bytes"
    case podTolerations = "kube_pod_tolerations"
    case podLabels = "kube_pod_labels"
    case podNodeSelectors = "kube_pod_nodeselectors"
    case budgetAllowed = "kube_poddisruptionbudget_status_pod_disruptions_allowed"
    case budgetHealthy = "kube_poddisruptionbudget_status_current_healthy"
    case budgetDesired = "kube_poddisruptionbudget_status_desired_healthy"
    case budgetExpected = "kube_poddisruptionbudget_status_expected_pods"
    case podOwner = "kube_pod_owner"
    case podScheduled = "kube_pod_status_scheduled_time"
    case podStarted = "kube_pod_start_time"
    case podCompleted = "kube_pod_completion_time"

    /// What tells of this moment; of the others only replays of what was want to know.
    static let ofNow = allCases.filter { ![.podOwner, .podScheduled, .podStarted, .podCompleted].contains($0) }

    /// Series that say what does not hold are not asked for: there are several for each that says what does.
    package var expression: String {
      switch self {
      case .nodeConditions, .podPhase: "\(rawValue) == 1"
      case .podReady: "\(rawValue){condition=\"true\"}"
      case .podInitInfo: "\(rawValue){restart_policy=\"Always\"}"
      default: rawValue
      }
    }
  }

  package typealias Answers = [Family: Observed<[MetricElement]>]

  /// Asks for every family, one after another.
  static func read(from source: any MetricSource, at now: Instant) async -> Answers {
    var answers: Answers = [:]
    for family in Family.ofNow {
      do { answers[family] = .known(try await source.query(family.expression, at: now), at: now) } catch {
        answers[family] = .unknown("\(family.rawValue) could not be read: \(error)")
      }
    }
    return answers
  }

  /// Nodes, pods and disruption budgets as these answers tell them. A list that cannot be told is unknown, never empty.
  static func view(_ answers: Answers, policy: Policy, priorityClasses: [String: Int] = [:]) -> WorldView {
    let names = MetricNames(policy)
    let noHosts = WorldView.disconnected.hosts.unknownReason ?? ""
    var view = WorldView.disconnected
    view.nodes = observed(answers) { () throws(Fault) in try NodesFromMetrics(answers, names).nodes() }
    view.pods = observed(answers) { () throws(Fault) in
      try PodsFromMetrics(answers, names, priorityClasses).pods()
    }
    view.disruptionBudgets = observed(answers) { () throws(Fault) in try budgets(answers) }
    view.daemonSets = .unknown(
      "Metrics do not tell what a DaemonSet's pods ask for; it is learnt from those that run.")
    view.hosts = .unknown(noHosts)
    view.untold = untold(answers)
    return view
  }

  /// What these answers cannot tell, as sentences for the report; nothing while there is no pod list at all.
  private static func untold(_ answers: Answers) -> [String] {
    guard answers[.podInfo]?.value?.isEmpty == false else { return [] }
    func isMissing(_ family: Family) -> Bool { answers[family]?.value?.isEmpty != false }
    var sentences = [
      "Nodes and pods are known by kube-state-metrics, which tells no affinities, topology spread, host ports, volumes "
        + "and scheduling gates: pods that have any are judged without them."
    ]
    if !isMissing(.budgetAllowed) {
      sentences.append(
        "Metrics do not tell which pods a disruption budget selects: each is taken to cover its whole namespace.")
    }
    if isMissing(.nodeLabels) {
      sentences.append(
        "kube_node_labels is not there, so that no node has labels: let kube-state-metrics run with "
          + "--metric-labels-allowlist=nodes=[*].")
    }
    if isMissing(.podNodeSelectors) {
      sentences.append(
        "kube_pod_nodeselectors is not there, so that no pod has a node selector: let kube-state-metrics run with "
          + "--metric-opt-in-list=kube_pod_nodeselectors.")
    }
    if isMissing(.podTolerations) {
      sentences.append("kube_pod_tolerations is not there, so that no pod tolerates a taint.")
    }
    return sentences
  }

  // MARK: - Budgets

  private static func budgets(_ answers: Answers) throws(Fault) -> [DisruptionBudgetObservation] {
    func counts(_ family: Family) throws(Fault) -> [PodKey: Int] {
      var counts: [PodKey: Int] = [:]
      for element in try required(family, answers) {
        guard let name = element.labels["poddisruptionbudget"] else { continue }
        counts[PodKey(namespace: element.namespace, name: name)] = Int(try element.amount(family))
      }
      return counts
    }
    let allowed = try counts(.budgetAllowed)
    let (healthy, desired, expected) = (
      try counts(.budgetHealthy), try counts(.budgetDesired), try counts(.budgetExpected)
    )
    return allowed.keys.sorted().map { key in
      var budget = DisruptionBudgetObservation(
        namespace: key.namespace, name: key.name, selector: LabelSelector(), disruptionsAllowed: allowed[key] ?? 0)
      budget.currentHealthy = healthy[key] ?? 0
      budget.desiredHealthy = desired[key] ?? 0
      budget.expectedPods = expected[key] ?? 0
      return budget
    }
  }

  // MARK: - Answers

  /// Why a list cannot be told.
  package struct Fault: Error {
    package var sentence: String
  }

  private static func observed<Value: Sendable>(
    _ answers: Answers, _ body: () throws(Fault) -> Value
  ) -> Observed<Value> {
    do {
      let value = try body()
      let oldest = answers.values.compactMap { answer -> Instant? in
        if case .known(_, let at) = answer { at } else { nil }
      }.min()
      return oldest.map { .known(value, at: $0) } ?? .unknown("No metric was read yet.")
    } catch { return .unknown(error.sentence) }
  }

  /// A family that is there as long as there is what it tells of.
  static func required(_ family: Family, _ answers: Answers) throws(Fault) -> [MetricElement] {
    let elements = try optional(family, answers)
    guard !elements.isEmpty else {
      throw Fault(
        sentence: "\(family.rawValue) has no fresh data; does Prometheus scrape kube-state-metrics and send it?")
    }
    return elements
  }

  /// A family that may have no series. Not having been able to ask is another thing.
  static func optional(_ family: Family, _ answers: Answers) throws(Fault) -> [MetricElement] {
    switch answers[family] {
    case .known(let elements, _): return elements
    case .unknown(let reason): throw Fault(sentence: reason)
    case nil: return []
    }
  }
}

extension MetricElement {
  /// The object's own label: where a scrape put the target's in its place, it goes by another name.
  package func subject(_ name: String) -> String { labels["exported_\(name)"] ?? labels[name] ?? "" }

  package var namespace: String { subject("namespace") }

  /// The value as a whole number, which amounts are after scaling.
  func amount(
    _ family: ClusterMetrics.Family, times scale: Double = 1
  ) throws(ClusterMetrics.Fault) -> Int64 {
    let scaled = (value * scale).rounded()
    guard scaled >= 0, scaled < 9e18 else {
      throw ClusterMetrics.Fault(sentence: "\(family.rawValue) has the value \(value), which is no amount.")
    }
    return Int64(scaled)
  }
}
