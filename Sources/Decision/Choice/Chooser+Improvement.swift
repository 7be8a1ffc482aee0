import Model

extension Chooser {
  /// Makes workers smaller, empties them into others, and merges pairs, until nothing gets cheaper.
  func improved(_ solution: Solution) -> Solution {
    guard solution.workers.count <= Self.improvedWorkers else { return downsized(solution) }
    var current = solution
    for _ in 0..<4 {
      let next = merged(emptied(downsized(current)))
      guard next.isBetter(than: current, problem) else { break }
      current = next
    }
    return current
  }

  /// Each worker, from the last on, as the cheapest kind that holds the same pods.
  ///
  /// The limits are asked once for all changes together, and for each one only if that fails.
  private func downsized(_ solution: Solution) -> Solution {
    let all = downsized(solution) { _ in true }
    return isAllowed(all.workers.map(\.kind)) ? all : downsized(solution) { isAllowed($0.map(\.kind)) }
  }

  private func downsized(_ solution: Solution, _ isAllowed: ([PackingProblem.Packed]) -> Bool) -> Solution {
    var current = solution
    let last = solution.workers.indices.suffix(Self.improvedWorkers)
    for index in last.reversed() {
      let worker = current.workers[index]
      for kind in cheaper(than: problem.kinds[worker.kind].price) {
        guard let free = problem.fits(worker.shares, kind: kind) else { continue }
        var changed = current.workers
        changed[index] = PackingProblem.Packed(kind: kind, shares: worker.shares, free: free)
        guard isAllowed(changed) else { continue }
        current.workers = changed
        break
      }
    }
    return current
  }

  private func cheaper(than price: Int64) -> [Int] {
    problem.kinds.indices.filter { problem.kinds[$0].price < price }
      .sorted { (problem.kinds[$0].price, $0) < (problem.kinds[$1].price, $1) }
  }

  /// Does without a worker whose pods all fit into the others' room.
  private func emptied(_ solution: Solution) -> Solution {
    var current = solution
    var index = current.workers.count - 1
    while index >= 0 {
      var others = current.workers
      let removed = others.remove(at: index)
      if spread(removed.shares, over: &others) { current.workers = others }
      index -= 1
    }
    return current
  }

  private func spread(_ shares: [PackingProblem.Share], over workers: inout [PackingProblem.Packed]) -> Bool {
    for share in shares {
      var left = share.pods
      for index in workers.indices where left > 0 && problem.allowed[share.group][workers[index].kind] {
        let pods = workers[index].free.capacity(for: problem.rows[share.group], atMost: left)
        guard pods > 0 else { continue }
        workers[index].free.take(problem.rows[share.group], times: pods)
        workers[index].shares.append(PackingProblem.Share(group: share.group, pods: pods))
        left -= pods
      }
      if left > 0 { return false }
    }
    return true
  }

  /// Two workers as one that costs less, or as much with one worker fewer.
  private func merged(_ solution: Solution) -> Solution {
    var current = solution
    var first = 0
    while first < current.workers.count {
      var second = first + 1
      while second < current.workers.count {
        let (left, right) = (current.workers[first], current.workers[second])
        let price = problem.kinds[left.kind].price + problem.kinds[right.kind].price
        let shares = left.shares + right.shares
        let kinds = problem.kinds.indices.filter { problem.kinds[$0].price <= price }
          .sorted { (problem.kinds[$0].price, $0) < (problem.kinds[$1].price, $1) }
        var changed = current
        changed.workers.remove(at: second)
        for kind in kinds {
          guard let free = problem.fits(shares, kind: kind) else { continue }
          changed.workers[first] = PackingProblem.Packed(kind: kind, shares: shares, free: free)
          guard changed.isBetter(than: current, problem), isAllowed(changed.workers.map(\.kind)) else { continue }
          current = changed
          second = first
          break
        }
        second += 1
      }
      first += 1
    }
    return current
  }
}
