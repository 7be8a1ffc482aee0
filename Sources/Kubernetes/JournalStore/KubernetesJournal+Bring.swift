import Model
import Ports
import Synchronization

/// Bringing the objects to the ledger's entry. Safe to repeat and to overtake: an object is only ever replaced over the
/// version that was read, and never by an earlier entry than it holds.
extension KubernetesJournal {
  private static let operation = "journal.write"

  func bring(_ held: inout Held) async throws {
    guard !held.isBrought else { return }
    let (redo, entry) = (held.body.redo, held.ledger.spec.entry)
    held.finished.merge(try await bringWorkers(redo.workers, entry)) { _, new in new }
    let parts = EventPages.parts(
      of: redo.events, first: held.body.firstNewEvent, perPage: layout.eventsInPage)
    for part in parts {
      try await bringPage(part, entry)
    }
    held.isBrought = true
  }

  /// - Returns: of those that are terminated, what is known of their objects.
  private func bringWorkers(
    _ records: [WorkerRecord], _ entry: Int
  ) async throws -> [String: (uid: String, billedUntil: Instant)] {
    let now = time.now()
    return try await withThrowingTaskGroup(of: (String, JournalObject?, WorkerRecord).self) { group in
      var finished: [String: (uid: String, billedUntil: Instant)] = [:]
      func take(_ result: (String, JournalObject?, WorkerRecord)?) {
        guard let (name, object, record) = result, record.state == .terminated else { return }
        if let object, let until = record.billedUntil { finished[name] = (object.uid, until) }
      }
      for (index, record) in records.enumerated() {
        if index >= JournalBounds.parallelRequests { take(try await group.next()) }
        group.addTask { try await self.bringWorker(record, entry, now) }
      }
      while let result = try await group.next() { take(result) }
      return finished
    }
  }

  private func bringWorker(
    _ record: WorkerRecord, _ entry: Int, _ now: Instant
  ) async throws -> (String, JournalObject?, WorkerRecord) {
    let name = WorkerObject.name(of: record)
    // Without a bill nobody will ask for it again.
    if record.state == .terminated, record.billedFrom == nil {
      try await remove(name)
      return (name, nil, record)
    }
    let object = try await bring(.workers, "Worker", name, to: entry) { seen throws(KubernetesError) -> WorkerSpec? in
      let written = try seen?.spec["entry"] as? Int ?? 0
      return written >= entry ? nil : try WorkerObject.spec(of: record, entry: entry, now: now)
    }
    return (name, object, record)
  }

  private func bringPage(_ part: (page: Int, start: Int, events: [NumberedEvent]), _ entry: Int) async throws {
    let name = "\(place.ledger)-events-\(part.page)"
    _ = try await bring(.ledgerPages, "LedgerPage", name, to: entry) {
      seen throws(KubernetesError) -> LedgerPageSpec? in
      let old = try seen?.spec(as: LedgerPageSpec.self)
      if let old, old.entry >= entry { return nil }
      return LedgerPageSpec(
        purpose: .events, entry: entry, first: part.start,
        events: EventPages.merge(old, start: part.start, adding: part.events))
    }
  }

  private func remove(_ name: String) async throws {
    var failure = KubernetesError(.uncertain, "No answer.")
    for _ in 0..<JournalBounds.tries {
      do {
        try await api.delete(.workers, namespace: place.namespace, name: name, uid: nil)
        failure.code = .notFound
      } catch { failure = error }
      if failure.code == .notFound {
        state.withLock { $0.seen[.workers]?[name] = nil }
        return
      }
      guard failure.code == .uncertain || failure.code == .server else { break }
    }
    throw PortError(failure, operation: Self.operation)
  }

  /// Creates or replaces one object.
  /// - Parameter make: its new contents from the object that is there; `nil`: it is as new already.
  private func bring<Spec: Encodable>(
    _ kind: ResourceKind, _ kindName: String, _ name: String, to entry: Int,
    make: (JournalObject?) throws(KubernetesError) -> Spec?
  ) async throws -> JournalObject? {
    var seen = state.withLock { $0.seen[kind]?[name] }
    var failure = KubernetesError(.uncertain, "No answer.")
    for _ in 0..<JournalBounds.tries {
      do {
        guard let spec = try make(seen) else { return seen }
        let object = try JournalObject.encode(
          kind, kindName, namespace: place.namespace, name: name, ledger: place.ledger, spec: spec, over: seen)
        let bytes =
          if seen == nil {
            try await api.create(kind, namespace: place.namespace, object: object)
          } else {
            try await api.replace(kind, namespace: place.namespace, name: name, object: object)
          }
        let stored = try JournalObject(bytes)
        remember(stored, kind, name)
        return stored
      } catch {
        failure = error
        switch error.code {
        case .conflict, .alreadyExists, .uncertain, .server, .malformed, .notFound: break
        default: throw PortError(error, operation: Self.operation)
        }
      }
      do {
        seen = try JournalObject(try await api.get(kind, namespace: place.namespace, name: name))
      } catch {
        // Gone: it is made anew. Not known: the same try once more is safe.
        if error.code == .notFound { seen = nil } else { failure = error }
      }
      remember(seen, kind, name)
    }
    throw failure.code == .notFound
      ? missingKinds(failure, Self.operation) : PortError(failure, operation: Self.operation)
  }

  private func remember(_ object: JournalObject?, _ kind: ResourceKind, _ name: String) {
    state.withLock { $0.seen[kind, default: [:]][name] = object }
  }
}
