import Model
import Ports
import Simulator

/// What people ask the program for, and how everything is put back at the end of the faults.
extension SceneDraft {
  /// Orders, removals, extensions and alerts, in half of the runs.
  mutating func drawPeople(_ dice: inout SplitMix64) {
    guard profile == .wild || dice.chance(0.6) else { return }
    drawOrders(&dice)
    drawAlerts(&dice)
  }

  private mutating func drawOrders(_ dice: inout SplitMix64) {
    let interval = dice.minutes(60...400)
    for (number, at) in dice.instants(from: phases.faultsFrom, until: phases.faultsUntil, about: interval).enumerated()
    {
      switch dice.integer(in: 0...9) {
      case 0...5:
        let pool = dice.pick(policy.pools)
        var order = ScaleOrder(pool: pool.name, workers: dice.integer(in: 1...3))
        if dice.chance(0.4) { order.template = dice.pick(pool.templates) }
        if let life = pool.timeToLive, dice.chance(0.5) {
          let longest = max(20, Int(life.maximum.inSeconds / 60))
          order.timeToLive = dice.minutes(15...longest)
        }
        if dice.chance(0.5) { order.id = RequestID("order-\(number)") }
        disturb(at, .order(order))
        // The same order sent twice, as by a person who got no answer.
        if order.id != nil, dice.chance(0.3), at.advanced(by: .minutes(2)) < phases.faultsUntil {
          disturb(at.advanced(by: dice.seconds(1...120)), .order(order))
        }
      case 6, 7: disturb(at, .remove(nth: dice.integer(in: 0...11), force: dice.chance(0.3)))
      default:
        disturb(at, .extend(nth: dice.integer(in: 0...11), by: dice.chance(0.5) ? nil : dice.minutes(10...120)))
      }
    }
  }

  private mutating func drawAlerts(_ dice: inout SplitMix64) {
    let interval = dice.minutes(120...600)
    for (number, at) in dice.instants(from: phases.faultsFrom, until: phases.faultsUntil, about: interval).enumerated()
    {
      let pool = dice.pick(policy.pools)
      var labels = ["alertname": "QueueTooLong", "pool": pool.name.rawValue, "workers": "\(dice.integer(in: 1...3))"]
      if dice.chance(0.3) { labels["urgency"] = "high" }
      if dice.chance(0.3) { labels["template"] = dice.pick(pool.templates).rawValue }
      if dice.chance(0.1) { labels["pool"] = "nobody-has-this" }
      let fingerprint = "alert-\(number)"
      let length = min(dice.minutes(5...150), phases.faultsUntil - at)
      let end = at.advanced(by: length)
      let firing = AlertNotice(
        fingerprint: fingerprint, isFiring: true, labels: labels, startsAt: at,
        endsAt: dice.chance(0.3) ? end.advanced(by: .minutes(5)) : nil)
      disturb(at, .alert(firing))
      // Told again while it lasts, as senders do; now and then nobody tells that it is over.
      if dice.chance(0.5), length > .minutes(10) { disturb(at.advanced(by: length / 2), .alert(firing)) }
      if dice.chance(0.8) {
        disturb(
          end,
          .alert(AlertNotice(fingerprint: fingerprint, isFiring: false, labels: labels, startsAt: at, endsAt: end)))
      }
    }
  }

  /// Templates get a newer system, once or twice, in half of the runs with a pool whose workers follow.
  mutating func drawUpgrades(_ dice: inout SplitMix64) {
    let templates = Set(policy.pools.filter { $0.upgrade == .replace }.flatMap(\.templates)).sorted()
    guard !templates.isEmpty, dice.chance(0.5) else { return }
    let length = Int((phases.faultsUntil - phases.faultsFrom).inSeconds) - 1
    for number in 1...dice.integer(in: 1...2) {
      let at = phases.faultsFrom.advanced(by: dice.seconds(0...length))
      disturb(at, .reload(.setTalosVersion(dice.pick(templates), "v1.12.\(number)")))
    }
  }

