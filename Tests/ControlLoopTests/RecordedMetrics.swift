import Model
import Ports
import Synchronization

@testable import ControlLoop

/// Readings of one expression, `load`, that were written down minute by minute, and what is asked of them: the value at a
/// time, and the straight line through the last ones. Far quicker than a store; a test holds it against one.
final class RecordedMetrics: MetricSource {
  static let step: Duration = .seconds(60)

  private let start: Instant
  private let values = Mutex<[Double]>([])

  init(start: Instant) { self.start = start }

  /// The next minute's value.
  func record(_ value: Double) { values.withLock { $0.append(value) } }

  func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
    let value: Double?
    if expression == "load" {
      value = self.value(at: now)
    } else if expression.hasPrefix("predict_linear((load)["), expression.contains(" and count_over_time((load)[") {
      let numbers = expression.split { !($0.isNumber || $0 == ".") }.compactMap { Double($0) }
      value = line(range: numbers[0], step: numbers[1], ahead: numbers[2], least: numbers[5], now)
    } else {
      throw PortError(.invalid, "Nobody knows \(expression).", operation: "metrics.query")
    }
    return value.map { [MetricElement(labels: [:], value: $0, at: now)] } ?? []
  }

  private func value(at instant: Instant) -> Double? {
    let index = Int((instant - start).milliseconds / Self.step.milliseconds)
    return instant < start ? nil : values.withLock { $0.indices.contains(index) ? $0[index] : nil }
  }

  /// Least squares over the evaluations of a subquery, which lie on multiples of its step, the first of them after the
  /// range's open beginning.
  private func line(range: Double, step: Double, ahead: Double, least: Double, _ now: Instant) -> Double? {
    let (range, step) = (Int64(range), Int64(step))
    var points: [(x: Double, y: Double)] = []
    var at = now.milliseconds - now.milliseconds % step
    while at > now.milliseconds - range {
      if let y = value(at: Instant(milliseconds: at)) { points.append((Double(at - now.milliseconds) / 1000, y)) }
      at -= step
    }
    guard points.count >= 2, Double(points.count) >= least else { return nil }
    let count = Double(points.count)
    let (meanX, meanY) = (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
    let spread = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / spread
    return meanY + slope * (ahead - meanX)
  }
}
