import Model

extension ChoiceRun {
  /// Workers that are looked at one by one; of more, only those of which there are fewest.
  private static let recreatedWorkers = 400
  private static let recreationWork = 6_000_000

  /// Takes a few workers away and builds others for their pods, again and again, where that costs less.
  ///
  /// Which ones is drawn from a fixed seed, so that the same problem has the same solution.
  mutating func recreate() {
    guard best.workerCount > 1 else { return }
    var random = SplitMix()
    let (fixed, all) = loosened()
    var loose = all
    guard loose.count > 1 else { return }
    var work = 0
    var idle = 0
    let worth = relaxation.worth
    var counts = Array(repeating: 0, count: problem.rows.count)
    while work < Self.recreationWork && idle < 40 * loose.count + 200 {
      idle += 1
      let chosen = choose(loose, worth, &random)
      var groups: [Int] = []
      var shares = 0
      for index in chosen {
        for share in loose[index].shares {
          if counts[share.group] == 0 { groups.append(share.group) }
          counts[share.group] += share.pods
          shares += 1
        }
      }
      groups.sort()
      work += shares * relaxation.classes.count * chosen.count * 8 + 100
      let built = rebuilt(&counts, groups, worth, &random)
      for group in groups { counts[group] = 0 }
      guard let built else { continue }
      let before = chosen.map { loose[$0] }
      let (old, new) = (Rank(before, problem), Rank(built, problem))
      guard new.price < old.price || (new.price == old.price && built.count <= before.count) else { continue }
      let isOther = new.price < old.price || built.count < before.count || kinds(built) != kinds(before)
      replace(chosen, in: &loose, by: built)
      guard isOther else { continue }
      // All else stays as it is, so that these workers alone decide.
      var changed = fixed
      if new < old { changed.bundles += loose.map { Arrangement.Bundle(worker: $0, times: 1) } }
      if new < old, isAllowed(changed.counts(problem)) {
        best = changed
        idle = 0
        if isProven { return }
      } else {
        replace(Array((loose.count - built.count)..<loose.count), in: &loose, by: before)
      }
    }
    offer(tidied(best))
  }

  /// Takes workers out and puts others at the end.
  private func replace(
    _ chosen: [Int], in workers: inout [PackingProblem.Packed], by others: [PackingProblem.Packed]
  ) {
    for index in chosen.sorted(by: >) {
      workers.swapAt(index, workers.count - 1)
      workers.removeLast()
    }
    workers += others
  }

  /// Workers that stay, and those that may be built anew.
  private func loosened() -> (Arrangement, [PackingProblem.Packed]) {
    var fixed = Arrangement(unserved: best.unserved)
    var loose: [PackingProblem.Packed] = []
    for bundle in best.bundles.sorted(by: { $0.times < $1.times }) {
      let taken = min(bundle.times, 8, Self.recreatedWorkers - loose.count)
      for _ in 0..<taken { loose.append(bundle.worker) }
      if taken < bundle.times {
        fixed.bundles.append(Arrangement.Bundle(worker: bundle.worker, times: bundle.times - taken))
      }
    }
    return (fixed, loose)
  }

  /// What decides between two sets of workers that hold the same pods, but for their names. See `Solution.isBetter`.
  private struct Rank: Comparable {
    var price: Int64 = 0
    var permanent = 0
    var workers = 0
    var room: Int64 = 0

    init(_ workers: [PackingProblem.Packed], _ problem: PackingProblem) {
      self.workers = workers.count
      for worker in workers {
        price += problem.kinds[worker.kind].price
        if !problem.kinds[worker.kind].offer.pool.isTemporary { permanent += 1 }
        room += worker.free.first ?? 0
      }
    }

    static func < (left: Rank, right: Rank) -> Bool {
      if left.price != right.price { return left.price < right.price }
      if left.permanent != right.permanent { return left.permanent < right.permanent }
      return left.workers != right.workers ? left.workers < right.workers : left.room > right.room
    }
  }

  private func kinds(_ workers: [PackingProblem.Packed]) -> [Int] { workers.map(\.kind).sorted() }

  /// Two to four workers, the first one rather one that is paid for without being used.
  private func choose(_ loose: [PackingProblem.Packed], _ worth: [Double], _ random: inout SplitMix) -> [Int] {
    func waste(_ index: Int) -> Double {
      let used = loose[index].shares.reduce(0) { $0 + worth[$1.group] * Double($1.pods) }
      return Double(problem.kinds[loose[index].kind].price) - used
    }
    var first = random.below(loose.count)
    for _ in 0..<2 {
      let other = random.below(loose.count)
      if waste(other) > waste(first) { first = other }
    }
    var chosen = [first]
    let wanted = min(loose.count, 2 + random.below(4))
    while chosen.count < wanted {
      let next = random.below(loose.count)
      if !chosen.contains(next) { chosen.append(next) }
    }
    return chosen
  }

  /// Workers for these pods, built by chance; `nil` when some find none. Counts down what it places.
  private func rebuilt(
    _ remaining: inout [Int], _ all: [Int], _ worth: [Double], _ random: inout SplitMix
  ) -> [PackingProblem.Packed]? {
    var groups = all
    // Mostly large before small, but not always the same way.
    for index in groups.indices.dropLast() where random.below(4) == 0 { groups.swapAt(index, index + 1) }
    var built: [PackingProblem.Packed] = []
    for head in groups {
      while remaining[head] > 0 {
        guard let worker = chosen(head, groups, remaining, worth, &random) else { return nil }
        for share in worker.shares { remaining[share.group] -= share.pods }
        built.append(worker)
        if built.count > 12 { return nil }
      }
    }
    return built
  }

  private func chosen(
    _ head: Int, _ groups: [Int], _ remaining: [Int], _ worth: [Double], _ random: inout SplitMix
  ) -> PackingProblem.Packed? {
    var best: (worker: PackingProblem.Packed, score: Double)?
    for known in relaxation.classes where problem.isAllowed(head, known.first) {
      var worker = problem.empty(known.first)
      for group in [head] + groups where remaining[group] > 0 && (group == head) == worker.shares.isEmpty {
        let pods = problem.capacity(worker, group, atMost: remaining[group])
        if pods > 0 { problem.place(pods, of: group, on: &worker) }
      }
      let value = worker.shares.reduce(0) { $0 + worth[$1.group] * Double($1.pods) }
      let score = Double(problem.kinds[known.first].price) / max(1e-12, value) * (1 + 0.1 * random.fraction())
      if score < best?.score ?? .infinity { best = (worker, score) }
    }
    return best?.worker
  }
}

/// Numbers from a constant seed.
struct SplitMix {
  private var state: UInt64 = 0x5EED

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// 0 ..< `count`.
  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

  /// 0 ..< 1.
  mutating func fraction() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}
