public import Exposition
import Lifecycle
import Model
import Ports
import Synchronization

extension ControlLoop {
  /// The gauges of this instant about pools, workers, triggers and budgets, added to a scrape's table.
  public func addGauges(to table: inout MetricTable) {
    let now = parts.time.now()
    let state = state.withLock { $0 }
    table.set(.buildInfo, 1, labels: [parts.version])
    table.set(.mode, 1, labels: [present.mode.rawValue])
    table.set(.leading, Standing(parts.leadership).mayAct ? 1 : 0)
    addWorkers(state, now, &table)
    addCosts(state.workers, &table)
    for kind in Inventory.Finding.Kind.allCases {
      let count = state.inventory.findings.count { $0.kind == kind }
      table.set(.orphans, Double(count), labels: [kind.rawValue])
    }
    addCorrespondence(state, to: &table)
    guard let latest = state.latest else { return }
    if parts.infrastructure != nil { addSystems(latest.snapshot, &table) }
    for pool in latest.report.pools {
      let name = [pool.pool.rawValue]
      table.set(.poolMinimumWorkers, Double(pool.minimum), labels: name)
      table.set(.poolMaximumWorkers, Double(pool.maximum), labels: name)
      table.set(.poolDesiredWorkers, Double(pool.desired), labels: name)
      if policy.pool(pool.pool)?.preemptionGrace != nil {
        table.set(.poolPreemptions, Double(pool.preemptions ?? 0), labels: name)
      }
      let alerts = latest.snapshot.alerts.count { $0.pool == pool.pool }
      table.set(.alertsFiring, Double(alerts), labels: name)
    }
    addTriggers(latest.report, &table)
    for trigger in policy.triggers {
      guard let value = latest.snapshot.forecasts[trigger.name]?.value?.highest?.value else { continue }
      table.set(.triggerForecast, value, labels: [trigger.name.rawValue, trigger.pool.rawValue])
    }
    for budget in latest.report.budgets {
      let labels = [budget.scope, policy.money.currency]
      table.set(.budgetCap, budget.cap.units, labels: labels)
      table.set(.budgetSpent, budget.spent.units, labels: labels)
      table.set(.budgetCommitted, budget.committed.units, labels: labels)
      table.set(.budgetForecast, budget.forecast.units, labels: labels)
    }
    table.set(.missingReadings, Double(latest.report.missing.count))
    if let pods = latest.snapshot.pods.value {
      table.set(.pendingPods, Double(pods.count { $0.unschedulable && $0.node == nil && !$0.isTerminating }))
    }
  }

  private func addWorkers(_ state: LoopState, _ now: Instant, _ table: inout MetricTable) {
    // A pool without workers has a zero, so that an alert on it has something to look at.
    for pool in policy.pools {
      table.set(.workers, 0, labels: [pool.name.rawValue, pool.defaultTemplate.rawValue, WorkerState.ready.rawValue])
    }
    var counts: [[String]: Int] = [:]
    for worker in state.workers {
      let (name, pool) = (worker.name.rawValue, worker.pool.rawValue)
      counts[[pool, worker.template.rawValue, worker.state.rawValue], default: 0] += 1
      table.set(.workerState, 1, labels: [name, pool, worker.template.rawValue, worker.state.rawValue])
      table.set(.workerCreatedTimestamp, worker.wantedSince.seconds, labels: [name, pool])
      if let expiresAt = worker.timeToLive?.expiresAt {
        table.set(.workerExpiryTimestamp, expiresAt.seconds, labels: [name, pool])
      }
      if worker.state == .draining, let removal = worker.removal, let startedAt = removal.drainStartedAt {
        table.set(.drainStartedTimestamp, startedAt.seconds, labels: [name, pool])
        table.set(.drainInfo, 1, labels: [name, pool, removal.refusals?.map(\.budgetKey).min() ?? ""])
      }
      table.set(.workerCost, worker.cost(until: now).units, labels: [name, pool, policy.money.currency])
    }
    for (labels, count) in counts { table.set(.workers, Double(count), labels: labels) }
  }

  /// Which systems answered the last look. Talos is asked worker by worker: it is away when none of those answers that
  /// stand well by all else.
  private func addSystems(_ snapshot: Snapshot, _ table: inout MetricTable) {
    let kubernetes =
      snapshot.nodes.value != nil && snapshot.pods.value != nil && snapshot.disruptionBudgets.value != nil
      && snapshot.daemonSets.value != nil
    table.set(.systemUp, kubernetes ? 1 : 0, labels: ["kubernetes"])
    let hypervisor = snapshot.hosts.value != nil && snapshot.machines.value != nil
    table.set(.systemUp, hypervisor ? 1 : 0, labels: ["hypervisor"])
    let sight = SystemLooks.Sight(nodes: snapshot.nodes, machines: snapshot.machines)
    let asked = snapshot.workers.filter { $0.state == .ready && sight.isWell($0) }
    guard !asked.isEmpty else { return }
    let talos = asked.contains { snapshot.systems[$0.name] != nil }
    table.set(.systemUp, talos ? 1 : 0, labels: ["talos"])
  }

  private func addTriggers(_ report: Report, _ table: inout MetricTable) {
    for trigger in report.triggers {
      let labels = [trigger.trigger.rawValue, trigger.pool.rawValue]
      for phase in TriggerState.Phase.allCases {
        table.set(.triggerState, trigger.state.phase == phase ? 1 : 0, labels: labels + [phase.rawValue])
      }
      table.set(.triggerThreshold, trigger.threshold, labels: labels)
      if let reading = trigger.state.lastReading { table.set(.triggerValue, reading.value, labels: labels) }
    }
  }
}
