import Model

/// Brings each enabled pool up to its minimum, also beyond its budget, which is then said loudly.
enum MinimumRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    for pool in situation.pools where pool.enabled {
      guard let template = situation.policy.template(pool.defaultTemplate) else { continue }
      let offer = Offer(pool: pool, template: template)
      let missing = min(pool.minimum, pool.maximum) - draft.book.staying(in: pool.name)
      guard missing > 0 else { continue }
      for index in 0..<missing {
        let reason = Reason(
          .belowMinimum,
          "Pool \(pool.name) has \(pool.minimum - missing + index) of at least \(Phrase.count(pool.minimum, "worker")).",
          data: ["minimum": "\(pool.minimum)"])
        if draft.create(offer, reason) == nil { continue }
        // Only money may be overridden: the second attempt still meets every other limit.
        guard let obstacle = draft.create(offer, beyondBudget: true, reason) else {
          draft.note(
            pool.name,
            Reason(
              .beyondBudget,
              "Pool \(pool.name) is brought to its minimum of \(Phrase.count(pool.minimum, "worker")) although its "
                + "budget does not hold that.",
              remedy: "Raise the budget, lower min_size, or choose a smaller default template."))
          continue
        }
        draft.note(pool.name, obstacle.reason(offer, situation))
        break
      }
      let created = draft.plan.creations.count { $0.pool == pool.name }
      if created > 0 {
        draft.note(
          pool.name,
          Reason(
            .belowMinimum,
            "Pool \(pool.name) gets \(Phrase.count(created, "worker")) to reach its minimum of \(pool.minimum).",
            data: ["created": "\(created)", "minimum": "\(pool.minimum)"]))
      }
    }
  }
}