  /// Larger edits of the configuration, and times in which the program is to observe only; in a third of the runs. What
  /// workers rest on may go: their pool, their template, their price. All but labels is taken back when faults end.
  mutating func drawEdits(_ dice: inout SplitMix64) {
    guard dice.chance(0.35) else { return }
    for at in dice.instants(from: phases.faultsFrom, until: phases.faultsUntil, about: dice.minutes(90...500)) {
      let back = min(at.advanced(by: dice.minutes(3...300)), phases.faultsUntil)
      let (pool, template) = (dice.pick(policy.pools), dice.pick(policy.templates))
      switch dice.integer(in: 0...7) {
      case 0, 1:
        disturb(at, .reload(.setPresence(pool.name, false)))
        disturb(back, .reload(.setPresence(pool.name, true)))
      case 2:
        disturb(at, .reload(.setTemplatePresence(template.name, false)))
        disturb(back, .reload(.setTemplatePresence(template.name, true)))
      case 3:
        disturb(at, .reload(.setEnabled(pool.name, false)))
        disturb(back, .reload(.setEnabled(pool.name, true)))
      case 4:
        let price = HourlyPrice(perHour: Money(template.price.perHour.units * dice.pick([0.5, 0.8, 1.25, 2])))
        disturb(at, .reload(.setPrice(template.name, price)))
        disturb(back, .reload(.setPrice(template.name, template.price)))
      case 5:
        disturb(at, .reload(.setStandby(pool.name, dice.integer(in: 0...2))))
        disturb(back, .reload(.setStandby(pool.name, pool.standby)))
      case 6: disturb(at, .observation(for: back - at))
      default:
        disturb(at, .reload(.setLabel(pool.name, key: "team", value: dice.pick(["blue", "green", "red"]))))
      }
    }
  }

  /// Orders of some pool, and longer lives, need somebody's word, which comes sooner or later; in a sixth of the runs.
  mutating func drawApprovals(_ dice: inout SplitMix64) {
    guard dice.chance(0.17) else { return }
    let pool = dice.pick(policy.pools).name
    disturb(phases.faultsFrom, .reload(.setApprovals(pool, true)))
    for at in dice.instants(from: phases.faultsFrom, until: phases.faultsUntil, about: dice.minutes(30...240)) {
      disturb(at, .answer(isYes: dice.chance(0.75)))
    }
  }

  /// Two processes of which one leads, now this one and now that, in an eighth of the runs.
  mutating func drawReplicas(_ dice: inout SplitMix64) {
    guard dice.chance(0.12) else { return }
    let end = phases.faultsUntil.advanced(by: .minutes(-15))
    for at in dice.instants(from: phases.faultsFrom, until: end, about: dice.minutes(20...240)) {
      disturb(at, .handOver(boundary: dice.integer(in: 1...dice.pick([3, 12, 60]))))
    }
  }

  // MARK: - The end of the faults

  /// Ends whatever lasts, and puts the configuration back to one that can hold the minimum.
  mutating func endFaults() {
    let end = phases.faultsUntil
    var budgets = 1.0
    var (sizes, lives, idleTimes): (Set<PoolName>, Set<PoolName>, Set<PoolName>) = ([], [], [])
    var (clock, faults, tick, cordons) = (false, false, false, false)
    for disturbance in disturbances {
      switch disturbance.kind {
      case .clockOffset: clock = true
      case .worldFaults: faults = true
      case .byHand: cordons = true
      case .reload(.scaleBudgets(let factor)): budgets *= factor
      case .reload(.setMinimum(let pool, _)), .reload(.setMaximum(let pool, _)): sizes.insert(pool)
      case .reload(.setTimeToLive(let pool, _, _)): lives.insert(pool)
      case .reload(.setIdleTimeout(let pool, _)): idleTimes.insert(pool)
      case .reload(.setTick): tick = true
      default: break
      }
    }
    if clock { disturb(end, .clockOffset(.zero)) }
    if faults { disturb(end, .worldFaults(WorldFaults())) }
    let caps = factorThatHoldsMinimum / budgets
    if caps != 1 { disturb(end, .reload(.scaleBudgets(caps))) }
    if tick { disturb(end, .reload(.setTick(policy.pace.tick))) }
    for pool in policy.pools {
      if sizes.contains(pool.name) {
        disturb(end, .reload(.setMaximum(pool.name, pool.maximum)))
        disturb(end, .reload(.setMinimum(pool.name, pool.minimum)))
      }
      if lives.contains(pool.name), let life = pool.timeToLive {
        disturb(end, .reload(.setTimeToLive(pool.name, standard: life.standard, maximum: life.maximum)))
      }
      if idleTimes.contains(pool.name), let idle = pool.idleTimeout {
        disturb(end, .reload(.setIdleTimeout(pool.name, idle)))
      }
    }
    if cordons || world.scheduledFaults.contains(where: \.isCordon) {
      // Whoever cordoned a node by hand gives it back.
      for number in 0..<(isBig ? 80 : 24) { disturb(end, .byHand(.uncordons, nth: number)) }
    }
  }
}

extension ScheduledFault {
  /// Whether a person cordons a node.
  var isCordon: Bool {
    if case .operatorCordons = kind { true } else { false }
  }
}
