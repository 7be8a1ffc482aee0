/// When the server could not do its work: spans of the world's time, in seconds. Pure.
struct OutageLog: Hashable, Sendable {
  /// Afterwards it waits for its next try, and looks again.
  static let recovery = 180.0

  private var open: [String: Double] = [:]
  private(set) var spans: [ClosedRange<Double>] = []

  /// From now on something is in its way; again with the same cause changes nothing.
  mutating func begin(_ cause: String, at now: Double) { if open[cause] == nil { open[cause] = now } }

  /// It is not any more.
  mutating func end(_ cause: String, at now: Double) {
    guard let from = open.removeValue(forKey: cause) else { return }
    spans.append(from...max(from, now + Self.recovery))
  }

  /// All, those that still last until then.
  func all(until now: Double) -> [ClosedRange<Double>] {
    (spans + open.values.map { $0...max($0, now + Self.recovery) }).sorted { $0.lowerBound < $1.lowerBound }
  }
}
