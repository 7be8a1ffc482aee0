import Model
import Testing

@testable import Decision

/// Good plans are damaged in every way that a planner could get wrong; each damage must be found, and each rule of the
/// checker must find one.
@Suite struct PlanMutationTests {
  /// One way to damage a plan, or to change the world under it so that it is wrong; `false` where there is nothing to damage.
  struct Mutation: Sendable {
    let name: String
    /// Rules of which one must be broken afterwards.
    let breaks: Set<PlanViolation.Rule>
    let apply: @Sendable (inout Plan, inout Scene) -> Bool
  }

  static let mutations: [Mutation] = creations + limits + retirements + moves + repairs + standbys + upgrades

  private static let creations: [Mutation] = [
    priced("drops the reservation", [.commitment]) { creation, _ in creation.commitment = .zero },
    creation("names no pool of ours", [.unknownPool]) { creation, _ in creation.pool = "nowhere" },
    creation("names no template of ours", [.unknownTemplate]) { creation, _ in creation.template = "nothing" },
    creation("takes a name that is in use", [.nameInUse]) { creation, scene in
      creation.worker = scene.snapshot.workers[0].name
    },
    creation("changes the price", [.price]) { creation, _ in
      creation.price = HourlyPrice(perHour: creation.price.perHour + Money(0.01))
    },
    creation("swaps the pool", [.price, .commitment, .timeToLive]) { creation, _ in
      creation.pool = creation.pool == "spot" ? "burst" : "spot"
    },
    creation("lives for nothing", [.timeToLive]) { creation, _ in creation.timeToLive = .zero },
  ]

  private static let limits: [Mutation] = [
    creation("in a pool that is disabled", [.poolDisabled]) { creation, scene in
      scene.changePool(creation.pool) { $0.enabled = false }
    },
    creation("beyond the maximum", [.maximum]) { creation, scene in scene.changePool(creation.pool) { $0.maximum = 0 }
    },
    creation("beyond the parallel limit", [.parallelLimit]) { _, scene in scene.policy.provisioning.parallelLimit = 0 },
    creation("with the ledger lost", [.ledgerUnknown]) { creation, scene in
      scene.changePool(creation.pool) { $0.minimum = 0 }
      scene.snapshot.spending = .unknown("lost")
    },
    priced("beyond the pool's budget", [.poolBudget]) { creation, scene in
      scene.changePool(creation.pool) {
        $0.minimum = 0
        $0.monthlyBudget = .zero
      }
    },
    priced("beyond the budget of all", [.totalBudget]) { creation, scene in
      scene.changePool(creation.pool) { $0.minimum = 0 }
      scene.policy.money.monthlyBudget = .zero
    },
    priced("beyond what the pool may cost an hour", [.poolHourlyBudget]) { creation, scene in
      scene.changePool(creation.pool) {
        $0.minimum = 0
        $0.hourlyBudget = HourlyPrice(perHour: .zero)
      }
    },
    priced("beyond what all may cost an hour", [.totalHourlyBudget]) { creation, scene in
      scene.changePool(creation.pool) { $0.minimum = 0 }
      scene.policy.money.hourlyBudget = HourlyPrice(perHour: .zero)
    },
    Mutation(name: "beyond a burst event's budget", breaks: [.burstEventBudget]) { plan, scene in
      guard scene.snapshot.spending.value != nil,
        plan.creations.contains(where: { $0.pool == "burst" && $0.reason.code != "replaces_worker" })
      else { return false }
      scene.changePool("burst") { $0.minimum = 0 }
      scene.policy.money.burstEventMaximum = .zero
      return true
    },
    creation("on a host that is full", [.hostCapacity]) { _, scene in
      scene.changeHosts { $0.freeStorageBytes = 0 }
    },
  ]

