import Model
import Ports
import Synchronization

/// Asks the metric source what pressure triggers will read, no more often than samples come.
final class Forecaster: Sendable {
  private struct Kept {
    var at: Instant
    /// Number of the course that they were asked for.
    var course: Int
    var forecasts: [TriggerName: Observed<Forecast>]
  }

  private let kept = Mutex<Kept?>(nil)

  /// The forecasts of all triggers that look ahead, at most one sample interval old.
  /// - Parameter course: those that were asked for another one are not given again.
  func forecasts(
    _ policy: Policy, _ readings: [TriggerName: Observed<Reading>], from source: any MetricSource, at now: Instant,
    course: Int = 0
  ) async -> [TriggerName: Observed<Forecast>] {
    let triggers = policy.triggers.filter { $0.forecast != nil }
    guard !triggers.isEmpty else { return [:] }
    if let last = kept.withLock({ $0 }), last.course == course, last.at <= now,
      now - last.at < policy.pace.expectedSampleInterval
    {
      return last.forecasts
    }
    var forecasts: [TriggerName: Observed<Forecast>] = [:]
    for trigger in triggers {
      let reading = readings[trigger.name]?.value
      forecasts[trigger.name] = await ForecastQuery(trigger, policy, source, now).forecast(reading)
    }
    kept.withLock { [forecasts] in $0 = Kept(at: now, course: course, forecasts: forecasts) }
    return forecasts
  }
}

/// One trigger's look ahead.
struct ForecastQuery {
  /// Days of the past that are looked at, and that must be known.
  static let days = 1...7
  static let leastDays = 3
  /// Today may be so much above or below the days before.
  static let levels = 0.5...2.0
  /// Evaluations within the look-back of the straight line, of which half must be known.
  static let points: Int64 = 20

  private let trigger: Trigger
  private let policy: ForecastPolicy
  private let source: any MetricSource
  private let now: Instant
  private let horizon: Duration
  private let step: Duration

  init(_ trigger: Trigger, _ policy: Policy, _ source: any MetricSource, _ now: Instant) {
    self.trigger = trigger
    self.policy = trigger.forecast ?? ForecastPolicy()
    self.source = source
    self.now = now
    horizon = self.policy.horizon ?? policy.provisioning.usualTotal + trigger.hold
    let spacing = max(1, self.policy.lookBack.milliseconds / 1000 / Self.points)
    step = max(.seconds(spacing), policy.pace.expectedSampleInterval)
  }

  /// - Parameter reading: the trigger's present one; `nil` when it has none.
  func forecast(_ reading: Reading?) async -> Observed<Forecast> {
    var forecast = Forecast(due: now.advanced(by: horizon))
    var reasons: [String] = []
    if policy.methods.contains(.linear) {
      switch await linear() {
      case .known(let value, _): forecast.linear = value
      case .unknown(let reason): reasons.append(reason)
      }
    }
    if policy.methods.contains(.daily) {
      switch await daily(reading) {
      case .known(let value, _): forecast.daily = value
      case .unknown(let reason): reasons.append(reason)
      }
    }
    return forecast.highest == nil ? .unknown(reasons.joined(separator: " ")) : .known(forecast, at: now)
  }

  /// The straight line through the readings of the look-back, for the elements of which half of them are known.
  private func linear() async -> Observed<Double> {
    let range = "(\(trigger.expression))[\(policy.lookBack.milliseconds)ms:\(step.milliseconds)ms]"
    let least = max(2, policy.lookBack.milliseconds / max(1, step.milliseconds) / 2)
    let expression =
      "predict_linear(\(range), \(horizon.inSeconds)) and count_over_time(\(range)) >= \(least)"
    return await value(of: expression, at: now)
  }

  /// What came after the same time of the days before, the middle of them, at today's level.
  private func daily(_ reading: Reading?) async -> Observed<Double> {
    guard let reading else { return .unknown("\(trigger.name) has no reading to set the level by.") }
    let pasts = await withTaskGroup(of: (day: Int, then: Double?, level: Double?).self) { group in
      for day in Self.days {
        group.addTask {
          let past = now.advanced(by: .hours(-24 * day))
          async let then = value(of: trigger.expression, at: past.advanced(by: horizon)).value
          async let level = value(of: trigger.expression, at: past).value
          return (day, await then, await level)
        }
      }
      var pasts: [(day: Int, then: Double?, level: Double?)] = []
      for await past in group { pasts.append(past) }
      return pasts
    }
    let known = pasts.compactMap { past in past.then.flatMap { then in past.level.map { (then: then, level: $0) } } }
    guard known.count >= Self.leastDays, let then = Self.middle(known.map(\.then)),
      let level = Self.middle(known.map(\.level))
    else {
      return .unknown(
        "\(trigger.name) has history of \(known.count) of the last \(Self.days.upperBound) days; "
          + "\(Self.leastDays) are needed.")
    }
    let ratio = level > 0 ? reading.value / level : 1
    return .known(then * min(Self.levels.upperBound, max(Self.levels.lowerBound, ratio)), at: now)
  }

  private func value(of expression: String, at instant: Instant) async -> Observed<Double> {
    do {
      let elements = try await source.query(expression, at: instant)
      return TriggerReadings.fold(.known(elements, at: instant), of: trigger).map(\.value)
    } catch {
      return .unknown("The expression \(expression) could not be evaluated: \(error)")
    }
  }

  /// The median; `nil` of nothing.
  static func middle(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let half = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[half]
  }
}
