import Model
import Ports
import Simulator
import Testing

@Suite struct WorldHypervisorTests {
  @Test(arguments: UInt64(1)...20)
  func clonesBootsAndJoinsTakeTheirUsualTimes(seed: UInt64) throws {
    var world = Fixture.world(seed: seed)
    let owner = Fixture.owner("burst", 1)
    let (id, task) = try world.clone(Fixture.request(), at: world.now)
    #expect(world.machines[id]?.lock == .clone)
    while try world.taskState(task, at: world.now) == .running { world.pass(.milliseconds(100)) }
    let cloned = world.now
    #expect((30...60.1).contains((cloned - Fixture.start).inSeconds))
    try world.configure(id, owner: owner, as: Fixture.medium, at: world.now)
    try world.start(id, owner: owner, at: world.now)
    while (try? world.observeSystem(id, at: world.now))?.stage != .maintenance { world.pass(.milliseconds(100)) }
    let booted = world.now
    #expect((30...60.1).contains((booted - cloned).inSeconds))
    try world.apply(NodeConfiguration(hostname: owner.worker, labels: [:], taints: []), to: id, at: world.now)
    while world.nodes["worker-burst-001"]?.isReady != true { world.pass(.milliseconds(100)) }
    #expect((60...90.1).contains((world.now - booted).inSeconds))
    let meter = try #require(world.report.machines.first)
    #expect(abs((meter.clonedAt! - cloned).inSeconds) < 0.2 && meter.deletedAt == nil)
  }

  @Test func cloneReturnsTheMachineThatThisOwnerHasAlready() throws {
    var world = Fixture.world()
    let first = try world.clone(Fixture.request(), at: world.now)
    let again = try world.clone(Fixture.request(), at: world.now.advanced(by: .seconds(5)))
    #expect(first.machine == again.machine && first.task == again.task)
    #expect(world.report.machines.count == 1 && world.report.doubleCreations.isEmpty)
  }

  @Test func countsASecondMachineForTheSameWorkerName() throws {
    var world = Fixture.world()
    _ = try world.clone(Fixture.request(), at: world.now)
    var second = Fixture.request()
    second.owner.id = "another"
    _ = try world.clone(second, at: world.now)
    #expect(world.report.doubleCreations == ["another"])
  }

  @Test func lockedMachinesAreBusyUntilTheCloneEnds() throws {
    var world = Fixture.world()
    let owner = Fixture.owner("burst", 1)
    let id = try world.clone(Fixture.request(), at: world.now).machine
    #expect(code { try world.start(id, owner: owner, at: world.now) } == .busy)
    #expect(code { try world.delete(id, owner: owner, at: world.now) } == .busy)
    world.pass(.seconds(61))
    try world.start(id, owner: owner, at: world.now)
    #expect(code { try world.delete(id, owner: owner, at: world.now) } == .conflict)
    try world.stop(id, owner: owner, at: world.now)
    try world.delete(id, owner: owner, at: world.now)
    try world.delete(id, owner: owner, at: world.now)
    world.pass(.seconds(10))
    #expect(world.machines[id] == nil)
    try world.delete(id, owner: owner, at: world.now)
    #expect(world.report.machines[0].deletedAt != nil)
  }

  @Test func refusesMachinesOfOthersAndCountsTheAttempt() throws {
    var world = Fixture.world()
    #expect(code { try world.stop(MachineID(100), owner: Fixture.owner("burst", 1), at: world.now) } == .notOurs)
    #expect(code { try world.delete(MachineID(100), owner: Fixture.owner("burst", 1), at: world.now) } == .notOurs)
    #expect(code { try world.reboot(MachineID(100), at: world.now) } == .notOurs)
    #expect(world.report.foreignTouches.map(\.operation) == ["hypervisor.stop", "hypervisor.delete", "node_os.reboot"])
    #expect(world.machines[MachineID(100)]?.running == true)
  }

  @Test func refusesAnOwnerWhoseMachineNumberWasUsedAgain() throws {
    var world = Fixture.world()
    let id = try world.clone(Fixture.request("burst", 1), at: world.now).machine
    world.pass(.seconds(61))
    try world.delete(id, owner: Fixture.owner("burst", 1), at: world.now)
    world.pass(.seconds(10))
    let next = try world.clone(Fixture.request("burst", 2), at: world.now).machine
    #expect(next == id)
    world.pass(.seconds(61))
    #expect(code { try world.start(id, owner: Fixture.owner("burst", 1), at: world.now) } == .notOurs)
    #expect(world.report.ownerRefusals == 1 && world.report.foreignTouches.isEmpty)
  }

