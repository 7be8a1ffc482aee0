import Model

/// A limit on workers of several offers together, as a sum: no set of workers is allowed in which the weights add up to
/// more than `most`. What is allowed may be less still.
struct SummedLimit: Equatable {
  /// By offer.
  var weights: [Int64]
  var most: Int64
}

extension GrowthBook {
  /// What the limits come to for a search that may use fractions of workers: for bounds, and to see beforehand which of
  /// them bind. `reserve` decides.
  func summedLimits(_ offers: [Offer]) -> [SummedLimit] {
    var limits: [SummedLimit] = []
    if slots < .max { limits.append(SummedLimit(weights: offers.map { _ in 1 }, most: Int64(max(0, slots)))) }
    for pool in Set(offers.map(\.pool.name)).sorted() {
      let offer = offers.first { $0.pool.name == pool }!
      limits.append(
        SummedLimit(
          weights: offers.map { $0.pool.name == pool ? 1 : 0 },
          most: Int64(max(0, offer.pool.maximum - staying(in: pool)))))
    }
    limits += purse.summedLimits(offers, offers.map(leastCommitment))
    limits += hosts.summedLimits(offers.map(\.template.machine))
    return limits
  }

  /// A worker of the minimum may commit less or more than others do.
  private func leastCommitment(_ offer: Offer) -> Commitments.Amount {
    let (usual, minimum) = (commitments.of(offer, isMinimum: false), commitments.of(offer, isMinimum: true))
    guard staying(in: offer.pool.name) < offer.pool.minimum else { return usual }
    return Commitments.Amount(
      month: min(usual.month, minimum.month), whole: min(usual.whole, minimum.whole), hourly: usual.hourly)
  }
}

extension Purse {
  /// What is left under each cap, and what a worker of each offer takes of it.
  func summedLimits(_ offers: [Offer], _ amounts: [Commitments.Amount]) -> [SummedLimit] {
    var limits: [SummedLimit] = []
    func add(_ weights: [Int64], _ most: Money) {
      limits.append(SummedLimit(weights: weights, most: max(0, most.microunits)))
    }
    for pool in Set(offers.map(\.pool.name)).sorted() {
      guard let cap = offers.first(where: { $0.pool.name == pool })!.pool.monthlyBudget else { continue }
      let left = cap - (spentByPool[pool] ?? .zero) - (committedByPool[pool] ?? .zero)
      add(offers.indices.map { offers[$0].pool.name == pool ? amounts[$0].month.microunits : 0 }, left)
    }
    for pool in Set(offers.map(\.pool.name)).sorted() {
      guard let cap = offers.first(where: { $0.pool.name == pool })!.pool.hourlyBudget?.perHour else { continue }
      let weights = offers.indices.map { offers[$0].pool.name == pool ? amounts[$0].hourly.microunits : 0 }
      add(weights, cap - (hourByPool[pool] ?? .zero))
    }
    if let cap = money.hourlyBudget?.perHour { add(amounts.map(\.hourly.microunits), cap - hour) }
    if let cap = money.monthlyBudget { add(amounts.map(\.month.microunits), cap - spent - committed) }
    if let cap = money.burstEventMaximum, !SeededBug.ignoresBurstEvent.isOn {
      add(
        offers.indices.map { offers[$0].pool.kind == .burst ? amounts[$0].whole.microunits : 0 },
        cap - eventSpent - eventCommitted)
    }
    return limits
  }
}

extension HostRooms {
  /// All hosts' free room together.
  func summedLimits(_ machines: [Template.Machine]) -> [SummedLimit] {
    guard let rooms else { return [] }
    func sum(_ amount: (Room) -> Int64) -> Int64 {
      rooms.reduce(0) { total, room in
        let (sum, overflow) = total.addingReportingOverflow(max(0, amount(room)))
        return overflow ? .max : sum
      }
    }
    return [
      SummedLimit(weights: machines.map { Int64($0.cpuCores) }, most: sum { Int64($0.cpu) }),
      SummedLimit(weights: machines.map(\.memoryBytes), most: sum(\.memory)),
      SummedLimit(weights: machines.map(\.diskBytes), most: sum(\.storage)),
      SummedLimit(weights: machines.map { Int64($0.gpus) }, most: sum { Int64($0.gpus) }),
    ]
  }
}
