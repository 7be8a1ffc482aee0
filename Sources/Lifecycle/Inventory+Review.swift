import Model

extension Inventory {
  /// One review in progress.
  struct Review {
    let workers: [WorkerRecord]
    let machines: [MachineObservation]
    /// With our cluster's mark, templates left out.
    let ours: [MachineObservation]
    let nodes: [NodeObservation]
    let pods: [PodObservation]
    let now: Instant
    let policy: Policy
    /// What the last review found, by kind and key.
    var before: [String: Finding] = [:]
    var removalsLeft = 0
    var removed = 0
    var adopted = 0
    var findings: [Finding] = []
    var transitions: [WorkerTransition] = []

    init(
      workers: [WorkerRecord], machines: [MachineObservation], ours: [MachineObservation], nodes: [NodeObservation],
      pods: [PodObservation], now: Instant, policy: Policy
    ) {
      self.workers = workers
      self.machines = machines
      self.ours = ours
      self.nodes = nodes
      self.pods = pods
      self.now = now
      self.policy = policy
    }

    // MARK: Machines

    mutating func lookAtMachines() {
      if SeededBug.forgetsOrphans.isOn { return }
      let known = Set(workers.map(\.id))
      let names = Set(workers.map(\.name))
      for machine in ours.sorted(by: { $0.id < $1.id }) {
        guard let owner = machine.owner, !known.contains(owner.id) else { continue }
        let what =
          "Machine \(machine.id) on \(machine.host) is marked as worker \(owner.worker) of ours and is in no record"
        let key = String(machine.id.rawValue)
        let since = since(.machine, key)
        let standing = Standing(on: machine, owner, in: self)
        let earlier = before[Finding.Kind.machine.rawValue + key]
        let withoutNodeSince = standing.isEmpty ? earlier?.withoutNodeSince ?? now : nil
        func find(_ rest: String) -> Finding {
          Finding(
            kind: .machine, key: key, worker: owner.worker, since: since, withoutNodeSince: withoutNodeSince,
            sentence: "\(what)\(rest)")
        }
        guard !names.contains(owner.worker), ours.count(where: { $0.owner?.worker == owner.worker }) == 1 else {
          findings.append(find(", and another machine bears that name: remove by hand the one that is not needed."))
          continue
        }
        guard let createdAt = machine.createdAt, let pool = policy.pool(owner.pool) else {
          findings.append(
            find(
              machine.createdAt == nil
                ? ", and does not say since when: look at its description."
                : ", and there is no pool \(owner.pool): put it back, or remove the machine by hand."))
          continue
        }
        let isOld =
          now - createdAt >= LifecycleLimits.orphanAge(policy) && now - since >= LifecycleLimits.orphanConfirmed
        guard isOld, !machine.locked else {
          findings.append(find("; what becomes of it is decided when it is certain."))
          continue
        }
        settle(machine, owner, pool, createdAt, standing, find)
      }
    }

    /// The nodes that may stand on a machine: the one that bears its worker's name, and the one that runs on its firmware.
    private struct Standing {
      let named: NodeObservation?
      let twin: NodeObservation?

      init(on machine: MachineObservation, _ owner: MachineOwner, in review: Review) {
        named = review.nodes.first { $0.name.rawValue == owner.worker.rawValue && !review.isLeftBehind($0) }
        twin = machine.uuid.flatMap { uuid in review.nodes.first { $0.systemUUID == uuid } }
      }

      var isEmpty: Bool { named == nil && twin == nil }
    }

    /// An orphan that is old enough: adopted where a node stands on it, removed where none ever did.
    private mutating func settle(
      _ machine: MachineObservation, _ owner: MachineOwner, _ pool: Pool, _ createdAt: Instant, _ standing: Standing,
      _ find: (String) -> Finding
    ) {
      let node = standing.named
      if let twin = standing.twin, twin.name != node?.name {
        findings.append(find(", and node \(twin.name) runs on it: it is left alone."))
        return
      }
      if let node {
        if let uuid = machine.uuid, let other = node.systemUUID, other != uuid {
          findings.append(find(", and node \(node.name) runs on another machine: it is left alone."))
          return
        }
        guard adopted < LifecycleLimits.adoptionsPerReview else { return }
        adopted += 1
        transitions.append(
          Adoption(machine: machine, owner: owner, pool: pool, createdAt: createdAt, node: node).transition(policy, now)
        )
        return
      }
      guard policy.cleanup.removesOrphans else {
        findings.append(find(", and no node stands on it: remove it by hand, or set remove_orphans."))
        return
      }
      // One look may have lost the node's row, and nobody would drain what serves there.
      let finding = find("; what becomes of it is decided when it is certain.")
      guard let since = finding.withoutNodeSince, now - since >= LifecycleLimits.orphanConfirmed else {
        findings.append(finding)
        return
      }
      findings.append(find(", and no node stands on it: it is removed."))
      guard removalsLeft > 0 else { return }
      removalsLeft -= 1
      removed += 1
      let reason = Reason("orphan_machine", find(", and no node stands on it.").sentence)
      let adoption = Adoption(machine: machine, owner: owner, pool: pool, createdAt: createdAt, node: nil)
      transitions.append(Self.removal(of: adoption.record(policy, now), reason, now))
    }

