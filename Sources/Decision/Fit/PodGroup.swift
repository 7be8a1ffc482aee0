import Model

/// Pending pods that the scheduler cannot tell apart where room is concerned: they differ only in name.
struct PodGroup {
  /// In the model that the group was made with.
  let shape: Int
  let demand: Resources
  let constraint: Constraint
  let priority: Int
  /// The smallest key among them.
  let example: PodKey
  let count: Int
  let oldest: Instant
  /// Of the example.
  let preferred: [PreferredNodeTerm]
  /// Owners of its pods, as `namespace/name`, sorted; bare pods by their own names.
  let owners: [String]

  private struct Key: Hashable {
    let shape: Int
    let priority: Int
  }

  private struct Members {
    let shape: Int
    let priority: Int
    /// Index of the pod with the smallest key.
    var example: Int
    var count = 0
    var oldest: Instant
    var owners: Set<String> = []
    var lastOwner = ""

    mutating func add(_ index: Int, _ pods: [PodObservation]) {
      count += 1
      if pods[index].key < pods[example].key { example = index }
      oldest = min(oldest, pods[index].createdAt)
      let owner = pods[index].ownerName ?? pods[index].key.name
      guard owner != lastOwner else { return }
      lastOwner = owner
      owners.insert("\(pods[index].key.namespace)/\(owner)")
    }
  }

  /// Groups of the pods that may ask for workers: unschedulable, without a node, of sufficient priority, and not of a
  /// DaemonSet. Highest priority first, then the largest share of a worker, then the example's name.
  static func pending(_ situation: Situation, _ model: inout FitModel) -> [PodGroup] {
    let cutoff = situation.policy.pace.priorityCutoff
    var numbers: [Key: Int] = [:]
    var members: [Members] = []
    let pods = situation.pods ?? []
    for index in pods.indices where pods[index].asksForNode(cutoff: cutoff) {
      let key = Key(shape: model.shape(of: pods[index]), priority: pods[index].priority)
      let number = numbers[key] ?? members.count
      if number == members.count {
        numbers[key] = number
        members.append(
          Members(shape: key.shape, priority: key.priority, example: index, oldest: pods[index].createdAt))
      }
      members[number].add(index, pods)
    }
    let groups = members.map { members in
      let shape = model.shapes[members.shape]
      let example = pods[members.example]
      return PodGroup(
        shape: members.shape, demand: shape.demand, constraint: model.constraints.constraints[shape.constraint],
        priority: members.priority, example: example.key, count: members.count, oldest: members.oldest,
        preferred: example.constraints.preferredNodeAffinity, owners: members.owners.sorted())
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

extension PodObservation {
  /// Whether it waits for a node that somebody would have to bring. Source: the scheduler's own condition. One that is
  /// gated is not to be scheduled yet; for one that is nominated room is being made already.
  func asksForNode(cutoff: Int) -> Bool {
    phase == .pending && node == nil && unschedulable && !isTerminating && !belongsToNode && priority >= cutoff
      && schedulingGates.isEmpty && nominatedNode == nil
  }
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
