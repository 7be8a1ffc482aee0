import Model

/// What bounds a pool at this moment, and until when: what would have to change for another verdict.
enum PoolBounds {
  static func of(_ pool: Pool, _ draft: Draft) -> [Reason] {
    [size(pool, draft)] + [backoff(pool, draft), growCooldown(pool, draft), shrinking(pool, draft)].compactMap { $0 }
  }

  private static func size(_ pool: Pool, _ draft: Draft) -> Reason {
    let count = draft.stayingAfterPlan(pool.name)
    let data = ["workers": "\(count)", "minimum": "\(pool.minimum)", "maximum": "\(pool.maximum)"]
    if count >= pool.maximum {
      return Reason(
        .poolAtMaximum, "Pool \(pool.name) has \(count) of \(pool.maximum) workers: it cannot grow.",
        remedy: "Raise the pool's maximum.", data: data)
    }
    let more = Phrase.count(pool.maximum - count, "worker")
    if count <= pool.minimum {
      return Reason(
        .minimumReached, "Pool \(pool.name) is at its minimum of \(pool.minimum) and may get \(more) more.", data: data)
    }
    return Reason(
      .withinLimits, "Pool \(pool.name) may get \(more) more and lose \(count - pool.minimum).", data: data)
  }

  private static func backoff(_ pool: Pool, _ draft: Draft) -> Reason? {
    guard let until = draft.memory.pools[pool.name]?.backoffUntil, until > draft.situation.now else { return nil }
    return Reason(
      .backingOff, "Pool \(pool.name) creates nothing before \(until.clockText), as its last creation failed.",
      remedy: "Look for the failure with \"poolkeeper workers\" and in the events.", data: ["until": until.description])
  }

  private static func growCooldown(_ pool: Pool, _ draft: Draft) -> Reason? {
    guard let grown = draft.memory.pools[pool.name]?.grownAt else { return nil }
    let end = grown.advanced(by: pool.growCooldown)
    guard end > draft.situation.now else { return nil }
    return Reason(
      .coolingDown,
      "Pool \(pool.name) answers CPU and memory pressure again at \(end.clockText): its last worker became ready at "
        + "\(grown.clockText).", data: ["until": end.description])
  }

  private static func shrinking(_ pool: Pool, _ draft: Draft) -> Reason? {
    if let hold = ShrinkGate.hold(pool, draft) { return hold }
    guard ShrinkGate.allowance(pool, draft) <= 0 else { return nil }
    let pace = draft.situation.policy.pace
    let first = draft.memory.pools[pool.name]?.retirements.min()
    return Reason(
      .shrinkPace,
      "Pool \(pool.name) has let go as many workers as may go by choice within \(pace.shrinkWindow.text).",
      remedy: first.map { "The next may go at \($0.advanced(by: pace.shrinkWindow).clockText)." })
  }
}
