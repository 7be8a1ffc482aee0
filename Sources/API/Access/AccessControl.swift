import HTTPTypes
import Model
import Synchronization

/// Knows who calls, and how much each may ask. Thread-safe; what it goes by can be replaced while the server runs.
///
/// Tokens and certificates are checked at once, on any thread. Passwords are checked on threads of their own, a few at a
/// time, and remembered by a hash with a salt of this process, so that each costs its time only once.
public final class AccessControl: Sendable {
  /// What came of asking who calls.
  enum Verdict: Sendable, Equatable {
    case known(AccessEntry, Principal.Proof)
    /// Nothing was said.
    case anonymous
    /// What was said is wrong.
    case refused
    /// Too much that is wrong came from there; it is not even looked at before this time has passed.
    case limited(Duration)
    /// Too many passwords wait to be checked.
    case busy
  }

  /// Callers and addresses whose calls are counted at one time.
  static let counted = 4_096
  /// Passwords that are remembered as right.
  static let remembered = 256

  private struct State {
    var policy: AccessPolicy
    var tokens: [Digest: AccessEntry] = [:]
    var users: [String: AccessEntry] = [:]
    /// What is checked for users that there are not; as costly as the costliest. `nil` where nobody has a password.
    var decoy: PasswordHash?
    var certificates: [String: AccessEntry] = [:]
    var sessions: Sessions
    var passwords: [Digest: AccessEntry] = [:]
    var failures: TokenBuckets<CallerAddress>
    var reads: TokenBuckets<String>
    var changes: TokenBuckets<String>

    init(_ policy: AccessPolicy) {
      self.policy = policy
      sessions = Sessions(idleTime: policy.sessionIdleTime, lifetime: policy.sessionLifetime)
      failures = TokenBuckets(rate: 1, size: 1, capacity: AccessControl.counted)
      reads = TokenBuckets(rate: 1, size: 1, capacity: AccessControl.counted)
      changes = TokenBuckets(rate: 1, size: 1, capacity: AccessControl.counted)
      adopt(policy)
    }

    mutating func adopt(_ policy: AccessPolicy) {
      self.policy = policy
      tokens = [:]
      users = [:]
      decoy = nil
      certificates = [:]
      for entry in policy.entries {
        switch entry.proof {
        case .token(let hash): if let digest = Digest(bytes: hash) { tokens[digest] = entry }
        case .password(let hash):
          users[entry.name] = entry
          if (decoy?.cost ?? 0) < hash.cost { decoy = hash }
        case .certificate(let name): certificates[name] = entry
        }
      }
      passwords = [:]
      sessions.idleTime = policy.sessionIdleTime
      sessions.lifetime = policy.sessionLifetime
      sessions.keep(only: policy.entries)
      failures.rate = policy.failedAttemptsPerMinute / 60
      failures.size = max(1, policy.failedAttemptsPerMinute)
      reads.rate = policy.readsPerSecond
      reads.size = policy.readsPerSecond * AccessPolicy.burst
      changes.rate = policy.changesPerSecond
      changes.size = max(1, policy.changesPerSecond * AccessPolicy.burst)
    }
  }

  private let state: Mutex<State>
  private let required: Atomic<Bool>
  /// Checking a password takes 32 MiB, so few are checked at one time.
  private let lanes = QueryLanes(running: 2, waiting: 16)
  private let uptime: @Sendable () -> Duration
  /// Makes the hashes of remembered passwords worthless elsewhere.
  private let salt = AccessSecrets.random()

  /// - Parameter uptime: a time that never goes back; the process's own where none is given.
  public init(_ policy: AccessPolicy, uptime: (@Sendable () -> Duration)? = nil) {
    state = Mutex(State(policy))
    required = Atomic(policy.isRequired)
    let start = ContinuousClock.now
    self.uptime = uptime ?? { start.duration(to: .now) }
  }

  /// Goes by another policy from now on. Sessions of those whom it does not name any more, or names with another role or
  /// credential, end.
  public func replace(_ policy: AccessPolicy) {
    state.withLock { $0.adopt(policy) }
    required.store(policy.isRequired, ordering: .sequentiallyConsistent)
  }

  /// Whether callers must say who they are.
  public var isRequired: Bool { required.load(ordering: .relaxed) }

  /// Connections from one address at one time; `nil`: as many as there may be at all.
  var connectionsPerAddress: Int? { isRequired ? state.withLock { $0.policy.connectionsPerAddress } : nil }

  /// Whether somebody signs in by name and password, so that browsers may be asked for them.
  var hasPasswords: Bool { state.withLock { !$0.users.isEmpty } }

