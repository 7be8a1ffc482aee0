import Foundation
import Model
import Ports
import Simulator
import Testing

/// What the world does for those who come over the wire.
@Suite struct WireMachineTests {
  private func order(_ id: Int, full: Bool = true) -> CloneOrder {
    var order = CloneOrder(source: MachineID(9002), machine: MachineID(id))
    order.name = "worker-burst-001"
    order.description = OwnerMark(owner: Fixture.owner("burst", 1), createdAt: Fixture.start).text
    order.full = full
    return order
  }

  @Test(arguments: UInt64(1)...10)
  func aWorldThatIsSavedInTheMiddleOfACloneGoesOnTheSame(seed: UInt64) throws {
    var world = Fixture.world(seed: seed)
    _ = try world.acceptClone(order(300), user: "a@pve!b")
    world.pass(.seconds(5))
    var copy = try JSONDecoder().decode(World.self, from: JSONEncoder().encode(world))
    let end = world.now.advanced(by: .minutes(3))
    world.advance(to: end)
    while copy.now < end { copy.pass(.milliseconds(700)) }
    copy = try JSONDecoder().decode(World.self, from: JSONEncoder().encode(copy))
    world.advance(to: copy.now)
    #expect(copy == world)
    #expect(world.machines[MachineID(300)]?.lock == nil && world.brokenInvariants() == [])
  }

  @Test func theDescriptionSaysWhoseAMachineIsAndMovesItsMeter() throws {
    var world = Fixture.world()
    _ = try world.acceptClone(order(300, full: false), user: "a@pve!b")
    world.pass(.seconds(10))
    let id = MachineID(300)
    #expect(world.machines[id]?.owner == Fixture.owner("burst", 1))
    #expect(try world.machineObservations(at: world.now).first { $0.id == id }?.owner == Fixture.owner("burst", 1))
    var change = ConfigurationChange()
    change.values["description"] = "somebody else's now"
    try world.changeOptions(of: id, change)
    #expect(world.machines[id]?.owner == nil && world.report.liveMachines.isEmpty)
    change.values["description"] = OwnerMark(owner: Fixture.owner("burst", 2), createdAt: world.now).text
    try world.changeOptions(of: id, change)
    #expect(world.report.liveMachines.map(\.owner) == [Fixture.owner("burst", 2)])
    change.values = ["tags": "other"]
    try world.changeOptions(of: id, change)
    #expect(try world.machineObservations(at: world.now).first { $0.id == id }?.owner == nil)
    #expect(world.brokenInvariants() == [])
  }

  @Test func aMachineOfTheWireBootsAndJoinsLikeOneOfThePorts() throws {
    var world = Fixture.world()
    world.catalogue = [Fixture.medium]
    _ = try world.acceptClone(order(300, full: false), user: "a@pve!b")
    world.pass(.seconds(10))
    let id = MachineID(300)
    var change = ConfigurationChange()
    change.values = ["cores": "8", "memory": "16384"]
    try world.changeOptions(of: id, change)
    _ = try world.acceptResize(of: id, disk: "scsi0", size: "200G", user: "a@pve!b")
    world.pass(.seconds(3))
    #expect(world.machines[id]?.hardware.diskBytes == 200 << 30)
    _ = try world.acceptPower(.start, of: id, user: "a@pve!b")
    world.pass(.seconds(65))
    #expect(try world.observeSystem(id, at: world.now).stage == .maintenance)
    try world.apply(NodeConfiguration(hostname: "worker-burst-001", labels: [:], taints: []), to: id, at: world.now)
    world.pass(.seconds(91))
    #expect(world.nodes["worker-burst-001"]?.isReady == true)
    #expect(world.nodes["worker-burst-001"]?.allocatable == Fixture.medium.allocatable)
    #expect(world.report.machines.map(\.price) == [Fixture.medium.price])
    #expect(world.report.foreignTouches.isEmpty)
    _ = try world.acceptPower(.shutdown(timeout: .seconds(60), forced: false), of: id, user: "a@pve!b")
    world.pass(.seconds(25))
    #expect(world.machines[id]?.running == false)
  }

  @Test func aSystemThatDoesNotAnswerIsShutDownOnlyByForce() throws {
    var world = Fixture.world()
    _ = try world.acceptClone(order(300, full: false), user: "a@pve!b")
    world.pass(.seconds(10))
    world.faults.hangNextBoots = 1
    _ = try world.acceptPower(.start, of: MachineID(300), user: "a@pve!b")
    world.pass(.seconds(5))
    let asked = try world.acceptPower(.shutdown(timeout: .seconds(20), forced: false), of: MachineID(300), user: "a")
    world.pass(.seconds(25))
    #expect(world.tasks[asked]?.state == .failed("VM quit/powerdown failed - got timeout"))
    _ = try world.acceptPower(.shutdown(timeout: .seconds(20), forced: true), of: MachineID(300), user: "a")
    world.pass(.seconds(25))
    #expect(world.machines[MachineID(300)]?.running == false)
  }

  @Test func listsShowWhatTheLastBroadcastTold() throws {
    var world = Fixture.world()
    _ = try world.acceptClone(order(300, full: false), user: "a@pve!b")
    world.pass(.seconds(9))
    #expect(world.machines[MachineID(300)]?.shown == nil)
    world.pass(.seconds(2))
    #expect(world.machines[MachineID(300)]?.shown?.running == false)
    _ = try world.acceptPower(.start, of: MachineID(300), user: "a@pve!b")
    world.pass(.seconds(3))
    #expect(world.machines[MachineID(300)]?.running == true && world.machines[MachineID(300)]?.shown?.running == false)
    world.pass(.seconds(10))
    #expect(world.machines[MachineID(300)]?.shown?.running == true)
  }

  @Test func membersOfAPoolAreAddedMovedAndTakenOut() throws {
    var world = Fixture.world()
    world.machinePools = ["a": "", "b": ""]
    let id = MachineID(100)
    try world.setPool("a", members: [id], leaving: false, mayMove: false)
    #expect(throws: HypervisorRefusal("VM 100 is already a pool member of 'a'")) {
      try world.setPool("b", members: [id], leaving: false, mayMove: false)
    }
    try world.setPool("b", members: [id], leaving: false, mayMove: true)
    #expect(world.machines[id]?.pool == "b")
    try world.setPool("b", members: [id], leaving: true, mayMove: false)
    #expect(world.machines[id]?.pool == nil)
  }

  @Test func dividedTimesKeepTheirOrderAndNeverVanish() {
    let timings = WorldTimings().divided(by: 1000)
    #expect(timings.clone == .milliseconds(30) ... .milliseconds(60))
    #expect(timings.taskFork == .milliseconds(1) ... .milliseconds(1) && timings.statistics == .milliseconds(10))
    #expect(WorldTimings().divided(by: 0.5) == WorldTimings())
  }

  @Test(
    arguments: [
      ("32G", 32 << 30), ("512M", 512 << 20), ("1.5T", 3 << 39), ("4096", 4096), ("G", nil), ("-1G", nil),
      ("1e400G", nil),
    ] as [(String, Int64?)])
  func readsSizes(text: String, bytes: Int64?) {
    #expect(SimulatedStorage.bytes(text) == bytes)
    if let bytes { #expect(SimulatedStorage.bytes(SimulatedStorage.text(bytes)) == bytes) }
  }
}
