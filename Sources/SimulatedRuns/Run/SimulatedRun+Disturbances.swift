import ControlLoop
import Model
import Ports
import Simulator

extension SimulatedRun {
  /// Ends what lasted until now.
  func endDisturbances() {
    let over = lasting.filter { $0.until <= clock.now }
    if !over.isEmpty {
      lasting.removeAll { $0.until <= clock.now }
      for ended in over { log.add(clock.now, "ends: \(ended.kind.sentence)") }
      setLasting()
      if over.contains(where: \.kind.isObservation) { reload() }
    }
  }

  /// Does what is due.
  func beginDisturbances() {
    while let number = upcoming.last, scene.disturbances[number].at <= clock.now {
      upcoming.removeLast()
      let kind = scene.disturbances[number].kind
      log.add(clock.now, "disturbance \(number): \(kind.sentence)")
      recent.append(kind)
      begin(kind)
      buryIfDead()
    }
  }

  private func begin(_ kind: Disturbance.Kind) {
    switch kind {
    case .crash(let boundary, let downtime):
      process?.life.end(atBoundary: boundary)
      process?.downtime = downtime
      process?.diesBy = clock.now.advanced(by: .minutes(10))
    case .handOver(let boundary):
      process?.life.loseLead(atBoundary: boundary)
      process?.losesLeadBy = clock.now.advanced(by: .minutes(10))
    case .outage(_, for: let length), .staleLists(_, for: let length), .missingRows(_, _, for: let length),
      .wrongMetrics(_, for: let length):
      lasting.append((kind, clock.now.advanced(by: length)))
      setLasting()
    case .observation(for: let length):
      lasting.append((kind, clock.now.advanced(by: length)))
      reload()
    case .clockOffset(let offset): clock.setOffset(offset)
    case .reload(let change):
      edited.apply(change)
      reload()
    case .order(let order): ask("order") { _ = try await $0.scale(order, by: "an operator") }
    case .remove(let nth, let force):
      guard let worker = worker(nth) else { return }
      ask("removal of \(worker.name)") { _ = try await $0.remove(worker.name, force: force, by: "an operator") }
    case .extend(let nth, let length):
      guard let worker = worker(nth) else { return }
      ask("extension of \(worker.name)") { _ = try await $0.extend(worker.name, by: length, actor: "an operator") }
    case .answer(let isYes):
      ask(isYes ? "approval" : "rejection") { loop in
        guard let oldest = await loop.approvals().first else { return }
        _ = try await isYes ? loop.approve(oldest.id, by: "a manager") : loop.reject(oldest.id, by: "a manager")
      }
    case .alert(let notice): ask("alert") { _ = try await $0.receive(alerts: [notice], by: "Alertmanager") }
    case .byHand(let hand, let nth):
      guard let worker = worker(nth), let machine = worker.machine else { return }
      var isDone = false
      // Its number may have been given to another since.
      let owner = world.look { $0.machines[machine]?.owner?.id }
      change { isDone = $0.byHand(hand, on: machine, at: clock.now) }
      guard isDone else { return }
      handiwork.append((hand, worker.id))
      if let owner, owner != worker.id { handiwork.append((hand, owner)) }
      log.add(clock.now, "by hand: \(hand) \(worker.name)")
    case .journalFails(let writes, let written): journal.fail(writes: writes, written: written)
    case .hostFillsUp(let host, let share, for: let length):
      change { $0.fillUp(host, share: share, for: length, at: clock.now) }
    case .worldFaults(let faults): change { $0.faults = faults }
    }
  }

  /// Brings what is wrong with calls and readings in line with what lasts now.
  private func setLasting() {
    var away: Set<Disturbance.System> = []
    var stale: [Disturbance.System: CallFaults.Lists] = [:]
    var missing: [Disturbance.System: Int] = [:]
    var wrong: Disturbance.WrongMetrics?
    var keepsOld = false
    for (kind, _) in lasting {
      switch kind {
      case .outage(let system, _): away.insert(system)
      case .staleLists(let system, _): stale[system] = faults.staleLists(of: system) ?? lists(of: system)
      case .missingRows(let system, let percent, _): missing[system] = max(missing[system] ?? 0, percent)
      case .wrongMetrics(let how, _):
        wrong = how
        if how == .stale { keepsOld = true }
      default: break
      }
    }
    faults.setAway(away)
    faults.setStale(stale)
    faults.setMissing(missing)
    metrics.set(wrong, keepsOld: keepsOld, isAway: away.contains(.metrics))
  }

  private func lists(of system: Disturbance.System) -> CallFaults.Lists {
    var lists = CallFaults.Lists()
    let now = clock.now
    switch system {
    case .cluster:
      lists.nodes = try? world.read { world, _ in try world.nodeObservations(at: now) }
      lists.pods = try? world.read { world, _ in try world.podObservations(at: now) }
      lists.budgets = try? world.read { world, _ in try world.disruptionBudgetObservations(at: now) }
      lists.daemonSets = try? world.read { world, _ in try world.daemonSetObservations(at: now) }
    case .hypervisor:
      lists.hosts = try? world.read { world, _ in try world.hostObservations(at: now) }
      lists.machines = try? world.read { world, _ in try world.machineObservations(at: now) }
    case .nodeOS, .metrics: break
    }
    return lists
  }

  /// Gives the program its configuration anew.
  private func reload() {
    let course = Course(policy: policy, mode: mode, metrics: metrics)
    for loop in [process?.loop, follower?.loop].compactMap(\.self) {
      do { try thread.run { await loop.follow(course) } } catch { log.add(clock.now, "reload failed: \(error)") }
    }
  }

  private func ask(_ what: String, _ body: @escaping @Sendable (ControlLoop) async throws -> Void) {
    guard let loop = process?.loop else {
      log.add(clock.now, "\(what): nobody answers")
      return
    }
    do {
      try thread.run { try await body(loop) }
      log.add(clock.now, "\(what): accepted")
    } catch { log.add(clock.now, "\(what): \(error)") }
  }

  /// The n-th of the workers that are there, counted round; by name.
  private func worker(_ nth: Int) -> WorkerRecord? {
    let present = journal.records.filter { $0.state != .terminated }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    return present.isEmpty ? nil : present[nth % present.count]
  }

  private func change(_ body: (inout World) -> Void) {
    do { try world.change(body) } catch { preconditionFailure("a world in memory takes every change: \(error)") }
  }
}

extension Disturbance.Kind {
  var isObservation: Bool {
    if case .observation = self { true } else { false }
  }

  var isHandOver: Bool {
    if case .handOver = self { true } else { false }
  }
}
