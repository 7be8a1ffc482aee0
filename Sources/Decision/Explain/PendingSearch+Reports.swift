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
      return PodGroupReport(
        example: groups[group].example, pods: groups[group].count, outcome: outcome, reason: complete)
    }
  }

  private func placed(_ group: Int) -> (PodGroupReport.Outcome, Reason) {
    let fate = fates[group]
    var places: [String] = []
    if fate.existing > 0 { places.append("\(fate.existing) on \(few(fate.nodes.map(\.rawValue)))") }
    if fate.underWay > 0 {
      places.append("\(fate.underWay) on \(few(fate.comingWorkers.map(\.rawValue))), on its way")
    }
    if fate.new > 0 {
      let names = Set(fate.newWorkers).sorted()
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
    if let serving = fitting.first(where: { mayServe(group, $0) }) {
      var limits = draft.book
      var hindrance = Obstacle.parallelLimit
      var offer = offers[serving]
      for index in fitting where mayServe(group, index) {
        if case .failure(let obstacle) = limits.reserve(offers[index]) {
          hindrance = obstacle
          offer = offers[index]
          break
        }
      }
      let reason = hindrance.reason(offer, draft.situation)
      return (.waits, Reason(reason.code, "\(head): \(reason.sentence)", remedy: reason.remedy, data: reason.data))
    }
    return (.waits, notLookedAt(group, fitting, head, draft))
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
