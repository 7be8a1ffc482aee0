public import Model
public import Ports
import Synchronization

/// The journal in custom resources of the API server, for several processes without a common disk.
///
/// One ledger object holds the small state and the last entry. Replacing it with the resource version that was read is
/// what makes an entry written, as a whole and against every other process; afterwards the workers' objects and the
/// events are brought to the entry, by this process or, had it died, by the next that loads. `load` of a process that
/// leads first takes the ledger over: from then on every write of an earlier leader fails with `superseded`. A process
/// that does not lead reads and writes nothing. The objects are described in `docs/format/custom-resources.md`.
///
/// Calls may come from any task; they are carried out one after the other.
public final class KubernetesJournal: Journal {
  /// Where the objects are, and whose.
  public struct Place: Sendable {
    public var namespace: String
    /// The ledger's name; workers and pages carry it as a label.
    public var ledger: String
    /// The cluster's name by the configuration. A ledger of another cluster is refused.
    public var cluster: String
    /// Who writes, for people: the identity in the election.
    public var holder: String

    public init(namespace: String, ledger: String = "poolkeeper", cluster: String, holder: String) {
      self.namespace = namespace
      self.ledger = ledger
      self.cluster = cluster
      self.holder = holder
    }
  }

  /// How large a body may be in the ledger itself, and how large pages are. All processes have the same.
  struct Layout: Sendable {
    var bodyInLedgerBytes = JournalBounds.bodyInLedgerBytes
    var pageBytes = JournalBounds.pageBytes
    var eventsInPage = JournalBounds.eventsInPage
  }

  /// The ledger as this process took it over, and what follows from its writes.
  struct Held: Sendable {
    var ledger: LedgerObject
    var body: LedgerBody
    /// Whether all objects are at the ledger's entry.
    var isBrought = false
    /// Terminated workers by object name: the object's uid and the end of the bill.
    var finished: [String: (uid: String, billedUntil: Instant)] = [:]
    /// What is to be told with the next entry.
    var notices: [JournalEvent] = []
  }

  struct State: Sendable {
    /// `nil`: nothing may be written until the next `load`.
    var held: Held?
    /// Objects as last seen, by kind and name: what is replaced needs no reading before.
    var seen: [ResourceKind: [String: JournalObject]] = [:]
    /// The state that belongs to a ledger's version, for those who only read.
    var view: (version: String, state: JournalState)?
    /// Makes tokens differ.
    var attempts = 0
    /// Pages of bodies that nothing refers to.
    var waste: Set<String> = []
  }

  let api: any ResourceAPI
  let place: Place
  let leadership: (any Leadership)?
  let time: any TimeSource
  /// A random text in the tokens of this process.
  let nonce: String
  let layout: Layout
  let turn = OneAtATime()
  let state = Mutex(State())

  /// - Parameters:
  ///   - leadership: who may write; `nil`: this process alone serves the cluster.
  ///   - time: judges which bills are so old that their records go.
  ///   - random: draws what makes this process's writes unlike all others.
  public convenience init(
    _ place: Place, through api: any ResourceAPI, leadership: (any Leadership)?, time: any TimeSource,
    random: some RandomNumberGenerator = SystemRandomNumberGenerator()
  ) {
    self.init(place, through: api, leadership: leadership, time: time, random: random, layout: Layout())
  }

  init(
    _ place: Place, through api: any ResourceAPI, leadership: (any Leadership)?, time: any TimeSource,
    random: some RandomNumberGenerator, layout: Layout
  ) {
    self.layout = layout
    self.api = api
    self.place = place
    self.leadership = leadership
    self.time = time
    var random = random
    nonce = String(random.next(), radix: 16)
  }

  /// Whether this process may write as far as the election says.
  var mayWrite: Bool { leadership?.isLeading ?? true }

  // MARK: - Journal

  /// The state. A process that leads takes the ledger over and finishes what a crash left; others only read.
  /// - Throws: `PortError`: also for a ledger of another cluster or of a newer format.
  public func load() async throws -> JournalState {
    try await turn.run {
      state.withLock { $0.held = nil }
      if mayWrite, let state = try await takeOver() { return state }
      return try await view()
    }
  }

