public import Model

/// A decision that differed from the one before it: what the trail of decisions keeps.
public struct DecisionNote: Sendable, Codable, Equatable {
  /// What was decided for one pool.
  public struct PoolNote: Sendable, Codable, Equatable {
    public var pool: PoolName
    public var verdict: PoolReport.Verdict
    /// Workers after the plan.
    public var desired: Int
    public var reasons: [Reason]
    /// Whether this pool's part differs from the decision before.
    public var changed: Bool

    public init(_ report: PoolReport, changed: Bool) {
      pool = report.pool
      verdict = report.verdict
      desired = report.desired
      reasons = report.reasons
      self.changed = changed
    }
  }

  /// When it was first decided so.
  public var at: Instant
  /// When it was last decided so; equal to `at` for a decision that was made once.
  public var until: Instant
  /// The whole decision in one sentence.
  public var summary: String
  /// Sorted by name.
  public var pools: [PoolNote]

  public init(at: Instant, summary: String, pools: [PoolNote]) {
    self.at = at
    until = at
    self.summary = summary
    self.pools = pools
  }
}
