import Decision
import Lifecycle
import Logging
public import Model
public import Ports
import Synchronization

/// What the loop goes by. A reload replaces it as a whole, between two turns.
public struct Course: Sendable {
  /// How to decide.
  public var policy: Policy
  /// Whether decisions are carried out.
  public var mode: Status.Mode
  /// Where triggers' readings come from.
  public var metrics: any MetricSource
  /// Priorities by class: metrics name the class only.
  public var priorityClasses: [String: Int]
  /// How many courses there were before it: what was looked up for one is not decided upon by another.
  var number = 0

  /// A course of these parts.
  public init(
    policy: Policy, mode: Status.Mode, metrics: any MetricSource, priorityClasses: [String: Int] = [:]
  ) {
    self.policy = policy
    self.mode = mode
    self.metrics = metrics
    self.priorityClasses = priorityClasses
  }
}

extension ControlLoop {
  var policy: Policy { present.policy }
  var present: Course { course.withLock { $0 } }

  /// Follows another course from the next decision on, which it calls for. A tick that is under way decides nothing any
  /// more; what it has begun to carry out is in the journal and goes on.
  ///
  /// Hold times of triggers whose condition is the same go on, by the triggers' names.
  public func follow(_ next: Course) async {
    await turn.take {
      course.withLock { course in
        var next = next
        next.number = course.number + 1
        course = next
      }
      meter.prepare(for: next.policy)
    }
    call()
  }

  /// Tells of an event that no change of workers comes with. Whoever leads writes it into the journal; one that cannot be
  /// written is told all the same.
  public func tell(_ event: JournalEvent) async {
    guard Standing(parts.leadership).mayAct else { return tell([event]) }
    do {
      try await turn.take {
        _ = try await settled(now: parts.time.now())
        var entry = JournalEntry()
        entry.events = [event]
        try await commit(entry)
      }
    } catch {
      parts.logger.warning("event not written", metadata: ["code": "\(event.code)", "error": "\(error)"])
      tell([event])
    }
  }

  /// Workers whose pool a policy does not have, by pool and sorted: they stay until they expire or are removed.
  public func workersWithoutPool(in policy: Policy) -> [(pool: PoolName, workers: Int)] {
    let pools = Set(policy.pools.map(\.name))
    let left = state.withLock { $0.workers }.filter { $0.state != .terminated && !pools.contains($0.pool) }
    return Dictionary(grouping: left, by: \.pool).map { (pool: $0.key, workers: $0.value.count) }
      .sorted { $0.pool < $1.pool }
  }
}
