import Foundation
import Model
import Ports
import Testing

@testable import Simulator

@Suite struct HandTests {
  private static func world() throws -> (World, MachineID) {
    var world = Fixture.world()
    let id = try world.join("burst", 1)
    var workload = Fixture.deployment("web", replicas: 3, pod: Fixture.pod(500))
    workload.startsAt = world.now
    world.add(workload)
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .maxUnavailable(0)))
    world.pass(.minutes(2))
    return (world, id)
  }

  /// Nothing that people do is put to our account.
  private func expectNobodyBlamed(_ world: World) {
    let report = world.report
    #expect(report.foreignTouches == [] && report.budgetViolations == [] && report.doubleCreations == [])
    #expect(world.brokenInvariants() == [])
  }

  @Test(arguments: HandAct.allCases)
  func isPutToNobodysAccountAndContradictsNothing(act: HandAct) throws {
    var (world, id) = try Self.world()
    world.byHand(act, on: id, at: world.now)
    expectNobodyBlamed(world)
    world.pass(.minutes(20))
    expectNobodyBlamed(world)
    let isDoneToATemplate = world.byHand(act, on: MachineID(9002), at: world.now)
    let isDoneToNothing = world.byHand(act, on: MachineID(12_345), at: world.now)
    #expect(!isDoneToATemplate && !isDoneToNothing)
  }

  @Test func givesBackOnlyNodesThatPeopleCordoned() throws {
    var (world, id) = try Self.world()
    let name = try #require(world.node(on: id)?.name)
    try world.cordon(name, at: world.now)
    let ours = world.byHand(.uncordons, on: id, at: world.now)
    #expect(!ours && world.nodes[name]?.unschedulable == true)
    try world.uncordon(name, at: world.now)
    world.byHand(.cordons, on: id, at: world.now)
    #expect(world.nodes[name]?.unschedulable == true)
    let theirs = world.byHand(.uncordons, on: id, at: world.now)
    #expect(theirs && world.nodes[name]?.unschedulable == false)
    world.add(ScheduledFault(at: world.now, kind: .operatorCordons(.node(name))))
    world.pass(.seconds(1))
    #expect(world.nodes[name]?.unschedulable == true)
    world.byHand(.uncordons, on: id, at: world.now)
    #expect(world.nodes[name]?.unschedulable == false)
  }

  @Test func deletesNodesMachinesAndPodsAndSwitchesMachines() throws {
    var (world, id) = try Self.world()
    let name = try #require(world.node(on: id)?.name)
    let before = world.pods.values.count { $0.ready }
    world.byHand(.deletesPod, on: id, at: world.now)
    #expect(world.pods.values.count { $0.ready } == before - 1)
    world.byHand(.stopsMachine, on: id, at: world.now)
    #expect(world.machines[id]?.running == false)
    let again = world.byHand(.stopsMachine, on: id, at: world.now)
    #expect(!again)
    world.byHand(.startsMachine, on: id, at: world.now)
    #expect(world.machines[id]?.running == true)
    world.pass(.minutes(5))
    #expect(world.nodes[name]?.isReady == true)
    world.byHand(.deletesNode, on: id, at: world.now)
    #expect(world.nodes[name] == nil)
    world.byHand(.deletesMachine, on: id, at: world.now)
    #expect(world.machines[id] == nil && world.report.liveMachines.isEmpty)
  }

  @Test func aMachineWithoutItsMarkIsNotOursAndALateCallIsNoTouch() throws {
    var (world, id) = try Self.world()
    let owner = try #require(world.machines[id]?.owner)
    world.byHand(.removesOwnerMark, on: id, at: world.now)
    let seen = try world.machineObservations(at: world.now).first { $0.id == id }
    #expect(seen != nil && seen?.owner == nil)
    #expect(world.report.liveMachines.isEmpty, "its meter has stopped")
    #expect(code { try world.stop(id, owner: owner, at: world.now) } == .notOurs)
    #expect(code { try world.reboot(id, at: world.now) } == .notOurs)
    #expect(world.report.foreignTouches == [] && world.report.ownerRefusals == 2)
    #expect(world.machines[id]?.running == true && world.brokenInvariants() == [])
  }

  private func code(_ call: () throws -> Void) -> PortError.Code? {
    do { try call() } catch { return (error as? PortError)?.code }
    return nil
  }
}

