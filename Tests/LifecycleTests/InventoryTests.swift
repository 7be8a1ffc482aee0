import Lifecycle
import Model
import Testing

/// What is there beside the records: adopted where it serves, removed where it is certain, left alone otherwise.
@Suite struct InventoryTests {
  /// Machines, nodes and records, reviewed every five minutes.
  private struct Yard {
    var policy = Fixture.makePolicy()
    var now = Fixture.start
    var inventory = Inventory()
    var machines: [MachineObservation] = []
    var nodes: [NodeObservation] = []
    var workers: [WorkerRecord] = []
    var isUnknown = false
    var podsAreUnknown = false

    mutating func addMachine(_ number: Int = 1, pool: PoolName = "burst", cluster: String = "home", uuid: String? = nil)
    {
      let name = WorkerName(pool: pool, number: number)
      let owner = MachineOwner(cluster: cluster, pool: pool, worker: name, id: WorkerID("id-\(number)"))
      var machine = MachineObservation(
        id: MachineID(20000 + number), name: name.rawValue, host: "pve1", power: .running, owner: owner)
      machine.createdAt = Fixture.start
      machine.uuid = uuid
      machines.append(machine)
    }

    mutating func addNode(_ number: Int = 1, ready: Bool = true, uuid: String? = nil) {
      let name = WorkerName(pool: "burst", number: number).rawValue
      var node = NodeObservation(
        name: NodeName(name), uid: "uid-\(number)", createdAt: Fixture.start.advanced(by: .minutes(2)),
        allocatable: .zero)
      node.conditions["Ready"] = .init(status: ready ? .yes : .unknown, since: Fixture.start)
      node.labels = [
        "node-pool": "burst", "workload-size": "medium",
        "ttl": String(Fixture.start.advanced(by: .hours(4)).milliseconds / 1000),
      ]
      node.systemUUID = uuid
      nodes.append(node)
    }

    mutating func addRecord(_ number: Int, machine: Int? = nil) {
      let name = WorkerName(pool: "burst", number: number)
      var record = WorkerRecord(
        id: WorkerID("id-\(number)"), name: name, pool: "burst", template: "medium",
        price: HourlyPrice(perHour: Money(0.24)), reason: Reason("test", "For a test."), createdAt: Fixture.start)
      record.state = .ready
      record.machine = machine.map { MachineID($0) }
      workers.append(record)
    }

    /// Machines with their records, all billed.
    mutating func addFleet(of count: Int) {
      for number in 1...count {
        addMachine(number)
        addRecord(number, machine: 20000 + number)
        workers[number - 1].billedFrom = Fixture.start
      }
    }

    mutating func review(after duration: Duration = .minutes(5)) -> [WorkerTransition] {
      now = now.advanced(by: duration)
      let look = Inventory.Look(
        workers: workers, machines: isUnknown ? .unknown("no quorum") : .known(machines, at: now),
        nodes: .known(nodes, at: now), pods: podsAreUnknown ? .unknown("no answer") : .known([], at: now))
      return inventory.review(look, now: now, policy: policy, newID: { "new-id" })
    }

    /// What the reviews of so long a time lead to, with the new records kept.
    mutating func reviews(for duration: Duration) -> [WorkerTransition] {
      var made: [WorkerTransition] = []
      let end = now.advanced(by: duration)
      while now < end {
        let new = review()
        workers += new.map(\.record)
        made += new
      }
      return made
    }
  }

  @Test func aWorkerThatServesIsAdoptedWithWhatItShows() throws {
    var yard = Yard()
    yard.addMachine(uuid: "u1")
    yard.addNode(uuid: "u1")
    #expect(yard.reviews(for: .minutes(25)).isEmpty, "it may still be in the making")
    let made = yard.reviews(for: .minutes(30))
    #expect(made.count == 1)
    let record = try #require(made.first?.record)
    #expect(record.state == .ready)
    #expect(record.id == "id-1" && record.name == "worker-burst-001" && record.machine == MachineID(20001))
    #expect(record.template == "medium" && record.price == HourlyPrice(perHour: Money(0.24)))
    #expect(record.billedFrom == Fixture.start, "from the instant from which the ledger has counted it")
    #expect(record.timeToLive?.expiresAt == Fixture.start.advanced(by: .hours(4)))
    #expect(record.timeToLive?.latest == Fixture.start.advanced(by: .hours(12)))
    #expect(made[0].events.map(\.code) == ["worker_adopted"])
    #expect(yard.inventory.findings.isEmpty)
  }

  @Test func aNodeWithTheStartUpTaintIsAdoptedAsJoining() throws {
    var yard = Yard()
    yard.addMachine()
    yard.addNode()
    yard.nodes[0].taints = [.starting]
    #expect(try #require(yard.reviews(for: .hours(1)).first?.record).state == .joining)
  }

