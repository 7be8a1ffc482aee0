import Lifecycle
import Model
import Testing

/// Many small worlds with delays, failures, lost answers, stale looks and crashes: the end is always a good one.
@Suite struct LifecyclePropertyTests {
  enum Plot: CaseIterable {
    case undisturbed, retired, retiredWithForce, harmedAndRepaired
  }

  /// One worker's whole life under one seed.
  struct Life {
    var record: WorkerRecord
    var world: SmallWorld
    var policy = Fixture.makePolicy()
    var random: SeededGenerator
    var problems: [String] = []
    var trace: [String] = []

    init(seed: UInt64) {
      let creation = Fixture.creation(pool: "burst", timeToLive: .hours(4))
      record = WorkerLifecycle.request(creation, id: "id-1", policy: policy, now: Fixture.start).record
      world = SmallWorld(record: record, seed: seed, now: Fixture.start)
      random = SeededGenerator(seed: seed ^ 0xABCD)
    }

    /// Writes the record, then carries the actions out, unless the process dies in between.
    mutating func write(_ made: WorkerTransition) {
      check(made)
      record = made.record
      if !made.events.isEmpty || !made.actions.isEmpty {
        trace.append("\(world.now.clockText) \(record.state) \(made.events.map(\.code)) \(made.actions.map(\.name))")
      }
      if world.faults, random.chance(5) { return }
      var answers: [(WorkerAction, ActionOutcome)] = []
      for action in made.actions {
        if let outcome = world.perform(action) { answers.append((action, outcome)) }
      }
      if world.faults, random.chance(5) { return }
      world.pass(.zero)
      for (action, outcome) in answers {
        let taken = WorkerLifecycle.apply(outcome, of: action, to: record, now: world.now, policy: policy)
        check(taken)
        record = taken.record
        if !taken.events.isEmpty { trace.append("  \(action.name): \(taken.events.map(\.sentence))") }
      }
    }

    mutating func step(_ duration: Duration) {
      world.pass(duration)
      let seen = world.look(for: record)
      write(WorkerLifecycle.advance(record, seeing: seen, now: world.now, policy: policy))
    }

    private mutating func check(_ made: WorkerTransition) {
      let new = made.record
      if !reaches(record.state, new.state) { problems.append("\(record.state) became \(new.state)") }
      if record.billedFrom != nil, new.billedFrom != record.billedFrom { problems.append("billing began twice") }
      if let from = new.billedFrom, from < new.createdAt { problems.append("billed before it was asked for") }
      if let until = new.billedUntil {
        if until < new.billedFrom ?? until { problems.append("billed backwards") }
        if new.state != .terminated { problems.append("billing ended in \(new.state)") }
      }
      if new.state == .ready, new.billedFrom == nil { problems.append("ready without a bill") }
      if new.state == .terminated, (new.billedFrom == nil) != (new.billedUntil == nil) { problems.append("open bill") }
    }

    private func reaches(_ from: WorkerState, _ to: WorkerState) -> Bool {
      var reached = [from]
      var index = 0
      while index < reached.count {
        reached += WorkerLifecycle.legalSuccessors(of: reached[index]).filter { !reached.contains($0) }
        index += 1
      }
      return reached.contains(to)
    }

    mutating func retire(force: Bool) {
      let retirement = Retirement(
        worker: record.name, byChoice: false, force: force, reason: Reason("test", "It is to go."))
      write(WorkerLifecycle.retire(record, retirement, now: world.now, policy: policy))
    }

    mutating func harmOrRepair() {
      if record.state == .ready || record.state == .unhealthy {
        let actions: [RepairAction] = [
          .restartKubelet, .reboot, .cleanDisk, .pruneImages, .drainAndReboot, .replace,
        ]
        let order = RepairOrder(
          worker: record.name, issue: .notReady, level: 0,
          action: actions[Int.random(in: 0..<actions.count, using: &random)], since: world.now,
          reason: Reason("test", "It is ill."))
        write(WorkerLifecycle.repair(record, order, now: world.now, policy: policy))
      }
      if random.chance(30) { world.harm() }
    }
  }

  private func live(_ plot: Plot, seed: UInt64) -> Life {
    var life = Life(seed: seed)
    let moments = Int.random(in: 1...400, using: &life.random)
    let retireAt = Int.random(in: 0...moments, using: &life.random)
    for moment in 0...moments {
      life.step(life.random.seconds(1...10))
      if moment == retireAt, plot == .retired || plot == .retiredWithForce {
        life.retire(force: plot == .retiredWithForce)
      }
      if plot == .harmedAndRepaired, life.random.chance(3) { life.harmOrRepair() }
    }
    // The world heals; what was begun must come to its end within two hours.
    life.world.faults = false
    for _ in 0..<1440 {
      life.step(.seconds(5))
      if life.record.state == .terminated { break }
      let settled = life.record.step == nil && life.world.pending.isEmpty && life.world.node?.isReady == true
      if life.record.state == .ready, settled { break }
      if life.record.state == .unhealthy, !life.world.machines.isEmpty { life.harmOrRepair() }
    }
    return life
  }

  private func judge(_ life: Life, _ plot: Plot, seed: UInt64) {
    let story = Comment(rawValue: "seed \(seed), \(plot):\n" + life.trace.suffix(40).joined(separator: "\n"))
    #expect(life.problems.isEmpty, story)
    #expect(life.world.violations.isEmpty, story)
    switch life.record.state {
    case .terminated:
      var world = life.world
      world.pass(.hours(1))
      #expect(world.machines.isEmpty, story)
      #expect(world.node == nil, story)
    case .ready:
      #expect(plot == .undisturbed || plot == .harmedAndRepaired, story)
      #expect(life.world.machines.count == 1 && life.world.machines[0].power == .running, story)
      #expect(life.world.node?.isReady == true && life.world.node?.unschedulable == false, story)
      #expect(life.world.node?.isStarting == false, story)
      let labels = NodeLabels.labels(of: life.record, policy: life.policy)
      #expect(labels.allSatisfy { life.world.node?.labels[$0.key] == $0.value }, story)
    default:
      Issue.record("ended in \(life.record.state) \(life.record.step?.name ?? "-"): \(life.record.lastError ?? "-")")
      Issue.record(story)
    }
  }

  @Test(arguments: Plot.allCases)
  func everyLifeEndsWell(plot: Plot) {
    for seed in Array(UInt64(1)...100) + [842, 1303] { judge(live(plot, seed: seed), plot, seed: seed) }
  }

  @Test func theSameSeedGivesTheSameLife() {
    #expect(live(.harmedAndRepaired, seed: 7).trace == live(.harmedAndRepaired, seed: 7).trace)
  }

  @Test func retirementAtAnyInstantLeavesNoMachine() {
    for moment in stride(from: 0, to: 150, by: 3) {
      var life = Life(seed: UInt64(moment))
      life.world.faults = false
      for _ in 0..<moment { life.step(.seconds(2)) }
      life.retire(force: false)
      for _ in 0..<400 where life.record.state != .terminated { life.step(.seconds(5)) }
      #expect(life.record.state == .terminated, "retired at moment \(moment)")
      judge(life, .retired, seed: UInt64(moment))
    }
  }

  @Test func bothEndsAndAllStatesAreMet() {
    var ends: [WorkerState: Int] = [:]
    for seed in UInt64(1)...60 { ends[live(.undisturbed, seed: seed).record.state, default: 0] += 1 }
    #expect(ends[.ready, default: 0] > 5)
    #expect(ends[.terminated, default: 0] > 5)
  }
}
