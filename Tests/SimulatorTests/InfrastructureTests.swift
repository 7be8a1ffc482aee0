import Foundation
import Model
import Ports
import Simulator
import Testing

@Suite struct SimulatedInfrastructureTests {
  @Test func drivesAWorkerFromNothingToReadyAndAwayAgainThroughThePorts() async throws {
    let clock = HandClock(Fixture.start)
    let infrastructure = SimulatedInfrastructure(world: Fixture.world(), time: clock)
    let owner = Fixture.owner("burst", 1)
    let (id, task) = try await infrastructure.clone(Fixture.request())
    #expect(try await infrastructure.task(task) == .running)
    try await clock.sleep(for: .seconds(61))
    #expect(try await infrastructure.task(task) == .succeeded)
    try await infrastructure.configure(id, owner: owner, as: Fixture.medium)
    try await infrastructure.start(id, owner: owner)
    try await clock.sleep(for: .seconds(61))
    #expect(try await infrastructure.observe(id).stage == .maintenance)
    try await infrastructure.apply(
      NodeConfiguration(hostname: owner.worker, labels: ["node-pool": "burst"], taints: []), to: id)
    try await clock.sleep(for: .seconds(91))
    let node = try #require(try await infrastructure.nodes().first)
    #expect(node.isReady && node.labels["node-pool"] == "burst")
    #expect(try await infrastructure.address(of: id) == node.address)
    try await infrastructure.cordon(node.name)
    try await infrastructure.delete(node.name, uid: node.uid)
    try await infrastructure.shutdown(id)
    try await clock.sleep(for: .seconds(21))
    #expect(try await infrastructure.machines().first { $0.id == id }?.power == .stopped)
    try await infrastructure.delete(id, owner: owner)
    try await clock.sleep(for: .seconds(10))
    #expect(try await infrastructure.machines().contains { $0.id == id } == false)
  }

  @Test func aLostAnswerLeavesTheWorkDone() async throws {
    let clock = HandClock(Fixture.start)
    let infrastructure = SimulatedInfrastructure(world: Fixture.world(), time: clock)
    try infrastructure.change { $0.faults.lostAnswers["hypervisor.clone"] = 1 }
    let error = await #expect(throws: PortError.self) { try await infrastructure.clone(Fixture.request()) }
    #expect(error?.code == .uncertain)
    #expect(try await infrastructure.machines().count { $0.owner != nil } == 1)
    _ = try await infrastructure.clone(Fixture.request())
    #expect(infrastructure.world.report.machines.count == 1)
  }

  @Test func aCallThatNobodyAnswersChangesNothing() async throws {
    let infrastructure = SimulatedInfrastructure(world: Fixture.world(), time: HandClock(Fixture.start))
    try infrastructure.change {
      $0.faults.unreachableCalls["hypervisor.clone"] = 1
      $0.faults.unreachableCalls["cluster.nodes"] = 1
    }
    let error = await #expect(throws: PortError.self) { try await infrastructure.clone(Fixture.request()) }
    #expect(error?.code == .unreachable)
    await #expect(throws: PortError.self) { try await infrastructure.nodes() }
    #expect(try await infrastructure.nodes().isEmpty && infrastructure.world.report.machines.isEmpty)
  }

  @Test func aProcessThatWasKilledFindsTheWorldThatHasGoneOnMeanwhile() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("world-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = WorldFile(path: path)
    #expect(try file.load() == nil)
    let clock = HandClock(Fixture.start)
    let first = SimulatedInfrastructure(world: Fixture.world(), time: clock) { try file.save($0) }
    let (id, task) = try await first.clone(Fixture.request())
    // Nothing is said to the first one any more; the clone's minute passes.
    try await clock.sleep(for: .seconds(61))
    let second = SimulatedInfrastructure(world: try #require(try file.load()), time: clock) { try file.save($0) }
    #expect(try await second.task(task) == .succeeded)
    try await second.start(id, owner: Fixture.owner("burst", 1))
    #expect(try #require(try file.load()).machines[id]?.running == true)
    _ = try? await first.task(task)
    #expect(try file.load()?.machines[id]?.running == true, "reading saves nothing")
  }

  @Test func aWorldThatCannotBeSavedFailsTheCall() async throws {
    struct DiskFull: Error {}
    let infrastructure = SimulatedInfrastructure(world: Fixture.world(), time: HandClock(Fixture.start)) { _ in
      throw DiskFull()
    }
    let error = await #expect(throws: PortError.self) { try await infrastructure.clone(Fixture.request()) }
    #expect(error?.code == .failed)
  }
}