  @Test func aMachineThatNeverBecameANodeIsRemovedThroughTheLifecycle() throws {
    var yard = Yard()
    yard.addMachine()
    let made = yard.reviews(for: .hours(1))
    #expect(made.count == 1)
    let record = try #require(made.first?.record)
    #expect(record.state == .terminating && record.removal?.force == true)
    var fixture = Fixture()
    fixture.record = record
    fixture.now = yard.now
    fixture.machine = yard.machines[0]
    fixture.node = nil
    #expect(fixture.advance(after: .seconds(5)) == [.powerOff])
    fixture.machine?.power = .stopped
    #expect(fixture.advance(after: .seconds(30)) == [.deleteMachine])
    fixture.machine = nil
    fixture.advance(after: .seconds(30))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.billedUntil != nil)
  }

  @Test func aMachineWhoseNodeOneLookLacksIsNotRemoved() throws {
    var yard = Yard()
    yard.addMachine(uuid: "u1")
    yard.addNode(uuid: "u1")
    // Until it may be adopted, and in the look that would: without its node's row.
    #expect(yard.reviews(for: .minutes(25)).isEmpty)
    let nodes = yard.nodes
    yard.nodes = []
    #expect(yard.review().isEmpty)
    #expect(yard.inventory.findings.first?.sentence.hasSuffix("when it is certain.") == true)
    #expect(yard.review(after: .seconds(119)).isEmpty)
    yard.nodes = nodes
    #expect(yard.review().map(\.events.first?.code) == ["worker_adopted"])
    // The record was lost once more, and the node is gone for good.
    yard.nodes = []
    #expect(yard.review().isEmpty)
    #expect(yard.review(after: .minutes(2)).map(\.events.first?.code) == ["orphan_removed"])
  }

  @Test func nothingIsRemovedWhereThePolicyForbidsIt() {
    var yard = Yard()
    yard.policy.cleanup.removesOrphans = false
    yard.addMachine()
    yard.addNode(2, ready: false)
    #expect(yard.reviews(for: .hours(2)).isEmpty)
    #expect(yard.inventory.findings.map(\.kind) == [.machine, .node])
    #expect(yard.inventory.findings.allSatisfy { $0.sentence.contains("by hand") })
    #expect(yard.inventory.news().map(\.event.code) == ["orphan_machine", "orphan_node"])
    #expect(yard.inventory.news().isEmpty, "each is told once")
  }

  @Test func machinesOfOthersAreNotLookedAt() {
    var yard = Yard()
    yard.addMachine(cluster: "other")
    yard.addMachine(2)
    yard.machines[1].owner = nil
    yard.addMachine(3)
    yard.machines[2].isTemplate = true
    #expect(yard.reviews(for: .hours(2)).isEmpty)
    #expect(yard.inventory.findings.isEmpty)
  }

  @Test(arguments: ["name", "uuid", "node of another name", "no time", "no pool", "locked"])
  func whatIsNotCertainIsLeftAlone(why: String) {
    var yard = Yard()
    yard.addMachine(pool: why == "no pool" ? "gone" : "burst", uuid: "u1")
    switch why {
    case "name":
      yard.addRecord(1)
      yard.workers[0].id = "another"
    case "uuid": yard.addNode(uuid: "u2")
    case "node of another name": yard.addNode(2, uuid: "u1")
    case "no time": yard.machines[0].createdAt = nil
    case "locked": yard.machines[0].locked = true
    default: break
    }
    #expect(yard.reviews(for: .hours(2)).isEmpty)
    #expect(yard.inventory.findings.map(\.key) == ["20001"])
  }

  @Test func aNodeWithoutAMachineIsDeletedWithItsUID() throws {
    var yard = Yard()
    yard.addNode(ready: false)
    let made = yard.reviews(for: .hours(1))
    let record = try #require(made.first?.record)
    #expect(made.count == 1 && record.id == "new-id")
    var fixture = Fixture()
    fixture.record = record
    fixture.now = yard.now
    fixture.machine = nil
    fixture.node = yard.nodes[0]
    #expect(fixture.advance(after: .seconds(5)) == [.deleteNode(uid: "uid-1")])
    fixture.node = nil
    fixture.advance(after: .seconds(30))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.cost(until: fixture.now) == .zero)
  }

  @Test(arguments: ["ready", "another pool's name", "no pool label", "its machine", "a machine of its uuid"])
  func nodesThatMayHaveAMachineStay(why: String) {
    var yard = Yard()
    yard.addNode(ready: why == "ready", uuid: "u1")
    switch why {
    case "another pool's name": yard.nodes[0].labels["node-pool"] = "spot"
    case "no pool label": yard.nodes[0].labels["node-pool"] = nil
    case "its machine":
      yard.addMachine(cluster: "other")
    case "a machine of its uuid":
      yard.addMachine(2, uuid: "u1")
      yard.addRecord(2)
    default: break
    }
    #expect(yard.reviews(for: .hours(2)).isEmpty)
  }

  @Test func removalsAreFewAtATimeAndWithinAnHour() {
    var yard = Yard()
    for number in 1...14 { yard.addMachine(number) }
    #expect(yard.reviews(for: .minutes(25)).isEmpty)
    var most = 0
    var all = 0
    for _ in 0..<40 {
      let made = yard.review(after: .minutes(1))
      yard.workers += made.map(\.record)
      most = max(most, made.count)
      all += made.count
    }
    #expect(most == 1)
    #expect(all == 10)
  }

  @Test func listsThatLostMostOfTheirRowsHoldEverything() {
    var yard = Yard()
    for number in 1...6 {
      yard.addMachine(number)
      yard.addNode(number)
      yard.addRecord(number, machine: 20000 + number)
    }
    yard.addMachine(7)
    yard.addNode(7)
    _ = yard.review()
    let all = yard.nodes
    yard.nodes = []
    yard.now = yard.now.advanced(by: .hours(1))
    #expect(yard.review().isEmpty)
    #expect(yard.inventory.isSuspicious(at: yard.now))
    #expect(yard.review().isEmpty)
    yard.nodes = all
    #expect(yard.reviews(for: .minutes(30)).map(\.record.state) == [.ready], "its node is back, and it is adopted")
  }

  @Test func machinesThatTheRecordsKnowAndTheListDoesNotHoldEverything() {
    var yard = Yard()
    for number in 1...4 { yard.addRecord(number, machine: 20000 + number) }
    yard.addNode(9, ready: false)
    #expect(yard.reviews(for: .hours(3)).isEmpty)
    #expect(yard.inventory.isSuspicious(at: yard.now))
  }

  @Test func aNodeThatItsMachineLeftBehindKeepsNoOtherMachineOfItsName() {
    for ready in [false, true] {
      var yard = Yard()
      yard.addMachine(uuid: "u1")
      yard.addNode(ready: ready, uuid: "u2")
      let made = yard.reviews(for: .hours(2))
      #expect(made.map(\.record.state) == (ready ? [] : [.terminating]), "what is Ready runs on another machine")
      #expect(made.allSatisfy { $0.record.machine == MachineID(20001) })
    }
    var yard = Yard()
    yard.addMachine(uuid: "u1")
    yard.addMachine(2, uuid: "u2")
    yard.addNode(ready: false, uuid: "u2")
    #expect(yard.reviews(for: .hours(2)).isEmpty, "its machine is there: that is for a person")
  }

  @Test func whatMostRecordsMissIsDoubtedForAQuarterOfAnHour() {
    var yard = Yard()
    yard.addFleet(of: 4)
    let all = yard.machines
    _ = yard.review()
    #expect(!yard.inventory.doubtsAbsence)
    yard.machines = Array(all.prefix(1))
    _ = yard.review()
    #expect(yard.inventory.doubtsAbsence)
    _ = yard.review(after: .hours(2))
    #expect(yard.inventory.doubtsAbsence, "no two looks are so far apart: the clock was set")
    _ = yard.review(after: .hours(-2))
    _ = yard.review(after: .seconds(300))
    _ = yard.review(after: .seconds(299))
    #expect(yard.inventory.doubtsAbsence)
    _ = yard.review(after: .seconds(1))
    #expect(!yard.inventory.doubtsAbsence, "they are gone")
    yard.machines = all
    _ = yard.review()
    for index in 1...3 {
      yard.workers[index].state = .terminating
      yard.workers[index].step = StepRecord(name: LifecycleStep.deleteMachine.rawValue, startedAt: yard.now)
    }
    yard.machines = Array(all.prefix(1))
    _ = yard.review()
    #expect(!yard.inventory.doubtsAbsence, "their deletion was asked for")
  }

  @Test func aMachineWithoutItsMarkIsNotMissed() {
    var yard = Yard()
    yard.addFleet(of: 4)
    for index in yard.machines.indices { yard.machines[index].owner = nil }
    _ = yard.reviews(for: .hours(1))
    #expect(!yard.inventory.doubtsAbsence)
    #expect(!yard.inventory.isSuspicious(at: yard.now), "or nothing would ever be tidied up again")
    yard.machines = []
    yard.podsAreUnknown = true
    _ = yard.review()
    #expect(yard.inventory.doubtsAbsence, "it is the list that is empty, whatever else is known")
  }

  @Test func whatIsUnknownChangesNothing() {
    var yard = Yard()
    yard.addMachine()
    _ = yard.reviews(for: .minutes(20))
    yard.isUnknown = true
    #expect(yard.reviews(for: .hours(2)).isEmpty)
    #expect(yard.inventory.findings.count == 1)
  }
}
