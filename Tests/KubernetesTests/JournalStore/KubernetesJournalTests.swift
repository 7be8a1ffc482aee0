import Foundation
import Model
import Ports
import TestSupport
import Testing

@testable import Kubernetes

@Suite struct KubernetesJournalTests {
  @Test(arguments: JournalPromise.allCases) func keeps(promise: JournalPromise) async throws {
    let bench = JournalBench()
    let broken = try await promise.broken { bench.journal() }
    #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
  }

  /// The lengths of time in it are JSON numbers of 21 digits, which no structured field would bring back.
  @Test func requestsComeBackToTheMillisecond() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    var entry = JournalEntry()
    entry.requests = [JournalSamples.request("r")]
    try await journal.write(entry)
    #expect(try await bench.contents().requests.first?.timeToLive == .milliseconds(14_400_123))
  }

  @Test func showsPeopleWhatTheyLookFor() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    var record = JournalSamples.worker(1, state: .ready)
    record.machine = MachineID(204)
    record.billedFrom = JournalSamples.start
    record.id = WorkerID("0A_b")
    try await journal.write(JournalSamples.entry([record, JournalSamples.worker(2)]))
    #expect(bench.server.names(.workers) == ["worker-burst-001.x--30415f62", "worker-burst-002.id-2"])
    let spec = try bench.spec(.workers, "worker-burst-001.x--30415f62")
    #expect(spec["pool"] as? String == "burst" && spec["state"] as? String == "ready")
    #expect(spec["machine"] as? Int == 204 && spec["createdAt"] as? String == "2023-11-14T22:13:20.000Z")
    #expect(spec["cost"] as? String == "\(record.cost(until: bench.clock.now()))")
    let ledger = try bench.spec(.ledgers, "poolkeeper")
    #expect(ledger["holder"] as? String == "pod-1" && ledger["workers"] as? Int == 2)
  }

  @Test func keepsLabelsThatOthersSet() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    for (kind, name) in [(ResourceKind.workers, "worker-burst-001.id-1"), (.ledgers, "poolkeeper")] {
      try bench.server.edit(kind, name) { object in
        var metadata = object["metadata"] as? [String: Any] ?? [:]
        var labels = metadata["labels"] as? [String: String] ?? [:]
        labels["team"] = "blue"
        metadata["labels"] = labels
        object["metadata"] = metadata
      }
    }
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1, state: .ready)]))
    #expect(try await bench.contents().workers.map(\.state) == [.ready])
    for (kind, name) in [(ResourceKind.workers, "worker-burst-001.id-1"), (.ledgers, "poolkeeper")] {
      #expect(String(decoding: bench.server.object(kind, name) ?? [], as: UTF8.self).contains("\"team\":\"blue\""))
    }
  }

  // MARK: - Refusals

  @Test func refusesALedgerOfAnotherCluster() async throws {
    let bench = JournalBench()
    _ = try await bench.journal().load()
    let error = await #expect(throws: PortError.self) { try await bench.journal(cluster: "test").load() }
    #expect(error?.code == .conflict)
    #expect(error?.message.contains("\"prod\"") == true && error?.message.contains("\"test\"") == true)
  }

  @Test func refusesALedgerOfANewerFormatWhateverElseItHolds() async throws {
    let bench = JournalBench()
    _ = try await bench.journal().load()
    try bench.server.edit(.ledgers, "poolkeeper") { $0["spec"] = ["format": 2, "somethingNew": true] as [String: Any] }
    let before = bench.server.writes
    let error = await #expect(throws: PortError.self) { try await bench.journal().load() }
    #expect(error?.code == .invalid && error?.message.contains("format 2") == true)
    #expect(bench.server.writes == before)
  }

  @Test func saysWhatToApplyWhereTheKindsAreMissing() async throws {
    let bench = JournalBench()
    let client = ResourceClient(bench.server) { _ in .fails(.notFound) }
    let error = await #expect(throws: PortError.self) { try await bench.journal(through: client).load() }
    #expect(error?.code == .unavailable && error?.message.contains("crds.yaml") == true)
  }

  @Test func refusesMoreThanItsBoundsAndWritesNothing() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    let before = bench.server.writes
    var requests = JournalEntry()
    requests.requests = (0...JournalBounds.openRequests).map { JournalSamples.request(RequestID("r\($0)")) }
    var large = JournalSamples.worker(1)
    large.lastError = String(repeating: "x", count: JournalBounds.recordBytes)
    for (entry, code) in [
      (requests, PortError.Code.exhausted), (JournalSamples.entry([large]), .invalid),
      (JournalSamples.entry((0...JournalBounds.liveWorkers).map { JournalSamples.worker($0) }), .exhausted),
    ] {
      let error = await #expect(throws: PortError.self) { try await journal.write(entry) }
      #expect(error?.code == code)
    }
    #expect(bench.server.writes == before)
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
  }

  // MARK: - Leading and following

  @Test func whoFollowsReadsAndWritesNothing() async throws {
    let bench = JournalBench()
    let leader = bench.journal("pod-1", leadership: JournalBench.Lead())
    _ = try await leader.load()
    try await leader.write(JournalSamples.entry([JournalSamples.worker(1)]))
    let before = bench.server.writes
    let follower = bench.journal("pod-2", leadership: JournalBench.Lead(false))
    #expect(try await follower.load().workers == [JournalSamples.worker(1)])
    let error = await #expect(throws: PortError.self) {
      try await follower.write(JournalSamples.entry([JournalSamples.worker(2)]))
    }
    #expect(error?.code == .superseded && error?.message.contains("pod-9") == true)
    #expect(bench.server.writes == before)
    // And it sees what the leader writes next.
    try await leader.write(JournalSamples.entry([JournalSamples.worker(3)]))
    #expect(try await follower.load().workers == [JournalSamples.worker(1), JournalSamples.worker(3)])
  }

  @Test func aFollowersReadingCostsOneRequestWhileNothingChanges() async throws {
    let bench = JournalBench()
    _ = try await bench.journal().load()
    let fuse = Fuse()
    let follower = bench.journal(
      "pod-2", through: ResourceClient(bench.server) { _ in fuse.fate() }, leadership: JournalBench.Lead(false))
    _ = try await follower.load()
    let first = fuse.requests
    _ = try await follower.load()
    #expect(fuse.requests == first + 1)
  }

  @Test func whoBeganToLeadMustReadBeforeItWrites() async throws {
    let bench = JournalBench()
    let lead = JournalBench.Lead(false)
    let journal = bench.journal("pod-1", leadership: lead)
    _ = try await journal.load()
    lead.set(true)
    let error = await #expect(throws: PortError.self) {
      try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    }
    #expect(error?.code == .conflict)
    _ = try await journal.load()
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    #expect(try await bench.contents().workers.count == 1)
  }

  @Test func oneChangedWorkerCostsTwoRequests() async throws {
    let bench = JournalBench()
    let fuse = Fuse()
    let journal = bench.journal(through: ResourceClient(bench.server) { _ in fuse.fate() })
    _ = try await journal.load()
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    let before = fuse.requests
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1, state: .ready)]))
    #expect(fuse.requests == before + 2)
  }

  // MARK: - What grows

  @Test func aLargeEntryIsSplitAndNoObjectIsLarge() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    var entry = JournalSamples.entry(
      (1...2000).map { number in
        var record = JournalSamples.worker(number)
        record.lastError = "An error with \"quotes\" and a ßign. " + String(repeating: "é", count: 400)
        return record
      })
    entry.events = (1...500).map(JournalSamples.event)
    try await journal.write(entry)
    let contents = try await bench.contents()
    #expect(contents.workers.count == 2000 && contents.workers[1999].lastError == entry.workers[0].lastError)
    #expect(contents.events.count == 500)
    #expect(bench.server.names(.ledgerPages).contains { $0.hasSuffix("-2") }, "it was split")
    #expect(bench.server.largest < 800 * 1024)
    // The pages go when nothing refers to them any more.
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    #expect(bench.server.names(.ledgerPages) == (0..<5).map { "poolkeeper-events-\($0)" })
    #expect(try await bench.contents().workers.count == 2000)
  }

  @Test func keepsTheNewestEventsInPagesThatAreUsedInTurn() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    var next = 1
    for size in [1, 99, 101, 700, 1500, 3, 997, 40] {
      var entry = JournalEntry()
      entry.events = (next..<next + size).map(JournalSamples.event)
      try await journal.write(entry)
      next += size
      let told = try await journal.events(limit: 5000)
      #expect(told.first == JournalSamples.event(next - 1))
      #expect(told.count >= min(next - 1, 1800) && told.count <= 2000, "\(told.count) of \(next - 1)")
      #expect(told == (next - told.count..<next).reversed().map(JournalSamples.event))
    }
    #expect(bench.server.names(.ledgerPages).count == JournalBounds.eventPages)
  }

  @Test func cutsWhatIsTooLongForAnEvent() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    var entry = JournalEntry()
    entry.events = [
      JournalEvent(
        at: JournalSamples.start, subject: "worker", name: String(repeating: "n", count: 300), code: "c",
        sentence: String(repeating: "é", count: 5_000))
    ]
    try await journal.write(entry)
    let event = try #require(try await journal.events(limit: 1).first)
    #expect(event.sentence == String(repeating: "é", count: 512) && event.name.count == 253)
  }

  @Test func removesBillsThatNobodyAsksForAnyMore() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    var gone = JournalSamples.worker(1, state: .terminated)
    gone.billedFrom = JournalSamples.start
    gone.billedUntil = JournalSamples.start.advanced(by: .hours(1))
    try await journal.write(JournalSamples.entry([gone]))
    bench.clock.set(JournalSamples.start.advanced(by: .hours(24 * 44)))
    try await journal.write(JournalSamples.entry([JournalSamples.worker(2)]))
    #expect(try await journal.billed(since: .epoch) == [gone])
    bench.clock.set(JournalSamples.start.advanced(by: .hours(24 * 46)))
    // Also by a process that finds them.
    let next = bench.journal("pod-2")
    _ = try await next.load()
    try await next.write(JournalSamples.entry([JournalSamples.worker(3)]))
    #expect(try await next.billed(since: .epoch).isEmpty)
    #expect(bench.server.names(.workers) == ["worker-burst-002.id-2", "worker-burst-003.id-3"])
  }

  // MARK: - Hands of others

  @Test func aDeletedLedgerIsMadeAnewFromTheWorkers() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    var entry = JournalSamples.entry([JournalSamples.worker(1), JournalSamples.worker(2)])
    entry.events = [JournalSamples.event(1)]
    try await journal.write(entry)
    bench.server.remove(.ledgers, "poolkeeper")
    let error = await #expect(throws: PortError.self) {
      try await journal.write(JournalSamples.entry([JournalSamples.worker(3)]))
    }
    #expect(error?.code == .conflict && error?.message.contains("was deleted") == true)
    #expect(try await journal.load().workers == [JournalSamples.worker(1), JournalSamples.worker(2)])
    entry = JournalSamples.entry([JournalSamples.worker(1, state: .ready)])
    entry.events = [JournalSamples.event(2)]
    try await journal.write(entry)
    let contents = try await bench.contents()
    #expect(contents.workers.map(\.state) == [.ready, .requested])
    #expect(contents.events.map(\.sentence) == ["Number 2.", "Number 1."])
  }

  @Test func aDeletedWorkerIsForgottenAndToldOf() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1), JournalSamples.worker(2)]))
    try await journal.write(JournalSamples.entry([JournalSamples.worker(3)]))
    bench.server.remove(.workers, "worker-burst-001.id-1")
    let next = bench.journal("pod-2")
    #expect(try await next.load().workers.map(\.id) == ["id-2", "id-3"])
    try await next.write(JournalSamples.entry([JournalSamples.worker(4)]))
    #expect(try await next.events(limit: 1).first?.code == "worker_record_lost")
  }

  @Test func aWorkerThatIsWrittenAgainComesBackWhoeverDeletedItsObject() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    bench.server.remove(.workers, "worker-burst-001.id-1")
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1, state: .ready)]))
    #expect(try await bench.contents().workers == [JournalSamples.worker(1, state: .ready)])
  }

  @Test func aLedgerThatWasChangedByHandIsReadAgain() async throws {
    let bench = JournalBench()
    let journal = bench.journal()
    _ = try await journal.load()
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    try bench.server.edit(.ledgers, "poolkeeper") { object in
      var spec = object["spec"] as? [String: Any] ?? [:]
      spec["token"] = "restored"
      object["spec"] = spec
    }
    let error = await #expect(throws: PortError.self) {
      try await journal.write(JournalSamples.entry([JournalSamples.worker(2)]))
    }
    #expect(error?.code == .conflict)
    _ = try await journal.load()
    try await journal.write(JournalSamples.entry([JournalSamples.worker(2)]))
    #expect(try await bench.contents().workers.count == 2)
  }
}
