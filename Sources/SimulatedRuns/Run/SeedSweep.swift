import Model
import Dispatch
import Synchronization

/// Many runs, one a seed, on several threads.
public struct SeedSweep: Sendable {
  public var firstSeed: UInt64
  public var count: Int
  /// Days of each run.
  public var days: Int
  /// `nil`: in turn, mostly swarm: one in ten runs is wild, one calm.
  public var profile: RunProfile?
  /// Runs at once.
  public var jobs: Int

  public init(firstSeed: UInt64, count: Int, days: Int, profile: RunProfile? = nil, jobs: Int = 1) {
    self.firstSeed = firstSeed
    self.count = count
    self.days = days
    self.profile = profile
    self.jobs = jobs
  }

  /// The profile of a seed.
  public static func profile(of seed: UInt64) -> RunProfile {
    switch seed % 10 {
    case 3: .calm
    case 7: .wild
    default: .swarm
    }
  }

  /// What came of all runs together.
  public struct Result: Sendable {
    public var runs = 0
    public var days = 0.0
    public var events = 0
    public var decisions = 0
    public var starts = 0
    /// Seeds that broke a promise, with what was broken first; sorted by seed.
    public var failures: [(seed: UInt64, profile: RunProfile, violation: Violation)] = []
    /// Of all runs' digests, in the order of seeds.
    public var digest = ""
  }

  /// Runs them.
  /// - Parameter goesOn: told after each run of the share that is done and of what there is so far, from several threads but
  ///   never from two at once; `false` ends the sweep.
  public func run(_ goesOn: @escaping @Sendable (Double, Result) -> Bool = { _, _ in true }) -> Result {
    struct State {
      var next = 0
      var isOver = false
      var result = Result()
      var digests: [Int: String] = [:]
    }
    final class Shared: Sendable { let state = Mutex(State()) }
    let shared = Shared()
    DispatchQueue.concurrentPerform(iterations: max(1, jobs)) { _ in
      while let index = shared.state.withLock({ state -> Int? in
        guard !state.isOver, state.next < count else { return nil }
        defer { state.next += 1 }
        return state.next
      }) {
        let seed = firstSeed &+ UInt64(index)
        let profile = self.profile ?? Self.profile(of: seed)
        let outcome = SimulatedRun(Scene.draw(seed: seed, days: days, profile: profile)).run { _ in
          !shared.state.withLock { $0.isOver }
        }
        shared.state.withLock { state in
          guard outcome.isWhole else { return }
          state.result.runs += 1
          state.result.days += outcome.days
          state.result.events += outcome.events
          state.result.decisions += outcome.decisions
          state.result.starts += outcome.starts
          state.digests[index] = outcome.digest
          if let first = outcome.violations.first { state.result.failures.append((seed, profile, first)) }
          if !goesOn(Double(state.result.runs) / Double(count), state.result) { state.isOver = true }
        }
      }
    }
    return shared.state.withLock { state in
      var result = state.result
      result.failures.sort { $0.seed < $1.seed }
      var log = RunLog()
      for index in state.digests.keys.sorted() { log.fold(state.digests[index] ?? "") }
      result.digest = log.digest
      return result
    }
  }
}
