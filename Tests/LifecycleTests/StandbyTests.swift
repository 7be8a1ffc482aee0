import Lifecycle
import Model
import Testing

/// From a clone made in advance to a worker.
@Suite struct StandbyTests {
  private static let price = HourlyPrice(perHour: Money(0.012))

  /// Cloned and being configured.
  private static func configuring() -> Fixture {
    var fixture = Fixture()
    var standby = StandbyCreation(
      worker: "worker-burst-001", pool: "burst", template: "medium", price: HourlyPrice(perHour: Money(0.24)),
      standbyPrice: price, commitment: .zero)
    standby.host = "pve1"
    fixture.take(WorkerLifecycle.prepare(standby, id: "id-1", policy: fixture.policy, now: fixture.now))
    fixture.advance()
    fixture.answer(.cloned(machine: MachineID(20001), task: ""), to: .clone(host: "pve1"))
    fixture.makeMachine()
    fixture.advance(after: .seconds(40))
    return fixture
  }

  private static func standingBy() -> Fixture {
    var fixture = configuring()
    fixture.machine?.configured = true
    fixture.advance(after: .seconds(5))
    return fixture
  }

  private static func activated() -> Fixture {
    var fixture = standingBy()
    fixture.wait(.hours(10))
    var creation = Fixture.creation(pool: "burst", timeToLive: .hours(4))
    creation.startsStandby = true
    creation.request = "rush"
    fixture.take(
      WorkerLifecycle.activate(fixture.record, creation, now: fixture.now, policy: fixture.policy))
    return fixture
  }

  @Test func itIsConfiguredAndNeverStarted() {
    var fixture = Self.configuring()
    #expect(fixture.step == .configure)
    fixture.machine?.configured = true
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.record.state == .standby)
    #expect(fixture.codes == ["standby_ready"])
    #expect(fixture.record.standby?.readyAt == fixture.now)
    #expect(fixture.advance(after: .hours(100)).isEmpty)
    #expect(fixture.record.state == .standby && fixture.record.isReserve)
    #expect(fixture.record.build == fixture.policy.template("medium")?.build)
  }

  @Test func aConfigurationThatOnlyWarnsDoesNotStartItEither() {
    var fixture = Self.configuring()
    fixture.policy.provisioning.errorHandling[.configure] = .warn
    fixture.answer(.failed(code: "invalid", message: "no", retryable: false), to: .configure)
    #expect(fixture.record.state == .standby)
  }

  @Test func activationStartsItAndItsLifeBeginsThen() {
    var fixture = Self.activated()
    #expect(fixture.record.state == .provisioning)
    #expect(fixture.codes == ["standby_activated"])
    #expect(fixture.record.timeToLive?.expiresAt == fixture.now.advanced(by: .hours(4)))
    #expect(fixture.record.request == "rush")
    let labels = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
    #expect(labels["provisioned-at"] == String(fixture.now.milliseconds / 1000))
    #expect(labels["ttl-hours"] == "4")
    #expect(fixture.advance(after: .seconds(5)) == [.start], "neither clone nor configure comes again")
    fixture.machine?.power = .running
    fixture.advance(after: .seconds(5))
    #expect(fixture.step == .boot)
  }

  @Test func itCostsItsShareUntilActivationAndTheWholePriceFromThen() {
    let fixture = Self.activated()
    let (from, activated) = (fixture.record.billedFrom!, fixture.now)
    #expect(fixture.record.cost(until: from.advanced(by: .hours(1))) == Money(0.012))
    let before = fixture.record.cost(until: activated)
    #expect(before == Self.price.cost(of: activated - from))
    #expect(fixture.record.cost(until: activated.advanced(by: .hours(2))) - before == Money(0.48))
    #expect(fixture.record.presentPrice == HourlyPrice(perHour: Money(0.24)))
    #expect(Self.standingBy().record.presentPrice == Self.price)
  }

  @Test(arguments: ["gone", "running", "changed"])
  func aMachineThatIsLostOrChangedIsGivenUp(what: String) {
    var fixture = Self.standingBy()
    fixture.wait(.minutes(1))
    switch what {
    case "gone":
      fixture.machine = nil
      // A list may have lost rows: it must be missing for long.
      fixture.advance(after: .minutes(1))
      fixture.advance(after: LifecycleLimits.standbyLost)
    case "running": fixture.machine?.power = .running
    default: fixture.machine?.configured = false
    }
    if what != "gone" { fixture.advance(after: .seconds(5)) }
    #expect(fixture.record.state == .failed)
    fixture.machine?.power = .stopped
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == (what == "gone" ? .terminated : .terminating))
  }

  @Test func aListThatLacksItForAWhileDoesNotEndIt() {
    var fixture = Self.standingBy()
    let machine = fixture.machine
    for _ in 0..<3 {
      fixture.machine = nil
      fixture.advance(after: .minutes(1))
      fixture.advance(after: .minutes(55))
      #expect(fixture.record.state == .standby)
      fixture.machine = machine
      fixture.advance(after: .minutes(1))
      #expect(fixture.record.missingSince == nil)
    }
  }

  /// A person deleted it, and somebody else was given its number.
  @Test func anothersMachineUnderItsNumberIsNotIt() {
    var fixture = Self.standingBy()
    fixture.machine?.uuid = "ours"
    fixture.advance(after: .minutes(1))
    fixture.machine?.owner = nil
    fixture.machine?.uuid = "theirs"
    fixture.advance(after: .minutes(1))
    let missed = fixture.now
    #expect(fixture.record.missingSince == missed)
    fixture.advance(after: LifecycleLimits.standbyLost)
    fixture.advance(after: .minutes(1))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.billedUntil == missed)
  }

  @Test func unknownMachinesLeaveItAlone() {
    var fixture = Self.standingBy()
    fixture.world.machine = .unknown("no quorum")
    fixture.advance(after: .hours(1))
    #expect(fixture.record.state == .standby)
  }

  @Test func retirementDeletesItWithoutADrain() {
    var fixture = Self.standingBy()
    fixture.retire("standby_removed")
    #expect(fixture.record.state == .terminating)
    #expect(fixture.advance(after: .seconds(5)) == [.deleteMachine])
    fixture.machine = nil
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.billedUntil != nil)
  }

  @Test func onlyOneThatWaitsIsActivated() {
    var fixture = Self.configuring()
    let creation = Fixture.creation(pool: "burst", timeToLive: nil)
    let before = fixture.record
    fixture.take(WorkerLifecycle.activate(before, creation, now: fixture.now, policy: fixture.policy))
    #expect(fixture.record == before)
    #expect(fixture.codes == ["activation_refused"])
  }
}