@Suite struct VisitorTests {
  private func free(_ world: World) throws -> Int64 {
    var copy = world
    let hosts = try copy.hostObservations(at: copy.now)
    let host = try #require(hosts.first { $0.name == "pve-02" })
    return host.memoryBytes - host.assignedMemoryBytes
  }

  @Test func takesAShareOfWhatAHostHasLeftAndGoesAgain() throws {
    var world = Fixture.world()
    let before = try free(world)
    let first = world.fillUp("pve-02", share: 0.5, for: .minutes(30), at: world.now)
    #expect(try free(world) == before / 2)
    let second = world.fillUp("pve-02", share: 1, for: .hours(2), at: world.now)
    #expect(first != nil && second != nil && first != second)
    #expect(try free(world) == 0)
    let third = world.fillUp("pve-02", share: 1, at: world.now)
    let nowhere = world.fillUp("pve-77", share: 1, at: world.now)
    #expect(third == nil && nowhere == nil)
    #expect(world.brokenInvariants() == [])
    world.pass(.minutes(31))
    #expect(try free(world) == before / 2)
    world.pass(.hours(2))
    #expect(try free(world) == before)
  }

  @Test func isRemovedByItsOwnerAndNeverInPlaceOfOurs() throws {
    var world = Fixture.world()
    let ours = try world.join("burst", 1)
    let visitor = world.fillUp("pve-02", share: 0.2, at: world.now)
    let id = try #require(visitor)
    for machine in [ours, id, MachineID(9002)] { world.removeForeignMachine(machine, at: world.now) }
    #expect(world.machines[id] == nil && world.machines[ours] != nil && world.machines[MachineID(9002)] != nil)
  }

  @Test func looksLikeOneOfOursWithoutBeingIt() throws {
    var world = Fixture.world()
    world.label(MachineID(100), tags: ["Poolkeeper"], description: "poolkeeper/1 cluster=prod-k8s pool=burst")
    let machines = try world.machineObservations(at: world.now)
    let seen = try #require(machines.first { $0.id == MachineID(100) })
    #expect(seen.owner == nil && world.machines[MachineID(100)]?.tags == [OwnerMark.tag])
    let whole = OwnerMark(owner: Fixture.owner("burst", 9), createdAt: world.now).text
    world.label(MachineID(100), tags: [], description: whole)
    #expect(world.machines[MachineID(100)]?.owner == nil, "a whole mark would make it ours")
  }
}

@Suite struct PortFaultTests {
  private func code(_ call: () throws -> Void) -> PortError.Code? {
    do { try call() } catch { return (error as? PortError)?.code }
    return nil
  }

  @Test func withoutQuorumNothingIsChangedAndEverythingIsSeen() throws {
    var world = Fixture.world()
    let id = try world.join("burst", 1)
    world.faults.hasNoQuorum = true
    #expect(code { _ = try world.clone(Fixture.request("burst", 2), at: world.now) } == .unreachable)
    #expect(code { try world.stop(id, owner: Fixture.owner("burst", 1), at: world.now) } == .unreachable)
    let machines = try world.machineObservations(at: world.now)
    #expect(machines.contains { $0.id == id && $0.power == .running })
  }

  @Test func aCloneWhoseStorageIsLockedFailsAndLeavesNothing() throws {
    var world = Fixture.world()
    world.faults.storageLockTimeouts = 1
    let (id, task) = try world.clone(Fixture.request(), at: world.now)
    world.pass(.minutes(2))
    let state = try world.taskState(task, at: world.now)
    guard case .failed(let text) = state else {
      Issue.record("the task did not fail")
      return
    }
    #expect(text.contains("lock request timeout"))
    #expect(world.machines[id] == nil && world.brokenInvariants() == [])
  }

  @Test func aStaleLockStaysUntilAPersonTakesItAway() throws {
    var world = Fixture.world()
    world.faults.staleCloneLocks = 1
    let (id, _) = try world.clone(Fixture.request(), at: world.now)
    world.pass(.minutes(5))
    #expect(world.machines[id]?.lock == .clone)
    #expect(code { try world.delete(id, owner: Fixture.owner("burst", 1), at: world.now) } == .busy)
    world.pass(.minutes(45))
    #expect(world.machines[id]?.lock == nil)
    try world.delete(id, owner: Fixture.owner("burst", 1), at: world.now)
    world.pass(.minutes(1))
    #expect(world.machines[id] == nil && world.brokenInvariants() == [])
  }

