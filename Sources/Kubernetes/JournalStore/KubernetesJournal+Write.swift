import Foundation
import Model
import Ports
import Synchronization

/// Writing an entry: the ledger first, then the objects that it changes.
extension KubernetesJournal {
  private static let operation = "journal.write"

  func store(_ entry: JournalEntry) async throws {
    guard var held = state.withLock({ $0.held }) else { throw notHeld() }
    guard mayWrite else {
      state.withLock { $0.held = nil }
      throw notHeld()
    }
    var entry = entry
    entry.events = held.notices + entry.events
    let next = try held.body.applying(entry)
    // What the last entry changes must be in its objects before its record is overwritten.
    try await bring(&held)
    state.withLock { [held] in $0.held = held }
    let ledger: LedgerObject
    do {
      ledger = try await commit(next, over: held.ledger)
    } catch let doubt as Doubt {
      // Nothing more may be written before the ledger has been taken over anew.
      state.withLock { $0.held = nil }
      throw doubt.error
    }
    let pages = held.ledger.spec.pages ?? []
    held.ledger = ledger
    held.body = next
    held.notices = []
    held.isBrought = false
    state.withLock { [held] state in
      state.held = held
      state.waste.formUnion(pages)
    }
    // The entry is written, whatever follows: what fails now is done before the next one.
    try? await bring(&held)
    await removeOldBills(&held)
    state.withLock { [held] in $0.held = held }
    await removeWaste()
  }

  private func notHeld() -> PortError {
    guard mayWrite else { return superseded(leadership?.leader) }
    return PortError(
      .conflict,
      "The ledger \(place.ledger) must be read again before it is written: an answer was lost, or this process "
        + "has just begun to lead.", operation: Self.operation)
  }

  private func superseded(_ leader: String?) -> PortError {
    PortError(
      .superseded, "\(leader ?? "Another process") leads now: nothing was written.", operation: Self.operation)
  }

  // MARK: - The commit

  /// A failure after which nobody knows, or everybody but this process may write.
  private struct Doubt: Error {
    var error: PortError
  }

  /// Replaces the ledger by one with this body: the moment at which the entry is written.
  private func commit(_ body: LedgerBody, over last: LedgerObject) async throws -> LedgerObject {
    var spec = last.spec
    spec.entry += 1
    spec.token = token()
    spec.term = leadership?.term ?? 0
    spec.workers = body.live.count
    spec.requests = body.requests.count
    (spec.body, spec.pages) = try await layOut(body, spec)
    do {
      return try await commit(spec, over: last)
    } catch {
      state.withLock { $0.waste.formUnion(spec.pages ?? []) }
      throw error
    }
  }

  private func commit(_ spec: LedgerSpec, over last: LedgerObject) async throws -> LedgerObject {
    var base = last.object
    // A request without an answer may still arrive, as long as the version that it replaces is there.
    var isUncertain = false
    var failure = PortError(.uncertain, "No answer.", operation: Self.operation)
    for _ in 0..<JournalBounds.tries {
      do {
        let object = try encode(spec, over: base)
        let bytes = try await api.replace(.ledgers, namespace: place.namespace, name: base.name, object: object)
        return try LedgerObject(bytes, cluster: place.cluster, operation: Self.operation)
      } catch let error as KubernetesError {
        failure = PortError(error, operation: Self.operation)
        switch error.code {
        case .uncertain, .server, .malformed: isUncertain = true
        case .conflict, .notFound: break
        default:
          if isUncertain { throw Doubt(error: failure) }
          throw failure
        }
      }
      switch try await find(spec, over: last) {
      case .written(let ledger): return ledger
      case .unchanged(let object): base = object
      case .unknown: continue
      }
    }
    throw Doubt(error: failure)
  }

  private enum Finding {
    case written(LedgerObject)
    /// The last entry is still the newest; perhaps somebody changed a label.
    case unchanged(JournalObject)
    case unknown
  }

