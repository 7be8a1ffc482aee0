import Model

extension ChoiceRun {
  /// Different workers that are compared pairwise.
  static let comparedBundles = 48
  /// Questions to the limits while one set is made better.
  private static let questions = 64

  /// Makes workers smaller, empties them into others, and merges pairs, until nothing gets better.
  func tidied(_ arrangement: Arrangement) -> Arrangement {
    var current = arrangement
    for _ in 0..<4 {
      var next = downsized(current)
      if next.bundles.count <= Self.comparedBundles { next = merged(emptied(next)) }
      guard next.isBetter(than: current, problem) else { break }
      current = next
    }
    return current
  }

  /// Each worker as the cheapest kind that holds the same pods.
  ///
  /// The limits are asked once for all changes together, and for each one only if that fails.
  private func downsized(_ arrangement: Arrangement) -> Arrangement {
    let all = downsized(arrangement) { _ in true }
    if isAllowed(all.counts(problem)) { return all }
    var questions = Self.questions
    return downsized(arrangement) { counts in
      questions -= 1
      return questions >= 0 && isAllowed(counts)
    }
  }

  private func downsized(_ arrangement: Arrangement, _ isAllowed: ([Int]) -> Bool) -> Arrangement {
    var current = arrangement
    var counts = current.counts(problem)
    for index in current.bundles.indices.reversed() {
      let bundle = current.bundles[index]
      for kind in cheapFirst(upTo: problem.kinds[bundle.worker.kind].price - 1) {
        guard let smaller = problem.packed(bundle.worker.shares, kind: kind) else { continue }
        counts[kind] += bundle.times
        counts[bundle.worker.kind] -= bundle.times
        if isAllowed(counts) {
          current.bundles[index].worker = smaller
          break
        }
        counts[kind] -= bundle.times
        counts[bundle.worker.kind] += bundle.times
      }
    }
    return current
  }

  private func cheapFirst(upTo price: Int64) -> ArraySlice<Int> {
    var count = 0
    while count < kindsByPrice.count && problem.kinds[kindsByPrice[count]].price <= price { count += 1 }
    return kindsByPrice.prefix(count)
  }

  /// Does without a worker whose pods all fit into the others' room.
  private func emptied(_ arrangement: Arrangement) -> Arrangement {
    var current = arrangement
    var index = current.bundles.count - 1
    while index >= 0 {
      var others = current
      let removed = others.bundles[index].worker
      others.bundles[index].times -= 1
      if others.bundles[index].times == 0 { others.bundles.remove(at: index) }
      if spread(removed.shares, over: &others.bundles) { current = others }
      index -= 1
    }
    return current
  }

  private func spread(_ shares: [PackingProblem.Share], over bundles: inout [Arrangement.Bundle]) -> Bool {
    for share in shares {
      var left = share.pods
      var index = 0
      while index < bundles.count && left > 0 {
        let pods = problem.capacity(bundles[index].worker, share.group, atMost: left)
        if pods > 0 {
          if bundles[index].times > 1 {
            bundles[index].times -= 1
            bundles.append(Arrangement.Bundle(worker: bundles[index].worker, times: 1))
            problem.place(pods, of: share.group, on: &bundles[bundles.count - 1].worker)
          } else {
            problem.place(pods, of: share.group, on: &bundles[index].worker)
            index += 1
          }
          left -= pods
        } else {
          index += 1
        }
      }
      if left > 0 { return false }
    }
    return true
  }

  /// Two workers as one that costs less, or as much with one worker fewer.
  private func merged(_ arrangement: Arrangement) -> Arrangement {
    var current = arrangement
    var questions = Self.questions
    var first = 0
    while first < current.bundles.count {
      var second = first
      while second < current.bundles.count {
        if let next = merge(first, second, current, &questions) {
          current = next
          second = first
          if first >= current.bundles.count { break }
        } else {
          second += 1
        }
      }
      first += 1
    }
    return current
  }

  private func merge(_ first: Int, _ second: Int, _ current: Arrangement, _ questions: inout Int) -> Arrangement? {
    let (left, right) = (current.bundles[first], current.bundles[second])
    let times = first == second ? left.times / 2 : min(left.times, right.times)
    guard times > 0 else { return nil }
    let price = problem.kinds[left.worker.kind].price + problem.kinds[right.worker.kind].price
    var together = left.worker.shares
    for share in right.worker.shares {
      if let index = together.firstIndex(where: { $0.group == share.group }) {
        together[index].pods += share.pods
      } else {
        together.append(share)
      }
    }
    for kind in cheapFirst(upTo: price) {
      guard let worker = problem.packed(together, kind: kind) else { continue }
      var changed = current
      changed.bundles[first].times -= times
      changed.bundles[second].times -= times
      changed.bundles.append(Arrangement.Bundle(worker: worker, times: times))
      changed.bundles.removeAll { $0.times == 0 }
      guard changed.isBetter(than: current, problem) else { continue }
      questions -= 1
      if questions >= 0 && isAllowed(changed.counts(problem)) { return changed }
    }
    return nil
  }
}
