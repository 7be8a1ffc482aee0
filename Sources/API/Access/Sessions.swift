import Model

/// Who has signed in to the console. Pure: time and new identifiers are arguments. Only hashes of the identifiers that
/// cookies carry are kept, and a restart forgets them all.
struct Sessions: Sendable {
  private struct Session {
    var entry: AccessEntry
    var began: Duration
    var used: Duration
  }

  /// Sessions that are kept at one time; when there are more, the one that was used longest ago ends.
  static let capacity = 1_000

  var idleTime: Duration
  var lifetime: Duration
  private var sessions: [Digest: Session] = [:]

  init(idleTime: Duration, lifetime: Duration) {
    self.idleTime = idleTime
    self.lifetime = lifetime
  }

  /// Sessions that are kept now, those included that have ended and were not asked for since.
  var count: Int { sessions.count }

  /// Keeps a new session.
  mutating func begin(_ id: Digest, _ entry: AccessEntry, now: Duration) {
    if sessions.count >= Self.capacity {
      sessions = sessions.filter { isAlive($0.value, now: now) }
      if sessions.count >= Self.capacity, let oldest = sessions.min(by: { $0.value.used < $1.value.used }) {
        sessions[oldest.key] = nil
      }
    }
    sessions[id] = Session(entry: entry, began: now, used: now)
  }

  /// Who has a session, which is used by asking; `nil` where there is none, or it has ended.
  mutating func use(_ id: Digest, now: Duration) -> AccessEntry? {
    guard let session = sessions[id] else { return nil }
    guard isAlive(session, now: now) else {
      sessions[id] = nil
      return nil
    }
    sessions[id]?.used = now
    return session.entry
  }

  mutating func end(_ id: Digest) { sessions[id] = nil }

  /// Ends the sessions of those who are not among the entries any more, or whose role or credential is another one.
  mutating func keep(only entries: [AccessEntry]) {
    let entries = Set(entries)
    sessions = sessions.filter { entries.contains($0.value.entry) }
  }

  private func isAlive(_ session: Session, now: Duration) -> Bool {
    now - session.used < idleTime && now - session.began < lifetime
  }
}
