import Model

extension PendingSearch {
  /// Passes over what is left: pods that wait for others to be placed may find a place in the next.
  static let passes = 4

  /// How often one pass solves what is left anew, each time without the groups that no worker chosen for them may hold.
  static let solutionsPerPass = 8

  /// The cheapest set of new workers for what is left, of which as many are created now as the limits allow.
  mutating func useNewWorkers(_ draft: inout Draft) {
    for pass in 0..<Self.passes {
      guard useNewWorkers(pass, &draft) > 0 else { return }
    }
  }

  /// One pass; returns how many workers it creates. Pods that may not run on the workers chosen for them, whatever these
  /// cost, must not keep others from theirs: they are set aside, and the rest is solved anew.
  private mutating func useNewWorkers(_ pass: Int, _ draft: inout Draft) -> Int {
    var aside: Set<Int> = []
    for attempt in 1...Self.solutionsPerPass {
      let open = groups.indices.filter { group in
        fates[group].left > 0 && servable[group].contains(true) && !aside.contains(group)
          && (pass == 0 || draft.fit!.shapes[groups[group].shape].dependsOnPods)
      }
      guard !open.isEmpty else { return 0 }
      let demand = NewDemand(open, self, &draft, isCautious: pass > 0)
      guard !demand.portions.isEmpty else { return 0 }
      var limits = draft.book
      limits.slots = .max
      let solution = Chooser(problem: demand.problem, book: limits).solve()
      if pass == 0, attempt == 1, solution.workers.isEmpty { noteObstacles(demand, &draft) }
      let isLast = attempt == Self.solutionsPerPass
      switch carryOut(preferring(solution, demand, limits), demand, evenIfBarred: isLast, &draft) {
      case .created(let count): return count
      case .barred(let groups):
        aside.formUnion(groups)
        barred.formUnion(groups)
      }
    }
    return 0
  }

  /// Where nothing at all can be created: what stands in the way of each pool.
  private func noteObstacles(_ demand: NewDemand, _ draft: inout Draft) {
    var told: Set<PoolName> = []
    for kind in demand.problem.kinds where !told.contains(kind.offer.pool.name) {
      var limits = draft.book
      limits.slots = .max
      guard case .failure(let obstacle) = limits.reserve(kind.offer) else { continue }
      told.insert(kind.offer.pool.name)
      draft.note(kind.offer.pool.name, obstacle.reason(kind.offer, draft.situation))
    }
  }

  // MARK: - Carrying out

  /// Workers that the limits allow now, with the rooms that stand for them.
  private struct Chosen {
    var worker: PackingProblem.Packed
    var zone: String?
    var room = 0
  }

  private enum Outcome {
    /// So many workers are in the plan now.
    case created(Int)
    /// None, as of these groups no pod may run on any of the workers that were chosen for them.
    case barred(Set<Int>)
  }

  /// Creates the workers that hold the most important pods first, as far as the pods that were meant for them may indeed
  /// run there.
  private mutating func carryOut(
    _ solution: Solution, _ demand: NewDemand, evenIfBarred: Bool, _ draft: inout Draft
  ) -> Outcome {
    let problem = demand.problem
    let ordered = solution.workers.map { worker in
      (worker: worker, first: worker.shares.map(\.group).min() ?? 0, value: problem.value(worker))
    }.sorted { ($0.first, -$0.value, $0.worker.kind) < ($1.first, -$1.value, $1.worker.kind) }.map(\.worker)
    var limits = draft.book
    var chosen: [Chosen] = []
    var hindrances: [(pool: PoolName, reason: Reason)] = []
    for worker in ordered {
      let offer = problem.kinds[worker.kind].offer
      switch limits.reserve(offer) {
      case .success(let reservation):
        chosen.append(Chosen(worker: worker, zone: draft.situation.policy.placement.zone(of: reservation.host)))
      case .failure(let obstacle): hindrances.append((offer.pool.name, obstacle.reason(offer, draft.situation)))
      }
    }
    let meant = Set(chosen.flatMap { $0.worker.shares.map { demand.portions[$0.group].group } })
    let mark = draft.fit!.mark
    let placements = settle(&chosen, demand, &draft)
    let barred = meant.subtracting(placements.flatMap { $0.map(\.group) })
    guard barred.isEmpty || evenIfBarred else {
      draft.fit!.undo(to: mark)
      return .barred(barred)
    }
    let created = create(chosen, placements, solution, demand, &draft)
    for hindrance in hindrances { draft.note(hindrance.pool, hindrance.reason) }
    return .created(created)
  }

