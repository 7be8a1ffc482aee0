/// Waits for what another process does.
enum Waiting {
  /// Between two questions.
  static let pause: Duration = .milliseconds(50)

  /// Asks again and again until there is an answer. The deadline is far beyond what is usual, so that a slow machine fails
  /// nothing.
  ///
  /// - Parameter what: is waited for; only asked for when it did not happen.
  /// - Throws: `Failure` when there is none within the time, and what the question throws.
  @discardableResult
  static func until<Value>(
    within limit: Duration = .seconds(60), _ what: () -> String, _ body: () async throws -> Value?
  ) async throws -> Value {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while true {
      if let value = try await body() { return value }
      guard ContinuousClock.now < deadline else { throw Failure(.failed, "\(what()): not within \(limit)") }
      try await Task.sleep(for: pause)
    }
  }
}
