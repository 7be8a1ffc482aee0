public import Model
public import Ports

/// What every journal promises, whatever it is kept in. Each promise is tried on a journal that is empty.
public enum JournalPromise: String, CaseIterable, Sendable {
  case givesBackWhatWasWrittenAfterItIsOpenedAgain
  case keepsTheLastOfARecordsVersions
  case forgetsTerminatedWorkersButKeepsTheirBills
  case keepsNoBillOfWhatWasNeverBilled
  case closedRequestsDoNotComeBack
  case listsOpenRequestsOldestFirst
  case listsTheNewestEventsFirst
  case keepsEverythingElseWhenOnePartChanges
  case tellsBillsByCreation
  case anEmptyJournalIsEmpty
  case anEmptyEntryIsNoEntry

  /// - Parameter open: opens the journal, and each further time opens the same one again as a new process would.
  /// - Returns: what is broken, one sentence each.
  public func broken(by open: @Sendable () async throws -> any Journal) async throws -> [String] {
    var trial = Trial(journal: try await open())
    _ = try await trial.journal.load()
    switch self {
    case .givesBackWhatWasWrittenAfterItIsOpenedAgain: try await trial.givesBack(open)
    case .keepsTheLastOfARecordsVersions: try await trial.keepsLast(open)
    case .forgetsTerminatedWorkersButKeepsTheirBills: try await trial.keepsBills()
    case .keepsNoBillOfWhatWasNeverBilled: try await trial.keepsNoBill()
    case .closedRequestsDoNotComeBack: try await trial.closesRequests(open)
    case .listsOpenRequestsOldestFirst: try await trial.ordersRequests()
    case .listsTheNewestEventsFirst: try await trial.listsEvents(open)
    case .keepsEverythingElseWhenOnePartChanges: try await trial.keepsTheRest()
    case .tellsBillsByCreation: try await trial.ordersBills()
    case .anEmptyJournalIsEmpty: try await trial.isEmpty()
    case .anEmptyEntryIsNoEntry: try await trial.ignoresEmptyEntries()
    }
    return trial.broken
  }
}

/// One journal, and what was found against it.
struct Trial {
  let journal: any Journal
  private(set) var broken: [String] = []

  init(journal: any Journal) { self.journal = journal }

  private mutating func expect(_ holds: Bool, _ promise: String) {
    if !holds { broken.append(promise) }
  }

  mutating func givesBack(_ open: @Sendable () async throws -> any Journal) async throws {
    var entry = JournalEntry()
    entry.workers = [JournalSamples.worker(2), JournalSamples.worker(1)]
    entry.requests = [JournalSamples.request("r1")]
    entry.memory = JournalSamples.memory()
    try await journal.write(entry)
    let state = try await open().load()
    expect(state.workers == [JournalSamples.worker(1), JournalSamples.worker(2)], "Records come back, sorted by name.")
    expect(state.requests == entry.requests, "Requests come back with all their parts.")
    expect(state.memory == entry.memory, "The memory comes back.")
  }

  mutating func keepsLast(_ open: @Sendable () async throws -> any Journal) async throws {
    var record = JournalSamples.worker(1)
    for state in [WorkerState.requested, .provisioning, .joining] {
      record.state = state
      try await journal.write(JournalSamples.entry([record]))
    }
    let both = try await (journal.load(), open().load())
    expect(both.0.workers == [record] && both.1.workers == [record], "The last version of a record is the one.")
  }

  mutating func keepsBills() async throws {
    let start = JournalSamples.start
    var gone = JournalSamples.worker(1, state: .terminated)
    gone.billedFrom = start
    gone.billedUntil = start.advanced(by: .hours(2))
    var live = JournalSamples.worker(2, state: .ready)
    live.billedFrom = start
    try await journal.write(JournalSamples.entry([gone, live, JournalSamples.worker(3)]))
    let state = try await journal.load()
    expect(state.workers.map(\.name.rawValue) == ["worker-burst-002", "worker-burst-003"], "Terminated ones are gone.")
    let early = try await journal.billed(since: start.advanced(by: .hours(1)))
    expect(early == [gone, live], "A bill that ended later is told.")
    let exact = try await journal.billed(since: start.advanced(by: .hours(2)))
    expect(exact == [gone, live], "A bill that ended at that instant is told.")
    let late = try await journal.billed(since: start.advanced(by: .hours(3)))
    expect(late == [live], "A bill that ended before is not.")
  }

