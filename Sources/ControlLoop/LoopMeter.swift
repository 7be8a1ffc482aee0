import Decision
import Exposition
import Lifecycle
import Model
import Ports

/// Counts what the loop does.
struct LoopMeter: Sendable {
  let registry: MetricRegistry

  init(_ registry: MetricRegistry, _ policy: Policy) {
    self.registry = registry
    prepare(for: policy)
  }

  /// Counters of a policy's pools are there from the start, so that their first increase is seen by rate().
  func prepare(for policy: Policy) {
    registry.update { table in
      table.increment(.ticks, by: 0)
      table.increment(.planRejected, by: 0)
      table.increment(.tickFailures, by: 0)
      table.increment(.journalFailures, by: 0)
      for pool in policy.pools {
        for verdict in PoolReport.Verdict.allCases {
          table.increment(.decisions, by: 0, labels: [pool.name.rawValue, verdict.rawValue])
        }
        table.increment(.workerFailures, by: 0, labels: [pool.name.rawValue, "any"])
        if pool.kind == .spot { table.increment(.preemptions, by: 0, labels: [pool.name.rawValue]) }
      }
      Self.begin(policy, &table)
    }
  }

  func ticked(at now: Instant, took: Duration) {
    registry.update { table in
      table.increment(.ticks)
      table.observe(.tickDuration, took.inSecondsExactly)
      table.set(.lastTickTimestamp, now.seconds)
    }
  }

  func decided(_ report: Report, violations: Int) {
    registry.update { table in
      for pool in report.pools {
        table.increment(.decisions, labels: [pool.pool.rawValue, pool.verdict.rawValue])
      }
      Self.countReasons(report, &table)
      if violations > 0 { table.increment(.planRejected) }
    }
  }

  func failedTick() { registry.increment(.tickFailures) }

  func failedWrite() { registry.increment(.journalFailures) }

  /// Counts preemptions that a decision remembers and the one before it did not.
  func remembered(_ memory: DecisionMemory, before: DecisionMemory) {
    registry.update { table in
      for (pool, now) in memory.pools {
        let count = Self.additions(now.preemptions ?? [], to: before.pools[pool]?.preemptions ?? [])
        if count > 0 { table.increment(.preemptions, by: Double(count), labels: [pool.rawValue]) }
      }
    }
  }

  /// How many of the instants are new; the same instant may stand for several workers.
  private static func additions(_ instants: [Instant], to before: [Instant]) -> Int {
    var known = Dictionary(before.map { ($0, 1) }, uniquingKeysWith: +)
    return instants.count { instant in
      guard let left = known[instant], left > 0 else { return true }
      known[instant] = left - 1
      return false
    }
  }

  func acted(_ action: WorkerAction, _ outcome: ActionOutcome) {
    let result =
      switch outcome {
      case .succeeded, .cloned: "succeeded"
      case .evictionRefused: "refused"
      case .failed(let code, _, _): code
      }
    registry.increment(.workerActions, labels: [action.name, result])
  }

  /// Counts from records that changed: what became ready, what failed, what was repaired.
  func happened(_ entry: JournalEntry, before: [WorkerRecord]) {
    let earlier = Dictionary(before.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    registry.update { table in
      for record in entry.workers {
        let old = earlier[record.id]
        if let readyAt = record.readyAt, old?.readyAt == nil {
          table.observe(
            .provisioningDuration, (readyAt - record.wantedSince).inSeconds, labels: [record.pool.rawValue])
        }
        if record.state == .failed, old?.state != .failed {
          table.increment(
            .workerFailures, labels: [record.pool.rawValue, old?.step?.name ?? old?.state.rawValue ?? "any"])
        }
        Self.countChanges(record, before: old, &table)
        countRepair(record, before: old, entry.events, &table)
      }
    }
  }

  /// A repair that is over. Whether its call went well is in the events: the state says only whether it helped.
  private func countRepair(
    _ record: WorkerRecord, before old: WorkerRecord?, _ events: [JournalEvent], _ table: inout MetricTable
  ) {
    let codes = events.filter { $0.subject == "worker" && $0.name == record.name.rawValue }.map(\.code)
    if old?.removal == nil, let reason = record.removal?.reason, reason.code == ReasonCode.replaced.rawValue {
      let issue = reason.data["issue"] ?? "unknown"
      table.increment(.repairs, labels: [issue, RepairAction.replace.rawValue, "succeeded"])
    }
    guard let repair = old?.repair, let action = repair.inWork, record.repair?.inWork == nil else { return }
    let succeeded = codes.contains("repair_finished") && !codes.contains("repair_failed")
    table.increment(
      .repairs, labels: [repair.issue.rawValue, action.rawValue, succeeded ? "succeeded" : "failed"])
  }
}

extension Duration {
  /// Seconds with all digits, for measuring.
  var inSecondsExactly: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