  public func write(_ entry: JournalEntry) async throws {
    if entry.isEmpty { return }
    try await turn.run { try await store(entry) }
  }

  /// Bills that ended longer ago than `JournalBounds.billsKept` may be missing.
  public func billed(since: Instant) async throws -> [WorkerRecord] {
    try await turn.run {
      guard let ledger = try await readLedger("journal.billed") else { return [] }
      let body = try await body(of: ledger, "journal.billed")
      return body.overlaying(try await records("journal.billed")).values
        .filter { $0.billedFrom != nil && ($0.billedUntil.map { $0 >= since } ?? true) }
        .sorted { ($0.createdAt, $0.name, $0.id) < ($1.createdAt, $1.name, $1.id) }
    }
  }

  /// At most the newest 1,900 or so (`JournalBounds`).
  public func events(limit: Int) async throws -> [JournalEvent] {
    let operation = "journal.events"
    return try await turn.run {
      guard let ledger = try await readLedger(operation) else { return [] }
      let body = try await body(of: ledger, operation)
      var numbered: [Int: JournalEvent] = [:]
      for object in try await list(.ledgerPages, operation) {
        guard let page = try? object.spec(as: LedgerPageSpec.self), page.purpose == .events else { continue }
        for line in page.events ?? [] where line.number < body.events { numbered[line.number] = line.event }
      }
      for (offset, event) in body.redo.events.enumerated() { numbered[body.firstNewEvent + offset] = event }
      return numbered.sorted { $0.key > $1.key }.prefix(max(0, limit)).map(\.value)
    }
  }

  // MARK: - Reading

  func readLedger(_ operation: String) async throws -> LedgerObject? {
    do {
      let bytes = try await api.get(.ledgers, namespace: place.namespace, name: place.ledger)
      return try LedgerObject(bytes, cluster: place.cluster, operation: operation)
    } catch let error as KubernetesError {
      if error.code == .notFound { return nil }
      throw PortError(error, operation: operation)
    }
  }

  func list(_ kind: ResourceKind, _ operation: String) async throws -> [JournalObject] {
    do {
      let selector = "\(JournalObject.ledgerLabel)=\(place.ledger)"
      return try JournalObject.items(
        of: try await api.list(kind, namespace: place.namespace, labelSelector: selector))
    } catch {
      throw missingKinds(error, operation)
    }
  }

  /// A list that is not found is a kind that the API server does not know.
  func missingKinds(_ error: KubernetesError, _ operation: String) -> PortError {
    guard error.code == .notFound else { return PortError(error, operation: operation) }
    return PortError(
      .unavailable,
      "The API server does not know the program's own resources, or not the namespace \(place.namespace): "
        + "apply config/kubernetes/base/crds.yaml and create the namespace.", operation: operation)
  }

  /// The workers' records as they stand in their objects, by the objects' names.
  func records(_ operation: String) async throws -> [String: WorkerRecord] {
    var records: [String: WorkerRecord] = [:]
    for object in try await list(.workers, operation) {
      do { records[object.name] = try WorkerObject.record(in: object).record } catch {
        throw PortError(error, operation: operation)
      }
    }
    return records
  }

  /// The state for those who only read.
  private func view() async throws -> JournalState {
    let operation = "journal.load"
    guard let ledger = try await readLedger(operation) else {
      return JournalState(workers: [], requests: [], memory: DecisionMemory())
    }
    if let view = state.withLock({ $0.view }), view.version == ledger.object.version { return view.state }
    let body = try await body(of: ledger, operation)
    let result = Self.state(body, body.overlaying(try await records(operation)))
    state.withLock { $0.view = (ledger.object.version, result) }
    return result
  }

  static func state(_ body: LedgerBody, _ records: [String: WorkerRecord]) -> JournalState {
    JournalState(
      workers: records.values.filter { $0.state != .terminated }.sorted { ($0.name, $0.id) < ($1.name, $1.id) },
      requests: body.requests, memory: body.memory ?? DecisionMemory(),
      correspondence: body.correspondence ?? Correspondence())
  }
}
