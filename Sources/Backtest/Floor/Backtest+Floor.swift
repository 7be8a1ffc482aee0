public import Model

extension Backtest {
  /// A lower bound of what any policy costs that has this one's pools, templates and prices.
  ///
  /// **Why nothing can be below.** At an instant, a fleet must hold the pods that run. Say that each pod is worth some amount
  /// an hour, such that no worker can hold pods of more worth than its price: then the fleet costs at least what its pods are
  /// worth together. `PodWorth` makes such worths, of which this is true by construction; which of them is used only decides
  /// how good the bound is, never whether it is one, so that they may be looked for by approximation. At each instant the best
  /// of some dozens counts; besides, the dearest pod's own cheapest worker, and that a fleet's price is a sum of
  /// whole workers' prices. Pods that share no kind of worker are judged apart. Over time the amounts add up.
  ///
  /// **Why real policies are above.** Workers cannot be had in fractions, take minutes to come and to go and are paid for
  /// meanwhile; pods cannot be moved for nothing; and nobody knows what comes.
  ///
  /// **Waiting** makes work later, not less. `CostFloor.cost` holds for policies that run every pod from when it comes;
  /// one that lets pods wait may lie below it, since a service that waits is not there meanwhile, and waiting work may fill
  /// gaps. For those `costWithWaiting` holds: one set of worths for the whole time, by which each pod costs what it is worth
  /// for as long as it runs, whenever that is. What the end of the history cuts off is counted in neither.
  /// - Returns: `nil` when `proceed` said no.
  public static func floor(
    _ history: History, policy: Policy, setting: ReplaySetting = ReplaySetting(), proceed: Proceed = { _ in true }
  ) -> CostFloor? {
    let table = ReplayTable(history: history, policy: policy, setting: setting)
    let demand = FloorDemand(history, table)
    var cost = Money.zero
    var withWaiting = Money.zero
    for (index, part) in demand.parts.enumerated() {
      let share = 1 / Double(demand.parts.count)
      guard
        let found = FloorSearch(part, table).run(proceed: { proceed((Double(index) + $0) * share) })
      else { return nil }
      cost += found.cost
      withWaiting += found.withWaiting
    }
    return CostFloor(cost: cost, costWithWaiting: min(cost, withWaiting), podsLeftOut: demand.leftOut)
  }
}

/// What a history asks for at each instant if no pod waits, in parts that share no kind of worker.
struct FloorDemand {
  /// Pods that are the same to all kinds of workers.
  struct PodType: Hashable {
    let demand: [Int64]
    /// Kinds that could hold one, ascending.
    let kinds: [Int]
  }

  struct Change {
    let at: Instant
    /// 1 or -1.
    let sign: Int
    /// Index into the part's types.
    let type: Int
  }

  struct Part {
    var types: [PodType] = []
    /// In the order of time; at one instant what goes comes first.
    var changes: [Change] = []
    /// Of each type, all its pods' times together, in hours.
    var hours: [Double] = []
  }

  private(set) var parts: [Part] = []
  /// Pods that no worker could hold.
  private(set) var leftOut = 0

  init(_ history: History, _ table: ReplayTable) {
    var numbers: [PodType: (part: Int, type: Int)] = [:]
    let partOfKind = Self.partOfKind(history, table)
    var partNumbers: [Int: Int] = [:]
    for (pod, recorded) in history.pods.enumerated() {
      guard let span = recorded.span(in: history) else { continue }
      let kinds = table.kinds.indices.filter { table.couldHold(pod, kind: $0) }
      guard let first = kinds.first else {
        leftOut += 1
        continue
      }
      let type = PodType(demand: Array(table.demand(pod)), kinds: kinds)
      let place: (part: Int, type: Int)
      if let known = numbers[type] {
        place = known
      } else {
        let part = partNumbers[partOfKind[first]] ?? parts.count
        if part == parts.count {
          partNumbers[partOfKind[first]] = part
          parts.append(Part())
        }
        place = (part, parts[part].types.count)
        parts[part].types.append(type)
        parts[part].hours.append(0)
        numbers[type] = place
      }
      parts[place.part].changes.append(Change(at: span.lowerBound, sign: 1, type: place.type))
      parts[place.part].changes.append(Change(at: span.upperBound, sign: -1, type: place.type))
      parts[place.part].hours[place.type] += (span.upperBound - span.lowerBound).inSeconds / 3600
    }
    for index in parts.indices {
      parts[index].changes.sort { ($0.at, $0.sign, $0.type) < ($1.at, $1.sign, $1.type) }
    }
  }

  /// Kinds that some pod may use both of belong to one part, named after its first kind.
  private static func partOfKind(_ history: History, _ table: ReplayTable) -> [Int] {
    var part = Array(table.kinds.indices)
    func root(_ kind: Int) -> Int { part[kind] == kind ? kind : root(part[kind]) }
    for pod in history.pods.indices {
      let kinds = table.kinds.indices.filter { table.couldHold(pod, kind: $0) }
      guard let first = kinds.first else { continue }
      for other in kinds.dropFirst() {
        let (a, b) = (root(first), root(other))
        if a != b { part[max(a, b)] = min(a, b) }
      }
    }
    return part.indices.map(root)
  }
}