  mutating func keepsNoBill() async throws {
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1, state: .terminated)]))
    expect(try await journal.load().workers.isEmpty, "It is gone.")
    expect(try await journal.billed(since: .epoch).isEmpty, "What was never billed is not told.")
  }

  mutating func closesRequests(_ open: @Sendable () async throws -> any Journal) async throws {
    var entry = JournalEntry()
    entry.requests = [JournalSamples.request("a"), JournalSamples.request("b")]
    try await journal.write(entry)
    var closing = JournalEntry()
    closing.requests = [JournalSamples.request("a")]
    closing.closedRequests = ["a"]
    try await journal.write(closing)
    expect(try await journal.load().requests.map(\.id) == ["b"], "A closed request is gone.")
    expect(try await open().load().requests.map(\.id) == ["b"], "A closed request does not come back.")
  }

  mutating func ordersRequests() async throws {
    for (id, seconds) in [("c", 3), ("a", 2), ("b", 1)] {
      var entry = JournalEntry()
      var request = JournalSamples.request(RequestID(id))
      request.askedAt = JournalSamples.start.advanced(by: .seconds(seconds))
      entry.requests = [request]
      try await journal.write(entry)
    }
    expect(try await journal.load().requests.map(\.id) == ["b", "a", "c"], "Open requests are told oldest first.")
  }

  mutating func listsEvents(_ open: @Sendable () async throws -> any Journal) async throws {
    for first in stride(from: 1, to: 250, by: 83) {
      var entry = JournalEntry()
      entry.events = (first..<first + 83).map(JournalSamples.event)
      try await journal.write(entry)
    }
    let newest = try await journal.events(limit: 2).map(\.sentence)
    expect(newest == ["Number 249.", "Number 248."], "The newest events come first: \(newest).")
    let all = try await open().events(limit: 1000).map(\.sentence)
    expect(all == (1...249).reversed().map { "Number \($0)." }, "No event is lost or told twice: \(all.count).")
  }

  mutating func keepsTheRest() async throws {
    var entry = JournalSamples.entry([JournalSamples.worker(1)])
    entry.memory = JournalSamples.memory()
    entry.requests = [JournalSamples.request("a")]
    try await journal.write(entry)
    try await journal.write(JournalSamples.entry([JournalSamples.worker(2)]))
    let state = try await journal.load()
    expect(state.workers.count == 2 && state.requests.count == 1, "What an entry does not name stays.")
    expect(state.memory == entry.memory, "The memory stays.")
  }

  mutating func ordersBills() async throws {
    let records = [(1, 3), (2, 1), (3, 2)].map { number, hours in
      var record = JournalSamples.worker(number, state: .ready)
      record.createdAt = JournalSamples.start.advanced(by: .hours(hours))
      record.billedFrom = record.createdAt
      return record
    }
    try await journal.write(JournalSamples.entry(records))
    expect(
      try await journal.billed(since: .epoch).map(\.id) == ["id-2", "id-3", "id-1"], "Bills are told by creation.")
  }

  mutating func isEmpty() async throws {
    let state = try await journal.load()
    expect(state.workers.isEmpty && state.requests.isEmpty && state.memory == DecisionMemory(), "It is empty.")
    let (bills, events) = try await (journal.billed(since: .epoch), journal.events(limit: 10))
    expect(bills.isEmpty && events.isEmpty, "It has no bills and no events.")
  }

  mutating func ignoresEmptyEntries() async throws {
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    try await journal.write(JournalEntry())
    expect(try await journal.load().workers.count == 1, "Nothing changes.")
  }
}

/// Things to write.
public enum JournalSamples {
  public static let start = Instant(seconds: 1_700_000_000)

  public static func worker(_ number: Int, state: WorkerState = .requested) -> WorkerRecord {
    var record = WorkerRecord(
      id: WorkerID("id-\(number)"), name: WorkerName(pool: "burst", number: number), pool: "burst", template: "medium",
      price: HourlyPrice(perHour: Money(0.24)), reason: Reason("pending_pods", "Pods wait."), createdAt: start)
    record.state = state
    record.timeToLive = TimeToLiveRecord(
      expiresAt: start.advanced(by: .hours(4)), latest: start.advanced(by: .hours(8)))
    return record
  }

  /// With a length of time, whose JSON holds numbers beyond 64 bits of a floating point.
  public static func request(_ id: RequestID) -> ScaleRequest {
    var request = ScaleRequest(id: id, pool: "gpu", workers: 1, askedAt: start, askedBy: "test")
    request.timeToLive = .milliseconds(14_400_123)
    return request
  }

  public static func memory() -> DecisionMemory {
    var memory = DecisionMemory()
    memory.triggers["burst/pending_pods"] = TriggerState(phase: .firing, since: start)
    memory.idleSince["worker-burst-001"] = start
    return memory
  }

  public static func event(_ number: Int) -> JournalEvent {
    JournalEvent(at: start, subject: "worker", name: "w", code: "worker_ready", sentence: "Number \(number).")
  }

  public static func entry(_ records: [WorkerRecord]) -> JournalEntry {
    var entry = JournalEntry()
    entry.workers = records
    return entry
  }
}
