import Model

/// Pending pods that the scheduler cannot tell apart where room is concerned: they differ only in name.
struct PodGroup {
  /// What decides on which nodes a pod may run, apart from room.
  struct Constraint: Hashable {
    let tolerations: [Toleration]
    let nodeSelector: [String: String]
  }

  let demand: Resources
  let constraint: Constraint
  let priority: Int
  /// The smallest key among them.
  let example: PodKey
  let count: Int
  let oldest: Instant

  private struct Key: Hashable {
    let demand: Resources
    let constraint: Constraint
    let priority: Int
  }

  /// Groups of the pods that may ask for workers: unschedulable, without a node, of sufficient priority, and not of a
  /// DaemonSet. Highest priority first, then the largest share of a worker, then the example's name.
  static func pending(_ situation: Situation) -> [PodGroup] {
    let cutoff = situation.policy.pace.priorityCutoff
    var members: [Key: (example: PodKey, count: Int, oldest: Instant)] = [:]
    for pod in situation.pods ?? [] where pod.asksForNode(cutoff: cutoff) {
      let tolerations = Set(pod.tolerations).sorted { $0.order < $1.order }
      let key = Key(
        demand: pod.demand, constraint: Constraint(tolerations: tolerations, nodeSelector: pod.nodeSelector),
        priority: pod.priority)
      if let known = members[key] {
        members[key] = (min(known.example, pod.key), known.count + 1, min(known.oldest, pod.createdAt))
      } else {
        members[key] = (pod.key, 1, pod.createdAt)
      }
    }
    let groups = members.map { key, value in
      PodGroup(
        demand: key.demand, constraint: key.constraint, priority: key.priority, example: value.example,
        count: value.count, oldest: value.oldest)
    }
    let scale = Scale(situation.policy.templates.map(\.allocatable))
    let sized = groups.map { (group: $0, size: scale.size($0.demand)) }
    return sized.sorted { left, right in
      if left.group.priority != right.group.priority { return left.group.priority > right.group.priority }
      if left.size != right.size { return left.size > right.size }
      return left.group.example < right.group.example
    }.map(\.group)
  }

  /// `12 pods like default/web-1 (500m CPU and 1 GiB each)`.
  var phrase: String {
    let each = count == 1 ? "" : " each"
    let who = count == 1 ? "Pod \(example)" : "\(count) pods like \(example)"
    return "\(who) (\(Phrase.demand(demand))\(each))"
  }
}

extension PodGroup.Constraint {
  /// The first taint that is not tolerated, or selector that is not met; `nil` when a pod may run there.
  func mismatch(taints: [Taint], labels: [String: String]) -> Mismatch? {
    for taint in taints where taint.effect != .preferNoSchedule {
      if !tolerations.contains(where: { $0.tolerates(taint) }) { return .taint(taint) }
    }
    for key in nodeSelector.keys.sorted() where labels[key] != nodeSelector[key] {
      return .selector("\(key)=\(nodeSelector[key]!)")
    }
    return nil
  }

  enum Mismatch: Equatable {
    case taint(Taint)
    case selector(String)

    var phrase: String {
      switch self {
      case .taint(let taint): "the pods do not tolerate \(taint.text)"
      case .selector(let selector): "its nodes do not carry \(selector)"
      }
    }
  }
}

extension PodObservation {
  /// Whether it waits for a node that somebody would have to bring. Source: the scheduler's own condition.
  func asksForNode(cutoff: Int) -> Bool {
    phase == .pending && node == nil && unschedulable && !isTerminating && !belongsToNode && priority >= cutoff
  }
}

extension Toleration {
  fileprivate var order: String { "\(key)\u{0}\(self.operator.rawValue)\u{0}\(value)\u{0}\(effect?.rawValue ?? "")" }
}

/// Makes amounts of different kinds comparable: each in shares of the largest offer.
struct Scale {
  private let largest: Resources

  init(_ offers: [Resources]) {
    var largest = Resources.zero
    for offer in offers { largest.raise(to: offer) }
    self.largest = largest
  }

  /// The sum of the shares of CPU, memory and extended resources, as in first fit decreasing.
  func size(_ demand: Resources) -> Double {
    func share(_ amount: Int64, _ whole: Int64) -> Double {
      whole > 0 ? Double(amount) / Double(whole) : Double(amount)
    }
    var size = share(demand.cpuMillicores, largest.cpuMillicores) + share(demand.memoryBytes, largest.memoryBytes)
    for name in demand.extended.keys.sorted() { size += share(demand.extended[name]!, largest.extended[name] ?? 0) }
    return size
  }
}
