import Model

/// Brings each forecast's state up to the snapshot: it is held, and goes missing, as a trigger's readings do.
enum ForecastRule {
  static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    var states: [TriggerName: TriggerState] = [:]
    for trigger in situation.triggers where looksAhead(trigger) {
      states[trigger.name] = TriggerMachine.step(
        situation.snapshot.memory.forecasts?[trigger.name], trigger: trigger,
        reading: reading(trigger, situation), now: situation.now, pace: situation.policy.pace)
    }
    draft.memory.forecasts = states.isEmpty ? nil : states
  }

  static func looksAhead(_ trigger: Trigger) -> Bool {
    trigger.forecast != nil && (trigger.kind == .cpuPressure || trigger.kind == .memoryPressure)
  }

  private static func reading(_ trigger: Trigger, _ situation: Situation) -> Observed<Reading>? {
    switch situation.snapshot.forecasts[trigger.name] {
    case nil: nil
    case .unknown(let reason): .unknown(reason)
    case .known(let forecast, let at):
      if let value = forecast.highest?.value {
        .known(Reading(value: value, at: at), at: at)
      } else {
        .unknown("no method has given a value")
      }
    }
  }

  /// What is expected of a trigger; `nil` for one that does not look ahead.
  static func reason(_ trigger: Trigger, _ draft: Draft) -> Reason? {
    guard looksAhead(trigger), let state = draft.memory.forecasts?[trigger.name] else { return nil }
    let situation = draft.situation
    let unknown = situation.snapshot.forecasts[trigger.name]?.unknownReason
    guard !state.isUncertain, let forecast = situation.snapshot.forecasts[trigger.name]?.value,
      let highest = forecast.highest
    else {
      return Reason(
        .forecastUnknown,
        "Trigger \(trigger.name) cannot look ahead\(unknown.map { ": \($0)" } ?? ".") It acts on its readings alone.")
    }
    let value = trigger.measured(highest.value)
    let how = highest.method == .linear ? "the straight line through its readings" : "the same time of the days before"
    let data = [
      "method": highest.method.rawValue, "value": Phrase.number(highest.value), "due": forecast.due.description,
      "threshold": Phrase.number(trigger.threshold),
    ]
    let expectation = "\(value) at \(forecast.due.clockText) is expected by \(how)"
    switch state.phase {
    case .firing:
      return Reason(
        .forecast, "Trigger \(trigger.name) acts ahead: \(expectation), since \(state.since.clockText).", data: data)
    case .pending:
      return Reason(
        .forecast, "Trigger \(trigger.name) acts ahead after \(trigger.hold.text) of this: \(expectation).", data: data)
    default:
      return Reason(.forecastQuiet, "Trigger \(trigger.name) need not act ahead: \(expectation).", data: data)
    }
  }
}
