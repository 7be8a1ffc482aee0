import Model
import Ports

/// Turns alerts that were sent into signals, and keeps those that fire.
struct AlertInbox {
  /// Alerts that are kept at one time; further ones are passed over.
  static let kept = 1_000
  /// Workers that one alert may ask for; the pool's maximum and the budgets bound them further.
  static let workers = 1...1_000

  let policy: Policy
  let now: Instant
  /// Who sent them, for the audit.
  let actor: String

  /// Takes notices in their order, a later one of the same alert over an earlier one.
  func take(_ notices: [AlertNotice], into memory: inout DecisionMemory) -> (AlertReceipt, [JournalEvent]) {
    var alerts = memory.alerts ?? []
    var receipt = AlertReceipt()
    var events: [JournalEvent] = []
    for notice in notices {
      let index = alerts.firstIndex { $0.fingerprint == notice.fingerprint }
      guard notice.isFiring else {
        guard let index else { continue }
        let gone = alerts.remove(at: index)
        receipt.resolved += 1
        events.append(event("alert_resolved", gone.name, "Alert \(gone.name) is resolved (\(actor))."))
        continue
      }
      switch signal(notice) {
      case .failure(let fault):
        receipt.ignored.append(AlertReceipt.Ignored(fingerprint: notice.fingerprint, reason: fault.text))
      case .success(let signal):
        if index == nil, alerts.count >= Self.kept {
          let reason = "\(Self.kept) alerts fire already. Let fewer alerts ask for workers."
          receipt.ignored.append(AlertReceipt.Ignored(fingerprint: notice.fingerprint, reason: reason))
          continue
        }
        receipt.firing += 1
        if let index {
          // What began anew asks anew.
          if alerts[index].startsAt != signal.startsAt { memory.alertWorkers?[signal.fingerprint] = nil }
          alerts[index] = signal
        } else {
          memory.alertWorkers?[signal.fingerprint] = nil
          alerts.append(signal)
          events.append(
            event(
              "alert_received", signal.name,
              "Alert \(signal.name) fires and asks for \(signal.workers) worker(s) of pool \(signal.pool) (\(actor))."))
        }
      }
    }
    memory.alerts = alerts.isEmpty ? nil : alerts.sorted { $0.fingerprint < $1.fingerprint }
    return (receipt, events)
  }

  /// Alerts that a decision has let go, because their deadline had passed.
  static func expired(_ before: [AlertSignal]?, _ after: [AlertSignal]?, at now: Instant) -> [JournalEvent] {
    let left = Set((after ?? []).map(\.fingerprint))
    return (before ?? []).filter { !left.contains($0.fingerprint) }.map { alert in
      JournalEvent(
        at: now, subject: "alert", name: alert.name, code: "alert_expired",
        sentence: "Alert \(alert.name) was last seen at \(alert.lastSeenAt) and counts as over.")
    }
  }

  private func event(_ code: String, _ name: String, _ sentence: String) -> JournalEvent {
    JournalEvent(at: now, subject: "alert", name: name, code: code, sentence: sentence)
  }

  /// A name as a part of one line: at most 200 characters, none that controls.
  private static func line(_ text: String) -> String {
    String(
      String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(200)))
  }

  private struct Fault: Error {
    var text: String
    init(_ text: String) { self.text = text }
  }

  private func signal(_ notice: AlertNotice) -> Result<AlertSignal, Fault> {
    let name = Self.line(notice.labels["alertname"] ?? notice.fingerprint)
    guard !notice.fingerprint.isEmpty, notice.fingerprint.utf8.count <= 200 else {
      return .failure(Fault("A fingerprint has 1 to 200 bytes."))
    }
    guard let poolName = notice.labels["pool"] else {
      return .failure(Fault("Alert \(name) has no label \"pool\". Add it in the alerting rule's labels."))
    }
    guard let pool = policy.pool(PoolName(poolName)) else {
      let pools = policy.pools.map(\.name.rawValue).joined(separator: ", ")
      return .failure(
        Fault("Alert \(name) names a pool \"\(poolName.prefix(100))\", which there is not; there are: \(pools)."))
    }
    var workers = 1
    if let text = notice.labels["workers"] {
      guard let count = Int(text), Self.workers.contains(count) else {
        return .failure(
          Fault(
            "The label \"workers\" of alert \(name) must be a whole number of \(Self.workers.lowerBound) to "
              + "\(Self.workers.upperBound), not \"\(text.prefix(20))\"."))
      }
      workers = count
    }
    var signal = AlertSignal(
      fingerprint: notice.fingerprint, name: name, pool: pool.name, workers: workers, startsAt: notice.startsAt,
      seenAt: now)
    if let text = notice.labels["template"] {
      guard let template = policy.template(TemplateName(text)) else {
        let names = policy.templates.map(\.name.rawValue).joined(separator: ", ")
        return .failure(
          Fault("Alert \(name) names a template \"\(text.prefix(100))\", which there is not; there are: \(names)."))
      }
      signal.template = template.name
    }
    if let text = notice.labels["urgency"] {
      guard let urgency = AlertSignal.Urgency(rawValue: text) else {
        return .failure(
          Fault("The label \"urgency\" of alert \(name) must be normal or high, not \"\(text.prefix(20))\"."))
      }
      signal.urgency = urgency
    }
    if let endsAt = notice.endsAt, endsAt > now { signal.endsAt = endsAt }
    return .success(signal)
  }
}
