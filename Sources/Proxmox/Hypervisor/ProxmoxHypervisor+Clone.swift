public import Model
public import Ports
import Synchronization

/// Making machines, so that neither a lost answer nor a death of this process makes a second one.
extension ProxmoxHypervisor {
  /// Begins a clone under a number that follows from the worker's id.
  ///
  /// Called again after its answer was lost, it finds the machine by that number before it bears a name, and by its
  /// mark afterwards.
  public func clone(_ request: CloneRequest) async throws -> (machine: MachineID, task: String) {
    let operation = "hypervisor.clone"
    guard request.owner.cluster == options.cluster else {
      throw PortError(.invalid, "This client serves the cluster \(options.cluster).", operation: operation)
    }
    try checkDevices(of: request.template, operation: operation)
    try checkQuorum(operation)
    return try await translating(operation) {
      let resources = try await client.resources()
      let now = time.now()
      memory.withLock { $0.prune(by: resources, now: now) }
      if let pending = try pending(request.owner, operation: operation) { return pending }
      if let present = try await present(request.owner, resources, operation: operation) { return present }
      var plan = try await plan(request, resources, operation: operation)
      try await checkUnseenClones(of: plan.source, for: request.owner, resources, operation: operation)
      for probe in 0..<MachineNumbers.maximumProbes {
        let id = numbers.number(for: request.owner.id, probe: probe)
        if let row = resources.machines[id] {
          if let found = try await examine(row, for: request.owner) { return found }
          continue
        }
        guard try await client.isFree(id) else { continue }
        guard try reserve(id, plan, request, operation: operation) else { continue }
        if let begun = try await begin(id, &plan, request, operation: operation) { return begun }
      }
      throw PortError(
        .exhausted,
        "No free number was found for \(request.owner.worker) between \(numbers.range.lowerBound) and "
          + "\(numbers.range.upperBound); widen the range.", operation: operation)
    }
  }

  // MARK: What is there already

  /// A clone that this process has begun for the worker and not seen the end of, whether or not it can be seen yet.
  private func pending(
    _ owner: MachineOwner, operation: String
  ) throws(PortError) -> (machine: MachineID, task: String)? {
    let begun = memory.withLock { memory in memory.clones.first { $0.value.worker == owner.id } }
    guard let (id, clone) = begun else { return nil }
    if let task = clone.task { return (id, task) }
    throw PortError(
      .busy, "The clone of \(owner.worker) is being asked for at this moment.", operation: operation)
  }

  /// The machine that bears this owner's mark, wherever it is.
  private func present(
    _ owner: MachineOwner, _ resources: ClusterResources, operation: String
  ) async throws -> (machine: MachineID, task: String)? {
    let rows = resources.sortedMachines.filter(concerns)
    let found = try await configurations(of: rows, in: resources).found
    for row in rows {
      guard let mark = found[row.id]?.mark, mark.owner.id == owner.id, mark.owner.cluster == owner.cluster else {
        continue
      }
      let known = memory.withLock { $0.clones[row.id]?.task }
      if row.lock == "clone", known == nil, try await isAbandoned(row) {
        throw staleLock(row.id, on: row.node, operation: operation)
      }
      return (row.id, known ?? "")
    }
    return nil
  }

  /// A machine under one of the worker's numbers: its own, half made perhaps, or another's.
  /// - Returns: `nil` when it is surely not this worker's.
  private func examine(
    _ row: ClusterResources.Machine, for owner: MachineOwner
  ) async throws -> (machine: MachineID, task: String)? {
    if row.isContainer || row.isTemplate { return nil }
    let clone = memory.withLock { $0.clones[row.id] }
    if let clone { return clone.worker == owner.id ? (row.id, clone.task ?? "") : nil }
    // Not to be read is not to be another's: the failure goes to the caller.
    let configuration = try await client.configuration(of: row.id, on: row.node)
    switch MachineIdentity(configuration, cluster: owner.cluster, isNumberOurs: true) {
    case .of(let mark): return mark.owner.id == owner.id ? (row.id, "") : nil
    case .foreign: return nil
    case .halfClone:
      let tasks = try await client.runningTasks(on: row.node, type: "qmclone")
      if !tasks.isEmpty { return (row.id, tasks.count == 1 ? tasks[0] : "") }
      // It may have ended between the two looks.
      let again = try await client.configuration(of: row.id, on: row.node)
      if !again.isHalfClone { return again.mark?.owner.id == owner.id ? (row.id, "") : nil }
      tellOnce(staleLock(row.id, on: row.node, operation: "").message)
      return nil
    }
  }

