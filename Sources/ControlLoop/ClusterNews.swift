import Model
import Ports

/// What people who look at a pod or a node are told: events of the cluster, made of what was decided. Never state.
struct ClusterNews: Sendable {
  /// Events of one tick; what is not told now is told at the next.
  static let perTick = 20

  /// By the uid of each pod that waits: the code of what was told of it last.
  private var told: [String: String] = [:]

  /// The events of one decision. A pod is told of when what becomes of it changes.
  /// - Parameter happened: what the decision has written into the journal.
  mutating func events(
    of snapshot: Snapshot, report: Report, happened: [JournalEvent]
  ) -> [ClusterEvent] {
    var events = Self.onNodes(snapshot, happened)
    events = Array(events.prefix(Self.perTick))
    guard let pods = snapshot.pods.value else { return events }
    var groups: [String: PodGroupReport] = [:]
    for group in report.podGroups {
      for owner in group.owners where groups[owner] == nil { groups[owner] = group }
    }
    var next: [String: String] = [:]
    let waiting = pods.filter { $0.unschedulable && $0.node == nil && !$0.isTerminating }
    for pod in waiting.sorted(by: { $0.key < $1.key }) {
      let owner = "\(pod.key.namespace)/\(pod.ownerName ?? pod.key.name)"
      guard let group = groups[owner], let event = Self.event(on: pod, group) else {
        next[pod.uid] = told[pod.uid]
        continue
      }
      if told[pod.uid] == group.reason.code || events.count >= Self.perTick {
        next[pod.uid] = told[pod.uid]
        continue
      }
      events.append(event)
      next[pod.uid] = group.reason.code
    }
    told = next
    return events
  }

  private static func event(on pod: PodObservation, _ group: PodGroupReport) -> ClusterEvent? {
    let subject = ClusterEvent.Subject.pod(pod.key, uid: pod.uid)
    let note = [group.reason.sentence, group.reason.remedy].compactMap { $0 }.joined(separator: " ")
    switch group.outcome {
    case .newWorkers: return ClusterEvent(subject, reason: "TriggeredScaleUp", note: note)
    case .waits, .impossible: return ClusterEvent(subject, reason: "NotTriggerScaleUp", note: note)
    case .fitsExisting, .fitsUnderWay: return nil
    }
  }

  /// By the journal's code: the event's reason, and whether it is a warning.
  private static let reasons: [String: (reason: String, isWarning: Bool)] = [
    "plan_retire": ("ScaleDown", false), "drain_started": ("Draining", false), "drain_stuck": ("DrainStuck", true),
    "drain_abandoned": ("DrainAbandoned", true), "repair_started": ("Repairing", true),
  ]

  private static func onNodes(_ snapshot: Snapshot, _ happened: [JournalEvent]) -> [ClusterEvent] {
    let told = happened.filter { $0.subject == "worker" && reasons[$0.code] != nil }
    guard !told.isEmpty, let nodes = snapshot.nodes.value else { return [] }
    let uids = Dictionary(nodes.map { ($0.name.rawValue, $0.uid) }, uniquingKeysWith: { first, _ in first })
    return told.compactMap { event in
      guard let uid = uids[event.name], let known = reasons[event.code] else { return nil }
      return ClusterEvent(
        .node(NodeName(event.name), uid: uid), reason: known.reason, note: event.sentence, isWarning: known.isWarning)
    }
  }
}