  /// Looks what became of a replacement.
  private func find(_ spec: LedgerSpec, over last: LedgerObject) async throws -> Finding {
    let found: LedgerObject?
    do { found = try await readLedger(Self.operation) } catch { return .unknown }
    guard let found else {
      throw Doubt(
        error: PortError(
          .conflict, "The ledger \(place.ledger) was deleted: it is made anew from the workers' objects.",
          operation: Self.operation))
    }
    if found.spec.isSameWrite(as: spec) { return .written(found) }
    if found.spec.isSameWrite(as: last.spec) { return .unchanged(found.object) }
    if found.spec.epoch == last.spec.epoch {
      throw Doubt(
        error: PortError(
          .conflict, "The ledger \(place.ledger) was changed by hand: it is read again.", operation: Self.operation))
    }
    throw Doubt(error: superseded(found.spec.holder))
  }

  // MARK: - Large bodies

  /// The body as the ledger holds it. One that is too large for the ledger lies in pages that are written before: they mean
  /// nothing until the ledger names them.
  private func layOut(_ body: LedgerBody, _ spec: LedgerSpec) async throws -> (String?, [String]?) {
    let text = try text(of: body, Self.operation)
    if text.utf8.count <= layout.bodyInLedgerBytes { return (text, nil) }
    let bytes = Data(text.utf8)
    let count = (bytes.count + layout.pageBytes - 1) / layout.pageBytes
    guard count <= JournalBounds.pages else {
      throw PortError(
        .exhausted, "The entry has \(bytes.count) bytes; \(JournalBounds.pages * layout.pageBytes) are the most.",
        operation: Self.operation)
    }
    var names: [String] = []
    for index in 0..<count {
      let part = bytes[index * layout.pageBytes..<min(bytes.count, (index + 1) * layout.pageBytes)]
      let name = "\(place.ledger)-\(spec.token)-\(index)"
      names.append(name)
      let page = LedgerPageSpec(purpose: .body, entry: spec.entry, data: part.base64EncodedString())
      state.withLock { _ = $0.waste.insert(name) }
      try await create(page, name)
    }
    state.withLock { $0.waste.subtract(names) }
    return (nil, names)
  }

  /// The name is used once, so a page that is there is this one.
  private func create(_ page: LedgerPageSpec, _ name: String) async throws {
    var failure = KubernetesError(.uncertain, "No answer.")
    for _ in 0..<JournalBounds.tries {
      do {
        let object = try JournalObject.encode(
          .ledgerPages, "LedgerPage", namespace: place.namespace, name: name, ledger: place.ledger, spec: page,
          over: nil)
        _ = try await api.create(.ledgerPages, namespace: place.namespace, object: object)
        return
      } catch {
        if error.code == .alreadyExists { return }
        failure = error
        guard error.code == .uncertain || error.code == .server else { break }
      }
    }
    throw missingKinds(failure, Self.operation)
  }

  /// Removes pages that nothing refers to; what fails is tried again with the next entry.
  func removeWaste() async {
    for name in state.withLock({ $0.waste.sorted().prefix(JournalBounds.pages) }) {
      do { try await api.delete(.ledgerPages, namespace: place.namespace, name: name, uid: nil) } catch {
        guard error.code == .notFound else { continue }
      }
      state.withLock { _ = $0.waste.remove(name) }
    }
  }

  /// Removes some records whose bills nobody asks for any more.
  private func removeOldBills(_ held: inout Held) async {
    let horizon = time.now().advanced(by: .zero - JournalBounds.billsKept)
    let old = held.finished.filter { $0.value.billedUntil < horizon }.sorted { $0.key < $1.key }
    for (name, bill) in old.prefix(JournalBounds.removalsInWrite) {
      do { try await api.delete(.workers, namespace: place.namespace, name: name, uid: bill.uid) } catch {
        guard error.code == .notFound else { continue }
      }
      held.finished[name] = nil
      state.withLock { $0.seen[.workers]?[name] = nil }
    }
  }
}
