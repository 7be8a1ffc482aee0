import Model

extension PlanInspection {
  /// Workers are upgraded only where the pool says so, one at a time, only those that differ from their template, and only
  /// while everything in the pool is known and in order; a successor that was made must be ready before the old one goes.
  mutating func checkUpgrades() {
    for pool in policy.pools {
      let created = plan.creations.filter { $0.pool == pool.name && $0.reason.code == "upgrades" }
      let retired = plan.retirements.filter {
        $0.reason.code == "upgraded" && recordsByName[$0.worker]?.pool == pool.name
      }
      guard !created.isEmpty || !retired.isEmpty else { continue }
      if pool.upgrade != .replace || !pool.enabled {
        report(.upgrade, "Workers of pool \(pool.name) would be upgraded, which it does not say.", pool: pool.name)
      }
      if created.count + retired.count > 1 {
        report(.upgrade, "More than one worker of pool \(pool.name) would be upgraded at once.", pool: pool.name)
      }
      if snapshot.nodes.value == nil || snapshot.pods.value == nil {
        report(.upgrade, "Pool \(pool.name) would be upgraded while nodes or pods are unknown.", pool: pool.name)
      }
      checkOrder(of: pool)
      for creation in created { checkOld(WorkerName(rawValue: creation.reason.data["upgrades"] ?? ""), pool) }
      for retirement in retired {
        checkOld(retirement.worker, pool)
        if !retirement.byChoice || retirement.force {
          report(.upgrade, "\(retirement.worker) would be upgraded without care.", worker: retirement.worker)
        }
        let waits = wanted(in: pool.name).contains {
          $0.reason.code == "upgrades" && $0.reason.data["upgrades"] == retirement.worker.rawValue && $0.state != .ready
        }
        if waits { report(.upgrade, "\(retirement.worker) would go before its successor is ready.") }
      }
    }
  }

  private mutating func checkOld(_ name: WorkerName, _ pool: Pool) {
    guard let record = recordsByName[name], record.pool == pool.name, wantedNames.contains(name),
      let template = templatesByName[record.template]
    else {
      report(.upgrade, "\(name) would be upgraded, which is no worker of pool \(pool.name).", pool: pool.name)
      return
    }
    let kubelet = snapshot.nodes.value?.first { $0.name.rawValue == name.rawValue }?.kubeletVersion
    func bare(_ version: String) -> Substring { version.drop { $0 == "v" } }
    let isOther =
      record.build.map { $0 != template.build } ?? kubelet.map { bare($0) != bare(template.kubernetesVersion) } ?? false
    if !isOther { report(.upgrade, "\(name) is what its template makes already.", worker: name) }
  }

  /// No other worker of the pool on its way, leaving, or not in order.
  private mutating func checkOrder(of pool: Pool) {
    for record in snapshot.workers where record.pool == pool.name && record.state != .terminated {
      if reserves[record.name] != nil { continue }
      let node = snapshot.nodes.value?.first { $0.name.rawValue == record.name.rawValue }
      let isWell = node?.conditions["Ready"]?.status == .yes
      if record.state != .ready || record.removal != nil || !isWell {
        report(
          .upgrade,
          "Pool \(pool.name) would be upgraded while \(record.name) is \(record.state.rawValue)"
            + (isWell ? "." : " and its node not Ready."), pool: pool.name, worker: record.name)
      }
    }
  }
}
