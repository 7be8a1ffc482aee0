import Model
import Ports
import Synchronization

/// Looks at a cluster through its metrics, no more often than they change: reading every pod's series at each tick would
/// cost a large cluster much and tell nothing new.
final class ClusterReader: Sendable {
  private let last = Mutex<WorldView?>(nil)

  /// The view of `now`, or an earlier one that is younger than half the interval at which samples come. What is not
  /// known is asked for again at once.
  func look(
    through source: any MetricSource, at now: Instant, policy: Policy, priorityClasses: [String: Int]
  ) async -> WorldView {
    let limit = policy.pace.expectedSampleInterval / 2
    if let view = last.withLock({ $0 }), case .known(_, let nodesAt) = view.nodes,
      case .known(_, let podsAt) = view.pods,
      now >= nodesAt, now - nodesAt < limit, now - podsAt < limit
    {
      return view
    }
    let answers = await ClusterMetrics.read(from: source, at: now)
    let view = ClusterMetrics.view(answers, policy: policy, priorityClasses: priorityClasses)
    last.withLock { $0 = view }
    return view
  }
}