  /// Whether a clone's lock is held by nobody.
  func isAbandoned(_ row: ClusterResources.Machine) async throws -> Bool {
    guard try await client.runningTasks(on: row.node, type: "qmclone").isEmpty else { return false }
    return try await client.configuration(of: row.id, on: row.node).lock == "clone"
  }

  func staleLock(_ id: MachineID, on node: HostName, operation: String) -> PortError {
    PortError(
      .busy,
      "Machine \(id) on \(node) is locked by a clone that no task works on any more, and no token can take the lock "
        + "away: run `qm unlock \(id)` as root on \(node), then remove the machine.", operation: operation)
  }

  /// After a lost answer a clone may run whose configuration is not written yet. More tasks than clones that can be
  /// seen, or that this process knows of, mean that there is one.
  private func checkUnseenClones(
    of source: ClusterResources.Machine, for owner: MachineOwner, _ resources: ClusterResources, operation: String
  ) async throws {
    let tasks = try await client.runningTasks(on: source.node, type: "qmclone", of: source.id)
    let known = memory.withLock { $0.clones }
    let visible = resources.machines.values.filter { $0.lock == "clone" && $0.node == source.node }.count
    let unseen = known.filter { $0.value.source == source.id && resources.machines[$0.key] == nil }.count
    if tasks.count > visible + unseen {
      throw PortError(
        .busy, "A clone of template \(source.id) has begun whose machine is not to be seen yet; it is looked at again.",
        operation: operation)
    }
    let running = max(tasks.count, known.count)
    if running >= options.parallelClones {
      throw PortError(
        .busy, "\(running) clones are being made, as many as may be at once; \(owner.worker) waits.",
        operation: operation)
    }
  }

  // MARK: The call

  /// - Returns: whether the number is this worker's to use.
  /// - Throws: `busy` when no more clones may run now.
  private func reserve(
    _ id: MachineID, _ plan: ClonePlan, _ request: CloneRequest, operation: String
  ) throws(PortError) -> Bool {
    let now = time.now()
    let options = options
    enum Verdict { case reserved, taken, busy(String) }
    let verdict = memory.withLock { memory -> Verdict in
      // Two calls for one worker at the same moment must not take a number each.
      if memory.clones.contains(where: { $0.value.worker == request.owner.id }) { return .busy("for this worker") }
      guard memory.clones[id] == nil else { return .taken }
      if memory.clones.count >= options.parallelClones { return .busy("in the cluster") }
      let here = memory.clones.values.filter { $0.storage == plan.storage }.count
      if here >= options.parallelClonesPerStorage { return .busy("on storage \(plan.storage)") }
      memory.clones[id] = Memory.Clone(
        worker: request.owner.id, storage: plan.storage, source: plan.source.id, host: plan.host,
        machine: request.template.machine, at: now)
      return .reserved
    }
    switch verdict {
    case .reserved: return true
    case .taken: return false
    case .busy(let place):
      throw PortError(
        .busy, "As many clones as may run at once are being made \(place); \(request.owner.worker) waits.",
        operation: operation)
    }
  }

  /// - Returns: `nil` when the number has turned out to be another's.
  private func begin(
    _ id: MachineID, _ plan: inout ClonePlan, _ request: CloneRequest, operation: String
  ) async throws -> (machine: MachineID, task: String)? {
    let description = WorkerDescription(owner: request.owner, createdAt: request.createdAt)
    do {
      let task = try await client.clone(
        plan.source.id, on: plan.source.node, as: id, plan.form(for: description, options: options))
      memory.withLock { $0.clones[id]?.task = task ?? "" }
      return (id, task ?? "")
    } catch let failure as ProxmoxFailure {
      memory.withLock { $0.clones[id] = nil }
      switch failure.meaning {
      case .linkedCloneUnsupported where !plan.isFull && plan.mayFallBack:
        let source = plan.source.id
        memory.withLock { _ = $0.fullOnly.insert(source) }
        tellOnce("Template \(source) lies on storage that cannot do linked clones; its clones are full copies.")
        plan.isFull = true
        plan.storage = options.storage ?? plan.storage
        guard try reserve(id, plan, request, operation: operation) else { return nil }
        return try await begin(id, &plan, request, operation: operation)
      case .idTaken, .uncertain:
        if let row = try await client.resources().machines[id] {
          return try await examine(row, for: request.owner)
        }
        // Taken by one whom we may not see: the next number. Lost without a trace: the caller asks again later.
        if failure.meaning == .idTaken { return nil }
        throw failure
      default: throw failure
      }
    } catch {
      memory.withLock { $0.clones[id] = nil }
      throw error
    }
  }
}
