import ControlLoop
import Model

/// What a metric source is asked about a window of time: one value for each series, at the window's end.
///
/// A window is asked for by ranges inside the expression instead of by many steps, so that what comes over the network is
/// a few values for each pod that was there, however long the window.
enum HistoryQuestion: Hashable, Sendable {
  /// What an object's series last said.
  case fact(ClusterMetrics.Family)
  /// Unix seconds of the last sample of each pod.
  case lastSeen
  /// Unix seconds at which each pod was first seen to have finished.
  case finished
  /// Cores that each pod used on average while it ran.
  case podUse
  /// The share of what all pods request that the nodes were busy with.
  case nodeUse

  /// In the order in which they are asked: what everything else rests on first.
  static let all: [HistoryQuestion] =
    facts.map(HistoryQuestion.fact) + [.lastSeen, .finished, .podUse, .nodeUse]

  /// Families whose series last as long as their pod does.
  static let facts: [ClusterMetrics.Family] = [
    .podInfo, .podCreated, .podRequests, .podInitRequests, .podInitInfo, .podOverheadCPU, .podOverheadMemory,
    .podTolerations, .podLabels, .podNodeSelectors, .podOwner, .podScheduled, .podStarted, .podCompleted, .podDeleted,
  ]

  /// Without these there is no history.
  var isRequired: Bool {
    switch self {
    case .fact(.podInfo), .fact(.podCreated), .fact(.podRequests), .lastSeen: true
    default: false
    }
  }

  /// How often the inside of a window is looked at.
  static let resolution: Duration = .seconds(60)

  /// - Parameter window: how long it is.
  func expression(over window: Duration) -> String {
    let range = "\(max(window.milliseconds / 1000, 1))s"
    let steps = "\(range):\(Self.resolution.milliseconds / 1000)s"
    switch self {
    case .fact(let family): return "last_over_time(\(family.expression)[\(range)])"
    case .lastSeen: return "last_over_time(timestamp(\(ClusterMetrics.Family.podInfo.rawValue))[\(steps)])"
    case .finished:
      let phase = #"kube_pod_status_phase{phase=~"Succeeded|Failed"} == 1"#
      return "min_over_time((time() * (\(phase)))[\(steps)])"
    case .podUse:
      // Of each container: what does not belong to one is counted by its containers already.
      let use = #"rate(container_cpu_usage_seconds_total{container!="",container!="POD"}[5m])"#
      return "sum by (namespace, pod) (avg_over_time(\(use)[\(range):5m]))"
    case .nodeUse:
      let busy = #"sum(rate(node_cpu_seconds_total{mode!~"idle|iowait|steal"}[5m]))"#
      let asked = #"sum(kube_pod_container_resource_requests{resource="cpu"})"#
      return "avg_over_time((\(busy) / \(asked))[\(range):5m])"
    }
  }
}
