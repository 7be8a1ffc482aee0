import Model

/// Serves people's and programs' requests, oldest first, as far as the limits allow; the rest waits with its reason.
enum RequestRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let requests = draft.situation.snapshot.requests.sorted { ($0.askedAt, $0.id) < ($1.askedAt, $1.id) }
    for request in requests { draft.requests.append(serve(request, &draft)) }
  }

  private static func serve(_ request: ScaleRequest, _ draft: inout Draft) -> RequestReport {
    let situation = draft.situation
    guard let pool = situation.policy.pool(request.pool) else {
      let names = situation.pools.map(\.name.rawValue)
      return RequestReport(
        request: request.id, outcome: .refused,
        reason: Reason(
          .unknownPool, "There is no pool \"\(request.pool)\".",
          remedy: Phrase.suggestion(for: request.pool.rawValue, among: names)))
    }
    let templateName = request.template ?? pool.defaultTemplate
    guard let template = situation.policy.template(templateName) else {
      let names = situation.policy.templates.map(\.name.rawValue)
      return RequestReport(
        request: request.id, outcome: .refused,
        reason: Reason(
          .unknownTemplate, "There is no template \"\(templateName)\".",
          remedy: Phrase.suggestion(for: templateName.rawValue, among: names)))
    }
    guard pool.acceptsRequests else {
      return RequestReport(
        request: request.id, outcome: .refused,
        reason: Reason(
          .requestsNotAccepted, "Pool \(pool.name) takes no requests.",
          remedy: "Enable the pool's manual trigger in the configuration."))
    }
    let longest = pool.timeToLive?.maximum
    let life = request.timeToLive.map { asked in longest.map { min(asked, $0) } ?? asked }
    let offer = Offer(pool: pool, template: template, timeToLive: life)
    let wanted = max(0, request.workers - max(0, request.served))
    var created = 0
    var obstacle: Obstacle?
    while created < wanted, obstacle == nil {
      let reason = Reason(
        .requested, "Asked for by \(request.askedBy) at \(request.askedAt.clockText) (\(request.id)).",
        data: ["request": request.id.rawValue, "by": request.askedBy])
      obstacle = draft.create(offer, request: request.id, reason)
      if obstacle == nil { created += 1 }
    }
    let report = outcome(request, offer, created: created, obstacle: obstacle, situation)
    if created > 0 || obstacle != nil { draft.note(pool.name, report.reason) }
    return report
  }

  private static func outcome(
    _ request: ScaleRequest, _ offer: Offer, created: Int, obstacle: Obstacle?, _ situation: Situation
  ) -> RequestReport {
    let served = request.served + created
    let data = ["served": "\(served)", "workers": "\(request.workers)", "created": "\(created)"]
    guard let obstacle else {
      return RequestReport(
        request: request.id, outcome: .served,
        reason: Reason(
          .requestServed,
          "Request \(request.id) of \(request.askedBy) for \(Phrase.count(request.workers, "worker")) of pool "
            + "\(request.pool) is served.", data: data))
    }
    let hindrance = obstacle.reason(offer, situation)
    let left = request.workers - served
    let reason = Reason(
      served > 0 ? ReasonCode.requestPartly.rawValue : hindrance.code,
      "Request \(request.id) of \(request.askedBy) has \(served) of \(Phrase.count(request.workers, "worker")); "
        + "\(left) \(left == 1 ? "waits" : "wait"): \(hindrance.sentence)",
      remedy: hindrance.remedy, data: data.merging(hindrance.data) { first, _ in first })
    return RequestReport(request: request.id, outcome: served > 0 ? .partly : .waits, reason: reason)
  }
}
