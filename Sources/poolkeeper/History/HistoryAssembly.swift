import Backtest
import ControlLoop
import Foundation
import Model
import Ports

/// Answers about windows of time, one after another, become a history. Pure: the same answers give the same history.
///
/// What it holds grows with the pods that there ever were, not with how long they are watched.
struct HistoryAssembly {
  /// What was answered about one window.
  struct Window {
    var start: Instant
    var end: Instant
    /// What is missing was not asked, or could not be answered.
    var answers: [HistoryQuestion: [MetricElement]] = [:]
    /// Instants at which any pod was told.
    var present: [Instant] = []
  }

  /// A pod in the making.
  private struct Draft {
    var pod: PodObservation
    var created: Instant?
    var scheduled: Instant?
    var started: Instant?
    var completed: Instant?
    var deletion: Instant?
    var lastSeen: Instant
  }

  /// What a pod uses, over the windows in which it was seen to use anything.
  private struct Use {
    var cores = 0.0
    var windows = 0.0
  }

  /// Pods of one history; beyond it a shorter time is to be chosen.
  static let mostPods = 2_000_000
  /// Between two looks at whether any pod is told.
  static let presenceStep: Duration = .minutes(5)
  /// Of pods and nodes whose use nobody tells.
  static let usualUse = 0.5
  /// What is there until it is taken away, wherever it runs.
  private static let serviceKinds: Set<String> = [
    "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Deployment", "Node",
  ]

  private let names: MetricNames
  private let priorityClasses: [String: Int]
  private var drafts: [String: Draft] = [:]
  private var use: [PodKey: Use] = [:]
  private var nodeUse = Use()
  /// Questions to which there ever was an answer.
  private var told: Set<HistoryQuestion> = []
  private var present: [Instant] = []
  private var readings: [TriggerName: [Reading]] = [:]
  private var notes: [String] = []
  private(set) var end: Instant
  let start: Instant

  /// - Parameters:
  ///   - start: of the history.
  ///   - policy: names the labels and devices that metrics spell otherwise.
  init(from start: Instant, policy: Policy, priorityClasses: [String: Int]) {
    self.start = start
    end = start
    names = MetricNames(policy)
    self.priorityClasses = priorityClasses
  }

  var podCount: Int { drafts.count }

  /// A sentence that goes with the history.
  mutating func note(_ sentence: String) {
    if !notes.contains(sentence) { notes.append(sentence) }
  }

  // MARK: - Taking in

  /// - Throws: `ClusterMetrics.Fault` when values are none that there can be.
  mutating func add(_ window: Window) throws(ClusterMetrics.Fault) {
    end = max(end, window.end)
    present += window.present
    for (question, elements) in window.answers where !elements.isEmpty { told.insert(question) }
    var answers: ClusterMetrics.Answers = [:]
    for family in HistoryQuestion.facts {
      answers[family] = .known(window.answers[.fact(family)] ?? [], at: window.end)
    }
    guard window.answers[.fact(.podInfo)]?.isEmpty == false else { return }
    var seen: [String: Instant] = [:]
    for element in window.answers[.lastSeen] ?? [] {
      let identity = PodsFromMetrics.identity(of: element.labels)
      seen[identity] = max(seen[identity] ?? .epoch, Self.instant(element.value))
    }
    for (identity, pod) in try PodsFromMetrics(answers, names, priorityClasses).everyPod() {
      take(pod, identity, lastSeen: seen[identity] ?? window.end)
    }
    each(.podCreated, window) { $0.created = $1 }
    each(.podScheduled, window) { $0.scheduled = $1 }
    each(.podStarted, window) { $0.started = $1 }
    each(.podCompleted, window) { $0.completed = $1 }
    each(.podDeleted, window) { $0.deletion = $1 }
    for element in window.answers[.finished] ?? [] {
      let identity = PodsFromMetrics.identity(of: element.labels)
      let at = Self.instant(element.value)
      if let known = drafts[identity]?.completed, known <= at { continue }
      drafts[identity]?.completed = at
    }
    for element in window.answers[.fact(.podOwner)] ?? [] {
      let identity = PodsFromMetrics.identity(of: element.labels)
      let kind = element.labels["owner_kind"] ?? ""
      guard !kind.isEmpty, kind != "<none>", drafts[identity]?.pod.ownerKind == nil else { continue }
      drafts[identity]?.pod.ownerKind = kind
      drafts[identity]?.pod.ownerName = element.labels["owner_name"]
      drafts[identity]?.pod.isMirror = kind == "Node"
    }
    takeUse(window)
  }

