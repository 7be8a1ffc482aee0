public import Model

/// What one tick writes before it acts: all of it, or nothing.
public struct JournalEntry: Sendable {
  /// Records that are new or changed, by id.
  public var workers: [WorkerRecord]
  /// Requests that are new or changed.
  public var requests: [ScaleRequest]
  /// Requests that are done with.
  public var closedRequests: [RequestID]
  public var memory: DecisionMemory?
  /// What people are asked and told, where it has changed.
  public var correspondence: Correspondence?
  /// What happened, for people and for the audit.
  public var events: [JournalEvent]

  public init() {
    workers = []
    requests = []
    closedRequests = []
    events = []
  }

  public var isEmpty: Bool {
    workers.isEmpty && requests.isEmpty && closedRequests.isEmpty && memory == nil && correspondence == nil
      && events.isEmpty
  }
}

/// Something that happened, in the past tense.
public struct JournalEvent: Hashable, Sendable, Codable {
  public var at: Instant
  /// `worker`, `pool`, `request`, `approval`, `alert`, `budget`, `system`.
  public var subject: String
  /// The subject's name.
  public var name: String
  /// Lower case with underscores, for example `worker_requested`.
  public var code: String
  public var sentence: String

  public init(at: Instant, subject: String, name: String, code: String, sentence: String) {
    self.at = at
    self.subject = subject
    self.name = name
    self.code = code
    self.sentence = sentence
  }
}

/// What the journal holds at start.
public struct JournalState: Sendable {
  /// Records that are not terminated, sorted by name.
  public var workers: [WorkerRecord]
  /// Open requests, oldest first.
  public var requests: [ScaleRequest]
  public var memory: DecisionMemory
  public var correspondence: Correspondence

  public init(
    workers: [WorkerRecord], requests: [ScaleRequest], memory: DecisionMemory,
    correspondence: Correspondence = Correspondence()
  ) {
    self.workers = workers
    self.requests = requests
    self.memory = memory
    self.correspondence = correspondence
  }
}

/// The durable record of intents, workers, requests and money.
///
/// A `write` that returned survives the process and the machine. One writer at a time.
public protocol Journal: Sendable {
  func load() async throws -> JournalState
  func write(_ entry: JournalEntry) async throws
  /// Records, terminated ones included, that were billed at some time since `since`; sorted by creation time.
  func billed(since: Instant) async throws -> [WorkerRecord]
  /// The newest events first.
  func events(limit: Int) async throws -> [JournalEvent]
}
