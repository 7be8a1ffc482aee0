import Ports

/// The journal's last events, so that those who watch do not make it be read again and again: in a cluster that is a call
/// to the API server.
struct RecentEvents: Sendable {
  /// Events that are kept.
  static let kept = 200

  /// The newest first; `nil`: they have to be read, because others may have written.
  private(set) var known: [JournalEvent]?

  /// What the journal holds, as of this turn.
  mutating func read(_ events: [JournalEvent]) { known = Array(events.prefix(Self.kept)) }

  /// What has been written since, the newest last.
  mutating func add(_ events: [JournalEvent]) {
    guard let known, !events.isEmpty else { return }
    self.known = Array((events.reversed() + known).prefix(Self.kept))
  }

  mutating func forget() { known = nil }
}