  /// Readings of one trigger in the order of time, after those that are there.
  mutating func add(_ more: [Reading], of trigger: TriggerName) {
    readings[trigger, default: []] += more
  }

  private mutating func take(_ pod: PodObservation, _ identity: String, lastSeen: Instant) {
    guard var draft = drafts[identity] else {
      drafts[identity] = Draft(pod: pod, lastSeen: lastSeen)
      return
    }
    var pod = pod
    // A scrape that failed at the window's end must not take away what was known.
    if pod.requests == .zero { pod.requests = draft.pod.requests }
    if pod.labels.isEmpty { pod.labels = draft.pod.labels }
    if pod.nodeSelector.isEmpty { pod.nodeSelector = draft.pod.nodeSelector }
    if pod.tolerations.isEmpty { pod.tolerations = draft.pod.tolerations }
    if pod.ownerKind == nil {
      (pod.ownerKind, pod.ownerName, pod.isMirror) = (draft.pod.ownerKind, draft.pod.ownerName, draft.pod.isMirror)
    }
    pod.node = pod.node ?? draft.pod.node
    draft.pod = pod
    draft.lastSeen = max(draft.lastSeen, lastSeen)
    drafts[identity] = draft
  }

  /// Times that a family tells as its value, in Unix seconds.
  private mutating func each(
    _ family: ClusterMetrics.Family, _ window: Window, _ body: (inout Draft, Instant) -> Void
  ) {
    for element in window.answers[.fact(family)] ?? [] where element.value > 0 {
      let identity = PodsFromMetrics.identity(of: element.labels)
      guard var draft = drafts[identity] else { continue }
      body(&draft, Self.instant(element.value))
      drafts[identity] = draft
    }
  }

  private mutating func takeUse(_ window: Window) {
    for element in window.answers[.podUse] ?? [] where element.value.isFinite && element.value >= 0 {
      let key = PodKey(namespace: element.namespace, name: element.subject("pod"))
      use[key, default: Use()].cores += element.value
      use[key, default: Use()].windows += 1
    }
    if let share = window.answers[.nodeUse]?.first?.value, share.isFinite, share >= 0 {
      nodeUse.cores += share
      nodeUse.windows += 1
    }
  }

  private static func instant(_ seconds: Double) -> Instant {
    guard seconds.isFinite, seconds.magnitude < 1e13 else { return .epoch }
    return Instant(milliseconds: Int64((seconds * 1000).rounded()))
  }

  // MARK: - The outcome

  /// The history so far.
  /// - Parameter source: where it comes from, for people.
  func history(source: String) -> History {
    var pods: [RecordedPod] = []
    var (withoutTime, ofNodes) = (0, 0)
    for identity in drafts.keys.sorted() {
      let draft = drafts[identity]!
      if draft.pod.belongsToNode {
        ofNodes += 1
        continue
      }
      guard let created = draft.created else {
        withoutTime += 1
        continue
      }
      if let pod = recorded(draft, created: created) { pods.append(pod) }
    }
    pods.sort { ($0.createdAt, $0.pod.key) < ($1.createdAt, $1.pod.key) }
    var history = History(source: source, start: start, end: end, pods: pods)
    history.readings = readings
    history.untold = notes + untold(withoutTime: withoutTime, ofNodes: ofNodes)
    return history
  }