  /// Lifetime of sessions.
  var sessionLifetime: Duration { state.withLock { $0.policy.sessionLifetime } }

  // MARK: - Who calls

  /// Whether a request may deliver samples, by what can be told at once; where this says no, `identify` has the last word.
  func maySurelyIngest(_ headers: HTTPFields, on connection: ClientConnection?) -> Bool {
    // No program that sends samples names an origin; what a page sends is looked at by the routes.
    guard isRequired else { return headers[.origin] == nil }
    switch Credentials(headers) {
    case .token(let token): return entry(token: token)?.role.allows(.ingest) ?? false
    case .password(let user, let password):
      return entry(remembered: user, password)?.role.allows(.ingest) ?? false
    case .none: return entry(certificate: connection)?.role.allows(.ingest) ?? false
    case .session, .malformed: return false
    }
  }

  /// Who sends a request. What is wrong counts against its address.
  func identify(
    _ headers: HTTPFields, on connection: ClientConnection?, from address: CallerAddress
  ) async -> Verdict {
    switch Credentials(headers) {
    case .none: return identify(certificate: connection)
    case .malformed: return fail(address)
    case .token(let token): return identify(token: token, from: address)
    case .password(let user, let password): return await identify(user, password, from: address)
    case .session(let id):
      let now = uptime()
      if let entry = state.withLock({ $0.sessions.use(Digest(id), now: now) }) { return .known(entry, .session) }
      // A session that has ended is no attempt at anything.
      return identify(certificate: connection)
    }
  }

  func identify(token: String, from address: CallerAddress) -> Verdict {
    entry(token: token).map { .known($0, .token) } ?? fail(address)
  }

  func identify(_ user: String, _ password: String, from address: CallerAddress) async -> Verdict {
    if let entry = entry(remembered: user, password) { return .known(entry, .password) }
    // An attempt is counted before it is looked at, so that many at once are not more than many in a row.
    if case .limited(let wait) = fail(address) { return .limited(wait) }
    let (named, decoy) = state.withLock { ($0.users[user], $0.decoy) }
    // Unknown users take as long as known ones.
    guard var hash = decoy else { return .refused }
    if case .password(let own)? = named?.proof { hash = own }
    let checked = hash
    let isRight: Bool
    do { isRight = try await lanes.run { _ in AccessSecrets.isPassword(password, of: checked) } } catch { return .busy }
    guard isRight, let named else { return .refused }
    let isStillThere = state.withLock { state in
      guard state.users[user] == named else { return false }
      if state.passwords.count >= Self.remembered { state.passwords = [:] }
      state.passwords[digest(user, password)] = named
      state.failures.giveBack(address)
      return true
    }
    return isStillThere ? .known(named, .password) : .refused
  }

  private func identify(certificate connection: ClientConnection?) -> Verdict {
    entry(certificate: connection).map { .known($0, .certificate) } ?? .anonymous
  }

  /// Counts something wrong that came from an address.
  func fail(_ address: CallerAddress) -> Verdict {
    let now = uptime()
    return state.withLock { $0.failures.take(address, now: now) }.map { .limited($0) } ?? .refused
  }

  private func entry(token: String) -> AccessEntry? {
    let digest = Digest(token)
    return state.withLock { $0.tokens[digest] }
  }

  private func entry(remembered user: String, _ password: String) -> AccessEntry? {
    let digest = digest(user, password)
    return state.withLock { $0.passwords[digest] }
  }

  private func entry(certificate connection: ClientConnection?) -> AccessEntry? {
    guard let names = connection?.certificateNames, !names.isEmpty else { return nil }
    return state.withLock { state in names.compactMap { state.certificates[$0] }.first }
  }

  private func digest(_ user: String, _ password: String) -> Digest { Digest("\(salt)\n\(user)\0\(password)") }

  // MARK: - How much

  /// Counts a call of somebody.
  /// - Returns: after how long there is room for it; `nil` when there is.
  func admit(_ name: String, isChange: Bool) -> Duration? {
    let now = uptime()
    return state.withLock { isChange ? $0.changes.take(name, now: now) : $0.reads.take(name, now: now) }
  }

  // MARK: - Sessions

  /// Begins a session.
  /// - Returns: its identifier, which only the cookie has.
  func beginSession(_ entry: AccessEntry) -> String {
    let id = AccessSecrets.random()
    let now = uptime()
    state.withLock { $0.sessions.begin(Digest(id), entry, now: now) }
    return id
  }

  func endSession(_ id: String) { state.withLock { $0.sessions.end(Digest(id)) } }
}
