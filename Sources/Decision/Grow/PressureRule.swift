import Model

/// Turns CPU and memory pressure into capacity: what is used, divided by the target, less what is there and on its way.
enum PressureRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    for trigger in situation.triggers where trigger.kind == .cpuPressure || trigger.kind == .memoryPressure {
      guard let pool = situation.policy.pool(trigger.pool), pool.enabled,
        let cause = PressureCause(trigger, draft)
      else { continue }
      answer(trigger, cause, pool, &draft)
    }
  }

  private static func answer(_ trigger: Trigger, _ cause: PressureCause, _ pool: Pool, _ draft: inout Draft) {
    let situation = draft.situation
    guard situation.nodes != nil, situation.pods != nil else {
      draft.note(pool.name, Reason(.listMissing, "\(cause.clause), but the nodes or pods are not known."))
      return
    }
    if let reason = GrowCooldown.hold(pool, cause.clause, draft) {
      draft.note(pool.name, reason)
      return
    }
    var pressure = Pressure(trigger, cause, draft)
    guard pressure.needed > 0 else {
      let code = pressure.underWay > 0 ? ReasonCode.underWaySuffices : .belowTarget
      let sentence =
        pressure.underWay > 0
        ? "\(cause.clause), and the workers under way are enough to answer it."
        : "\(cause.clause), but \(Phrase.number(cause.value)) % is not above the target of "
          + "\(Phrase.number(trigger.targetPercent)) %."
      draft.note(pool.name, Reason(code, sentence, data: pressure.data))
      return
    }
    let offers = pressure.helpful(situation.offers(of: pool), situation)
    guard !offers.isEmpty, pressure.needed > 0 else {
      draft.note(
        pool.name,
        Reason(
          .noHelp,
          "\(cause.clause), but a worker of pool \(pool.name) would not help: no pod that runs now could "
            + "use it.",
          remedy: "Give pods that may move a toleration and selector for the pool.", data: pressure.data))
      return
    }
    create(pressure.cheapest(offers, pool), pressure, pool, &draft)
  }

  private static func create(
    _ choice: (offer: Offer, workers: Int), _ pressure: Pressure, _ pool: Pool, _ draft: inout Draft
  ) {
    let what = pressure.trigger.kind == .cpuPressure ? "CPU" : "memory"
    let use = "\(Phrase.number(pressure.percent)) % needs \(pressure.amount(pressure.needed)) more to come down to "
    let target = "\(Phrase.number(pressure.trigger.targetPercent)) %."
    let code: ReasonCode
    let reason: Reason
    if let ahead = pressure.cause.ahead {
      code = .forecast
      reason = Reason(code, "\(what) use, by \(ahead.due.clockText) expected at \(use)\(target)", data: pressure.data)
    } else {
      code = pressure.trigger.kind == .cpuPressure ? .cpuPressure : .memoryPressure
      reason = Reason(code, "\(what) use of \(use)\(target)", data: pressure.data)
    }
    var created = 0
    for _ in 0..<choice.workers {
      if let obstacle = draft.create(choice.offer, reason) {
        draft.note(pool.name, obstacle.reason(choice.offer, draft.situation))
        break
      }
      created += 1
    }
    guard created > 0 else { return }
    draft.note(
      pool.name,
      Reason(
        code,
        "Pool \(pool.name) gets \(created) of \(choice.workers) \(choice.offer.template.name): \(reason.sentence)",
        data: pressure.data.merging(["created": "\(created)"]) { first, _ in first }))
  }
}

/// What a pressure trigger rests on: its reading when it fires, or a forecast that is higher or comes before it fires.
struct PressureCause {
  /// Percent.
  let value: Double
  /// How the forecast was come by, and when it is due; `nil`: it is the reading.
  let ahead: (method: ForecastPolicy.Method, due: Instant)?
  /// As the beginning of a sentence.
  let clause: String

  /// `nil` when nothing is to be answered. A forecast never acts without a reading of now.
  init?(_ trigger: Trigger, _ draft: borrowing Draft) {
    guard let state = draft.memory.triggers[trigger.name], !state.isUncertain, let reading = state.lastReading else {
      return nil
    }
    let fires = state.isActing ? reading.value : nil
    let situation = draft.situation
    if draft.memory.forecasts?[trigger.name]?.isActing == true,
      let forecast = situation.snapshot.forecasts[trigger.name]?.value, let highest = forecast.highest,
      highest.value > fires ?? -.infinity
    {
      value = highest.value
      ahead = (highest.method, forecast.due)
      clause =
        "Trigger \(trigger.name) \(fires == nil ? "is about to fire" : "fires and will rise"): "
        + "\(Phrase.number(highest.value)) % is expected by \(forecast.due.clockText) (\(highest.method.rawValue))"
    } else if let fires {
      value = fires
      ahead = nil
      clause = "Trigger \(trigger.name) fires"
    } else {
      return nil
    }
  }
}

/// One firing pressure trigger in numbers: millicores or bytes.
struct Pressure {
  let trigger: Trigger
  let cause: PressureCause
  let percent: Double
  let present: Double
  let underWay: Double
  var needed: Double