  /// `nil` for a pod that was over before the history begins, or came after it ended.
  private func recorded(_ draft: Draft, created: Instant) -> RecordedPod? {
    // What was there before comes when the history begins.
    let from = max(created, start)
    let isGone = draft.lastSeen.advanced(by: Self.presenceStep) < end
    let gone: Instant? = isGone ? draft.deletion.map { min($0, draft.lastSeen) } ?? draft.lastSeen : nil
    let finished = draft.completed
    if from > end { return nil }
    if let over = [gone, finished].compactMap({ $0 }).min(), over <= start { return nil }
    var pod = draft.pod
    pod.createdAt = from
    pod.node = nil
    pod.phase = .pending
    pod.unschedulable = true
    var record = RecordedPod(pod: pod, createdAt: from)
    record.cpuUse = share(of: draft.pod)
    if pod.ownerKind.map(Self.serviceKinds.contains) == true {
      // An evicted pod stays listed and takes no room any more.
      record.deletedAt = [gone, finished].compactMap { $0 }.min()
      return record
    }
    let began = (draft.scheduled ?? draft.started).map { max($0, from) }
    if let finished {
      record.runsFor = max(.seconds(1), finished - (began ?? from))
    } else if let gone, let began {
      record.runsFor = max(.seconds(1), gone - began)
    } else {
      record.deletedAt = gone
    }
    return record
  }

  private func share(of pod: PodObservation) -> Double {
    let asked = Double(pod.requests.cpuMillicores) / 1000
    if let use = use[pod.key], use.windows > 0, asked > 0 { return min(1, max(0, use.cores / use.windows / asked)) }
    if nodeUse.windows > 0 { return min(1, max(0, nodeUse.cores / nodeUse.windows)) }
    return Self.usualUse
  }
}

// MARK: - What is not known

extension HistoryAssembly {
  /// Sentences in an order that does not change.
  private func untold(withoutTime: Int, ofNodes: Int) -> [String] {
    func lacks(_ family: ClusterMetrics.Family) -> Bool { !told.contains(.fact(family)) }
    var sentences = [
      "Metrics tell no affinities, topology spread, host ports, volumes and scheduling gates: pods that had any are "
        + "placed without them.",
      "Pods that were there before the history begins come at its beginning.",
    ]
    if ofNodes > 0 {
      sentences.append(
        "\(ofNodes) pods of DaemonSets and static pods are left out: they came and went with the nodes that there were."
      )
    }
    if withoutTime > 0 {
      sentences.append("\(withoutTime) pods are left out, of which kube_pod_created tells no time.")
    }
    let missing: [(ClusterMetrics.Family, String)] = [
      (.podInitRequests, "what init containers ask for is not known"),
      (.podTolerations, "no pod tolerates a taint"),
      (
        .podNodeSelectors,
        "no pod has a node selector: let kube-state-metrics run with --metric-opt-in-list=kube_pod_nodeselectors"
      ),
      (
        .podLabels, "no pod has labels: let kube-state-metrics run with --metric-labels-allowlist=pods=[*]"
      ),
      (.podScheduled, "how long work ran is counted from when the kubelet took it, or from its creation"),
    ]
    sentences += missing.filter { lacks($0.0) }.map { "\($0.0.rawValue) is not there, so that \($0.1)." }
    if lacks(.podCompleted) {
      sentences.append(
        "kube_pod_completion_time is not there: when work ended is known to the minute, by its phase, where that is told."
      )
    }
    if !told.contains(.podUse) {
      sentences.append(
        told.contains(.nodeUse)
          ? "container_cpu_usage_seconds_total is not there: each pod is taken to use the share of its request that all "
            + "nodes together were busy with."
          : "Neither container_cpu_usage_seconds_total nor node_cpu_seconds_total is there: each pod is taken to use "
            + "half of the CPU that it asks for.")
    }
    return sentences + holes()
  }

  /// The longest times without any data, and how many more there are.
  private func holes() -> [String] {
    var holes: [(from: Instant, length: Duration)] = []
    var last = start
    for at in present.sorted() + [end] {
      if at - last > Self.presenceStep * 2 { holes.append((last, at - last)) }
      last = at
    }
    guard !holes.isEmpty else { return [] }
    let shown = holes.sorted { ($1.length, $0.from) < ($0.length, $1.from) }.prefix(3)
    let list = shown.map { "\($0.length.text) from \($0.from)" }.joined(separator: ", ")
    let more = holes.count > 3 ? " and \(holes.count - 3) shorter ones" : ""
    return [
      "There is no data for \(list)\(more): pods that went meanwhile are taken to have gone when that began."
    ]
  }
}
