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
  case keepsWhatPeopleAreAskedAndTold
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
    case .keepsWhatPeopleAreAskedAndTold: try await trial.keepsCorrespondence(open)
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

  mutating func keepsCorrespondence(_ open: @Sendable () async throws -> any Journal) async throws {
    expect(try await journal.load().correspondence == Correspondence(), "At first nothing is asked or told.")
    var entry = JournalEntry()
    entry.correspondence = JournalSamples.correspondence()
    entry.events = [JournalSamples.event(1)]
    try await journal.write(entry)
    try await journal.write(JournalSamples.entry([JournalSamples.worker(1)]))
    expect(
      try await journal.load().correspondence == entry.correspondence, "What people are asked and told stays.")
    // Whoever loads takes the journal over, and writes from then on.
    let next = try await open()
    expect(
      try await next.load().correspondence == entry.correspondence,
      "What people are asked and told outlives the process.")
    entry.correspondence?.deliveries = []
    try await next.write(entry)
    expect(try await open().load().correspondence.deliveries.isEmpty, "The last version is the one.")
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

  /// An order that waits and one that was answered, a message on its way, and a condition that was told.
  public static func correspondence() -> Correspondence {
    var correspondence = Correspondence()
    var approval = Approval(
      id: "a1", .scale, pool: "gpu", subject: "gpu", askedAt: start, deadline: start.advanced(by: .hours(24)))
    approval.request = request("r1")
    approval.addedCost = Money(4.8)
    var answered = approval
    answered.id = "a2"
    answered.state = .rejected
    answered.answer = "not now"
    correspondence.approvals = [approval, answered]
    var message = NotificationMessage(
      .budget, code: "budget_threshold", status: .firing, severity: .warning, title: "Budget", sentence: "80 %.")
    message.key = "prod-1-1"
    message.data = ["cap": "500"]
    var delivery = NotificationDelivery(receiver: "ops", message: message, queuedAt: start)
    delivery.attempts = 3
    delivery.notBefore = start.advanced(by: .milliseconds(20_001))
    correspondence.deliveries = [delivery]
    correspondence.told["budget/burst/80"] = ToldCondition(message: message, since: start)
    correspondence.told["budget/burst/50"] = ToldCondition(message: nil, since: start)
    correspondence.messages = 1
    return correspondence
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
