import Model

/// Replaces a worker that repair has not helped: a substitute first, then the broken one goes.
///
/// The substitute's reason names whom it replaces, and is kept in its record: so the next decision knows that it exists.
/// Where hosts, the maximum or the budget forbid a substitute, the broken one goes first, unless that would take the
/// pool below its minimum.
enum ReplacementRule {
  /// The key in the substitute's reason.
  static let replaces = "replaces"

  static func apply(
    _ worker: WorkerRecord, _ issue: Issue, _ level: RepairPolicy.Level, _ pool: Pool, _ draft: inout Draft
  ) {
    let situation = draft.situation
    let substitute = situation.workers(of: pool.name).first {
      $0.isStaying && Substitution.isSubstitute($0, of: worker)
    }
    if let substitute {
      guard substitute.state == .ready else {
        draft.note(
          worker.name, .replace,
          Reason(.replacementWaits, "Worker \(worker.name) goes when its substitute \(substitute.name) is ready."))
        return
      }
      // Another worker may have gone meanwhile, or the minimum may be higher now: then one more takes its place first.
      let hasSpare = lasting(in: pool, draft) > pool.minimum
      guard hasSpare || SeededBug.countsSubstitutesTwice.isOn else {
        create(worker, issue, level, pool, &draft)
        return
      }
      retire(worker, issue, "its substitute \(substitute.name) is ready", &draft)
      return
    }
    create(worker, issue, level, pool, &draft)
  }

  /// How many workers of a pool stay after this plan and are not to go at once because their time is over.
  private static func lasting(in pool: Pool, _ draft: Draft) -> Int {
    let expired = draft.situation.workers(of: pool.name).count {
      $0.isStaying && !draft.retiring.contains($0.name) && ExpiryRule.isOver($0, draft.situation)
    }
    return draft.stayingAfterPlan(pool.name) - expired
  }

  private static func create(
    _ worker: WorkerRecord, _ issue: Issue, _ level: RepairPolicy.Level, _ pool: Pool, _ draft: inout Draft
  ) {
    let situation = draft.situation
    let template = situation.policy.template(worker.template) ?? situation.policy.template(pool.defaultTemplate)
    guard let template else { return }
    let offer = Offer(pool: pool, template: template)
    let reason = Reason(
      .replacesWorker,
      "Worker \(worker.name) is \(issue.phrase(situation.now)) and no repair has helped; this one takes its place.",
      data: [
        replaces: worker.name.rawValue, "issue": issue.kind.rawValue, "escalates": "\(level.escalates)",
      ])
    // A worker of the minimum is replaced whatever it costs.
    let isMinimum = situation.isAtMinimum(pool)
    guard let obstacle = draft.create(offer, beyondBudget: isMinimum, reason) else {
      draft.note(worker.name, .replace, reason)
      draft.note(pool.name, reason)
      return
    }
    let hindrance = obstacle.reason(offer, situation)
    let mayGoFirst =
      switch obstacle {
      case .maximum, .hostsFull, .budget: lasting(in: pool, draft) - 1 >= pool.minimum
      default: false
      }
    guard mayGoFirst else {
      draft.note(
        worker.name, .replace,
        Reason(
          .replacementWaits, "Worker \(worker.name) cannot be replaced yet: \(hindrance.sentence)",
          remedy: hindrance.remedy, data: hindrance.data))
      draft.note(pool.name, hindrance)
      return
    }
    retire(
      worker, issue, "there is no room for a substitute first: \(hindrance.sentence)", escalates: level.escalates,
      &draft)
  }

  /// - Parameter escalates: whether people are to know of it, and have not been told with the substitute.
  private static func retire(
    _ worker: WorkerRecord, _ issue: Issue, _ why: String, escalates: Bool = false, _ draft: inout Draft
  ) {
    guard draft.removalSlots > 0 else {
      draft.note(
        worker.name, .replace,
        Reason(.removalLimit, "Worker \(worker.name) is to go, but as many workers are leaving at once as may."))
      return
    }
    guard draft.situation.pods != nil else {
      draft.note(
        worker.name, .replace,
        Reason(.replacementWaits, "Worker \(worker.name) is to go, but it waits while the pods are not known."))
      return
    }
    // Pods cannot be evicted in an orderly way from a node that does not answer.
    var reason = Reason(
      .replaced, "Worker \(worker.name) is \(issue.phrase(draft.situation.now)) and goes; \(why)",
      data: ["issue": issue.kind.rawValue])
    if escalates { reason.data["escalates"] = "true" }
    draft.retire(worker, byChoice: false, force: issue.kind == .notReady, reason)
    draft.note(worker.pool, reason)
  }
}

extension Situation {
  /// Whether each worker of a pool belongs to its minimum.
  func isAtMinimum(_ pool: Pool) -> Bool { workers(of: pool.name).count { $0.isStaying } <= pool.minimum }
}