  private static let retirements: [Mutation] = [
    Mutation(name: "retires a stranger", breaks: [.notOurs]) { plan, _ in
      plan.retirements.append(retirement("worker-burst-999", byChoice: false))
      return true
    },
    Mutation(name: "retires one that leaves", breaks: [.alreadyLeaving]) { plan, scene in
      guard let worker = scene.snapshot.workers.first(where: { !$0.isStaying && $0.state != .terminated }) else {
        return false
      }
      plan.retirements.append(retirement(worker.name, byChoice: false))
      return true
    },
    retired("retires twice", [.retiredTwice]) { plan, _ in plan.retirements.append(plan.retirements[0]) },
    Mutation(name: "retires more than may leave at once", breaks: [.parallelLimit]) { plan, scene in
      guard !plan.retirements.isEmpty else { return false }
      scene.policy.provisioning.parallelLimit = 0
      return true
    },
    chosen("on pods that are unknown", [.readingUnknown]) { _, scene in scene.snapshot.pods = .unknown("lost") },
    chosen("without a reading", [.readingUnknown]) { retirement, scene in
      let pool = scene.snapshot.workers.first { $0.name == retirement.worker }!.pool
      scene.policy.triggers.append(Scene.trigger("late", pool, .custom, 1, .zero))
    },
    chosen("below the minimum", [.minimum]) { retirement, scene in
      let pool = scene.snapshot.workers.first { $0.name == retirement.worker }!.pool
      scene.changePool(pool) { $0.minimum = 99 }
    },
    chosen("faster than the pace", [.pace]) { retirement, scene in
      let pool = scene.snapshot.workers.first { $0.name == retirement.worker }!.pool
      scene.policy.pace.shrinkPercent = 0
      scene.snapshot.memory.pools[pool, default: PoolMemory()].retirements = [scene.ago(.minutes(1))]
    },
    Mutation(name: "shrinks what grows", breaks: [.shrinksWhileGrowing]) { plan, scene in
      guard let creation = plan.creations.first,
        let worker = scene.snapshot.workers.first(where: { $0.pool == creation.pool && $0.isStaying })
      else { return false }
      plan.retirements.append(retirement(worker.name, byChoice: true))
      return true
    },
  ]

  private static let moves: [Mutation] = [
    chosen("a node that is to be left alone", [.keptNode]) { retirement, scene in
      scene.changeNode(retirement.worker) {
        $0.annotations["cluster-autoscaler.kubernetes.io/scale-down-disabled"] = "true"
      }
    },
    chosen("pods whose budget is spent", [.disruptionBudget]) { retirement, scene in
      scene.addRunning(1, on: retirement.worker, cpu: 0, named: "guarded") { $0.labels = ["app": "guarded"] }
      scene.addBudget("guarded", app: "guarded", allowed: 0)
    },
    chosen("pods of two budgets", [.disruptionBudget]) { retirement, scene in
      scene.addRunning(1, on: retirement.worker, cpu: 0, named: "guarded") { $0.labels = ["app": "guarded"] }
      for name in ["one", "two"] { scene.addBudget(name, app: "guarded", allowed: 9) }
    },
    chosen("busy workers while budgets are unknown", [.disruptionBudget]) { retirement, scene in
      scene.addRunning(1, on: retirement.worker, cpu: 0, named: "guarded")
      scene.snapshot.disruptionBudgets = .unknown("lost")
    },
    chosen("pods that fit nowhere", [.noPlace]) { retirement, scene in
      scene.addRunning(1, on: retirement.worker, cpu: 900_000, named: "huge")
    },
    Mutation(name: "preempts what is not spot", breaks: [.preemption]) { plan, scene in
      guard let worker = scene.snapshot.workers.first(where: { $0.pool != "spot" && $0.isStaying }) else {
        return false
      }
      plan.retirements = [
        Retirement(worker: worker.name, byChoice: false, reason: Reason("preempted", "For a test."))
      ]
      return true
    },
    Mutation(name: "preempts spot's minimum", breaks: [.preemption]) { plan, scene in
      guard plan.retirements.contains(where: { $0.reason.code == "preempted" }) else { return false }
      scene.changePool("spot") { $0.minimum = 99 }
      return true
    },
    consolidation("replaces nobody") { creation in creation.reason.data["consolidates"] = "" },
    consolidation("replaces a stranger") { creation in creation.reason.data["consolidates"]! += " worker-burst-999" },
    Mutation(name: "consolidates while that is in work", breaks: [.consolidation]) { plan, scene in
      guard let creation = plan.creations.first(where: { $0.reason.code == "consolidates" }) else { return false }
      scene.addWorker(creation.pool, state: .joining) { $0.reason = creation.reason }
      return true
    },
    consolidation("saves nothing") { creation in
      creation.price = HourlyPrice(perHour: creation.price.perHour + Money(100))
    },
  ]

