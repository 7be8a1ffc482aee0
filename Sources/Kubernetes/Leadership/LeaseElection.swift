import Model

/// What a Lease says (`spec` of coordination.k8s.io/v1).
struct LeaseRecord: Hashable, Sendable {
  /// Empty: released.
  var holder: String
  var durationSeconds: Int
  var acquiredAt: Instant
  var renewedAt: Instant
  var transitions: Int
}

/// A Lease as it was read or stored.
struct ObservedLease: Hashable, Sendable {
  var record: LeaseRecord
  /// The resource version: compared for equality only.
  var version: String
}

/// One candidate's part in the election by a Lease. Pure: time is an argument, requests and answers are values.
///
/// States, and what leads from one to the next:
/// - follower → leader: a write of the lease with this candidate as its holder was accepted, and its answer came before
///   the renew deadline, counted from before the request left. Each time is a new term.
/// - leader → leader: the same, before the present deadline has passed.
/// - leader → follower: the deadline has passed, another holder was read, or `release`.
///
/// Others' leases are judged by how long this candidate has seen no change of them, never by the times that they
/// hold, since clocks differ. `now` is a time since any fixed start that goes on while the process is stopped.
struct LeaseElection: Sendable {
  /// What is to be sent to the API server.
  enum Request: Hashable, Sendable {
    case read
    case create(LeaseRecord)
    /// Only over the version that was seen.
    case replace(LeaseRecord, over: String)
  }

  /// What became of a request.
  enum Answer: Hashable, Sendable {
    case found(ObservedLease)
    case notFound
    /// Stored, as this.
    case written(ObservedLease)
    /// Another was faster.
    case conflict
    /// No answer, or none that helps. The request may have been carried out all the same.
    case failed
  }

  /// What follows an answer.
  enum Next: Hashable, Sendable {
    case send(Request)
    /// Then `begin` again.
    case wait(Duration)
  }

  let identity: String
  let timings: LeaseTimings
  /// Times that this candidate began to lead.
  private(set) var term = 0
  /// Until when it leads, were it to hear nothing more; `nil` while it follows.
  private(set) var leadingUntil: Duration?
  /// The lease as last seen, and when it was first seen so.
  private(set) var observed: (lease: ObservedLease, since: Duration)?

  private var pending: (request: Request, sentAt: Duration)?
  /// Requests of the round in work: a round that is beaten each time waits before it tries again.
  private var requests = 0

  /// Requests in one round: read, write, and once more after a conflict.
  static let requestsInRound = 4

  /// - Parameter identity: unique for each process, for example the pod's name and a random part.
  init(identity: String, timings: LeaseTimings) {
    self.identity = identity
    self.timings = timings
  }

  func isLeading(at now: Duration) -> Bool { leadingUntil.map { now < $0 } ?? false }

  /// Who holds the lease as far as is known; `nil`: nobody, or not known.
  var holder: String? {
    guard let holder = observed?.lease.record.holder, !holder.isEmpty else { return nil }
    return holder
  }

  // MARK: - Rounds

  /// Begins a round. A leader renews over what it wrote last; everybody else looks first.
  mutating func begin(at now: Duration, wall: Instant) -> Request {
    requests = 0
    guard isLeading(at: now), let lease = observed?.lease else { return send(.read, now) }
    return send(.replace(renewal(of: lease.record, wall), over: lease.version), now)
  }

  /// Takes the answer to the request that was handed out last.
  /// - Parameter random: draws the wait between tries.
  mutating func take(
    _ answer: Answer, at now: Duration, wall: Instant, random: inout some RandomNumberGenerator
  ) -> Next {
    guard let (request, sentAt) = pending else { preconditionFailure("an answer to no request: \(answer)") }
    pending = nil
    switch answer {
    case .found(let lease):
      see(lease, now)
      return weigh(lease.record, lease.version, now, wall, &random)
    case .notFound:
      guard request == .read else { return again(now, &random) }
      // One that was deleted under its holder is waited for as if it were there: the holder may not know yet.
      if let observed, !mayTake(observed.lease.record, since: observed.since, now) { return retry(now, &random) }
      return .send(send(.create(fresh(wall, transitions: 0)), now))
    case .written(let lease):
      see(lease, now)
      let until = sentAt + timings.renewDeadline
      guard lease.record.holder == identity, now < until else { return .wait(.zero) }
      if !isLeading(at: now) { term += 1 }
      leadingUntil = until
      return .wait(max(.zero, sentAt + timings.retryPeriod - now))
    case .conflict: return again(now, &random)
    case .failed: return retry(now, &random)
    }
  }

