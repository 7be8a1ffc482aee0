import Exposition
import Model
import Ports
import Simulator
import TestSupport
import Testing

@testable import ControlLoop
@testable import Kubernetes

/// Two loops, one world, one API server: whoever leads acts, and a change of leader doubles and loses nothing.
@Suite struct FailoverTests {
  private static func policy() -> Policy {
    var policy = Setting.policy(minimum: 0)
    policy.triggers = []
    return policy
  }

  /// Two loops' tasks on one thread, one after the other, so that a run is the same each time.
  private static func withPair(seed: Int = 1, _ body: @Sendable (Pair) async throws -> Void) async throws {
    let thread = OneThread()
    try await withTaskExecutorPreference(thread) {
      try await body(Pair(Setting.world(seed: UInt64(seed)), policy: policy(), thread: thread))
    }
  }

  private static func order(_ replica: Replica, _ workers: Int, id: RequestID) async throws {
    var order = ScaleOrder(pool: "burst", workers: workers)
    order.id = id
    _ = try await replica.loop.scale(order, by: "ann")
  }

  /// Each worker has one machine, each machine one worker, and the bill is what the world metered, but for the looks that
  /// were missed.
  private static func expectSound(_ pair: Pair, machines: Int, lost: Duration, _ what: String) async throws {
    let report = pair.world.look { $0.report }
    #expect(report.doubleCreations.isEmpty && report.foreignTouches.isEmpty, "\(what)")
    #expect(report.ownerRefusals == 0 && report.budgetViolations.isEmpty, "\(what)")
    #expect(report.machines.count == machines, "\(what): \(report.machines.count) machines")
    let records = try await pair.records()
    #expect(Set(records.map(\.id)).count == records.count, "\(what)")
    let alive = records.filter { $0.state != .terminated }.map(\.id)
    #expect(report.liveMachines.map(\.owner.id).sorted() == alive.sorted(), "\(what): orphans")
    for record in records {
      let meter = try #require(report.machines.first { $0.owner.id == record.id }, "\(what): \(record.name)")
      let (clonedAt, from) = (try #require(meter.clonedAt), try #require(record.billedFrom, "\(what)"))
      #expect(from >= clonedAt && from - clonedAt <= lost, "\(what): billed from \(from), cloned \(clonedAt)")
      #expect((record.billedUntil == nil) == (meter.deletedAt == nil), "\(what): \(record.name)")
      if let until = record.billedUntil, let deletedAt = meter.deletedAt {
        #expect(until >= deletedAt && until - deletedAt <= lost, "\(what): billed until \(until), gone \(deletedAt)")
      }
    }
    let broken = pair.world.look { $0.brokenInvariants() }
    #expect(broken.isEmpty, "\(what): \(broken)")
  }

  // MARK: - Following

  @Test func onlyTheLeaderWritesAndActs() async throws {
    try await Self.withPair { pair in
      let (first, second) = (try await pair.start(), try await pair.start())
      await pair.step()
      #expect(first.elector.isLeading && !second.elector.isLeading)
      try await Self.order(first, 2, id: "rush")
      await pair.run { first.ready("burst") == 2 }
      #expect(first.ready("burst") == 2)
      #expect(second.infrastructure.changes.isEmpty)
      let spec = try LedgerObject(
        pair.server.object(.ledgers, "poolkeeper") ?? [], cluster: Setting.cluster, operation: "test"
      ).spec
      #expect(spec.holder == "pod-1")
      // The follower knows the state for its status, and decides on it.
      for _ in 0..<4 { await pair.step() }
      #expect(second.workers == first.workers)
      let (leading, following) = (await first.loop.status(), await second.loop.status())
      #expect(leading.following == nil && leading.mode == .act)
      #expect(following.following == "Following: pod-1 leads, and this process carries out nothing.")
      #expect(following.mode == .act && following.ticks == leading.ticks)
      #expect(following.summary.hasPrefix("Following: pod-1 leads"))
      #expect(await second.loop.latest()?.report.summary == following.summary)
      for (replica, value) in [(first, 1.0), (second, 0.0)] {
        var table = MetricTable()
        replica.loop.addGauges(to: &table)
        #expect(table.value(of: .leading, labels: []) == .number(value))
      }
    }
  }

  @Test func aFollowerRefusesCommandsAndNamesTheLeader() async throws {
    try await Self.withPair { pair in
      let (first, second) = (try await pair.start(), try await pair.start())
      await pair.step()
      #expect(first.elector.isLeading)
      let writes = pair.server.writes.filter { !$0.contains("leases") }
      let commands: [() async throws -> Void] = [
        { try await Self.order(second, 1, id: "a") },
        { _ = try await second.loop.remove("worker-burst-001", force: true, by: "ann") },
        { _ = try await second.loop.extend("worker-burst-001", by: nil, actor: "ann") },
        { _ = try await second.loop.receive(alerts: [], by: "alertmanager") },
      ]
      for command in commands {
        let error = await #expect(throws: OperationError.self) { try await command() }
        #expect(error?.code == .unavailable && error?.message.contains("pod-1 leads: send it there.") == true)
      }
      #expect(pair.server.writes.filter { !$0.contains("leases") } == writes)
    }
  }

  @Test func nobodyActsWhileNobodyLeads() async throws {
    try await Self.withPair { pair in
      let replica = try await pair.start()
      // No round of the election has been made.
      await replica.loop.tick()
      #expect(await replica.loop.status().summary.hasPrefix("Following: no leader is known"))
      let error = await #expect(throws: OperationError.self) { try await Self.order(replica, 1, id: "a") }
      #expect(error?.message.contains("no leader is known") == true)
      #expect(pair.server.writes.isEmpty && replica.infrastructure.changes.isEmpty)
    }
  }

  @Test func anOrderThatWasAnsweredSurvivesTheChangeOfLeader() async throws {
    try await Self.withPair { pair in
      let (first, second) = (try await pair.start(), try await pair.start())
      await pair.step()
      try await Self.order(first, 2, id: "rush")
      pair.remove(first)
      await pair.run { second.ready("burst") == 2 }
      #expect(second.workers.map(\.request) == ["rush", "rush"])
      // Sent once more to the new leader, it is the same order.
      try await Self.order(second, 2, id: "rush")
      for _ in 0..<4 { await pair.step() }
      try await Self.expectSound(pair, machines: 2, lost: .seconds(60), "an order")
    }
  }

  @Test func aLeaderThatCannotReachTheAPIServerStopsActing() async throws {
    try await Self.withPair { pair in
      let replica = try await pair.start()
      await pair.step()
      try await Self.order(replica, 3, id: "rush")
      await pair.run { !replica.infrastructure.changes.isEmpty }
      // It stands still for the election only: its ticks go on.
      pair.remove(replica)
      pair.clock.advance(by: .seconds(10))
      let calls = replica.infrastructure.changes.count
      for _ in 0..<10 {
        pair.clock.advance(by: .seconds(5))
        await replica.loop.tick()
      }
      #expect(replica.infrastructure.changes.count == calls)
      #expect(await replica.loop.status().following != nil)
    }
  }

  // MARK: - Changes of leader

  /// The leader dies at each boundary in turn while it makes three workers; the follower makes them ready.
  @Test(arguments: 0..<50) func aLeaderThatDiesIsFollowed(boundary: Int) async throws {
    try await Self.withPair(seed: boundary) { pair in
      let first = try await pair.start(kill: KillSwitch(at: nil))
      await pair.step()
      try await Self.order(first, 3, id: "rush")
      pair.remove(first)
      // The same work by a process that is to die: it takes over after the first has let its lease run out.
      let dying = try await pair.start(kill: KillSwitch(at: boundary + 1))
      await pair.run(atMost: .minutes(5)) { dying.kill.isDead || dying.ready("burst") == 3 }
      let next = try await pair.start()
      await pair.run { next.elector.isLeading || !dying.kill.isDead }
      let last = dying.kill.isDead ? next : dying
      await pair.run { last.ready("burst") == 3 }
      for _ in 0..<12 { await pair.step() }
      #expect(last.ready("burst") == 3, "boundary \(boundary)")
      try await Self.expectSound(pair, machines: 3, lost: .seconds(90), "killed at \(boundary)")
    }
  }

  /// The leader stands still at each boundary in turn, and wakes up after the other has taken over.
  @Test(arguments: 0..<40) func aLeaderThatWakesUpTooLateDoesNothing(boundary: Int) async throws {
    try await Self.withPair(seed: boundary) { pair in
      let (first, second) = (try await pair.start(), try await pair.start())
      await pair.step()
      #expect(first.elector.isLeading)
      first.pause.arm(at: 2 * boundary + 1)
      let order = Task(executorPreference: pair.thread) { try? await Self.order(first, 3, id: "rush") }
      // The order itself may come to the boundary.
      for _ in 0..<200 where !first.pause.isStill { await Task.yield() }
      await pair.run(atMost: .minutes(4)) { first.pause.isStill || first.ready("burst") == 3 }
      let what = "still at \(boundary), \(first.pause.place)"
      let isStill = first.pause.isStill
      if isStill {
        await pair.run(atMost: .minutes(2)) { second.elector.isLeading }
        #expect(second.elector.isLeading && !first.elector.isLeading, "\(what)")
        for _ in 0..<6 { await pair.step() }
        let before = first.infrastructure.changes.count
        let writes = pair.server.writes
        first.pause.letGo()
        await first.pause.running?.value
        _ = await order.value
        // Of all that it was about to do, only calls that had left when it was stopped can still arrive.
        let late = first.infrastructure.changes.dropFirst(before)
        #expect(
          late.count <= Runner.parallelActions && (late.isEmpty || late.contains(first.pause.place)), "\(what): \(late)"
        )
        let changed = pair.server.writes.dropFirst(writes.count).filter { !$0.contains("leases") }
        #expect(changed.isEmpty || !changed.contains { $0.contains("ledgers") }, "\(what): \(changed)")
      }
      _ = await order.value
      let last = isStill ? second : first
      // An order that its sender got no answer to is sent again.
      try await Self.order(last, 3, id: "rush")
      await pair.run { last.ready("burst") == 3 }
      for _ in 0..<12 { await pair.step() }
      try await Self.expectSound(pair, machines: 3, lost: .seconds(90), what)
      #expect(first.workers == second.workers, "\(what)")
    }
  }