  private static let repairs: [Mutation] = [
    repair("of a level that there is not") { order, _ in order.level = 7 },
    Mutation(name: "of a level out of turn", breaks: [.repair]) { plan, scene in
      guard let order = plan.repairs.first, order.level + 1 < scene.policy.repair.levels[order.issue]!.count else {
        return false
      }
      scene.changeWorker(order.worker) {
        $0.repair = RepairRecord(issue: order.issue, since: order.since)
        $0.repair!.nextLevel = order.level + 1
      }
      return true
    },
    repair("too soon after the last") { order, scene in
      scene.changeWorker(order.worker) {
        var record = $0.repair ?? RepairRecord(issue: order.issue, since: order.since)
        record.issue = order.issue
        record.nextLevel = order.level
        record.lastAttemptAt = Scene.now.advanced(by: .seconds(-59))
        $0.repair = record
      }
    },
    repair("too often") { order, scene in
      scene.changeWorker(order.worker) {
        var record = $0.repair ?? RepairRecord(issue: order.issue, since: order.since)
        record.attempts = 99
        $0.repair = record
      }
    },
    Mutation(name: "replaces without a substitute below the minimum", breaks: [.minimum]) { plan, scene in
      guard let worker = scene.snapshot.workers.first(where: \.isStaying) else { return false }
      plan = Plan()
      plan.retirements = [Retirement(worker: worker.name, byChoice: false, reason: Reason("replaced", "For a test."))]
      let size = scene.snapshot.workers.count { $0.pool == worker.pool && $0.isStaying }
      scene.changePool(worker.pool) { $0.minimum = size }
      return !scene.snapshot.workers.contains { $0.reason.data["replaces"] == worker.name.rawValue }
    },
    repair("while repair is off") { _, scene in scene.policy.repair.enabled = false },
    repair("while too much is sick") { order, scene in
      let pool = scene.snapshot.workers.first { $0.name == order.worker }!.pool
      for worker in scene.snapshot.workers where worker.pool == pool && worker.isStaying && !worker.state.isUnderWay {
        scene.changeWorker(worker.name) { $0.state = .unhealthy }
      }
      scene.addWorker(pool, state: .unhealthy)
    },
  ]

  // MARK: - Making mutations

  private static func retirement(_ worker: WorkerName, byChoice: Bool) -> Retirement {
    Retirement(worker: worker, byChoice: byChoice, reason: Reason("x", "For a test."))
  }

  /// Of the last creation that is above its pool's minimum.
  private static func creation(
    _ name: String, _ breaks: Set<PlanViolation.Rule>,
    _ change: @escaping @Sendable (inout Creation, inout Scene) -> Void
  ) -> Mutation {
    Mutation(name: name, breaks: breaks) { plan, scene in
      guard let index = plan.creations.lastIndex(where: { $0.reason.code != "replaces_worker" && !$0.isActivation })
      else { return false }
      change(&plan.creations[index], &scene)
      return true
    }
  }

  /// The same while the ledger is known.
  private static func priced(
    _ name: String, _ breaks: Set<PlanViolation.Rule>,
    _ change: @escaping @Sendable (inout Creation, inout Scene) -> Void
  ) -> Mutation {
    let mutation = creation(name, breaks, change)
    return Mutation(name: name, breaks: breaks) { plan, scene in
      scene.snapshot.spending.value != nil && mutation.apply(&plan, &scene)
    }
  }

  private static func consolidation(_ name: String, _ change: @escaping @Sendable (inout Creation) -> Void) -> Mutation
  {
    Mutation(name: name, breaks: [.consolidation]) { plan, _ in
      guard let index = plan.creations.firstIndex(where: { $0.reason.code == "consolidates" }) else { return false }
      change(&plan.creations[index])
      return true
    }
  }

  private static func retired(
    _ name: String, _ breaks: Set<PlanViolation.Rule>, _ change: @escaping @Sendable (inout Plan, inout Scene) -> Void
  ) -> Mutation {
    Mutation(name: name, breaks: breaks) { plan, scene in
      guard !plan.retirements.isEmpty else { return false }
      change(&plan, &scene)
      return true
    }
  }

  /// Of a retirement by choice.
  private static func chosen(
    _ name: String, _ breaks: Set<PlanViolation.Rule>,
    _ change: @escaping @Sendable (Retirement, inout Scene) -> Void
  ) -> Mutation {
    Mutation(name: name, breaks: breaks) { plan, scene in
      guard let retirement = plan.retirements.first(where: \.byChoice) else { return false }
      change(retirement, &scene)
      return true
    }
  }

  private static func repair(
    _ name: String, _ change: @escaping @Sendable (inout RepairOrder, inout Scene) -> Void
  ) -> Mutation {
    Mutation(name: name, breaks: [.repair]) { plan, scene in
      guard !plan.repairs.isEmpty else { return false }
      change(&plan.repairs[0], &scene)
      return true
    }
  }

