public import Model

/// Checks operators' orders before they are written down, so that each wrong one gets a sentence that helps.
public enum OrderCheck {
  /// An operator's order for workers, in the fields that matter.
  public struct Scale: Hashable, Sendable {
    /// The pool that is to grow.
    public var pool: PoolName
    /// How many workers to add.
    public var workers: Int
    /// `nil`: the pool's default.
    public var template: TemplateName?
    /// `nil`: the pool's standard.
    public var timeToLive: Duration?

    /// An order as an operator gave it, not checked yet.
    public init(pool: PoolName, workers: Int, template: TemplateName? = nil, timeToLive: Duration? = nil) {
      self.pool = pool
      self.workers = workers
      self.template = template
      self.timeToLive = timeToLive
    }
  }

  /// Why an order for workers cannot be accepted; `nil` when it can. An accepted order may still have to wait for room,
  /// money or the parallel limit: the report says so.
  public static func scale(_ order: Scale, policy: Policy, workers: [WorkerRecord]) -> OrderRefusal? {
    guard let pool = policy.pool(order.pool) else {
      return OrderRefusal(
        .notFound,
        Reason(
          .unknownPool, "There is no pool \"\(order.pool)\".",
          remedy: Phrase.suggestion(for: order.pool.rawValue, among: policy.pools.map(\.name.rawValue))))
    }
    guard pool.enabled else {
      return OrderRefusal(
        .conflict,
        Reason(
          .poolDisabled, "Pool \(pool.name) is disabled.", remedy: "Set \"enabled\": true for it in the configuration.")
      )
    }
    guard pool.acceptsRequests else {
      return OrderRefusal(
        .refused,
        Reason(
          .requestsNotAccepted, "Pool \(pool.name) takes no requests.",
          remedy: "Enable the pool's manual trigger in the configuration."))
    }
    return template(order, pool, policy) ?? count(order, pool, workers) ?? timeToLive(order, pool)
  }

  private static func template(_ order: Scale, _ pool: Pool, _ policy: Policy) -> OrderRefusal? {
    guard let name = order.template else { return nil }
    let known = policy.templates.map(\.name.rawValue)
    guard policy.template(name) != nil else {
      return OrderRefusal(
        .notFound,
        Reason(
          .unknownTemplate, "There is no template \"\(name)\".",
          remedy: Phrase.suggestion(for: name.rawValue, among: known)))
    }
    guard name == pool.defaultTemplate || pool.templates.contains(name) else {
      let allowed = Set(pool.templates + [pool.defaultTemplate]).sorted().map(\.rawValue)
      return OrderRefusal(
        .invalid,
        Reason(
          .templateNotInPool, "Pool \(pool.name) has no workers of template \(name).",
          remedy: "It can have \(Phrase.list(allowed))."))
    }
    return nil
  }

  private static func count(_ order: Scale, _ pool: Pool, _ workers: [WorkerRecord]) -> OrderRefusal? {
    guard (1...max(1, pool.maximum)).contains(order.workers) else {
      return OrderRefusal(
        .invalid,
        Reason(
          .countOutOfRange, "\(order.workers) is no number of workers that pool \(pool.name) could get.",
          remedy: "Ask for 1 to \(pool.maximum)."))
    }
    let present = workers.count { $0.pool == pool.name && $0.isStaying && !$0.isReserve }
    guard present < pool.maximum else {
      return OrderRefusal(
        .conflict,
        Reason(
          .poolAtMaximum, "Pool \(pool.name) has its maximum of \(Phrase.count(pool.maximum, "worker")) already.",
          remedy: "Remove one first, or raise max_size.", data: ["maximum": "\(pool.maximum)"]))
    }
    return nil
  }

  private static func timeToLive(_ order: Scale, _ pool: Pool) -> OrderRefusal? {
    guard let life = order.timeToLive else { return nil }
    guard pool.isTemporary else {
      return OrderRefusal(
        .invalid,
        Reason(
          .timeToLiveNotSupported, "Workers of pool \(pool.name) do not expire.", remedy: "Leave the time to live out.")
      )
    }
    let longest = pool.timeToLive?.maximum ?? unboundedLife
    guard life > .zero, life <= longest else {
      return OrderRefusal(
        .invalid,
        Reason(
          .timeToLiveOutOfRange, "A time to live of \(life.text) is out of range for pool \(pool.name).",
          remedy: "Give more than 0 and at most \(longest.text).", data: ["maximum": longest.text]))
    }
    return nil
  }

  /// The longest life that an order may give in a pool whose policy names none: 30 days.
  public static let unboundedLife = Duration.hours(720)

  /// The worker of a name, or why it cannot be removed.
  public static func remove(_ name: WorkerName, workers: [WorkerRecord]) -> Result<WorkerRecord, OrderRefusal> {
    switch find(name, workers) {
    case .failure(let refusal): return .failure(refusal)
    case .success(let worker):
      guard worker.isStaying else { return .failure(leaving(worker)) }
      return .success(worker)
    }
  }

  /// The worker of a name, with the nearest name when there is none.
  static func find(_ name: WorkerName, _ workers: [WorkerRecord]) -> Result<WorkerRecord, OrderRefusal> {
    if let worker = workers.first(where: { $0.name == name && $0.state != .terminated }) { return .success(worker) }
    let names = workers.filter { $0.state != .terminated }.map(\.name.rawValue)
    return .failure(
      OrderRefusal(
        .notFound,
        Reason(
          .unknownWorker, "There is no worker \"\(name)\".",
          remedy: Phrase.suggestion(for: name.rawValue, among: names))))
  }

  static func leaving(_ worker: WorkerRecord) -> OrderRefusal {
    OrderRefusal(
      .conflict, Reason(.alreadyLeaving, "Worker \(worker.name) is leaving already (\(worker.state.rawValue))."))
  }
}
