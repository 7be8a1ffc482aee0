internal import NIOSSL

/// Connections that are kept, one for each endpoint and way of trust, at most `TalosLimits.connections`.
///
/// A connection that nobody uses closes itself; one that was lost is opened anew by the next call.
actor TalosConnections {
  struct Key: Hashable, Sendable {
    var endpoint: TalosEndpoint
    var security: TalosSecurity
  }

  private let credentials: TalosCredentials
  private var mutual: NIOSSLContext?
  private var kept: [Key: (connection: TalosConnection, used: Int)] = [:]
  private var opening: [Key: Task<TalosConnection, any Error>] = [:]
  private var uses = 0

  private let deadlines: TalosDeadlines

  init(credentials: TalosCredentials, deadlines: TalosDeadlines) {
    self.credentials = credentials
    self.deadlines = deadlines
  }

  /// Connections that are held at the moment.
  var count: Int { kept.values.count { $0.connection.isOpen } }

  /// - Throws: `TalosError`.
  func connection(_ key: Key) async throws -> TalosConnection {
    uses += 1
    if let entry = kept[key] {
      if entry.connection.isOpen {
        kept[key]?.used = uses
        return entry.connection
      }
      kept[key] = nil
    }
    if let task = opening[key] { return try await Self.outcome(of: task) }
    let context = try context(key.security)
    let deadlines = self.deadlines
    let task = Task {
      defer { opening[key] = nil }
      let connection = try await TalosConnection.open(key.endpoint, key.security, context, deadlines)
      makeRoom()
      kept[key] = (connection, uses)
      return connection
    }
    opening[key] = task
    return try await Self.outcome(of: task)
  }

  /// Waits for a connection that others may wait for as well. Who is cancelled waits no longer, or the program's end
  /// would take as long as a machine that does not answer is waited for.
  private static func outcome(of task: Task<TalosConnection, any Error>) async throws -> TalosConnection {
    let (outcomes, outcome) = AsyncThrowingStream<TalosConnection, any Error>.makeStream()
    Task {
      outcome.yield(with: await task.result)
      outcome.finish()
    }
    for try await connection in outcomes { return connection }
    throw CancellationError()
  }

  /// Gives up a connection on which no answer came: its machine may be gone without a word, and another have its
  /// address. Calls that are under way may still end; an idle connection closes itself.
  func retire(_ connection: TalosConnection, _ key: Key) {
    if kept[key]?.connection === connection { kept[key] = nil }
    if !connection.isBusy { connection.close() }
  }

  /// Ends a connection whose peer is known to have changed.
  func drop(_ key: Key) {
    kept.removeValue(forKey: key)?.connection.close()
  }

  /// Ends all; returns when they are gone.
  func closeAll() async {
    let connections = kept.values.map(\.connection)
    kept = [:]
    for connection in connections { connection.close() }
    for connection in connections { await connection.ended() }
  }

  private func makeRoom() {
    for (key, entry) in kept where !entry.connection.isOpen { kept[key] = nil }
    while kept.count >= TalosLimits.connections {
      // One that nobody speaks through, if there is such a one.
      let idle = kept.filter { !$0.value.connection.isBusy }
      guard let oldest = (idle.isEmpty ? kept : idle).min(by: { $0.value.used < $1.value.used }) else { return }
      kept.removeValue(forKey: oldest.key)?.connection.close()
    }
  }

  /// The context with our certificate is made once: it reads certificates and keys.
  private func context(_ security: TalosSecurity) throws -> NIOSSLContext {
    if security == .mutual, let mutual { return mutual }
    do {
      let context = try security.context(credentials)
      if security == .mutual { mutual = context }
      return context
    } catch {
      throw TalosError(.credentials, "TLS cannot be set up with the talosconfig's certificates; make it anew.")
    }
  }
}
