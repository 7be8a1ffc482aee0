public import Model

/// What came of a run.
public struct RunOutcome: Sendable {
  /// Days of the world that were lived through.
  public var days: Double
  /// Ticks, calls, events and disturbances.
  public var events: Int
  /// Decisions that were made.
  public var decisions: Int
  /// Starts of the process, the first included.
  public var starts: Int
  /// In the order of time; the first is what a run is judged by, the others may follow from it.
  public var violations: [Violation]
  /// 16 hexadecimal digits over all that happened: two runs of the same scene have the same.
  public var digest: String
  /// The last things that happened, line by line.
  public var log: [String]
  /// Whether it was lived through to its end.
  public var isWhole: Bool

  /// The last line of `simulate run`.
  public var summary: String {
    let days = (self.days * 100).rounded() / 100
    return "days \(days) events \(events) violations \(violations.count) digest \(digest)"
  }
}

/// How far a run goes.
public struct RunLimits: Sendable, Hashable {
  /// Ends there; `nil`: at the scene's end.
  public var until: Instant?
  /// Ends at the first violation.
  public var stopsAtViolation = false
  /// Only the disturbances of these numbers, in the scene's order; `nil`: all.
  public var only: Set<Int>?
  /// Single calls go wrong as the scene says.
  public var hasHabits = true

  public init() {}
}