  /// A node of the control plane is no place for pods, even where nothing else says so.
  static let controlPlaneTaint = "node-role.kubernetes.io/control-plane"

  init(_ trigger: Trigger, _ cause: PressureCause, _ draft: borrowing Draft) {
    let situation = draft.situation
    self.trigger = trigger
    self.cause = cause
    percent = min(100, max(0, cause.value))
    let isCPU = trigger.kind == .cpuPressure
    func amount(_ resources: Resources) -> Double {
      Double(isCPU ? resources.cpuMillicores : resources.memoryBytes)
    }
    let nodes = (situation.nodes ?? []).filter(\.takesPods)
    present = nodes.reduce(0) { $0 + amount($1.allocatable) }
    var coming = 0.0
    for worker in situation.workers where worker.isStaying && worker.state.isUnderWay {
      if situation.node(of: worker)?.takesPods == true { continue }
      coming += amount(situation.policy.template(worker.template)?.allocatable ?? .zero)
    }
    for creation in draft.plan.creations {
      coming += amount(situation.policy.template(creation.template)?.allocatable ?? .zero)
    }
    underWay = coming
    let target = min(100, max(1, trigger.targetPercent)) / 100
    needed = present * percent / 100 / target - present - coming
  }

  func amount(_ resources: Resources) -> Double {
    Double(trigger.kind == .cpuPressure ? resources.cpuMillicores : resources.memoryBytes)
  }

  /// Offers that pods which run or wait now could use; what is needed is limited to what those pods ask for.
  mutating func helpful(_ offers: [Offer], _ situation: Situation) -> [Offer] {
    let common = situation.commonLabels
    let cutoff = situation.policy.pace.priorityCutoff
    var pods = (situation.nodes ?? []).filter(\.takesPods).flatMap { situation.load(of: $0.name).workload }
    pods += (situation.pods ?? []).filter { $0.asksForNode(cutoff: cutoff) }
    var movable: [Bool] = Array(repeating: false, count: pods.count)
    let useful = offers.filter { offer in
      let labels = offer.labels(common)
      var helps = false
      for (index, pod) in pods.enumerated() {
        let constraint = PodGroup.Constraint(tolerations: pod.tolerations, nodeSelector: pod.nodeSelector)
        guard constraint.mismatch(taints: offer.pool.taints, labels: labels) == nil else { continue }
        movable[index] = true
        helps = true
      }
      return helps && amount(offer.template.allocatable) > 0
    }
    let candidates = pods.indices.filter { movable[$0] }.map { amount(pods[$0].demand) }
    // A pod without a request may use anything; otherwise no more than the requests is useful.
    if !candidates.contains(0) { needed = min(needed, max(0, candidates.reduce(0, +) - underWay)) }
    return useful
  }

  /// The template that reaches what is needed at least cost; the pool's default when several do.
  func cheapest(_ offers: [Offer], _ pool: Pool) -> (offer: Offer, workers: Int) {
    let choices = offers.map { offer -> (offer: Offer, workers: Int) in
      let count = (needed / amount(offer.template.allocatable)).rounded(.up)
      return (offer, Int(min(Double(max(1, pool.maximum)), max(1, count))))
    }
    return choices.min { left, right in
      let (a, b) = (left.offer.price.perHour * left.workers, right.offer.price.perHour * right.workers)
      if a != b { return a < b }
      let (aDefault, bDefault) = (
        left.offer.template.name == pool.defaultTemplate, right.offer.template.name == pool.defaultTemplate
      )
      if aDefault != bDefault { return aDefault }
      return (left.workers, left.offer.name) < (right.workers, right.offer.name)
    }!
  }

  /// In words: cores or bytes.
  func amount(_ value: Double) -> String {
    trigger.kind == .cpuPressure ? "\(Phrase.number(value / 1000)) cores" : Phrase.bytes(Int64(min(value, 9e18)))
  }

  var data: [String: String] {
    var data = [
      "percent": Phrase.number(percent), "target": Phrase.number(trigger.targetPercent), "present": amount(present),
      "under_way": amount(underWay), "needed": amount(max(0, needed)),
    ]
    if let ahead = cause.ahead {
      data["method"] = ahead.method.rawValue
      data["due"] = ahead.due.description
    }
    return data
  }
}

extension NodeObservation {
  /// Ready, and open to pods.
  var takesPods: Bool {
    isReady && !unschedulable && !taints.contains { $0.key == Pressure.controlPlaneTaint }
  }
}

/// Whether a pool must wait after its last growth.
enum GrowCooldown {
  /// - Parameter clause: what asks for growth, as the beginning of a sentence: `Trigger x fires`.
  static func hold(_ pool: Pool, _ clause: String, _ draft: Draft) -> Reason? {
    guard let grown = draft.memory.pools[pool.name]?.grownAt else { return nil }
    let end = grown.advanced(by: pool.growCooldown)
    guard end > draft.situation.now else { return nil }
    return Reason(
      .coolingDown,
      "\(clause), but pool \(pool.name) grew until \(grown.clockText) and its effect is awaited until "
        + "\(end.clockText).", data: ["until": end.description])
  }
}
