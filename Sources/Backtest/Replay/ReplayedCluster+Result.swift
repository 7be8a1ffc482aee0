import Model

extension ReplayedCluster {
  /// Fills in what came of the replay until now.
  mutating func finished(_ empty: BacktestResult) -> BacktestResult {
    let records = living.map(\.record)
    ledger.finish(records, at: now)
    var result = empty
    result.end = now
    for pool in policy.pools {
      let own = records.filter { $0.pool == pool.name }
      result.costByPool[pool.name] = own.reduce(ledger.closedByPool[pool.name] ?? .zero) { $0 + $1.cost(until: now) }
      let span = own.reduce(ledger.closedSpan[pool.name] ?? .zero) { $0 + ($1.billedFrom.map { now - $0 } ?? .zero) }
      result.workerHoursByPool[pool.name] = span.inSeconds / 3600
      result.workerHours += span.inSeconds / 3600
    }
    result.cost = records.reduce(ledger.closed) { $0 + $1.cost(until: now) }
    result.budgets = ledger.budgets
    finishMeter(cost: result.cost)
    result.waits = waits
    result.utilisation = meter.utilisation
    result.churn.workersMade = meter.workersMade
    result.churn.workersRemoved = meter.workersRemoved
    result.churn.podsMoved = meter.podsMoved
    result.churn.repeatedHours = meter.repeated.inSeconds / 3600
    result.mostWorkers = meter.mostWorkers
    result.mostWorkersAt = meter.mostWorkersAt
    result.causes = meter.causesByWeight
    result.series = meter.series
    result.notes = notes
    return result
  }

  private var waits: WaitingTimes {
    var waits = WaitingTimes()
    waits.pods = meter.arrived
    waits.neverFit = meter.neverFit
    var ran: [Int64] = []
    var all: Int64 = 0
    for pod in pods {
      var waited = pod.waited.milliseconds
      switch pod.phase {
      case .coming: continue
      case .waiting(let since): waited += (now - since).milliseconds
      case .running, .over: break
      }
      all += waited
      if pod.starts > 0 { ran.append(waited) } else { waits.neverRan += 1 }
    }
    ran.sort()
    waits.waited = ran.count { $0 > 0 }
    waits.median = Self.percentile(ran, 50)
    waits.percentile95 = Self.percentile(ran, 95)
    waits.longest = Double(ran.last ?? 0) / 1000
    waits.mean = ran.isEmpty ? 0 : Double(ran.reduce(0, +)) / 1000 / Double(ran.count)
    waits.podHours = Double(all) / 3_600_000
    waits.distribution = WaitingTimes.distribution(of: ran.lazy.map { Double($0) / 1000 })
    return waits
  }

  /// In seconds, by nearest rank: the least time that so many per cent of the pods did not exceed.
  static func percentile(_ sorted: [Int64], _ percent: Int) -> Double {
    guard !sorted.isEmpty else { return 0 }
    let rank = (sorted.count * percent + 99) / 100
    return Double(sorted[max(0, min(sorted.count, rank) - 1)]) / 1000
  }

  private var notes: [String] {
    var notes: [String] = []
    if meter.neverFit > 0 {
      notes.append(
        "\(meter.neverFit) pods fit on no worker that the policy can make; no policy can run them.")
    }
    if unplaced > 0 { notes.append("\(unplaced) workers were asked for and found no host with room.") }
    return notes
  }
}
