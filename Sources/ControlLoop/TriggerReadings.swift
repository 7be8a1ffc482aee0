package import Model
package import Ports

/// Asks the metric source for each trigger's reading.
package enum TriggerReadings {
  static func read(
    _ triggers: [Trigger], from source: any MetricSource, at now: Instant
  ) async -> [TriggerName: Observed<Reading>] {
    var readings: [TriggerName: Observed<Reading>] = [:]
    // Triggers of several pools often share an expression: each is evaluated once.
    var answers: [String: Observed<[MetricElement]>] = [:]
    for trigger in triggers {
      let answer: Observed<[MetricElement]>
      if let known = answers[trigger.expression] {
        answer = known
      } else {
        answer = await ask(trigger.expression, source, now)
        answers[trigger.expression] = answer
      }
      readings[trigger.name] = fold(answer, of: trigger)
    }
    return readings
  }

  private static func ask(
    _ expression: String, _ source: any MetricSource, _ now: Instant
  ) async -> Observed<[MetricElement]> {
    do { return .known(try await source.query(expression, at: now), at: now) } catch {
      return .unknown("The expression \(expression) could not be evaluated: \(error)")
    }
  }

  /// One number, or the reason why there is none.
  package static func fold(_ answer: Observed<[MetricElement]>, of trigger: Trigger) -> Observed<Reading> {
    guard case .known(let elements, let at) = answer else {
      return .unknown(answer.unknownReason ?? "No answer.")
    }
    guard let first = elements.first else {
      return .unknown("\(trigger.name) has no fresh data: \(trigger.expression) returns nothing.")
    }
    let value: Double
    // One element that is no number makes the whole unknown: what it stands for may be anything.
    guard !elements.contains(where: { $0.value.isNaN }) else {
      return .unknown("\(trigger.name) has no data: \(trigger.expression) returns NaN.")
    }
    if elements.count == 1 {
      value = first.value
    } else if let fold = trigger.fold {
      value = fold.apply(to: elements.map(\.value))
    } else {
      return .unknown(
        "\(trigger.name) returns \(elements.count) elements: aggregate the expression, or set \"fold\" to say how.")
    }
    // The sum of opposite infinities.
    guard !value.isNaN else { return .unknown("\(trigger.name) has no data: \(trigger.expression) folds to NaN.") }
    return .known(Reading(value: value, at: elements.map(\.at).min() ?? at), at: at)
  }
}

extension Fold {
  /// - Parameter values: at least one.
  func apply(to values: [Double]) -> Double {
    switch self {
    case .sum: values.reduce(0, +)
    case .max: values.max()!
    case .min: values.min()!
    case .average: values.reduce(0, +) / Double(values.count)
    }
  }
}
