import Model

extension PendingSearch {
  /// A line for each group, in the order in which they were served.
  func reports(_ draft: Draft) -> [PodGroupReport] {
    groups.indices.map { group in
      let fate = fates[group]
      var data = ["pods": "\(groups[group].count)", "existing": "\(fate.existing)", "under_way": "\(fate.underWay)"]
      data["new"] = "\(fate.new)"
      data["waiting"] = "\(fate.left)"
      let (outcome, reason) = fate.left > 0 ? waiting(group, draft) : placed(group)
      var complete = reason
      complete.data.merge(data) { first, _ in first }
      var report = PodGroupReport(
        example: groups[group].example, pods: groups[group].count, outcome: outcome, reason: complete)
      report.owners = Array(groups[group].owners.prefix(Self.namedOwners))
      return report
    }
  }

  /// Owners that a report names.
  private static let namedOwners = 50

  private func placed(_ group: Int) -> (PodGroupReport.Outcome, Reason) {
    let fate = fates[group]
    var places: [String] = []
    if fate.existing > 0 { places.append("\(fate.existing) on \(few(fate.nodes.map(\.rawValue)))") }
    if fate.underWay > 0 {
      places.append("\(fate.underWay) on \(few(fate.comingWorkers.map(\.rawValue))), on its way")
    }
    if fate.new > 0 {
      let names = fate.newWorkers
      let shown = names.prefix(3).map(\.rawValue) + (names.count > 3 ? ["\(names.count - 3) more"] : [])
      places.append("\(fate.new) on the new \(names.count == 1 ? "worker" : "workers") \(Phrase.list(shown))")
    }
    let sentence = "\(groups[group].phrase) will run: \(Phrase.list(places))."
    if fate.new > 0 { return (.newWorkers, Reason(.newWorkers, sentence)) }
    if fate.underWay > 0 { return (.fitsUnderWay, Reason(.fitsUnderWay, sentence)) }
    return (
      .fitsExisting,
      Reason(
        .fitsExisting, sentence,
        remedy: "If the scheduler keeps refusing, see the pods' events: something is asked for that is not known here.")
    )
  }

  private func few(_ names: [String]) -> String {
    Phrase.list(names.prefix(2) + (names.count > 2 ? ["\(names.count - 2) more"] : []))
  }

  /// Why some pods of a group stay pending: the obstacle that is nearest to being removed.
  private func waiting(_ group: Int, _ draft: Draft) -> (PodGroupReport.Outcome, Reason) {
    let left = fates[group].left
    let whole = groups[group]
    let head =
      left == whole.count
      ? "\(whole.phrase) \(left == 1 ? "waits" : "wait")" : "\(left) of \(whole.phrase) \(left == 1 ? "waits" : "wait")"
    let fitting = offers.indices.filter { misfits[group][$0] == nil }
    guard !fitting.isEmpty else {
      let why = reasonsByPool(group)
      return (
        .impossible,
        Reason(
          .noOfferFits, "\(head): no worker that could be created would hold one. \(why)",
          remedy: "Change the pods' requests, tolerations or selector, or add a template or pool for them.")
      )
    }
    let serving = fitting.filter { mayServe(group, $0) }
    guard let first = serving.first else { return (.waits, notLookedAt(group, fitting, head, draft)) }
    func byRules() -> Reason? {
      rulesAboutPods(group, draft).map { rules in
        Reason(
          .rulesAboutPods, "\(head): no node and no new worker meets \(rules).",
          remedy:
            "Relax the rule, for example from required to preferred or to a larger skew, or add hosts in other zones.")
      }
    }
    // What limits leave to others is no reason for these.
    if barred.contains(group), let reason = byRules() { return (.waits, reason) }
    for offer in serving {
      var limits = draft.book
      guard case .failure(let obstacle) = limits.reserve(offers[offer]) else { continue }
      let reason = obstacle.reason(offers[offer], draft.situation)
      return (.waits, Reason(reason.code, "\(head): \(reason.sentence)", remedy: reason.remedy, data: reason.data))
    }
    if let reason = byRules() { return (.waits, reason) }
    let reason = Obstacle.parallelLimit.reason(offers[first], draft.situation)
    return (.waits, Reason(reason.code, "\(head): \(reason.sentence)", remedy: reason.remedy, data: reason.data))
  }

  /// What a group demands of the pods around it, in words; `nil` when it demands nothing.
  private func rulesAboutPods(_ group: Int, _ draft: Draft) -> String? {
    guard let model = draft.fit else { return nil }
    let shape = model.shapes[groups[group].shape]
    let topology = model.topology
    func keys(_ numbers: [Int]) -> String { Phrase.list(Set(numbers.map { topology.keyNames[$0] }).sorted()) }
    var rules: [String] = []
    let affinity = shape.key.affinity.map { topology.counters[$0].key }
    if !affinity.isEmpty { rules.append("their pod affinity by \(keys(affinity))") }
    let anti = shape.key.antiAffinity.map { topology.counters[$0].key }
    if !anti.isEmpty { rules.append("their pod anti-affinity by \(keys(anti))") }
    let others = shape.counters.filter { topology.hasHolders[$0] && !shape.key.antiAffinity.contains($0) }
    if !others.isEmpty {
      rules.append("other pods' anti-affinity by \(keys(others.map { topology.counters[$0].key }))")
    }
    let spreads = shape.key.spreads.map { topology.spreads[$0.spread].key }
    if !spreads.isEmpty { rules.append("their topology spread by \(keys(spreads))") }
    if !shape.key.ports.isEmpty {
      rules.append("their need of host port \(Phrase.list(shape.key.ports.map { "\($0.port)" }))")
    }
    return rules.isEmpty ? nil : Phrase.list(rules)
  }

  private func notLookedAt(_ group: Int, _ fitting: [Int], _ head: String, _ draft: Draft) -> Reason {
    let limit = draft.situation.policy.pace.maximumPending
    let serving = fitting.map { offers[$0].pool }.filter { $0.enabled && $0.servesPendingPods }
    guard let pool = serving.first else {
      let names = Phrase.list(Set(fitting.map { offers[$0].pool.name.rawValue }).sorted())
      return Reason(
        .poolNotServing, "\(head): only pool \(names) could hold them, and it gives workers on request only.",
        remedy: "Ask for workers of that pool, or enable its automatic scaling.", data: ["pool": names])
    }
    if PendingPodsRule.isUncertain(pool, draft) {
      return Reason(
        .readingMissing, "\(head): pool \(pool.name) could hold them, but its pending-pods trigger has no reading.",
        remedy: "It is looked at again when the reading is back.", data: ["pool": pool.name.rawValue])
    }
    let due = groups[group].oldest.advanced(by: limit)
    return Reason(
      .triggerNotFiring,
      "\(head): pool \(pool.name) could hold them, but its pending-pods trigger does not fire and no pod has waited for "
        + "\(limit.text) yet.",
      remedy: "At \(due.clockText) the oldest of them will have waited long enough.", data: ["pool": pool.name.rawValue]
    )
  }

  private func reasonsByPool(_ group: Int) -> String {
    var parts: [String] = []
    for offer in offers.indices {
      guard let misfit = misfits[group][offer] else { continue }
      let part = "Pool \(offers[offer].pool.name): \(misfit)."
      if !parts.contains(part) { parts.append(part) }
    }
    return parts.joined(separator: " ")
  }
}
