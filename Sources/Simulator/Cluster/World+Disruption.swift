import Model

extension World {
  func matches(_ budget: DisruptionBudget, _ workload: Workload) -> Bool {
    budget.namespace == workload.namespace
      && budget.selector.allSatisfy { workload.pod.labels[$0.key] == $0.value }
  }

  func budgets(of workload: Workload) -> [DisruptionBudget] { budgets.filter { matches($0, workload) } }

  /// How a budget stands at this instant.
  public func status(of budget: DisruptionBudget) -> DisruptionBudgetStatus {
    var healthy = 0
    var expected = 0
    for name in workloads.keys {
      workloads.look(at: name) { workload in
        guard matches(budget, workload) else { return }
        var active = 0
        for number in podsOfWorkload[name] ?? [] {
          pods.look(at: number) { pod in
            guard pod.isActive else { return }
            active += 1
            if pod.ready { healthy += 1 }
          }
        }
        expected += desiredPods(of: workload) ?? active
      }
    }
    let desired =
      switch budget.bound {
      case .minAvailable(let count): count
      case .maxUnavailable(let count): max(0, expected - count)
      case .minAvailablePercent(let percent): DisruptionBudget.pods(percent, of: expected)
      case .maxUnavailablePercent(let percent): max(0, expected - DisruptionBudget.pods(percent, of: expected))
      }
    return DisruptionBudgetStatus(currentHealthy: healthy, desiredHealthy: desired, expectedPods: expected)
  }

  /// Records the budgets that are broken when everything on a machine's node ends now.
  mutating func noteDisruption(ofNodeOn id: MachineID, operation: String) {
    guard let node = node(on: id) else { return }
    let ready = node.pods.filter { pods[$0]!.ready && !isDaemonSetPod($0) }
    guard !ready.isEmpty else { return }
    for budget in budgets {
      let taken = ready.count { number in workloads[pods[number]!.workload].map { matches(budget, $0) } ?? false }
      let status = status(of: budget)
      let missing = min(taken, status.desiredHealthy - (status.currentHealthy - taken))
      guard taken > 0, missing > 0 else { continue }
      tally.budgetViolations.append(
        BudgetViolation(at: now, budget: "\(budget.namespace)/\(budget.name)", operation: operation, missing: missing))
    }
  }
}

extension DisruptionBudget {
  /// A percentage of a number of pods, rounded up, as Kubernetes does for both bounds.
  static func pods(_ percent: Int, of expected: Int) -> Int { (expected * percent + 99) / 100 }
}
