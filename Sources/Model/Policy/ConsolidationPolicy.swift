/// When pods are moved so that fewer or cheaper workers hold them.
public struct ConsolidationPolicy: Hashable, Sendable, Codable {
  public var enabled = true
  /// A worker is under-used while its pods ask for less than this share of what it offers: of CPU and of memory, or, where
  /// it has GPUs, of those.
  public var utilisationPercent = 50.0
  /// A worker must have been under-used, or ready and its pool unchanged, for this long.
  public var unneededFor: Duration = .minutes(10)
  /// What is saved must be at least this share of the price of the workers that go.
  public var minimumSavingPercent = 10.0
  /// What a change costs, two workers paid for one while the pods move, must be saved again within this time.
  public var payback: Duration = .hours(1)

  public init() {}
}

/// What follows when a spot worker had to make room for a permanent one, or its machine was taken away.
public struct PreemptionPolicy: Hashable, Sendable, Codable {
  /// The spot pool gets no new worker for so long, unless the hosts have room again.
  public var backoff: Duration = .minutes(10)

  public init() {}
}
