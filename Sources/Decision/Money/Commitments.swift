import Model

/// What a worker will surely still cost.
///
/// With a time to live: until its expiry, the grace and the drain's limit. Without: until its pool's horizon, for a
/// worker of the minimum the month's end. A worker past that costs at least its way out.
struct Commitments {
  let policy: Policy
  let now: Instant
  /// `nil` when the ledger, and with it the month, is unknown.
  let monthEnd: Instant?
  let retirementSpan: Duration

  init(_ situation: Situation) {
    policy = situation.policy
    now = situation.now
    monthEnd = situation.spending?.monthEnd
    retirementSpan = situation.retirementSpan
  }

  /// Cost within the month, for burst events also beyond its end, and what it adds to the cost of an hour.
  struct Amount: Equatable {
    var month: Money
    var whole: Money
    var hourly = Money.zero

    func times(_ count: Int) -> Amount {
      Amount(month: month * count, whole: whole * count, hourly: hourly * count)
    }
  }

  private func amount(_ price: HourlyPrice, _ span: Duration) -> Amount {
    let whole = price.cost(of: span)
    let month = monthEnd.map { min(whole, price.cost(of: $0 - now)) } ?? whole
    return Amount(month: month, whole: whole, hourly: price.perHour)
  }

  /// Of a worker that exists. `isMinimum`: it is one of those that its pool's minimum keeps.
  func of(_ worker: WorkerRecord, pool: Pool?, isMinimum: Bool) -> Amount {
    if !worker.isStaying {
      let end = (worker.removal?.askedAt ?? worker.stateSince).advanced(by: retirementSpan)
      return amount(worker.price, max(end - now, policy.termination.limit))
    }
    if isMinimum, let monthEnd { return amount(worker.price, monthEnd - now) }
    if let life = worker.timeToLive {
      let end = life.expiresAt.advanced(by: policy.cleanup.grace + policy.draining.limit)
      return amount(worker.price, max(end - now, retirementSpan))
    }
    let end = worker.wantedSince.advanced(by: pool?.horizon ?? .zero)
    return amount(worker.price, max(end - now, retirementSpan))
  }

  /// Of a standby clone, which no burst event pays for.
  func of(reserve standby: WorkerRecord, pool: Pool?) -> Amount {
    let price = standby.presentPrice
    guard standby.isStaying else {
      let end = (standby.removal?.askedAt ?? standby.stateSince).advanced(by: retirementSpan)
      return ofEvent(none: amount(price, max(end - now, policy.termination.limit)))
    }
    let end = standby.createdAt.advanced(by: pool?.horizon ?? .zero)
    return ofEvent(none: amount(price, max(end - now, retirementSpan)))
  }

  /// Of a standby clone that is to be made now.
  func ofStandby(_ price: HourlyPrice, _ pool: Pool) -> Amount {
    ofEvent(none: amount(price, max(pool.horizon, retirementSpan)))
  }

  private func ofEvent(none amount: Amount) -> Amount {
    Amount(month: amount.month, whole: .zero, hourly: amount.hourly)
  }

  /// Of a worker that is to be created now.
  func of(_ offer: Offer, isMinimum: Bool) -> Amount {
    if isMinimum, let monthEnd { return amount(offer.price, monthEnd - now) }
    if let life = offer.timeToLive {
      return amount(offer.price, life + policy.cleanup.grace + policy.draining.limit)
    }
    return amount(offer.price, offer.pool.horizon)
  }
}

extension Situation {
  /// Those that a pool's minimum keeps: the oldest.
  func minimumWorkers(of pool: Pool) -> Set<WorkerName> { minimums[pool.name] ?? [] }
}