  /// Puts the pods into rooms for the chosen workers; workers that stay empty are dropped, and the rest is tried again.
  /// - Returns: pods by chosen worker and group.
  private func settle(_ chosen: inout [Chosen], _ demand: NewDemand, _ draft: inout Draft) -> [[(
    group: Int, pods: Int
  )]] {
    let mark = draft.fit!.mark
    while !chosen.isEmpty {
      var twins: [Twin: Int] = [:]
      for index in chosen.indices {
        let twin = Twin(kind: chosen[index].worker.kind, zone: chosen[index].zone)
        if let known = twins[twin] {
          chosen[index].room = draft.fit!.addTwin(of: known, .new(index), demand.problem.kinds[twin.kind].room)
        } else {
          chosen[index].room = addRoom(index, twin, demand, &draft)
          twins[twin] = chosen[index].room
        }
      }
      let placed = fill(chosen, demand, &draft.fit!)
      let empty = Set(placed.indices.filter { placed[$0].isEmpty })
      if empty.isEmpty { return placed }
      draft.fit!.undo(to: mark)
      chosen = chosen.indices.filter { !empty.contains($0) }.map { chosen[$0] }
    }
    return []
  }

  /// What makes rooms for new workers alike.
  private struct Twin: Hashable {
    let kind: Int
    let zone: String?
  }

  private func addRoom(_ number: Int, _ twin: Twin, _ demand: NewDemand, _ draft: inout Draft) -> Int {
    let kind = demand.problem.kinds[twin.kind]
    let offer = Offer(
      pool: kind.offer.pool, template: kind.offer.template, timeToLive: kind.offer.timeToLive,
      zone: kind.offer.zone ?? twin.zone)
    let labels = offer.labels(draft.situation.commonLabels, draft.situation.policy.placement)
    return draft.fit!.addNew(number, offer, kind.room, labels)
  }

  /// Pods that are meant for one worker.
  private struct Meant {
    let worker: Int
    let group: Int
    var pods: Int
  }

  private func fill(_ chosen: [Chosen], _ demand: NewDemand, _ model: inout FitModel) -> [[(group: Int, pods: Int)]] {
    var placed: [[Int: Int]] = chosen.map { _ in [:] }
    var dependent: [Meant] = []
    for (index, choice) in chosen.enumerated() {
      for share in choice.worker.shares {
        let portion = demand.portions[share.group]
        let pods = share.pods * portion.podsEach
        if model.shapes[groups[portion.group].shape].dependsOnPods {
          dependent.append(Meant(worker: index, group: portion.group, pods: pods))
        } else {
          model.place(groups[portion.group].shape, room: choice.room, pods: pods)
          placed[index][portion.group, default: 0] += pods
        }
      }
    }
    place(&dependent, chosen, &placed, &model)
    // More than were meant for these workers may come once they are there, and elsewhere than was meant.
    for group in Set(dependent.map(\.group)).sorted() {
      let already = placed.reduce(0) { $0 + ($1[group] ?? 0) }
      let placement = model.place(groups[group].shape, count: fates[group].left - already, in: .new)
      let first = chosen[0].room
      for (room, pods) in placement.rooms where room >= first { placed[room - first][group, default: 0] += pods }
    }
    return placed.map { shares in shares.keys.sorted().map { ($0, shares[$0]!) } }
  }

  /// Puts pods that others decide about where they are meant to go, in rounds: what one makes impossible now, another may
  /// make possible later.
  private func place(
    _ meant: inout [Meant], _ chosen: [Chosen], _ placed: inout [[Int: Int]], _ model: inout FitModel
  ) {
    var isStuck = false
    while !isStuck {
      isStuck = true
      for index in meant.indices where meant[index].pods > 0 {
        let (number, room) = (groups[meant[index].group].shape, chosen[meant[index].worker].room)
        let shape = model.shapes[number]
        while meant[index].pods > 0, model.capacity(shape.row, room: room, atMost: 1) == 1,
          model.admits(shape, room: room)
        {
          model.place(number, room: room, pods: 1)
          placed[meant[index].worker][meant[index].group, default: 0] += 1
          meant[index].pods -= 1
          isStuck = false
        }
      }
    }
  }