  private static let standbys: [Mutation] = [
    activation("starts what does not wait") { creation, _ in creation.worker = "worker-burst-999" },
    activation("starts what leaves") { creation, scene in
      let asked = RemovalRecord(reason: creation.reason, askedAt: scene.snapshot.now)
      scene.changeWorker(creation.worker) { $0.removal = asked }
    },
    activation("starts an old version") { creation, scene in
      var build = scene.policy.template(creation.template)!.build
      build.talosVersion = "v0.1"
      scene.changeWorker(creation.worker) { [build] in $0.build = build }
    },
    standby("makes more than are wanted") { standby, scene in scene.changePool(standby.pool) { $0.standby = 0 } },
    standby("makes one while a worker comes") { _, scene in
      scene.addWorker("burst", state: .provisioning, age: .minutes(1))
    },
  ]

  private static func activation(
    _ name: String, _ change: @escaping @Sendable (inout Creation, inout Scene) -> Void
  ) -> Mutation {
    Mutation(name: name, breaks: [.standby]) { plan, scene in
      guard let index = plan.creations.firstIndex(where: \.isActivation) else { return false }
      change(&plan.creations[index], &scene)
      return true
    }
  }

  private static func standby(
    _ name: String, _ change: @escaping @Sendable (inout StandbyCreation, inout Scene) -> Void
  ) -> Mutation {
    Mutation(name: name, breaks: [.standby]) { plan, scene in
      guard var standby = plan.standbys?.first else { return false }
      change(&standby, &scene)
      plan.standbys = [standby]
      return true
    }
  }

  private static let upgrades: [Mutation] = [
    creation("upgrades nobody", [.upgrade]) { creation, _ in
      creation.reason = Reason("upgrades", "For a test.", data: ["upgrades": "worker-burst-999"])
    },
    upgrade("where the pool does not say so") { name, scene in
      scene.changePool(scene.snapshot.workers.first { $0.name == name }!.pool) { $0.upgrade = .none }
    },
    upgrade("what is of today") { name, scene in
      let template = scene.snapshot.workers.first { $0.name == name }!.template
      let build = scene.policy.template(template)!.build
      scene.changeWorker(name) { $0.build = build }
    },
    upgrade("while another one is not in order") { name, scene in
      let pool = scene.snapshot.workers.first { $0.name == name }!.pool
      scene.addWorker(pool, state: .unhealthy, age: .hours(2))
    },
    upgrade("while another one leaves") { name, scene in
      let pool = scene.snapshot.workers.first { $0.name == name }!.pool
      scene.addWorker(pool, state: .draining, age: .hours(2))
    },
    Mutation(name: "before the successor is ready", breaks: [.upgrade]) { plan, scene in
      guard let retirement = plan.retirements.first(where: { $0.reason.code == "upgraded" }),
        let successor = scene.snapshot.workers.first(where: {
          $0.reason.data["upgrades"] == retirement.worker.rawValue
        })
      else { return false }
      scene.changeWorker(successor.name) { $0.state = .joining }
      return true
    },
  ]

  /// Of a worker that a good plan upgrades, by a successor or by its going.
  private static func upgrade(
    _ name: String, _ change: @escaping @Sendable (WorkerName, inout Scene) -> Void
  ) -> Mutation {
    Mutation(name: "upgrades \(name)", breaks: [.upgrade]) { plan, scene in
      let begun = plan.creations.first { $0.reason.code == "upgrades" }?.reason.data["upgrades"]
      let ended = plan.retirements.first { $0.reason.code == "upgraded" }?.worker.rawValue
      guard let old = begun ?? ended else { return false }
      change(WorkerName(rawValue: old), &scene)
      return true
    }
  }

  // MARK: - Trying them

  static let seeds = 0..<400

  /// Good plans with their scenes, made once.
  private static let plans: [(scene: Scene, plan: Plan)] = seeds.map { seed in
    let scene = Scene.random(seed)
    return (scene, scene.decide().plan)
  }

  @Test(arguments: mutations.indices)
  func everyDamageIsFound(_ index: Int) {
    let mutation = Self.mutations[index]
    var tried = 0
    for (seed, good) in Self.plans.enumerated() {
      var (scene, plan) = good
      guard mutation.apply(&plan, &scene) else { continue }
      tried += 1
      let rules = Set(PlanChecker.check(plan, snapshot: scene.snapshot, policy: scene.policy).map(\.rule))
      #expect(!rules.isDisjoint(with: mutation.breaks), "\(mutation.name), seed \(seed): \(rules)")
    }
    #expect(tried > 0, "\(mutation.name) was never tried")
  }

  @Test func everyRuleHasADamage() {
    let covered = Self.mutations.reduce(into: Set<PlanViolation.Rule>()) { $0.formUnion($1.breaks) }
    #expect(covered == Set(PlanViolation.Rule.allCases))
  }
}