  @Test func startsFailAsOftenAsTheyAreToldTo() throws {
    var world = Fixture.world()
    let (id, _) = try world.clone(Fixture.request(), at: world.now)
    world.pass(.minutes(2))
    let owner = Fixture.owner("burst", 1)
    try world.configure(id, owner: owner, as: Fixture.medium, at: world.now)
    world.faults.startFailures = ["start failed: QEMU exited with code 1"]
    #expect(code { try world.start(id, owner: owner, at: world.now) } == .failed)
    #expect(world.machines[id]?.running == false)
    try world.start(id, owner: owner, at: world.now)
    #expect(world.machines[id]?.running == true)
  }

  @Test func anAgentIsSilentForAWhileAfterTheBoot() throws {
    var world = Fixture.world()
    let id = try world.join("burst", 1)
    try world.reboot(id, at: world.now)
    world.pass(.minutes(2))
    let answersAt = try #require(world.machines[id]?.system?.answersAt)
    world.faults.agentSilence = (world.now - answersAt) + .minutes(1)
    let silent = try world.address(of: id, at: world.now)
    world.pass(.minutes(2))
    let heard = try world.address(of: id, at: world.now)
    #expect(silent == nil && heard != nil)
  }

  @Test func aFaultThatFindsNoNodeIsGivenUp() throws {
    var world = Fixture.world()
    var fault = ScheduledFault(
      at: world.now, kind: .kubeletDies(.anyNode(label: "node-pool", value: "burst"), cure: .restart))
    fault.givenUpAt = world.now.advanced(by: .minutes(10))
    world.add(fault)
    world.pass(.minutes(11))
    let id = try world.join("burst", 1)
    world.pass(.minutes(10))
    #expect(world.machines[id]?.system?.kubeletRunning == true && world.report.faultsInjected == 0)
  }

  @Test func aMachineMovesOnlyToAHostWithRoom() throws {
    var world = Fixture.world()
    let id = try world.join("burst", 1)
    let from = try #require(world.machines[id]?.host)
    let to: HostName = from == "pve-01" ? "pve-02" : "pve-01"
    let visitor = world.fillUp(to, share: 1, at: world.now)
    world.add(ScheduledFault(at: world.now, kind: .machineMoves(id, to: to)))
    world.pass(.seconds(1))
    #expect(world.machines[id]?.host == from)
    world.removeForeignMachine(try #require(visitor), at: world.now)
    world.add(ScheduledFault(at: world.now, kind: .machineMoves(id, to: to)))
    world.pass(.seconds(1))
    #expect(world.machines[id]?.host == to && world.brokenInvariants() == [])
  }

  @Test func aWorldThatKnowsNoneOfThisReadsAndWritesAsBefore() throws {
    var world = Fixture.world()
    world.add(Fixture.deployment("web", replicas: 1, pod: Fixture.pod(500)))
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .minAvailable(1)))
    world.add(ScheduledFault(at: world.now, kind: .hostFails("pve-01", for: .seconds(1))))
    try world.join("burst", 1)
    let text = String(decoding: try WorldFile.encode(world), as: UTF8.self)
    for key in [
      "rolls", "stopTime", "unhealthyPods", "cordonedByHand", "formerOwner", "givenUpAt", "leavesUseUnmetered",
    ] {
      #expect(!text.contains("\"\(key)\""), "\(key) is written only where it says something")
    }
  }

  @Test func withoutMetersOnlyTheCountersAreMissing() throws {
    var world = Fixture.world()
    world.add(Fixture.deployment("web", replicas: 3, pod: Fixture.pod(500)))
    var cheap = world
    cheap.metersUse = false
    for _ in 0..<2 {
      try world.join("permanent", 1 + world.nodes.count)
      try cheap.join("permanent", 1 + cheap.nodes.count)
    }
    world.pass(.hours(3))
    cheap.pass(.hours(3))
    #expect(!cheap.metersUse && world.metersUse)
    #expect(cheap.pods == world.pods && cheap.nodes == world.nodes && cheap.report == world.report)
  }
}
