import Model
import Testing

@testable import ControlLoop

@Suite struct SystemLooksTests {
  private static let start = Instant(seconds: 1_790_000_000)
  private static let well = SystemObservation(stage: .running, kubeletRunning: true)

  private func record(_ state: WorkerState = .ready, machine: Int = 300) -> WorkerRecord {
    var record = WorkerRecord(
      id: "id-1", name: "worker-burst-001", pool: "burst", template: "small", price: HourlyPrice(perHour: Money(0.12)),
      reason: Reason("requested", "Asked for."), createdAt: Self.start)
    record.state = state
    record.machine = MachineID(machine)
    return record
  }

  private func sight(ready: Bool = true, power: MachineObservation.Power = .running) -> SystemLooks.Sight {
    var node = NodeObservation(
      name: "worker-burst-001", uid: "uid-1", createdAt: Self.start, allocatable: Resources())
    node.conditions["Ready"] = .init(status: ready ? .yes : .no, since: Self.start)
    let machine = MachineObservation(id: MachineID(300), name: "worker-burst-001", host: "pve-01", power: power)
    return .init(nodes: .known([node], at: Self.start), machines: .known([machine], at: Self.start))
  }

  private func looks(_ system: SystemObservation? = well, of record: WorkerRecord) -> SystemLooks {
    let looks = SystemLooks()
    let look = SystemLooks.Look(
      worker: record.id, machine: MachineID(300), at: Self.start, system: system, address: "192.0.2.7")
    looks.keep([record.name: look], of: [record])
    return looks
  }

  private func stands(_ looks: SystemLooks, _ record: WorkerRecord, _ sight: SystemLooks.Sight, after: Int) -> Bool {
    let now = Self.start.advanced(by: .seconds(after))
    return looks.standing(of: record, in: sight, now: now, interval: .seconds(30)) != nil
  }

  @Test func aHealthyWorkersAnswerStandsForTheInterval() {
    let looks = looks(of: record())
    #expect(stands(looks, record(), sight(), after: 29))
    #expect(!stands(looks, record(), sight(), after: 30))
    #expect(!stands(looks, record(), sight(), after: -1))
  }

  @Test func whatDoesNotLookWellIsAskedAtEachLook() {
    let looks = looks(of: record())
    #expect(!stands(looks, record(), sight(ready: false), after: 5))
    #expect(!stands(looks, record(), sight(power: .stopped), after: 5))
    #expect(!stands(looks, record(machine: 301), sight(), after: 5))
    #expect(!stands(looks, record(.repairing), sight(), after: 5))
    #expect(!stands(self.looks(nil, of: record()), record(), sight(), after: 5))
    let stopped = SystemObservation(stage: .running, kubeletRunning: false)
    #expect(!stands(self.looks(stopped, of: record()), record(), sight(), after: 5))
    let nothing = SystemLooks.Sight(nodes: .unknown("Away."), machines: .unknown("Away."))
    #expect(!stands(looks, record(), nothing, after: 5))
  }

  @Test func anAnswerFromBeforeTheWorkerWasReadyIsNotKept() {
    #expect(!stands(looks(of: record(.joining)), record(), sight(), after: 5))
  }
}