    /// A node that has not been Ready for as long as an orphan must be old, and whose machine is certainly none of the list:
    /// it says nothing of a machine that bears its name.
    private func isLeftBehind(_ node: NodeObservation) -> Bool {
      guard !node.isReady, let uuid = node.systemUUID, machines.allSatisfy({ $0.uuid != uuid }) else { return false }
      return now - (node.conditions["Ready"]?.since ?? node.createdAt) >= LifecycleLimits.orphanAge(policy)
    }

    // MARK: Nodes

    mutating func lookAtNodes(_ newID: () -> WorkerID) {
      let names = Set(workers.map(\.name.rawValue)).union(machines.map(\.name))
        .union(machines.compactMap { $0.owner?.worker.rawValue })
      let uuids = Set(machines.compactMap(\.uuid))
      for node in nodes.sorted(by: { $0.name < $1.name }) where !names.contains(node.name.rawValue) {
        let worker = WorkerName(node.name.rawValue)
        guard let pool = node.labels["node-pool"].flatMap({ policy.pool(PoolName($0)) }),
          worker.number(in: pool.name) != nil, !node.isReady
        else { continue }
        if let uuid = node.systemUUID, uuids.contains(uuid) { continue }
        let lost = node.conditions["Ready"]?.since ?? node.createdAt
        let since = since(.node, node.name.rawValue)
        let left = pods.count { $0.node == node.name && !$0.belongsToNode && !$0.isFinished }
        let what = "Node \(node.name) of pool \(pool.name) is not Ready since \(lost) and no machine stands behind it"
        let isOld = now - lost >= LifecycleLimits.orphanAge(policy) && now - since >= LifecycleLimits.orphanConfirmed
        let rest =
          if !isOld { "; what becomes of it is decided when it is certain." } else if policy.cleanup.removesOrphans {
            "; it is deleted, and with it what is left of \(left) pods."
          } else { ": delete it by hand, or set remove_orphans." }
        findings.append(
          Finding(kind: .node, key: node.name.rawValue, worker: worker, since: since, sentence: what + rest))
        guard isOld, policy.cleanup.removesOrphans, removalsLeft > 0 else { continue }
        removalsLeft -= 1
        removed += 1
        // Without a bill: there is no machine.
        let record = WorkerRecord(
          id: newID(), name: worker, pool: pool.name, template: pool.defaultTemplate,
          price: HourlyPrice(perHour: .zero), reason: Reason("orphan_node", what + "."), createdAt: node.createdAt)
        transitions.append(Self.removal(of: record, Reason("orphan_node", what + rest), now))
      }
    }

    // MARK: Shared

    private func since(_ kind: Finding.Kind, _ key: String) -> Instant { before[kind.rawValue + key]?.since ?? now }

    /// A record on its way out, without a drain: what it is about never served, or serves no more.
    private static func removal(of record: WorkerRecord, _ reason: Reason, _ now: Instant) -> WorkerTransition {
      var record = record
      record.state = .terminating
      record.stateSince = now
      record.step = nil
      record.removal = RemovalRecord(reason: reason, askedAt: now, force: true)
      return WorkerTransition(record: record, events: [WorkerEvent("orphan_removed", reason.sentence)])
    }
  }
}

/// A record made of what a worker shows: its mark, its node's labels, and the node.
struct Adoption {
  let machine: MachineObservation
  let owner: MachineOwner
  let pool: Pool
  /// As the mark says.
  let createdAt: Instant
  let node: NodeObservation?

  func transition(_ policy: Policy, _ now: Instant) -> WorkerTransition {
    let record = record(policy, now)
    let sentence =
      "\(record.name) was in no record and is adopted: its machine \(machine.id) bears our mark and its node serves."
    return WorkerTransition(record: record, events: [WorkerEvent("worker_adopted", sentence)])
  }

  /// Billed from the instant from which the ledger has counted the machine, so that nothing is paid twice or not at all.
  func record(_ policy: Policy, _ now: Instant) -> WorkerRecord {
    let template = template(policy)
    var record = WorkerRecord(
      id: owner.id, name: owner.worker, pool: pool.name, template: template?.name ?? pool.defaultTemplate,
      price: template.map(pool.price(of:)) ?? HourlyPrice(perHour: .zero),
      reason: Reason("adopted", "It was there without a record."), createdAt: createdAt)
    record.machine = machine.id
    record.host = machine.host
    record.billedFrom = createdAt
    record.stateSince = now
    guard let node else { return record }
    record.address = node.address
    if let expiry = node.labels[NodeLabels.timeToLive].flatMap({ Int64($0) }).map({ Instant(seconds: $0) }) {
      let latest = createdAt.advanced(by: pool.timeToLive?.maximum ?? .zero)
      record.timeToLive = TimeToLiveRecord(expiresAt: expiry, latest: max(expiry, latest))
    }
    if node.isStarting {
      record.state = .joining
      record.step = StepRecord(name: LifecycleStep.nodeAppears.rawValue, startedAt: now)
    } else {
      record.state = .ready
      record.readyAt = max(createdAt, node.createdAt)
    }
    return record
  }

  /// The pool's template with the node's size label; the dearest where that says nothing, as the ledger has counted it.
  private func template(_ policy: Policy) -> Template? {
    let templates = Set(pool.templates + [pool.defaultTemplate]).sorted().compactMap(policy.template)
    let key = "workload-size"
    if let size = node?.labels[key], let found = templates.first(where: { $0.labels[key] == size }) { return found }
    return templates.max { ($0.price, $0.name) < ($1.price, $1.name) }
  }
}
