import Decision
import Lifecycle
import Model
import Ports

/// What the loop holds between ticks. The journal has the same, so a restart loses nothing of it.
struct LoopState: Sendable {
  /// Not terminated, sorted by name.
  var workers: [WorkerRecord]
  /// Open, oldest first.
  var requests: [ScaleRequest]
  var memory: DecisionMemory
  /// What people are asked and told.
  var correspondence: Correspondence
  /// Messages that a receiver has taken and the journal does not know of, as `RECEIVER KEY`.
  var sentUnrecorded: Set<String> = []
  /// Billed records of workers that are gone, of this month and some days before it; live ones are in `workers`.
  private(set) var finished: [WorkerRecord]
  /// Requests that were closed since the start, the newest last.
  private(set) var closed: [ScaleRequest] = []
  /// A write failed, and whether it took effect is not known.
  var isDoubtful = false
  /// In which standing the journal was read, and when.
  var read: (standing: Standing, at: Instant)?
  var standing: Standing { read?.standing ?? .alone }
  /// What the checker had against the last plan, so that a defect is told once and not at each tick.
  var violations: [PlanViolation] = []
  /// When the memory, and with it the triggers' last readings, was last written.
  var memoryWrittenAt: Instant?
  /// What was there beside the records at the last look.
  var inventory = Inventory()
  /// What people have been told through the cluster.
  var news = ClusterNews()
  var latest: (snapshot: Snapshot, plan: Plan, report: Report)?
  var trail = DecisionTrail()
  var recent = RecentEvents()
  var ticks = 0
  var lastDecisionAt: Instant?

  init(_ state: JournalState, finished: [WorkerRecord]) {
    workers = state.workers
    requests = state.requests
    memory = state.memory
    correspondence = state.correspondence
    self.finished = finished.filter { $0.state == .terminated }
  }

  /// Closed requests that are kept, so that an order that is sent again is known.
  static let closedRequestsKept = 1000

  /// The journal's state instead of the one held here, whose last write is in doubt.
  mutating func takeOver(_ state: JournalState, finished billed: [WorkerRecord]) {
    let open = Set(state.requests.map(\.id))
    close(requests.filter { !open.contains($0.id) })
    workers = state.workers
    requests = state.requests
    memory = state.memory
    correspondence = state.correspondence
    finished = billed.filter { $0.state == .terminated }
    isDoubtful = false
    recent.forget()
  }

  /// Who follows reads the journal again after so long.
  static let followingReads: Duration = .seconds(15)

  /// Whether others may have written since the journal was read.
  func isOutdated(_ standing: Standing, now: Instant) -> Bool {
    guard let read, read.standing.term == standing.term else { return standing != .alone }
    // A clock that was set back says nothing of how long ago that was.
    return !standing.mayAct && !(.zero..<Self.followingReads).contains(now - read.at)
  }

  /// Takes over what has been written to the journal.
  mutating func commit(_ entry: JournalEntry) {
    for record in entry.workers {
      workers.removeAll { $0.id == record.id }
      if record.state != .terminated {
        workers.append(record)
        // A clone that came after its record had ended is in work again, under the same bill.
        finished.removeAll { $0.id == record.id }
      } else if record.billedFrom != nil {
        finished.removeAll { $0.id == record.id }
        finished.append(record)
        if SeededBug.billsTwice.isOn { finished.append(record) }
      }
    }
    workers.sort { ($0.name, $0.id) < ($1.name, $1.id) }
    for request in entry.requests {
      if let index = requests.firstIndex(where: { $0.id == request.id }) {
        requests[index] = request
      } else {
        requests.append(request)
      }
    }
    close(requests.filter { entry.closedRequests.contains($0.id) })
    requests.removeAll { entry.closedRequests.contains($0.id) }
    if let memory = entry.memory { self.memory = memory }
    recent.add(entry.events)
    if let correspondence = entry.correspondence { self.correspondence = correspondence }
  }

  private mutating func close(_ done: [ScaleRequest]) {
    closed += done
    closed.removeFirst(max(0, closed.count - Self.closedRequestsKept))
  }

  /// Lets go of records whose bill ended before `horizon`: the journal keeps them.
  mutating func forget(before horizon: Instant) {
    finished.removeAll { $0.billedUntil.map { $0 < horizon } ?? true }
  }

  /// The request of an id, open or closed. After a restart a closed one is known by the workers that it got.
  func request(_ id: RequestID) -> ScaleRequest? {
    if let known = requests.first(where: { $0.id == id }) ?? closed.last(where: { $0.id == id }) { return known }
    let served = billed.filter { $0.request == id }.sorted { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
    guard let first = served.first else { return nil }
    var request = ScaleRequest(
      id: id, pool: first.pool, workers: served.count, askedAt: first.createdAt,
      askedBy: first.reason.data["by"] ?? "")
    request.template = first.template
    request.served = served.count
    return request
  }

  /// Whether a decision's memory is worth a write: something besides the readings has changed, or a condition holds and
  /// the reading that proves it would look too old after a restart, so that its hold time began anew.
  func shouldWrite(_ next: DecisionMemory, now: Instant, every interval: Duration) -> Bool {
    if next.withoutReadings != memory.withoutReadings { return true }
    guard next.triggers.values.contains(where: { $0.trueSince != nil }) else { return false }
    return memoryWrittenAt.map { now - $0 >= interval } ?? true
  }

  /// All records that this month's bill rests on.
  var billed: [WorkerRecord] { SeededBug.forgetsFinishedWorkers.isOn ? workers : finished + workers }
}

extension DecisionMemory {
  /// Keeps names from being given again for a while.
  mutating func rest(_ names: [WorkerName], since now: Instant) {
    guard !names.isEmpty else { return }
    var resting = restingNames ?? [:]
    for name in names { resting[name] = now }
    restingNames = resting
  }

  /// Without the latest readings, which change every tick and need not survive a restart.
  var withoutReadings: DecisionMemory {
    var copy = self
    for name in triggers.keys { copy.triggers[name]?.lastReading = nil }
    for name in (forecasts ?? [:]).keys { copy.forecasts?[name]?.lastReading = nil }
    return copy
  }
}
