import Model

@testable import Decision

extension Scene {
  /// Pools that upgrade, workers of older builds and of none, successors at every point of their way. Often the rest is in
  /// order: an upgrade waits for that.
  mutating func randomiseUpgrades(_ random: inout Seeded) {
    guard random.chance(40) else { return }
    for index in policy.templates.indices {
      policy.templates[index].talosVersion = "v1.13.0"
      policy.templates[index].kubernetesVersion = "1.36.2"
    }
    for pool in policy.pools.map(\.name) where random.chance(70) { changePool(pool) { $0.upgrade = .replace } }
    if random.chance(60) { calmDown() }
    for worker in snapshot.workers where worker.standby == nil {
      guard let template = policy.template(worker.template) else { continue }
      let (isOld, isTold) = (random.chance(50), random.chance(80))
      changeWorker(worker.name) { record in
        record.build = isTold ? template.build : nil
        if isOld { record.build?.talosVersion = "v1.12.0" }
      }
      if !isTold, isOld, snapshot.nodes.value?.contains(where: { $0.name.rawValue == worker.name.rawValue }) == true {
        changeNode(worker.name) { $0.kubeletVersion = "v1.35.1" }
      }
    }
    addSuccessors(&random)
  }

  /// Nobody is sick, leaves or waits, every reading is quiet, and there is money and room.
  private mutating func calmDown() {
    snapshot.workers.removeAll { $0.state != .ready || $0.removal != nil || $0.standby != nil }
    let names = Set(snapshot.workers.map(\.name.rawValue))
    snapshot.nodes = snapshot.nodes.map { $0.filter { names.contains($0.name.rawValue) } }
    snapshot.pods = snapshot.pods.map { $0.filter { pod in pod.node.map { names.contains($0.rawValue) } ?? false } }
    for name in snapshot.workers.map(\.name) {
      changeWorker(name) { $0.repair = nil }
      if snapshot.nodes.value?.contains(where: { $0.name.rawValue == name.rawValue }) == true {
        changeNode(name) { node in
          node.unschedulable = false
          node.conditions = ["Ready": .init(status: .yes, since: node.createdAt)]
        }
      }
    }
    for trigger in policy.triggers.map(\.name) {
      read(trigger, 0)
      snapshot.memory.triggers[trigger] = nil
    }
    snapshot.requests = []
    snapshot.systems = [:]
    snapshot.memory.pools = [:]
    policy.provisioning.parallelLimit = 4
  }

  private mutating func addSuccessors(_ random: inout Seeded) {
    for pool in policy.pools.map(\.name) where random.chance(25) {
      guard let old = snapshot.workers.first(where: { $0.pool == pool && $0.state == .ready }),
        let template = policy.template(old.template)
      else { continue }
      let state: WorkerState = random.pick([.ready, .ready, .joining, .provisioning])
      addWorker(pool, template: template.name, state: state, age: .minutes(random.number(0...30))) {
        $0.build = template.build
        $0.reason = Reason(.upgrades, "For a test.", data: [UpgradeRule.upgrades: old.name.rawValue])
      }
    }
  }
}
