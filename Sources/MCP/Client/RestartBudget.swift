/// How often a program that keeps ending may be started again.
struct RestartBudget: Sendable {
  /// Starts within the window.
  static let maximum = 5
  static let window: Duration = .seconds(300)

  private var starts: [ContinuousClock.Instant] = []

  /// Takes a start from the budget; false when there is none left.
  mutating func take(at now: ContinuousClock.Instant) -> Bool {
    starts.removeAll { $0.advanced(by: Self.window) <= now }
    guard starts.count < Self.maximum else { return false }
    starts.append(now)
    return true
  }
}
