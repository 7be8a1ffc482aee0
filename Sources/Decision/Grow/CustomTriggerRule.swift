import Model

/// Answers the operator's own triggers: by a number of workers for each firing, or by as many as the reading is worth.
enum CustomTriggerRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    for trigger in situation.triggers where trigger.kind == .custom {
      guard let pool = situation.policy.pool(trigger.pool), pool.enabled,
        let state = draft.memory.triggers[trigger.name], state.isActing, let reading = state.lastReading
      else { continue }
      guard let template = situation.policy.template(trigger.template ?? pool.defaultTemplate) else {
        draft.note(
          pool.name,
          Reason(
            .unknownTemplate, "Trigger \(trigger.name) fires, but its template is not known.",
            remedy: "Describe the template, or correct the trigger's."))
        continue
      }
      answer(trigger, reading, Offer(pool: pool, template: template), &draft)
    }
  }

  private static func answer(_ trigger: Trigger, _ reading: Reading, _ offer: Offer, _ draft: inout Draft) {
    let pool = offer.pool
    let wanted: Int
    var data = ["trigger": trigger.name.rawValue, "value": Phrase.number(reading.value)]
    if let perWorker = trigger.perWorker {
      let present = draft.book.staying(in: pool.name)
      let desired = Self.desired(reading.value, perWorker: perWorker, maximum: pool.maximum)
      data.merge(["desired": "\(desired)", "present": "\(present)"]) { first, _ in first }
      guard desired > present else {
        draft.note(
          pool.name,
          Reason(
            .desiredReached,
            "Trigger \(trigger.name) fires: \(Phrase.number(reading.value)) at \(Phrase.number(perWorker)) a worker asks for "
              + "\(Phrase.count(desired, "worker")), and pool \(pool.name) has \(present), those under way included.",
            data: data))
        return
      }
      wanted = desired - present
    } else {
      if draft.isGrowing(pool.name) {
        draft.note(
          pool.name,
          Reason(
            .underWaySuffices,
            "Trigger \(trigger.name) fires, and a worker of pool \(pool.name) is on its way already."))
        return
      }
      wanted = max(1, trigger.workers)
    }
    if let reason = GrowCooldown.hold(pool, "Trigger \(trigger.name) fires", draft) {
      draft.note(pool.name, reason)
      return
    }
    let reason = Reason(.customTrigger, sentence(trigger, reading, wanted, pool), data: data)
    let (created, obstacle) = draft.create(wanted, offer, reason)
    if created > 0 { draft.note(pool.name, reason) }
    if let obstacle { draft.note(pool.name, obstacle.reason(offer, draft.situation)) }
  }

  private static func sentence(_ trigger: Trigger, _ reading: Reading, _ wanted: Int, _ pool: Pool) -> String {
    let more = wanted == 1 ? "one more worker" : "\(wanted) more workers"
    guard let perWorker = trigger.perWorker else {
      return "Trigger \(trigger.name) fires: \(more) of pool \(pool.name)."
    }
    return "Trigger \(trigger.name) fires: \(Phrase.number(reading.value)) at \(Phrase.number(perWorker)) a worker is "
      + "worth \(more) of pool \(pool.name)."
  }

  /// How many workers a reading is worth, none to the pool's maximum.
  static func desired(_ value: Double, perWorker: Double, maximum: Int) -> Int {
    guard value > 0, perWorker > 0 else { return 0 }
    // Compared before it is converted: a reading may be infinite.
    let workers = (value / perWorker).rounded(.up)
    return workers >= Double(maximum) ? max(0, maximum) : Int(workers)
  }
}
