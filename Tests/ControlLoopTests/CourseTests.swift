import Decision
import Model
import Ports
import Simulator
import Synchronization
import Testing

@testable import ControlLoop

/// A loop that is given another policy while workers are under way.
@Suite struct CourseTests {
  private func follow(_ policy: Policy, _ bench: Bench, mode: Status.Mode = .act) async {
    await bench.loop.follow(Course(policy: policy, mode: mode, metrics: bench.metrics))
  }

  private func changed(_ bench: Bench, _ change: (inout Policy) -> Void) async {
    var policy = await bench.loop.policy()
    change(&policy)
    await follow(policy, bench)
  }

  private static func index(_ policy: Policy, _ pool: PoolName) -> Int { policy.pools.firstIndex { $0.name == pool }! }

  @Test func aBudgetThatIsLoweredHoldsAtTheNextDecision() async throws {
    let bench = try await Bench(Setting.world())
    await bench.steps(2)
    await changed(bench) { $0.pools[Self.index($0, "burst")].monthlyBudget = Money(0.01) }
    _ = try await bench.order(2)
    await bench.step()
    #expect(bench.workers.isEmpty)
    #expect(bench.latest?.report.budgets.first { $0.scope == "burst" }?.cap == Money(0.01))
    #expect(await bench.loop.status().budgets.contains { $0.cap == Money(0.01) })
    await changed(bench) { $0.pools[Self.index($0, "burst")].monthlyBudget = Money(200) }
    await bench.step()
    #expect(bench.workers.count == 2)
  }

  @Test func aMaximumThatIsLoweredMakesNoFurtherWorker() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.order(3)
    await bench.step()
    #expect(bench.workers.count == 3)
    await changed(bench) { $0.pools[Self.index($0, "burst")].maximum = 3 }
    do {
      _ = try await bench.order(1)
      Issue.record("an order beyond the new maximum was taken")
    } catch { #expect((error as? OperationError)?.code == .conflict || (error as? OperationError)?.code == .refused) }
    await bench.run { bench.ready("burst") == 3 }
    #expect(bench.ready("burst") == 3)
  }

