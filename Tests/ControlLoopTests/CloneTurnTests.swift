import Model
import Ports
import Simulator
import Testing

@testable import ControlLoop

/// Clones that others are in the way of: a lock that somebody holds, a number that somebody was quicker to take.
@Suite struct CloneTurnTests {
  private func settings() -> Policy {
    var policy = Setting.policy(minimum: 0)
    policy.triggers = []
    return policy
  }

  @Test func aBurstWaitsForALockedTemplateAndFailsNoWorker() async throws {
    var world = Setting.world()
    let source = Setting.templates().first { $0.name == "medium" }!.source
    world.faults.lockedTemplates = [.init(template: source, until: world.now.advanced(by: .minutes(20)))]
    let bench = try await Bench(world, policy: settings())
    _ = try await bench.order(5)
    #expect(await bench.run(atMost: .minutes(30)) { bench.ready("burst") == 5 })
    let codes = bench.journal.allEvents.map(\.code)
    #expect(codes.count { $0 == "clone_waits" } == 5)
    #expect(!codes.contains("worker_failed") && !codes.contains("step_retried"))
    #expect(bench.journal.records.count == 5)
  }

  @Test(arguments: [1, 2])
  func numbersThatOthersWereQuickerToTakeAreLeftToThem(lost: Int) async throws {
    var world = Setting.world()
    world.faults.lostNumbers = lost
    let bench = try await Bench(world, policy: settings())
    _ = try await bench.order(1)
    #expect(await bench.run { bench.ready("burst") == 1 })
    let report = bench.world.look { $0.report }
    #expect(report.foreignTouches.isEmpty && report.ownerRefusals == 0)
    #expect(report.machines.count == 1 && report.doubleCreations.isEmpty)
    #expect(bench.journal.records.count == 1)
    let quicker = bench.latest?.snapshot.machines.value?.filter { $0.name.hasPrefix("quicker-") } ?? []
    #expect(quicker.count == lost)
    #expect(quicker.allSatisfy { $0.power == .running && $0.id != bench.workers[0].machine })
  }
}
