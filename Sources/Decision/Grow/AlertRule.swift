import Model

/// Answers alerts: each asks for its number of workers once, urgent ones and then the oldest first.
///
/// A worker's reason names the alert that it was made for. So one that is under way, or became ready, is not made again
/// while the alert fires, whatever becomes of it; one whose creation failed is.
enum AlertRule {
  /// The key in the workers' reasons.
  static let alert = "alert"

  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    let firing = situation.firingAlerts
    let known = situation.snapshot.memory.alertWorkers ?? [:]
    let made = Dictionary(grouping: situation.workers.filter { $0.reason.has(.alert) }) { $0.reason.data[alert] ?? "" }
    var served: [String: [WorkerID]] = [:]
    for signal in firing {
      let ready = (made[signal.fingerprint] ?? []).filter { $0.readyAt != nil }.map(\.id)
      let all = Set(ready).union(known[signal.fingerprint] ?? [])
      if !all.isEmpty { served[signal.fingerprint] = all.sorted() }
    }
    draft.memory.alerts = firing.isEmpty ? nil : firing.sorted { $0.fingerprint < $1.fingerprint }
    draft.memory.alertWorkers = served.isEmpty ? nil : served
    for signal in firing {
      let staying = (made[signal.fingerprint] ?? []).filter(\.isStaying).map(\.id)
      let count = Set(staying).union(served[signal.fingerprint] ?? []).count
      let (outcome, reason) = answer(signal, made: count, &draft)
      draft.alerts.append(
        AlertReport(fingerprint: signal.fingerprint, name: signal.name, outcome: outcome, reason: reason))
    }
  }

  /// - Parameter made: workers that are under way for it or became ready.
  private static func answer(
    _ signal: AlertSignal, made: Int, _ draft: inout Draft
  ) -> (AlertReport.Outcome, Reason) {
    let situation = draft.situation
    guard let pool = situation.policy.pool(signal.pool) else {
      return (
        .refused,
        Reason(
          .unknownPool, "Alert \(signal.name) asks for workers of pool \"\(signal.pool)\", which there is not.",
          remedy: Phrase.suggestion(for: signal.pool.rawValue, among: situation.pools.map(\.name.rawValue)))
      )
    }
    let name = signal.template ?? pool.defaultTemplate
    guard let template = situation.policy.template(name) else {
      let names = situation.policy.templates.map(\.name.rawValue)
      return (
        .refused,
        Reason(
          .unknownTemplate, "Alert \(signal.name) asks for a template \"\(name)\", which there is not.",
          remedy: Phrase.suggestion(for: name.rawValue, among: names))
      )
    }
    guard made < signal.workers else { return (.served, standing(signal, made, .alertServed)) }
    let hold = signal.urgency == .high ? nil : GrowCooldown.hold(pool, "Alert \(signal.name) fires", draft)
    if let hold {
      draft.note(pool.name, hold)
      return (made > 0 ? .partly : .waits, hold)
    }
    let offer = Offer(pool: pool, template: template)
    let cause = Reason(
      .alert,
      "Alert \(signal.name) fires since \(signal.startsAt) and asks for \(Phrase.count(signal.workers, "worker")) of pool "
        + "\(pool.name).", data: [alert: signal.fingerprint, "workers": "\(signal.workers)"])
    let (created, obstacle) = draft.create(signal.workers - made, offer, cause)
    if created > 0 { draft.note(pool.name, cause) }
    guard let obstacle else { return (.served, standing(signal, made + created, .alertServed)) }
    let hindrance = obstacle.reason(offer, situation)
    draft.note(pool.name, hindrance)
    var reason = standing(signal, made + created, made + created > 0 ? .alertPartly : nil)
    reason.sentence += " \(hindrance.sentence)"
    reason.remedy = hindrance.remedy
    if made + created == 0 { reason.code = hindrance.code }
    return (made + created > 0 ? .partly : .waits, reason)
  }

  private static func standing(_ signal: AlertSignal, _ made: Int, _ code: ReasonCode?) -> Reason {
    Reason(
      code ?? .alertPartly,
      "Alert \(signal.name) fires since \(signal.startsAt); of the \(Phrase.count(signal.workers, "worker")) that it asks "
        + "for \(made) \(made == 1 ? "is" : "are") made.",
      data: [alert: signal.fingerprint, "workers": "\(signal.workers)", "made": "\(made)"])
  }
}

extension Situation {
  /// Alerts whose deadline has not passed: urgent ones first, then by the time at which they began.
  var firingAlerts: [AlertSignal] {
    snapshot.alerts.filter { now < $0.deadline(policy.signals) }.sorted { left, right in
      if left.urgency != right.urgency { return left.urgency == .high }
      return (left.startsAt, left.fingerprint) < (right.startsAt, right.fingerprint)
    }
  }
}
