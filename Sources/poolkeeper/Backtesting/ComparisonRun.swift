import Backtest
import ControlLoop
import Model
import Synchronization

/// Replays a history under several policies at once, each on a thread of its own, and works out the floor beside them.
struct ComparisonRun: Sendable {
  let history: History
  let contestants: [Contestant]
  let setting: ReplaySetting

  /// - Parameter cores: replays at one time.
  func run(
    cores: Int, _ progress: Progress, shares: ClosedRange<Double>
  ) async -> BacktestComparison {
    let done = Mutex(Array(repeating: 0.0, count: contestants.count + 1))
    let width = shares.upperBound - shares.lowerBound
    let proceeds: @Sendable (Int, Double) -> Bool = { part, share in
      let all = done.withLock { done in
        done[part] = share
        return done.reduce(0, +) / Double(done.count)
      }
      progress.update(share: shares.lowerBound + width * all, note: "replaying")
      return !progress.isInterrupted
    }
    let results = Mutex([Int: BacktestResult]())
    let floor = Mutex(CostFloor?.none)
    let parts = 0...contestants.count
    let replay: @Sendable (Int) -> Void = { part in
      // What has not begun has nothing to tell.
      guard !progress.isInterrupted else { return }
      if part < contestants.count {
        let result = Backtest.replay(history, under: contestants[part], setting: setting) { proceeds(part, $0) }
        results.withLock { $0[part] = result }
      } else if let first = contestants.first {
        let found = Backtest.floor(history, policy: first.policy, setting: setting) { proceeds(part, $0) }
        floor.withLock { $0 = found }
      }
      _ = proceeds(part, 1)
    }
    await withTaskGroup(of: Void.self) { group in
      for part in parts.prefix(max(1, cores)) { group.addTask { replay(part) } }
      for part in parts.dropFirst(max(1, cores)) {
        await group.next()
        group.addTask { replay(part) }
      }
      await group.waitForAll()
    }
    let all = results.withLock { results in results.keys.sorted().map { results[$0]! } }
    return BacktestComparison(
      facts: HistoryFacts(history), currency: contestants.first?.policy.money.currency ?? "USD", results: all,
      floor: floor.withLock { $0 })
  }
}