  /// Gives the lease up. From here on it does not lead; the request tells the others, and may fail.
  mutating func release(at now: Duration, wall: Instant) -> Request? {
    leadingUntil = nil
    guard let lease = observed?.lease, lease.record.holder == identity else { return nil }
    var record = renewal(of: lease.record, wall)
    record.holder = ""
    record.durationSeconds = 1
    observed = nil
    pending = nil
    return .replace(record, over: lease.version)
  }

  // MARK: - Weighing

  private mutating func see(_ lease: ObservedLease, _ now: Duration) {
    if observed?.lease.version != lease.version { observed = (lease, now) }
    if lease.record.holder != identity { leadingUntil = nil }
  }

  private mutating func weigh(
    _ record: LeaseRecord, _ version: String, _ now: Duration, _ wall: Instant,
    _ random: inout some RandomNumberGenerator
  ) -> Next {
    guard requests < Self.requestsInRound else { return retry(now, &random) }
    if record.holder == identity { return .send(send(.replace(renewal(of: record, wall), over: version), now)) }
    guard let since = observed?.since, mayTake(record, since: since, now) else { return retry(now, &random) }
    var taken = fresh(wall, transitions: record.transitions + 1)
    taken.renewedAt = Self.differing(from: record.renewedAt, wall)
    return .send(send(.replace(taken, over: version), now))
  }

  /// Whether a lease that has not changed since then may be taken: it was released, or both its own duration and ours
  /// have passed.
  private func mayTake(_ record: LeaseRecord, since: Duration, _ now: Duration) -> Bool {
    if record.holder.isEmpty || record.holder == identity { return true }
    return now - since >= max(timings.leaseDuration, .seconds(min(record.durationSeconds, 86_400)))
  }

  private func fresh(_ wall: Instant, transitions: Int) -> LeaseRecord {
    LeaseRecord(
      holder: identity, durationSeconds: Int(timings.leaseDuration.milliseconds / 1000), acquiredAt: wall,
      renewedAt: wall, transitions: transitions)
  }

  private func renewal(of record: LeaseRecord, _ wall: Instant) -> LeaseRecord {
    var renewed = record
    renewed.durationSeconds = Int(timings.leaseDuration.milliseconds / 1000)
    renewed.renewedAt = Self.differing(from: record.renewedAt, wall)
    return renewed
  }

  /// A time unlike the last: a write that changes nothing leaves the resource version as it is, and with a clock that
  /// stands still a leader would look dead to the others.
  private static func differing(from last: Instant, _ wall: Instant) -> Instant {
    wall == last ? wall.advanced(by: .milliseconds(1)) : wall
  }

  // MARK: - Sending and waiting

  private mutating func send(_ request: Request, _ now: Duration) -> Request {
    requests += 1
    pending = (request, now)
    return request
  }

  /// Looks again after a conflict, within the round's bound.
  private mutating func again(_ now: Duration, _ random: inout some RandomNumberGenerator) -> Next {
    requests < Self.requestsInRound ? .send(send(.read, now)) : retry(now, &random)
  }

  /// A leader tries again after the retry period; others a random time later, so that they do not meet.
  private func retry(_ now: Duration, _ random: inout some RandomNumberGenerator) -> Next {
    if isLeading(at: now) { return .wait(timings.retryPeriod) }
    let thousandths = Int.random(in: 0...Int(LeaseTimings.jitter * 1000), using: &random)
    return .wait(timings.retryPeriod + timings.retryPeriod * thousandths / 1000)
  }
}
