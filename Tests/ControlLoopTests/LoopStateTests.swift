import Lifecycle
import Model
import Ports
import Testing

@testable import ControlLoop

/// What the loop holds between ticks, and how it finds a worker's parts in what it sees.
@Suite struct LoopStateTests {
  private static func record(_ number: Int, _ state: WorkerState = .ready) -> WorkerRecord {
    var record = WorkerRecord(
      id: WorkerID("id-\(number)"), name: WorkerName(pool: "burst", number: number), pool: "burst", template: "medium",
      price: HourlyPrice(perHour: Money(0.24)), reason: Reason("test", "A test."), createdAt: Setting.start)
    record.state = state
    record.machine = MachineID(200 + number)
    return record
  }

  private static func empty() -> LoopState {
    LoopState(JournalState(workers: [], requests: [], memory: DecisionMemory()), finished: [])
  }

  @Test func keepsBillsUntilTheyNoLongerMatter() {
    var state = Self.empty()
    var entry = JournalEntry()
    for (number, days) in [(1, -40), (2, -19), (3, -1)] {
      var record = Self.record(number, .terminated)
      record.billedFrom = Setting.start.advanced(by: .hours(24 * days - 2))
      record.billedUntil = Setting.start.advanced(by: .hours(24 * days))
      entry.workers.append(record)
    }
    entry.workers.append(Self.record(4, .terminated))
    state.commit(entry)
    #expect(state.finished.map(\.id) == ["id-1", "id-2", "id-3"], "what was never billed has no bill")
    // On 10 November everything since 22 October is kept.
    state.forget(before: Ledger.horizon(at: Setting.start, policy: Setting.policy()))
    #expect(state.finished.map(\.id) == ["id-2", "id-3"])
    state.commit(entry)
    #expect(state.finished.count == 3, "a record that is written again is not billed twice")
  }

  @Test func keepsItsListsInOrder() {
    var state = Self.empty()
    var entry = JournalEntry()
    entry.workers = [3, 1, 2].map { Self.record($0) }
    entry.requests = ["b", "a"].map {
      ScaleRequest(id: $0, pool: "burst", workers: 1, askedAt: Setting.start, askedBy: "ann")
    }
    state.commit(entry)
    #expect(state.workers.map(\.id) == ["id-1", "id-2", "id-3"])
    #expect(state.requests.map(\.id) == ["b", "a"])
    entry = JournalEntry()
    entry.workers = [Self.record(2, .terminated)]
    entry.closedRequests = ["b"]
    state.commit(entry)
    #expect(state.workers.map(\.id) == ["id-1", "id-3"])
    #expect(state.requests.map(\.id) == ["a"])
    #expect(state.request("b")?.pool == "burst", "a closed request is still known")
    #expect(state.request("c") == nil)
  }

  @Test func findsAMachineByItsOwnerAndSeesAnotherBehindItsNumber() {
    let record = Self.record(1)
    func machine(_ number: Int, cluster: String, id: WorkerID) -> MachineObservation {
      MachineObservation(
        id: MachineID(number), name: record.name.rawValue, host: "pve-01", power: .running,
        owner: MachineOwner(cluster: cluster, pool: "burst", worker: record.name, id: id))
    }
    func seen(_ machines: [MachineObservation]) -> MachineObservation? {
      var view = WorldView.disconnected
      view.machines = .known(machines, at: Setting.start)
      return WorkerViews(view, cluster: Setting.cluster).observation(of: record).machine.value ?? nil
    }
    let ours = machine(300, cluster: Setting.cluster, id: record.id)
    let stranger = machine(201, cluster: Setting.cluster, id: "id-9")
    let elsewhere = machine(400, cluster: "staging", id: record.id)
    #expect(seen([stranger, elsewhere, ours]) == ours)
    #expect(seen([elsewhere, stranger]) == stranger, "its number, so that it is seen that ours is gone")
    #expect(seen([elsewhere]) == nil)
    let blind = WorkerViews(.disconnected, cluster: Setting.cluster).observation(of: record)
    #expect(blind.machine.unknownReason != nil && blind.node.unknownReason != nil && blind.pods.unknownReason != nil)
  }
}
