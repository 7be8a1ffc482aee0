public import Model

extension OrderCheck {
  /// A worker's time to live after one more extension, or why it cannot have one.
  ///
  /// `by`: `nil` takes the configured length, which is also the longest. The new end never lies beyond the latest end
  /// that the worker was created with, and what it adds must fit under every cap: `snapshot` gives the time, the other
  /// workers and what is spent.
  public static func extend(
    _ name: WorkerName, by length: Duration?, snapshot: Snapshot, policy: Policy
  ) -> Result<TimeToLiveRecord, OrderRefusal> {
    let worker: WorkerRecord
    switch find(name, snapshot.workers) {
    case .failure(let refusal): return .failure(refusal)
    case .success(let found): worker = found
    }
    guard worker.isStaying else { return .failure(leaving(worker)) }
    guard var life = worker.timeToLive else {
      return .failure(
        OrderRefusal(
          .invalid, Reason(.timeToLiveNotSupported, "Worker \(name) does not expire, so there is nothing to extend.")))
    }
    let length = length ?? policy.cleanup.extensionLength
    if let refusal = bounds(worker, life, length, policy) { return .failure(refusal) }
    let extended = life.expiresAt.advanced(by: length)
    if let refusal = money(worker, until: extended, snapshot, policy) { return .failure(refusal) }
    life.expiresAt = extended
    life.extensions += 1
    life.announced = false
    return .success(life)
  }

  /// Why an extension would not be allowed whatever it costs; `nil` when it would be.
  public static func extensionBounds(
    _ name: WorkerName, by length: Duration?, snapshot: Snapshot, policy: Policy
  ) -> OrderRefusal? {
    switch find(name, snapshot.workers) {
    case .failure(let refusal): return refusal
    case .success(let worker):
      guard worker.isStaying else { return leaving(worker) }
      guard let life = worker.timeToLive else {
        return OrderRefusal(
          .invalid, Reason(.timeToLiveNotSupported, "Worker \(name) does not expire, so there is nothing to extend."))
      }
      return bounds(worker, life, length ?? policy.cleanup.extensionLength, policy)
    }
  }

  private static func bounds(
    _ worker: WorkerRecord, _ life: TimeToLiveRecord, _ length: Duration, _ policy: Policy
  ) -> OrderRefusal? {
    let cleanup = policy.cleanup
    guard cleanup.extensionsAllowed else {
      return OrderRefusal(
        .refused,
        Reason(
          .extensionsNotAllowed, "Workers' times may not be extended.",
          remedy: "Set ttl_extension.allowed in the configuration."))
    }
    guard life.extensions < cleanup.maximumExtensions else {
      return OrderRefusal(
        .refused,
        Reason(
          .extensionsUsedUp,
          "Worker \(worker.name) has had its \(Phrase.count(cleanup.maximumExtensions, "extension")).",
          remedy: "Ask for a new worker instead.", data: ["extensions": "\(life.extensions)"]))
    }
    guard length > .zero, length <= cleanup.extensionLength else {
      return OrderRefusal(
        .invalid,
        Reason(
          .timeToLiveOutOfRange, "\(length.text) is no length of an extension.",
          remedy: "Give more than 0 and at most \(cleanup.extensionLength.text)."))
    }
    guard life.expiresAt.advanced(by: length) <= life.latest || SeededBug.ignoresLatestEnd.isOn else {
      let left = max(.zero, life.latest - life.expiresAt)
      return OrderRefusal(
        .refused,
        Reason(
          .timeToLiveOutOfRange,
          "Worker \(worker.name) may live until \(life.latest) at most; \(length.text) more would exceed that.",
          remedy: left > .zero ? "At most \(left.text) more are possible." : "Ask for a new worker instead.",
          data: ["latest": life.latest.description]))
    }
    return nil
  }

  private static func money(
    _ worker: WorkerRecord, until extended: Instant, _ snapshot: Snapshot, _ policy: Policy
  ) -> OrderRefusal? {
    guard let pool = policy.pool(worker.pool) else { return nil }
    let situation = Situation(snapshot: snapshot, policy: policy)
    guard situation.spending != nil else {
      return OrderRefusal(
        .refused,
        Reason(
          .ledgerUnknown, "What has been spent is not known; until it is, nothing is extended.",
          remedy: "Try again when the ledger is there."))
    }
    let commitments = Commitments(situation)
    let isMinimum = situation.minimumWorkers(of: pool).contains(worker.name)
    var later = worker
    later.timeToLive?.expiresAt = extended
    let before = commitments.of(worker, pool: pool, isMinimum: isMinimum)
    let after = commitments.of(later, pool: pool, isMinimum: isMinimum)
    let more = Commitments.Amount(month: after.month - before.month, whole: after.whole - before.whole)
    guard let shortfall = Purse(situation).shortfall(more, pool) else { return nil }
    let sentence =
      shortfall.isHourly
      ? "Workers cost \(Phrase.amount(shortfall.spent, policy)) an hour already, which exceeds \(shortfall.scopePhrase), "
        + "\(shortfall.cap): no life is extended."
      : "The extension would commit \(Phrase.amount(shortfall.own, policy)) more; with \(shortfall.spent) spent and "
        + "\(shortfall.committed) committed that exceeds the cap of \(shortfall.cap) (\(shortfall.scope))."
    return OrderRefusal(
      .refused,
      Reason(
        shortfall.code, sentence, remedy: "Raise the cap, or let other workers go.", data: ["scope": shortfall.scope]))
  }
}
