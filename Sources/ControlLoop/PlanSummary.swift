import Model
import Ports

/// A plan's creations and retirements as events: one for each pool and template, with their price.
enum PlanSummary {
  static func events(of plan: Plan, at now: Instant, currency: String) -> [JournalEvent] {
    var groups: [(creation: Creation, count: Int, reserved: Money)] = []
    for creation in plan.creations {
      let index = groups.firstIndex {
        $0.creation.pool == creation.pool && $0.creation.template == creation.template
          && $0.creation.reason.code == creation.reason.code
      }
      if let index {
        groups[index].count += 1
        groups[index].reserved += creation.commitment
      } else {
        groups.append((creation, 1, creation.commitment))
      }
    }
    let created = groups.map { group in
      let price = group.creation.price.perHour * group.count
      return JournalEvent(
        at: now, subject: "pool", name: group.creation.pool.rawValue, code: "plan_grow",
        sentence: "\(group.count) × \(group.creation.template) for \(price) \(currency) an hour, "
          + "\(group.reserved) \(currency) reserved: \(group.creation.reason.sentence)")
    }
    let retired = plan.retirements.map {
      JournalEvent(
        at: now, subject: "worker", name: $0.worker.rawValue, code: "plan_retire", sentence: $0.reason.sentence)
    }
    let repaired = plan.repairs.map {
      JournalEvent(
        at: now, subject: "worker", name: $0.worker.rawValue, code: "plan_repair", sentence: $0.reason.sentence)
    }
    return created + retired + repaired
  }
}