  @Test func aHostTakesNoMoreMachinesThanItsMemoryAndDevicesHold() throws {
    var world = Fixture.world()
    // The machine of other people takes 16 of the first host's 128 GiB.
    for number in 1...7 { _ = try world.clone(Fixture.request("burst", number, host: "pve-01"), at: world.now) }
    #expect(code { _ = try world.clone(Fixture.request("burst", 8, host: "pve-01"), at: world.now) } == .exhausted)
    _ = try world.clone(Fixture.request("gpu", 1, template: Fixture.gpu), at: world.now)
    #expect(
      code { _ = try world.clone(Fixture.request("gpu", 2, template: Fixture.gpu, host: "pve-02"), at: world.now) }
        == .exhausted)
    let hosts = try world.hostObservations(at: world.now)
    #expect(hosts.map(\.freeGPUs) == [1, 0])
    let assigned: [Int64] = hosts.map { $0.assignedMemoryBytes / 1_073_741_824 }
    #expect(assigned == [128, 32])
  }

  @Test func faultsOfClonesComeAsTheyWereOrdered() throws {
    var world = Fixture.world()
    world.faults.failNextClones = 1
    #expect(code { _ = try world.clone(Fixture.request(), at: world.now) } == .failed)
    world.faults.lockedTemplates = [.init(template: MachineID(9002), until: world.now.advanced(by: .seconds(60)))]
    #expect(code { _ = try world.clone(Fixture.request(), at: world.now) } == .busy)
    world.pass(.seconds(60))
    world.faults.cloneTaskFailureProbability = 1
    let (id, task) = try world.clone(Fixture.request(), at: world.now)
    world.pass(.seconds(61))
    guard case .failed = try world.taskState(task, at: world.now) else { return #expect(Bool(false)) }
    #expect(world.machines[id] == nil)
    #expect(world.report.machines[0].lifetime(until: world.now) == .zero)
    world.faults.cloneTaskFailureProbability = 0
    #expect(try world.clone(Fixture.request(), at: world.now).machine == id)
    #expect(world.report.doubleCreations.isEmpty && world.report.faultsInjected == 2)
  }

  @Test func aHostThatFailsTakesItsMachinesAlongAndBringsThemBack() throws {
    var world = Fixture.world()
    let id = try world.join("permanent", 1)
    let host = try #require(world.machines[id]?.host)
    world.add(ScheduledFault(at: world.now, kind: .hostFails(host, for: .minutes(5))))
    world.pass(.seconds(60))
    #expect(world.nodes["worker-permanent-001"]?.isReady == false)
    #expect(try world.machineObservations(at: world.now).first { $0.id == id }?.power == .unknown)
    #expect(code { try world.stop(id, owner: Fixture.owner("permanent", 1), at: world.now) } == .unreachable)
    world.pass(.minutes(6))
    #expect(world.nodes["worker-permanent-001"]?.isReady == true)
  }

  @Test func aMachineThatNeverJoinsRunsWithoutANode() throws {
    var world = Fixture.world()
    world.faults.neverJoinNext = 1
    let owner = Fixture.owner("burst", 1)
    let id = try world.clone(Fixture.request(), at: world.now).machine
    world.pass(.seconds(61))
    try world.start(id, owner: owner, at: world.now)
    world.pass(.seconds(61))
    try world.apply(NodeConfiguration(hostname: owner.worker, labels: [:], taints: []), to: id, at: world.now)
    world.pass(.minutes(10))
    #expect(world.nodes.isEmpty)
    let system = try world.observeSystem(id, at: world.now)
    #expect(system.stage == .running && !system.kubeletRunning)
  }

  @Test func theSystemIsSilentWhileItBootsAndTheAddressComesWithItsVoice() throws {
    var world = Fixture.world()
    let id = try world.clone(Fixture.request(), at: world.now).machine
    world.pass(.seconds(61))
    #expect(try world.address(of: id, at: world.now) == nil)
    try world.start(id, owner: Fixture.owner("burst", 1), at: world.now)
    #expect(code { _ = try world.observeSystem(id, at: world.now) } == .unreachable)
    world.pass(.seconds(61))
    #expect(try world.observeSystem(id, at: world.now).stage == .maintenance)
    #expect(try world.address(of: id, at: world.now) != nil)
  }
}

/// The code of the error that a call throws; `nil` when it throws none.
func code(_ call: () throws -> Void) -> PortError.Code? {
  do {
    try call()
    return nil
  } catch { return (error as? PortError)?.code }
}