  /// Leaders give up and die in turns while workers are made and removed.
  @Test(arguments: 0..<10) func workersOutliveManyLeaders(seed: Int) async throws {
    try await Self.withPair(seed: seed) { pair in
      var random = SplitMix64(seed: UInt64(seed))
      try await pair.start()
      try await pair.start()
      await pair.step()
      try await Self.order(try #require(pair.leader), 3, id: "rush")
      var (steps, changes) = (0, 0)
      var isRemoved = false
      let end = pair.clock.now().advanced(by: .minutes(30))
      while pair.clock.now() < end {
        await pair.step()
        guard let leader = pair.leader else { continue }
        if !isRemoved, leader.ready("burst") == 3 {
          _ = try? await leader.loop.remove("worker-burst-002", force: false, by: "ann")
          isRemoved = true
        }
        if isRemoved, leader.workers.count == 2, leader.ready("burst") == 2 { break }
        steps += 1
        if steps.isMultiple(of: 2 + seed % 3), changes < 8 {
          changes += 1
          // A clean end gives the lease up; a death lets it run out.
          if Bool.random(using: &random) { await leader.elector.release() }
          pair.remove(leader)
          try await pair.start()
        }
      }
      for _ in 0..<12 { await pair.step() }
      let leader = try #require(pair.leader)
      #expect(changes > 1 && leader.ready("burst") == 2 && leader.workers.count == 2, "seed \(seed)")
      try await Self.expectSound(pair, machines: 3, lost: .seconds(120), "seed \(seed)")
    }
  }
}
