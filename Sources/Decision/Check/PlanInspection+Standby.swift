import Model

extension PlanInspection {
  /// Only a clone that waits may be started, once, as what it is, on a host that is on line.
  mutating func checkActivation(_ creation: Creation) {
    guard let record = reserves[creation.worker], record.state == .standby, record.removal == nil else {
      report(.standby, "\(creation.worker) would be started from standby, where it is not.", worker: creation.worker)
      return
    }
    if record.pool != creation.pool || record.template != creation.template || record.host != creation.host {
      report(.standby, "\(creation.worker) would be started as what it is not.", worker: creation.worker)
    }
    if plan.creations.filter({ $0.worker == creation.worker }).count > 1
      || plan.retirements.contains(where: { $0.worker == creation.worker })
    {
      report(.standby, "\(creation.worker) would be started twice, or started and retired.", worker: creation.worker)
    }
    if let build = record.build, let template = templatesByName[creation.template], build != template.build {
      report(.standby, "\(creation.worker) was made from another version of its template.", worker: creation.worker)
    }
    let isReachable = (snapshot.hosts.value ?? []).contains { $0.online && $0.name == record.host }
    if !isReachable { report(.hostCapacity, "The host of \(creation.worker) is not on line.", worker: creation.worker) }
  }

  /// Clones are made in advance only while nothing is needed, for pools that want them and could start them.
  mutating func checkStandbys() {
    guard let standbys = plan.standbys else { return }
    let isBusy = snapshot.workers.contains { record in
      guard record.removal == nil else { return false }
      switch record.state {
      case .requested, .provisioning, .joining: return true
      default: return false
      }
    }
    if isBusy || !plan.creations.isEmpty || standbys.count > 1 {
      report(.standby, "A standby clone would be made while something else is under way.")
    }
    var names = Set(snapshot.workers.filter { $0.state != .terminated }.map(\.name.rawValue))
    for node in snapshot.nodes.value ?? [] { names.insert(node.name.rawValue) }
    for machine in snapshot.machines.value ?? [] { names.insert(machine.name) }
    for standby in standbys {
      if names.contains(standby.worker.rawValue) {
        report(.nameInUse, "The name \(standby.worker) is in use already.", worker: standby.worker)
      }
      guard let pool = poolsByName[standby.pool], pool.enabled,
        let template = templatesByName[standby.template], standby.template == pool.defaultTemplate
      else {
        report(
          .standby, "\(standby.worker) would be a standby clone of no pool that could use it.", worker: standby.worker)
        continue
      }
      let retired = Set(plan.retirements.map(\.worker))
      let kept = keptReserves.subtracting(retired).count { reserves[$0]?.pool == pool.name }
      if kept >= pool.standby || wanted(in: pool.name).count + kept >= pool.maximum {
        report(.standby, "Pool \(pool.name) would have more standby clones than it may.", pool: pool.name)
      }
      let full = (Double(template.price.perHour.microunits) * (100 - pool.savingPercent) / 100).rounded()
      let share = (full * policy.money.standbyPricePercent / 100).rounded()
      if abs(Double(standby.price.perHour.microunits) - full) > 1
        || abs(Double(standby.standbyPrice.perHour.microunits) - share) > 1
      {
        report(.price, "\(standby.worker) has not the price of a standby clone.", worker: standby.worker)
      }
    }
  }
}
