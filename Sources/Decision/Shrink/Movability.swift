import Model

/// What nodes and pods say about being left alone, in the words of operators and of other autoscalers.
///
/// docs/lifecycle.md has the same rules as a table. They hold for what goes by choice: expiry, failure, budgets and
/// operators' orders do not ask.
enum Movability {
  static let scaleDownDisabled = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
  static let doNotDisrupt = "karpenter.sh/do-not-disrupt"
  static let safeToEvict = "cluster-autoscaler.kubernetes.io/safe-to-evict"
  /// Taints by which other autoscalers say that they are taking a node away.
  static let foreignTaints = ["ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted", "karpenter.sh/disruption"]
  static let systemNamespace = "kube-system"
  /// A pod of the system namespace without a disruption budget holds its node for so long.
  static let systemPodHold: Duration = .hours(1)

  /// Why a node must not go by choice, as the end of a sentence; `nil` when it may.
  static func hindrance(of node: NodeObservation, now: Instant) -> String? {
    if node.annotations[scaleDownDisabled] == "true" { return "its node says \(scaleDownDisabled)" }
    if let value = node.annotations[doNotDisrupt], isHeld(value, since: node.createdAt, now) {
      return "its node says \(doNotDisrupt)"
    }
    if let taint = node.taints.first(where: { foreignTaints.contains($0.key) }) {
      return "its node carries \(taint.key) of another autoscaler"
    }
    return nil
  }

  /// Why a pod must not be moved, as the end of a sentence; `nil` when it may. The first rule that says something wins.
  ///
  /// - Parameter isCovered: a disruption budget chooses it.
  static func hindrance(
    of pod: PodObservation, isCovered: Bool, keepsLocalData: Bool, now: Instant
  ) -> String? {
    if pod.isMirror || pod.isTerminating || pod.ownerKind == "DaemonSet" { return nil }
    if let value = pod.annotations[doNotDisrupt], isHeld(value, since: pod.createdAt, now) {
      return "its annotation \(doNotDisrupt) forbids that"
    }
    if pod.annotations[safeToEvict] == "true" || pod.isFinished { return nil }
    if pod.ownerKind == nil { return "nothing would start it again" }
    if pod.key.namespace == systemNamespace, !isCovered, now - pod.createdAt < systemPodHold {
      return "it belongs to the system, is younger than \(systemPodHold.text) and has no disruption budget"
    }
    if pod.annotations[safeToEvict] == "false" { return "its annotation \(safeToEvict) forbids that" }
    guard keepsLocalData, let volume = pod.volumeThatWouldBeLost else { return nil }
    return "its volume \(volume) lies on the node and would be lost"
  }

  /// `true`, or a time since the start that has not passed. A text that is neither holds: it was meant to.
  static func isHeld(_ value: String, since start: Instant, _ now: Instant) -> Bool {
    switch value {
    case "true": return true
    case "false", "": return false
    default: return goDuration(value).map { now - start < $0 } ?? true
    }
  }

  /// A time as Go writes it: `90s`, `1h30m`, `1.5h`; `nil` for anything else.
  static func goDuration(_ text: String) -> Duration? {
    let units: [(name: String, milliseconds: Double)] = [
      ("ms", 1), ("us", 0.001), ("µs", 0.001), ("ns", 0.000_001), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ]
    var rest = Substring(text)
    var milliseconds = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard let number = Double(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      guard let unit = units.first(where: { rest.hasPrefix($0.name) }) else { return nil }
      rest = rest.dropFirst(unit.name.count)
      milliseconds += number * unit.milliseconds
    }
    guard !text.isEmpty, milliseconds < 1e15 else { return nil }
    return .milliseconds(Int64(milliseconds))
  }
}
