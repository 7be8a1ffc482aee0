import Foundation
import Model
import Ports
import Synchronization

/// Taking the ledger over: from the moment that it carries this process's name nobody else can write.
extension KubernetesJournal {
  /// - Returns: the state, all objects being at the ledger's entry; `nil` when this process does not lead.
  func takeOver() async throws -> JournalState? {
    guard let ledger = try await claim() else { return nil }
    let operation = "journal.load"
    var held = Held(ledger: ledger, body: try await body(of: ledger, operation))
    var records: [String: WorkerRecord] = [:]
    var seen: [String: JournalObject] = [:]
    let redone = Set(held.body.redo.workers.map(WorkerObject.name(of:)))
    let live = Set(held.body.live)
    for object in try await list(.workers, operation) {
      let record = try Self.record(in: object, operation)
      // What a late write of an earlier leader brought back after its worker's end.
      if record.state != .terminated, !live.contains(object.name), !redone.contains(object.name) {
        try? await api.delete(.workers, namespace: place.namespace, name: object.name, uid: object.uid)
        continue
      }
      seen[object.name] = object
      records[object.name] = record
      if record.state == .terminated, let until = record.billedUntil {
        held.finished[object.name] = (object.uid, until)
      }
    }
    let known = records
    let lost = held.body.live.filter { known[$0] == nil && !redone.contains($0) }
    held.body.live.removeAll { lost.contains($0) }
    held.notices = lost.map(notice(ofLost:))
    let pages = try await list(.ledgerPages, operation)
    state.withLock { state in
      state.seen = [
        .workers: seen, .ledgerPages: Dictionary(pages.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
      ]
      state.waste = Self.waste(pages, keeping: ledger.spec.pages ?? [])
    }
    try await bring(&held)
    let result = Self.state(held.body, held.body.overlaying(records))
    state.withLock { [held] in $0.held = held }
    await removeWaste()
    return result
  }

  private static func record(in object: JournalObject, _ operation: String) throws -> WorkerRecord {
    do { return try WorkerObject.record(in: object).record } catch {
      throw PortError(error, operation: operation)
    }
  }

  private func notice(ofLost name: String) -> JournalEvent {
    JournalEvent(
      at: time.now(), subject: "system", name: name, code: "worker_record_lost",
      sentence: "The object \(name) was deleted by somebody else, and with it the worker's record; "
        + "its machine, if it is there, is no longer known.")
  }

  /// Pages of bodies that the ledger does not name.
  private static func waste(_ pages: [JournalObject], keeping names: [String]) -> Set<String> {
    let bodies = pages.filter { (try? $0.spec(as: LedgerPageSpec.self))?.purpose == .body }
    return Set(bodies.map(\.name)).subtracting(names)
  }

  // MARK: - The claim

  private func claim() async throws -> LedgerObject? {
    let operation = "journal.load"
    for _ in 0..<JournalBounds.tries {
      let found = try await readLedger(operation)
      // After the reading: who leads now can only be beaten by somebody whose write this reading has missed, and then the
      // replacement fails.
      guard mayWrite else { return nil }
      let spec: LedgerSpec
      if let found {
        var next = found.spec
        next.holder = place.holder
        next.term = leadership?.term ?? 0
        next.epoch += 1
        next.token = token()
        next.format = LedgerSpec.format
        spec = next
      } else {
        spec = try await rebuilt(operation)
      }
      if let claimed = try await put(spec, over: found?.object, operation) { return claimed }
    }
    throw PortError(
      .busy, "The ledger \(place.ledger) changed each time that it was to be taken over.", operation: operation)
  }

  /// Creates or replaces the ledger once.
  /// - Returns: `nil` when another was faster.
  private func put(_ spec: LedgerSpec, over found: JournalObject?, _ operation: String) async throws -> LedgerObject? {
    do {
      let object = try encode(spec, over: found)
      let bytes =
        if let found {
          try await api.replace(.ledgers, namespace: place.namespace, name: found.name, object: object)
        } else {
          try await api.create(.ledgers, namespace: place.namespace, object: object)
        }
      return try LedgerObject(bytes, cluster: place.cluster, operation: operation)
    } catch let error as KubernetesError {
      switch error.code {
      case .conflict, .alreadyExists: return nil
      case .uncertain, .server, .malformed:
        guard let now = try await readLedger(operation), now.spec.isSameWrite(as: spec) else { return nil }
        return now
      case .notFound: throw missingKinds(error, operation)
      default: throw PortError(error, operation: operation)
      }
    }
  }

  /// The first ledger; or, when somebody deleted it, one made from the workers' objects that are there.
  private func rebuilt(_ operation: String) async throws -> LedgerSpec {
    var body = LedgerBody()
    var entry = 0
    for object in try await list(.workers, operation) {
      do {
        let (record, written) = try WorkerObject.record(in: object)
        entry = max(entry, written)
        if record.state != .terminated { body.live.append(object.name) }
      } catch { throw PortError(error, operation: operation) }
    }
    for page in try await list(.ledgerPages, operation) {
      guard let spec = try? page.spec(as: LedgerPageSpec.self) else { continue }
      entry = max(entry, spec.entry)
      body.events = max(body.events, (spec.events?.last?.number ?? -1) + 1)
    }
    body.live.sort()
    return LedgerSpec(
      cluster: place.cluster, holder: place.holder, epoch: 1, term: leadership?.term ?? 0, entry: entry, token: token(),
      workers: body.live.count, requests: 0, body: try text(of: body, operation), pages: nil)
  }

  // MARK: - Texts

  func token() -> String {
    let attempt = state.withLock { state in
      state.attempts += 1
      return state.attempts
    }
    return "\(nonce)-\(attempt)"
  }

  func encode(_ spec: LedgerSpec, over found: JournalObject?) throws(KubernetesError) -> [UInt8] {
    try JournalObject.encode(
      .ledgers, "Ledger", namespace: place.namespace, name: place.ledger, ledger: place.ledger, spec: spec, over: found)
  }

  func text(of body: LedgerBody, _ operation: String) throws -> String {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(body), as: UTF8.self)
    } catch {
      throw PortError(.invalid, "The entry cannot be written as JSON: \(error).", operation: operation)
    }
  }

  /// The ledger's body, put together from its pages where it has some.
  func body(of ledger: LedgerObject, _ operation: String) async throws -> LedgerBody {
    do {
      var text = ledger.spec.body ?? ""
      if let pages = ledger.spec.pages {
        var bytes = Data()
        for name in pages {
          let page = try JournalObject(try await api.get(.ledgerPages, namespace: place.namespace, name: name))
          guard let part = try page.spec(as: LedgerPageSpec.self).data.flatMap({ Data(base64Encoded: $0) }) else {
            throw KubernetesError(.malformed, "The page \(name) holds no part of a body.")
          }
          bytes += part
        }
        text = String(decoding: bytes, as: UTF8.self)
      }
      return try JSONDecoder().decode(LedgerBody.self, from: Data(text.utf8))
    } catch let error as KubernetesError {
      throw PortError(error, operation: operation)
    } catch {
      throw PortError(
        .invalid,
        "The ledger \(place.ledger) holds no body that can be read (\(error)): restore it, or delete it; "
          + "the workers' objects are then what is believed.", operation: operation)
    }
  }
}