  @Test func workersOfAPoolThatIsRemovedStayAndThoseUnderWayAreGivenUp() async throws {
    let bench = try await Bench.withBurstWorkers(2)
    _ = try await bench.order(1)
    await bench.step()
    #expect(bench.workers.count == 3)
    await changed(bench) { policy in
      policy.pools.removeAll { $0.name == "burst" }
      policy.triggers.removeAll { $0.pool == "burst" }
    }
    #expect(bench.loop.workersWithoutPool(in: await bench.loop.policy()).map(\.workers) == [3])
    await bench.run { bench.workers.count == 2 }
    #expect(bench.workers.count == 2 && bench.ready("burst") == 2)
    let lines = bench.latest?.report.workers.filter { $0.reason.code == "pool_removed" } ?? []
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.reason.sentence.contains("no longer in the configuration") })
    // They cost and are billed all the same, and go when their time is over.
    await bench.run(atMost: .hours(6)) { bench.workers.isEmpty }
    #expect(bench.workers.isEmpty)
    #expect(bench.world.look { $0.report.liveMachines }.isEmpty)
    #expect(await bench.loop.status().violations.isEmpty)
  }

  @Test func workersOfAPoolThatComesBackAreItsOwnAgain() async throws {
    let bench = try await Bench.withBurstWorkers(2)
    let whole = await bench.loop.policy()
    await changed(bench) { policy in
      policy.pools.removeAll { $0.name == "burst" }
      policy.triggers.removeAll { $0.pool == "burst" }
    }
    await bench.steps(10)
    #expect(bench.latest?.report.pools.contains { $0.pool == "burst" } == false)
    let names = bench.workers.map(\.name)
    await follow(whole, bench)
    await bench.step()
    #expect(bench.workers.map(\.name) == names)
    #expect(bench.latest?.report.pools.first { $0.pool == "burst" }?.ready == 2)
  }

  @Test func aRequestForAPoolThatIsRemovedIsRefusedWithItsReason() async throws {
    let bench = try await Bench(
      Setting.world(),
      policy: {
        var policy = Setting.policy(minimum: 0)
        policy.provisioning.parallelLimit = 1
        return policy
      }())
    let request = try await bench.order(3)
    await bench.step()
    await changed(bench) { policy in
      policy.pools.removeAll { $0.name == "burst" }
      policy.triggers.removeAll { $0.pool == "burst" }
    }
    await bench.step()
    #expect(bench.loop.state.withLock { $0.requests }.isEmpty)
    let event = bench.journal.allEvents.last { $0.name == request.id.rawValue }
    #expect(event?.code == "request_refused" && event?.sentence.contains("There is no pool \"burst\"") == true)
  }

  // MARK: - Hold times

  /// Pods wait from the start; the trigger's hold time is two minutes.
  private func pressed() async throws -> Bench {
    var world = Setting.world()
    world.add(Setting.burstPods("batch", count: 12))
    return try await Bench(world)
  }

  private func phase(_ bench: Bench) -> TriggerState.Phase? {
    bench.latest?.report.triggers.first { $0.trigger == "burst/pending_pods" }?.state.phase
  }

  @Test func holdTimesGoOnWhereTheConditionIsTheSame() async throws {
    let bench = try await pressed()
    await bench.run { phase(bench) == .pending }
    let since = bench.now
    await bench.run { bench.now - since >= .seconds(60) }
    await changed(bench) { policy in
      policy.pools[Self.index(policy, "burst")].maximum = 7
      policy.triggers.removeAll { $0.pool == "spot" }
    }
    await bench.run(atMost: .minutes(5)) { phase(bench) == .firing }
    #expect(phase(bench) == .firing)
    #expect(bench.now - since <= .seconds(120) + bench.policy.pace.tick)
  }

  @Test func aHoldTimeBeginsAnewWhereTheConditionIsAnother() async throws {
    let bench = try await pressed()
    await bench.run { phase(bench) == .pending }
    let since = bench.now
    await bench.run { bench.now - since >= .seconds(60) }
    await changed(bench) { policy in
      let index = policy.triggers.firstIndex { $0.name == "burst/pending_pods" }!
      policy.triggers[index].threshold = 6
    }
    let from = bench.now
    await bench.run(atMost: .minutes(5)) { phase(bench) == .firing }
    #expect(bench.now - from >= .seconds(120))
  }

  // MARK: - Between look and decision

  /// Changes the loop's course while the loop looks.
  private final class Meddler: MetricSource {
    let inner: WorldMetrics
    let meddle = Mutex<(@Sendable () async -> Void)?>(nil)

    init(_ inner: WorldMetrics) { self.inner = inner }

    func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
      let meddle = meddle.withLock { meddle in
        defer { meddle = nil }
        return meddle
      }
      await meddle?()
      return try await inner.query(expression, at: now)
    }
  }

  @Test func nothingIsDecidedOnWhatWasSeenForAnotherCourse() async throws {
    let box = Mutex<Meddler?>(nil)
    let bench = try await Bench(
      Setting.world(),
      source: { world in
        let meddler = Meddler(WorldMetrics(world))
        box.withLock { $0 = meddler }
        return meddler
      })
    let meddler = try #require(box.withLock { $0 })
    await bench.step()
    _ = try await bench.order(2)
    let ticks = bench.loop.state.withLock { $0.ticks }
    let loop = bench.loop
    meddler.meddle.withLock {
      $0 = {
        var policy = await loop.policy()
        policy.pools[Self.index(policy, "burst")].monthlyBudget = Money(0.01)
        await loop.follow(Course(policy: policy, mode: .act, metrics: meddler))
      }
    }
    // The look of this tick began with a budget that is gone when it ends.
    await bench.step()
    #expect(bench.loop.state.withLock { $0.ticks } == ticks)
    #expect(bench.workers.isEmpty)
    await bench.step()
    #expect(bench.loop.state.withLock { $0.ticks } == ticks + 1)
    #expect(bench.workers.isEmpty)
  }

  @Test func theModeChangesBetweenTwoDecisions() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.order(1)
    await follow(bench.policy, bench, mode: .observe)
    await bench.steps(5)
    #expect(bench.workers.isEmpty && bench.infrastructure.changes.isEmpty)
    #expect(await bench.loop.status().mode == .observe)
    await follow(bench.policy, bench, mode: .act)
    #expect(await bench.run { bench.ready("burst") == 1 })
  }

  @Test func aReloadIsAnEventOfTheJournalAndOfTheStatus() async throws {
    let bench = try await Bench(Setting.world())
    await bench.step()
    let event = JournalEvent(
      at: bench.now, subject: "system", name: "configuration", code: "configuration_reloaded", sentence: "So it is.")
    await bench.loop.tell(event)
    #expect(bench.journal.allEvents.contains { $0.code == "configuration_reloaded" })
    #expect(await bench.loop.status().configuration == nil)
    bench.loop.set(ConfigurationStanding(loadedAt: bench.now, needsRestart: ["/cluster_name"]))
    #expect(await bench.loop.status().configuration?.needsRestart == ["/cluster_name"])
  }
}
