import Model
import Ports
import Simulator
import Synchronization
import Testing

@testable import ControlLoop

/// What operators ask for.
@Suite struct OrderTests {
  private func refusal(_ body: () async throws -> Void) async -> OperationError? {
    do {
      try await body()
      return nil
    } catch { return error as? OperationError }
  }

  @Test func anOrderBecomesThatManyReadyWorkers() async throws {
    let bench = try await Bench.withBurstWorkers(3)
    #expect(bench.ready("burst") == 3)
    #expect(bench.workers.allSatisfy { $0.template == "medium" && $0.request == "request-1" })
    #expect(bench.workers.allSatisfy { $0.timeToLive.map { $0.expiresAt - bench.workers[0].createdAt } == .hours(4) })
    #expect(bench.loop.state.withLock { $0.requests }.isEmpty)
    #expect(bench.world.look { $0.report.machines.count } == 3)
  }

  @Test func theSameIdIsOneOrderWhileItIsOpen() async throws {
    let bench = try await Bench(Setting.world())
    let first = try await bench.order(2, id: "abc")
    #expect(try await bench.order(2, id: "abc") == first)
    await bench.steps(40)
    #expect(bench.workers.count == 2)
  }

  @Test func theSameIdIsOneOrderAfterItWasServed() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.order(2, id: "abc")
    await bench.run { bench.ready("burst") == 2 }
    let again = try await bench.order(2, id: "abc")
    #expect(again.served == 2)
    await bench.steps(20)
    #expect(bench.workers.count == 2)
    #expect(bench.loop.state.withLock { $0.requests }.isEmpty)
  }

  @Test func theSameIdIsOneOrderAfterARestart() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.order(2, id: "abc")
    await bench.run { bench.ready("burst") == 2 }
    try await bench.restart()
    let again = try await bench.order(2, id: "abc")
    #expect(again.pool == "burst" && again.served == 2)
    await bench.steps(20)
    #expect(bench.workers.count == 2)
  }

  @Test(
    arguments: [
      (ScaleOrder(pool: "brust", workers: 1), .notFound, "burst"),
      (ScaleOrder(pool: "burst", workers: 1, template: "huge"), .notFound, "huge"),
      (ScaleOrder(pool: "gpu", workers: 1, template: "small"), .invalid, "gpu-nvidia"),
      (ScaleOrder(pool: "burst", workers: 0), .invalid, "1 to 20"),
      (ScaleOrder(pool: "burst", workers: -3), .invalid, "1 to 20"),
      (ScaleOrder(pool: "burst", workers: 21), .invalid, "1 to 20"),
      (ScaleOrder(pool: "burst", workers: Int.max), .invalid, "1 to 20"),
      (ScaleOrder(pool: "burst", workers: 1, timeToLive: .hours(9)), .invalid, "8h"),
      (ScaleOrder(pool: "burst", workers: 1, timeToLive: .zero), .invalid, "more than 0"),
      (ScaleOrder(pool: "permanent", workers: 1, timeToLive: .hours(1)), .invalid, "do not expire"),
    ] as [(ScaleOrder, OperationError.Code, String)])
  func refusesAWrongOrder(_ order: ScaleOrder, _ code: OperationError.Code, _ word: String) async throws {
    let bench = try await Bench(Setting.world())
    let error = await refusal { _ = try await bench.loop.scale(order, by: "ann") }
    #expect(error?.code == code)
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "accepted")")
    #expect(bench.journal.writes == 0)
    await bench.steps(3)
    #expect(bench.workers.isEmpty)
  }

  @Test func anOrderAboveWhatIsAffordableWaitsAndSaysSo() async throws {
    var policy = Setting.policy(minimum: 0)
    policy.money.burstEventMaximum = Money(3)
    let bench = try await Bench(Setting.world(), policy: policy)
    _ = try await bench.order(10)
    await bench.steps(60)
    // Each commits 0.24 for four hours and the way out, a bit more than 1 USD.
    #expect(bench.workers.count == 2)
    #expect(bench.latest?.report.requests.map(\.outcome) == [.partly])
    #expect(bench.loop.state.withLock { $0.requests.first?.served } == 2)
  }

  @Test func extendsAWorkerUntilTheMaximum() async throws {
    let bench = try await Bench.withBurstWorkers(1)
    let worker = try #require(bench.workers.first)
    let expiry = try #require(worker.timeToLive?.expiresAt)
    let status = try await bench.loop.extend(worker.name, by: .hours(1), actor: "ann")
    #expect(status.record.timeToLive?.expiresAt == expiry.advanced(by: .hours(1)))
    #expect(bench.journal.records.first?.timeToLive == status.record.timeToLive)
    #expect(
      bench.world.look { $0.report.liveMachines.count } == 1, "the worker goes on")
    let error = await refusal { _ = try await bench.loop.extend(worker.name, by: .hours(100), actor: "ann") }
    #expect(error != nil)
    let stranger = await refusal { _ = try await bench.loop.extend("worker-burst-7", by: nil, actor: "ann") }
    #expect(stranger?.code == .notFound)
  }

  @Test func removesAWorkerOnlyOnce() async throws {
    let bench = try await Bench.withBurstWorkers(2)
    let name = try #require(bench.workers.first?.name)
    let status = try await bench.loop.remove(name, force: false, by: "ann")
    #expect(status.record.state == .draining)
    let again = await refusal { _ = try await bench.loop.remove(name, force: false, by: "ann") }
    #expect(again?.code == .conflict)
    #expect(again?.message.contains("--force") == true)
    #expect(await bench.run { bench.workers.count == 1 })
    #expect(bench.world.look { $0.report.liveMachines.count } == 1)
    let unknown = await refusal { _ = try await bench.loop.remove(name, force: false, by: "ann") }
    #expect(unknown?.code == .notFound)
  }

  @Test func forceEndsADrainThatABudgetBlocks() async throws {
    var world = Setting.world()
    world.add(Setting.burstPods("web", count: 2))
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .maxUnavailable(0)))
    let bench = try await Bench.withBurstWorkers(1, world: world)
    await bench.steps(6)
    let name = try #require(bench.workers.first?.name)
    _ = try await bench.loop.remove(name, force: false, by: "ann")
    await bench.steps(24)
    #expect(bench.workers.first?.state == .draining)
    #expect(bench.workers.first?.removal?.blockedBy?.contains("web") == true)
    #expect(bench.world.look { $0.report.budgetViolations }.isEmpty)
    _ = try await bench.loop.remove(name, force: true, by: "ann")
    #expect(await bench.run { bench.workers.isEmpty })
    #expect(bench.world.look { $0.report.liveMachines }.isEmpty)
  }

  @Test func removesAWorkerThatIsStillBeingMade() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.order(1)
    await bench.step()
    let name = try #require(bench.workers.first?.name)
    _ = try await bench.loop.remove(name, force: false, by: "ann")
    #expect(await bench.run { bench.workers.isEmpty })
    #expect(bench.world.look { $0.report.liveMachines }.isEmpty)
  }
}
