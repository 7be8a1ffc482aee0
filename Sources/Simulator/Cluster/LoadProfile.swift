public import Model

/// A quantity over time: replicas, or a share of what a pod asks for. Points with steps or straight lines between them,
/// once or again and again.
public struct LoadProfile: Hashable, Sendable, Codable {
  /// A value from this time on.
  public struct Point: Hashable, Sendable, Codable {
    /// Since the profile's origin.
    public var after: Duration
    /// The quantity there.
    public var value: Double

    /// A value at a time.
    public init(_ after: Duration, _ value: Double) {
      self.after = after
      self.value = value
    }
  }

  /// What lies between two points.
  public enum Shape: String, Hashable, Sendable, Codable {
    case steps, lines
  }

  /// The instant that the points are counted from.
  public var origin: Instant
  /// In the order of time.
  public var points: [Point]
  /// What lies between two points.
  public var shape: Shape
  /// The points begin again after this; `nil`: the last value stays.
  public var period: Duration?

  /// A profile; points are brought into the order of time. No point at all means zero.
  public init(origin: Instant, points: [Point], shape: Shape = .steps, period: Duration? = nil) {
    self.origin = origin
    self.points = points.sorted { $0.after < $1.after }
    self.shape = shape
    self.period = period
  }

  /// Always the same value.
  public static func constant(_ value: Double) -> LoadProfile {
    LoadProfile(origin: .epoch, points: [Point(.zero, value)])
  }

  /// The value at an instant; before the first point it is the first point's.
  public func value(at instant: Instant) -> Double {
    let position = position(of: instant)
    guard let following = points.firstIndex(where: { $0.after.inSeconds > position }) else {
      return points.last?.value ?? 0
    }
    guard following > 0 else { return points[0].value }
    let previous = points[following - 1]
    guard shape == .lines else { return previous.value }
    let next = points[following]
    let share = (position - previous.after.inSeconds) / (next.after - previous.after).inSeconds
    return previous.value + (next.value - previous.value) * share
  }

  /// The area under the profile: value times seconds.
  public func integral(from start: Instant, to end: Instant) -> Double {
    if points.count == 1 { return points[0].value * (end - start).inSeconds }
    return area(until: (end - origin).inSeconds) - area(until: (start - origin).inSeconds)
  }

  /// When the value next changes; with lines that is after `interval`. `nil`: never again.
  func nextChange(after instant: Instant, reviewEvery interval: Duration) -> Instant? {
    let passed = position(of: instant)
    if shape == .lines {
      let over = period == nil && passed >= (points.last?.after.inSeconds ?? 0)
      return over ? nil : instant.advanced(by: interval)
    }
    if let next = points.first(where: { $0.after.inSeconds > passed }) {
      return instant.advanced(by: .milliseconds(next.after.milliseconds - Int64((passed * 1000).rounded())))
    }
    guard let period, let first = points.first else { return nil }
    let rest = period.milliseconds - Int64((passed * 1000).rounded()) + first.after.milliseconds
    return instant.advanced(by: .milliseconds(rest))
  }

  /// Seconds since the origin, or since the period's beginning.
  private func position(of instant: Instant) -> Double {
    let seconds = (instant - origin).inSeconds
    guard let period else { return seconds }
    let length = period.inSeconds
    return seconds - (seconds / length).rounded(.down) * length
  }

  private func area(until seconds: Double) -> Double {
    guard let period else { return simpleArea(until: seconds) }
    let whole = (seconds / period.inSeconds).rounded(.down)
    return whole * simpleArea(until: period.inSeconds) + simpleArea(until: seconds - whole * period.inSeconds)
  }

  /// The area from the origin within one period; negative before the origin.
  private func simpleArea(until seconds: Double) -> Double {
    guard let first = points.first else { return 0 }
    var area = first.value * min(seconds, first.after.inSeconds)
    for (index, point) in points.enumerated() {
      let start = point.after.inSeconds
      guard seconds > start else { break }
      guard index + 1 < points.count else { return area + point.value * (seconds - start) }
      let next = points[index + 1]
      let end = next.after.inSeconds
      let width = min(seconds, end) - start
      let slope = shape == .lines && end > start ? (next.value - point.value) / (end - start) : 0
      area += point.value * width + slope * width * width / 2
    }
    return area
  }
}
