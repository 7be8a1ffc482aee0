public import Model

/// One series of an answer to a range query.
public struct RangeSeries: Hashable, Sendable {
  public var labels: [String: String]
  /// In order of time.
  public var points: [RangePoint]

  public init(labels: [String: String], points: [RangePoint]) {
    self.labels = labels
    self.points = points
  }
}

/// What an expression was worth at an instant.
public struct RangePoint: Hashable, Sendable {
  public var at: Instant
  public var value: Double

  public init(at: Instant, value: Double) {
    self.at = at
    self.value = value
  }
}

/// Where the answers about a stretch of time come from: the own store, or a server that speaks the Prometheus API.
///
/// For commands that read history: one query at a time, nothing else waits for it.
public protocol RangeSource: Sendable {
  /// Evaluates an expression at `start`, `start + step`, … up to `end`; one series for each set of labels, sorted by
  /// nothing in particular. Long ranges are asked for in pieces.
  /// - Parameter freshWithin: where it is given, an instant has a value only if something that the expression selects has
  ///   a sample of this age or younger, as triggers demand.
  /// - Throws: `RangeTooLarge` when asking for less may help; `PortError` otherwise; `CancellationError`.
  func range(
    _ expression: String, from start: Instant, through end: Instant, step: Duration, freshWithin: Duration?
  ) async throws -> [RangeSeries]
}

/// The source cannot answer so much at once: a shorter time may be possible.
public struct RangeTooLarge: Error, Hashable, Sendable, CustomStringConvertible {
  /// What it said, and what would help.
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// How a range is asked for in pieces.
public enum RangePieces {
  /// Points of a series that servers give in one answer.
  public static let mostPoints = 11_000

  /// First and last instants of the pieces, in order; each has at most `mostPoints` steps, and together they have every
  /// step of the whole once.
  public static func of(
    _ start: Instant, through end: Instant, step: Duration, mostPoints: Int = mostPoints
  ) -> [(start: Instant, end: Instant)] {
    let stepMilliseconds = max(step.milliseconds, 1)
    let length = stepMilliseconds * Int64(max(mostPoints, 1) - 1)
    var pieces: [(start: Instant, end: Instant)] = []
    var from = start
    while from <= end {
      let through = min(end, Instant(milliseconds: from.milliseconds + length))
      pieces.append((from, through))
      let steps = (through.milliseconds - from.milliseconds) / stepMilliseconds
      from = Instant(milliseconds: from.milliseconds + (steps + 1) * stepMilliseconds)
    }
    return pieces
  }
}
