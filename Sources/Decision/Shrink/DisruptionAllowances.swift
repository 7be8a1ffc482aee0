import Model

/// How many pods each disruption budget still lets go, counted down through one plan.
///
/// Source of the rules: Kubernetes, the eviction subresource. A pod that two budgets choose cannot be evicted at all. One
/// that is not ready takes nothing of its budget where the budget always lets such pods go, or while as many of its pods
/// are healthy as it asks for.
struct DisruptionAllowances {
  enum Refusal: Equatable {
    /// No more of the budget's pods may go.
    case spent(budget: String, pod: PodKey)
    case several(budgets: [String], pod: PodKey)

    /// As the end of a sentence on a worker that stays.
    var phrase: String {
      switch self {
      case .spent(let budget, let pod): "disruption budget \(budget) lets pod \(pod) not go now"
      case .several(let budgets, let pod):
        "disruption budgets \(Phrase.list(budgets)) choose pod \(pod), which can therefore not be evicted"
      }
    }

    var budgets: [String] {
      switch self {
      case .spent(let budget, _): [budget]
      case .several(let budgets, _): budgets
      }
    }
  }

  private struct Owner: Hashable {
    let namespace: String
    let name: String
  }

  private let budgets: [DisruptionBudgetObservation]
  private let byNamespace: [String: [Int]]
  private(set) var left: [Int]
  /// The last pod's labels of each owner with the budgets that choose them: its other pods are mostly alike.
  private var recent: [Owner: (labels: [String: String], budgets: [Int])] = [:]

  init(_ budgets: [DisruptionBudgetObservation]) {
    self.budgets = budgets.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    byNamespace = Dictionary(grouping: self.budgets.indices) { [sorted = self.budgets] in sorted[$0].namespace }
    left = self.budgets.map { max(0, $0.disruptionsAllowed) }
  }

  /// Whether any budget chooses a pod.
  mutating func covers(_ pod: PodObservation) -> Bool { !covering(pod).isEmpty }

  /// Counts pods that go; when one may not, nothing is counted.
  mutating func take(_ pods: [PodObservation]) -> Refusal? {
    guard !budgets.isEmpty else { return nil }
    let before = left
    for pod in pods {
      let covering = covering(pod)
      guard let budget = covering.first else { continue }
      guard covering.count == 1 else {
        left = before
        return .several(budgets: covering.map { budgets[$0].text }, pod: pod.key)
      }
      if budgets[budget].isFree(pod) { continue }
      guard left[budget] > 0 else {
        left = before
        return .spent(budget: budgets[budget].text, pod: pod.key)
      }
      left[budget] -= 1
    }
    return nil
  }

  /// Counts pods that go whatever their budgets say.
  mutating func charge(_ pods: [PodObservation]) {
    guard !budgets.isEmpty else { return }
    for pod in pods {
      for budget in covering(pod) where !budgets[budget].isFree(pod) { left[budget] = max(0, left[budget] - 1) }
    }
  }

  /// Gives back what has been counted since.
  mutating func restore(_ earlier: [Int]) { left = earlier }

  private mutating func covering(_ pod: PodObservation) -> [Int] {
    guard let candidates = byNamespace[pod.key.namespace] else { return [] }
    let owner = Owner(namespace: pod.key.namespace, name: pod.ownerName ?? "")
    if let known = recent[owner], known.labels == pod.labels { return known.budgets }
    let found = candidates.filter { budgets[$0].covers(pod) }
    recent[owner] = (pod.labels, found)
    return found
  }
}

extension DisruptionBudgetObservation {
  fileprivate func isFree(_ pod: PodObservation) -> Bool {
    guard !pod.isReady else { return false }
    return alwaysAllowsUnhealthy || (desiredHealthy > 0 && currentHealthy >= desiredHealthy)
  }
}

extension Situation {
  /// `nil` when unknown or too old to act on.
  var disruptionBudgets: [DisruptionBudgetObservation]? {
    guard case .known(let budgets, let at) = snapshot.disruptionBudgets, now - at <= policy.pace.observationLimit else {
      return nil
    }
    return budgets
  }

  /// Pods that a worker's drain would evict, by name.
  func evictedPods(of worker: WorkerRecord) -> [PodObservation] {
    load(of: NodeName(worker.name.rawValue)).workload.filter { $0.node != nil && !$0.isTerminating }.sorted {
      $0.key < $1.key
    }
  }
}
