import Model

/// Answers the operator's own triggers: one worker of the default template at a time.
enum CustomTriggerRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    for trigger in situation.triggers where trigger.kind == .custom {
      guard let pool = situation.policy.pool(trigger.pool), pool.enabled,
        draft.memory.triggers[trigger.name]?.isActing == true,
        let template = situation.policy.template(pool.defaultTemplate)
      else { continue }
      if draft.isGrowing(pool.name) {
        draft.note(
          pool.name,
          Reason(
            .underWaySuffices,
            "Trigger \(trigger.name) fires, and a worker of pool \(pool.name) is on its way already."))
        continue
      }
      if let reason = GrowCooldown.hold(pool, trigger, draft) {
        draft.note(pool.name, reason)
        continue
      }
      let offer = Offer(pool: pool, template: template)
      let reason = Reason(
        .customTrigger, "Trigger \(trigger.name) fires: one more worker of pool \(pool.name).",
        data: ["trigger": trigger.name.rawValue])
      let obstacle = draft.create(offer, reason)
      draft.note(pool.name, obstacle?.reason(offer, situation) ?? reason)
    }
  }
}
