import Ports
import Synchronization

/// Whether this process may write and act, at one instant.
enum Standing: Equatable, Sendable {
  /// No other process serves the cluster.
  case alone
  case leading(term: Int)
  /// Another leads, or nobody; its name, where known.
  case following(leader: String?)

  init(_ leadership: (any Leadership)?) {
    guard let leadership else {
      self = .alone
      return
    }
    // The term first: one that ends in between is then not taken for the next.
    let term = leadership.term
    self = leadership.isLeading ? .leading(term: term) : .following(leader: leadership.leader)
  }

  var mayAct: Bool {
    if case .following = self { false } else { true }
  }

  /// `nil` when it does not lead.
  var term: Int? {
    if case .leading(let term) = self { term } else { nil }
  }

  /// For people, while it follows.
  var sentence: String? {
    guard case .following(let leader) = self else { return nil }
    guard let leader else { return "Following: no leader is known, so nothing is carried out." }
    return "Following: \(leader) leads, and this process carries out nothing."
  }
}

extension ControlLoop {
  /// Whether this process still stands so, asked at any later instant: then what was decided may be sent.
  func stands(_ standing: Standing) -> @Sendable () -> Bool {
    let leadership = parts.leadership
    return {
      let present = Standing(leadership)
      return present.mayAct && present.term == standing.term
    }
  }

  /// Writes an entry, unless the process no longer leads as it did when what the entry rests on was read.
  func write(_ entry: JournalEntry) async throws {
    guard entry.isEmpty || stands(state.withLock { $0.standing })() else {
      throw PortError(
        .superseded, "The lead has changed (\(parts.leadership?.leader ?? "nobody") leads now): nothing was written.",
        operation: "journal.write")
    }
    try await parts.journal.write(entry)
  }

  /// - Throws: `OperationError` with the leader's name: commands are for the process that leads.
  func mustLead() throws {
    guard case .following(let leader) = Standing(parts.leadership) else { return }
    let remedy = leader.map { "\($0) leads: send it there." } ?? "no leader is known: try again in some seconds."
    throw OperationError(.unavailable, "This process follows and takes no commands; \(remedy)")
  }
}