  private mutating func create(
    _ chosen: [Chosen], _ placements: [[(group: Int, pods: Int)]], _ solution: Solution, _ demand: NewDemand,
    _ draft: inout Draft
  ) -> Int {
    var created: [PoolName: [(template: TemplateName, pods: Int)]] = [:]
    var number = 0
    for (choice, shares) in zip(chosen, placements) {
      let offer = demand.problem.kinds[choice.worker.kind].offer
      let pods = shares.reduce(0) { $0 + $1.pods }
      let example = groups[shares[0].group].example
      let reason = Reason(
        .pendingPods,
        "For \(Phrase.count(pods, "pending pod")), such as \(example), that \(pods == 1 ? "fits" : "fit") on no node and "
          + "no worker under way.", data: ["pods": "\(pods)", "example": example.description])
      if let obstacle = draft.create(offer, reason) {
        draft.note(offer.pool.name, obstacle.reason(offer, draft.situation))
        draft.fit!.close(room: choice.room)
        continue
      }
      number += 1
      let name = draft.plan.creations.last!.worker
      created[offer.pool.name, default: []].append((offer.template.name, pods))
      for (group, pods) in shares {
        fates[group].new += pods
        fates[group].left -= pods
        fates[group].newWorkers.append(name)
      }
    }
    for pool in created.keys.sorted() { note(pool, created[pool]!, solution, demand.problem, &draft) }
    return number
  }

  // MARK: - Preferences

  /// Takes, for each worker, another offer of the same price where the pods would rather be.
  private func preferring(_ solution: Solution, _ demand: NewDemand, _ limits: GrowthBook) -> Solution {
    let problem = demand.problem
    let hasWishes =
      problem.kinds.contains { kind in kind.offer.pool.taints.contains { $0.effect == .preferNoSchedule } }
      || demand.portions.contains { !groups[$0.group].preferred.isEmpty }
    guard hasWishes, solution.workers.count <= Self.wishfulWorkers else { return solution }
    var current = solution
    for index in current.workers.indices {
      let worker = current.workers[index]
      let own = problem.kinds[worker.kind]
      var best = wish(worker, worker.kind, demand)
      for kind in problem.kinds.indices {
        let other = problem.kinds[kind]
        guard other.price == own.price, other.offer.pool.isTemporary == own.offer.pool.isTemporary else { continue }
        let wish = wish(worker, kind, demand)
        guard wish > best, let packed = problem.packed(worker.shares, kind: kind) else { continue }
        var changed = current.workers
        changed[index] = packed
        guard allows(changed.map { problem.kinds[$0.kind].offer }, limits) else { continue }
        current.workers = changed
        best = wish
      }
    }
    return current
  }

  /// Wishes are looked at for plans of up to so many workers.
  private static let wishfulWorkers = 64

  private func allows(_ offers: [Offer], _ limits: GrowthBook) -> Bool {
    var trial = limits
    for offer in offers {
      guard case .success = trial.reserve(offer) else { return false }
    }
    return true
  }

  /// Weights of the preferred terms that workers of a kind meet, less the soft taints that the pods do not tolerate.
  private func wish(_ worker: PackingProblem.Packed, _ kind: Int, _ demand: NewDemand) -> Int {
    let labels = offerLabels[demand.offers[kind]]
    let soft = demand.problem.kinds[kind].offer.pool.taints.filter { $0.effect == .preferNoSchedule }
    return worker.shares.reduce(0) { sum, share in
      let group = groups[demand.portions[share.group].group]
      let met = group.preferred.reduce(0) { $0 + ($1.term.matches(labels: labels, name: nil) ? $1.weight : 0) }
      let shunned = soft.count { taint in !group.constraint.tolerations.contains { $0.tolerates(taint) } }
      return sum + (met - shunned) * share.pods
    }
  }

  // MARK: - Telling

  private func note(
    _ pool: PoolName, _ created: [(template: TemplateName, pods: Int)], _ solution: Solution, _ problem: PackingProblem,
    _ draft: inout Draft
  ) {
    let policy = draft.situation.policy
    let price = solution.price(problem)
    let bound = min(price, solution.lowerBound)
    let gap = price == 0 ? 0 : Double(price - bound) / Double(price) * 100
    let pods = created.reduce(0) { $0 + $1.pods }
    let planned = solution.workers.count
    let whole =
      planned == 1
      ? "The one worker that pending pods need costs" : "All \(planned) workers that pending pods need cost"
    let proof =
      solution.isOptimal ? "no cheaper set holds them" : "at most \(Phrase.number(gap)) % above the least possible"
    draft.note(
      pool,
      Reason(
        .pendingPods,
        "Pool \(pool) gets \(Phrase.workers(created.map(\.template))) for \(Phrase.count(pods, "pending pod")). "
          + "\(whole) \(Phrase.amount(Money(microunits: price), policy)) an hour; \(proof).",
        data: [
          "created": "\(created.count)", "pods": "\(pods)", "planned": "\(solution.workers.count)",
          "price_per_hour": "\(Money(microunits: price).units)", "lower_bound": "\(Money(microunits: bound).units)",
          "optimal": "\(solution.isOptimal)",
        ]))
  }
}
