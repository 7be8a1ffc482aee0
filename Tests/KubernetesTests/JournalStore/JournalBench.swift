import Foundation
import Model
import Ports
import Synchronization
import TestSupport

@testable import Kubernetes

/// One API server, and processes that keep their journal in it.
final class JournalBench: Sendable {
  /// Of all processes.
  let layout: KubernetesJournal.Layout
  let server = InMemoryResources()
  let clock = Clock(JournalSamples.start.advanced(by: .hours(24)))

  init(layout: KubernetesJournal.Layout = .init()) { self.layout = layout }

  /// A clock that stands where it is put.
  final class Clock: TimeSource {
    private let instant: Mutex<Instant>

    init(_ instant: Instant) { self.instant = Mutex(instant) }
    func now() -> Instant { instant.withLock { $0 } }
    func set(_ next: Instant) { instant.withLock { $0 = next } }
    func sleep(for duration: Duration) async throws {}
  }

  /// Whether a process leads, by a test's word.
  final class Lead: Leadership {
    private let state = Mutex((leads: false, term: 0))

    init(_ leads: Bool = true) { set(leads) }
    func set(_ leads: Bool) {
      state.withLock { state in
        if leads && !state.leads { state.term += 1 }
        state.leads = leads
      }
    }
    var isLeading: Bool { state.withLock { $0.leads } }
    var term: Int { state.withLock { $0.term } }
    var leader: String? { isLeading ? "this" : "pod-9" }
  }

  func journal(
    _ holder: String = "pod-1", through client: ResourceClient? = nil, leadership: (any Leadership)? = nil,
    cluster: String = "prod"
  ) -> KubernetesJournal {
    KubernetesJournal(
      .init(namespace: "poolkeeper", cluster: cluster, holder: holder),
      through: client ?? ResourceClient(server), leadership: leadership, time: clock,
      random: SystemRandomNumberGenerator(), layout: layout)
  }

  /// What the journal holds, by a new process.
  func contents() async throws -> JournalContents {
    try await JournalContents(journal("reader", leadership: Lead(false)))
  }

  /// The `spec` of an object.
  func spec(_ kind: ResourceKind, _ name: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(server.object(kind, name) ?? [])) as? [String: Any]
    return object?["spec"] as? [String: Any] ?? [:]
  }
}

/// All that a journal tells.
struct JournalContents: Equatable {
  var workers: [WorkerRecord]
  var requests: [ScaleRequest]
  var memory: DecisionMemory
  var billed: [WorkerRecord]
  var events: [JournalEvent]

  init(_ journal: any Journal) async throws {
    let state = try await journal.load()
    workers = state.workers
    requests = state.requests
    memory = state.memory
    billed = try await journal.billed(since: .epoch)
    events = try await journal.events(limit: 10_000)
  }
}

/// A process's way to the API server that ends at a certain request.
final class Fuse: Sendable {
  enum Way: CaseIterable {
    /// The request does not leave.
    case before
    /// It is carried out, and nobody hears the answer.
    case after
    /// It is on its way, and is carried out much later.
    case late
  }

  private let count = Mutex(0)
  let at: Int?
  let way: Way

  /// - Parameter at: 1 for the first request; `nil`: never.
  init(at: Int? = nil, _ way: Way = .before) {
    self.at = at
    self.way = way
  }

  /// Requests so far.
  var requests: Int { count.withLock { $0 } }

  func fate() -> ResourceClient.Fate {
    let number = count.withLock { count in
      count += 1
      return count
    }
    guard let at, number >= at else { return .passes }
    if number > at { return .fails(.unreachable) }
    switch way {
    case .before: return .isLost
    case .after: return .losesItsAnswer
    case .late: return .isHeldBack
    }
  }
}
