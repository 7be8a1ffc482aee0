import Model

extension PlanInspection {
  mutating func checkRetirements() {
    var seen: Set<WorkerName> = []
    for retirement in plan.retirements {
      if !seen.insert(retirement.worker).inserted {
        report(.retiredTwice, "\(retirement.worker) would be retired twice.", worker: retirement.worker)
      }
      guard let record = recordsByName[retirement.worker] else {
        report(.notOurs, "\(retirement.worker) is no worker of ours.", worker: retirement.worker)
        continue
      }
      if !wantedNames.contains(record.name) && !keptReserves.contains(record.name) {
        report(.alreadyLeaving, "\(retirement.worker) is leaving already.", worker: retirement.worker)
      }
      if snapshot.nodes.value == nil || snapshot.pods.value == nil {
        if retirement.byChoice || record.state == .ready {
          report(
            .readingUnknown, "\(retirement.worker) would go while nodes or pods are unknown.", worker: retirement.worker
          )
        }
      }
      if retirement.byChoice, reserves[record.name] != nil {
        report(.standby, "\(record.name) is no worker that could go by choice.", worker: record.name)
      }
      if retirement.byChoice { checkChoice(record) }
    }
    let (patience, now) = (policy.termination.limit + policy.termination.forceShutdownAfter, snapshot.now)
    let leaving = snapshot.workers.filter { record in
      // What waits beyond its limits waits for a person.
      if record.state == .draining, let begun = record.removal?.drainStartedAt, now - begun >= policy.draining.limit {
        return false
      }
      if record.state == .terminating, now - record.stateSince >= patience { return false }
      return record.state != .failed && record.state != .terminated && !wantedNames.contains(record.name)
        && !keptReserves.contains(record.name)
    }
    let limit = policy.provisioning.parallelLimit
    if !plan.retirements.isEmpty, leaving.count + plan.retirements.count > limit {
      report(
        .parallelLimit, "\(leaving.count + plan.retirements.count) workers would leave at once of at most \(limit).")
    }
  }

  private mutating func checkChoice(_ record: WorkerRecord) {
    let limit = max(policy.pace.expectedSampleInterval, policy.pace.tick) * 2
    for trigger in policy.triggers where trigger.pool == record.pool {
      var isKnown = false
      if case .known(let reading, _) = snapshot.readings[trigger.name] {
        isKnown = !reading.value.isNaN && snapshot.now - reading.at <= limit
      }
      if !isKnown {
        report(
          .readingUnknown, "\(record.name) would go by choice while trigger \(trigger.name) has no reading.",
          pool: record.pool, worker: record.name)
      }
    }
    if plan.creations.contains(where: { $0.pool == record.pool }) {
      report(
        .shrinksWhileGrowing, "\(record.name) would go by choice while pool \(record.pool) grows.", pool: record.pool,
        worker: record.name)
    }
  }

  /// At most the configured share of a pool within the window, at least one; and never below the minimum.
  mutating func checkShrinkPace() {
    for pool in policy.pools {
      let chosen = plan.retirements.filter { $0.byChoice && recordsByName[$0.worker]?.pool == pool.name }.count
      guard chosen > 0 else { continue }
      let earlier = (snapshot.memory.pools[pool.name]?.retirements ?? []).filter {
        snapshot.now - $0 < policy.pace.shrinkWindow
      }.count
      let present = wanted(in: pool.name).count
      let allowed = max(1, Int((Double(present + earlier) * policy.pace.shrinkPercent / 100).rounded(.down)))
      if earlier + chosen > allowed {
        report(
          .pace, "\(earlier + chosen) workers of pool \(pool.name) would go by choice, of at most \(allowed).",
          pool: pool.name)
      }
      let gone = plan.retirements.filter { retirement in
        recordsByName[retirement.worker]?.pool == pool.name && reserves[retirement.worker] == nil
      }.count
      if present - gone < pool.minimum {
        report(
          .minimum, "Pool \(pool.name) would keep \(present - gone) of at least \(pool.minimum) workers.",
          pool: pool.name)
      }
    }
  }
}
