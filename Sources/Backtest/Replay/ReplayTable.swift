import Model

/// A history's pods and a policy's kinds of workers as numbers, made once for all that is worked out of them.
struct ReplayTable: Sendable {
  /// A template in an enabled pool.
  struct Kind: Sendable {
    let pool: Pool
    let template: Template
    let price: HourlyPrice
    /// What it offers, by dimension.
    let room: [Int64]
    /// Labels of its nodes, but for the host name and the zone.
    let labels: [String: String]

    /// For ties: the pool's name, then the template's.
    var name: String { "\(pool.name)/\(template.name)" }
  }

  /// What decides on which nodes a pod may run, apart from room and from other pods.
  struct Constraint: Hashable, Sendable {
    var tolerations: [Toleration]
    var nodeSelector: [String: String]
    var nodeAffinity: [NodeSelectorTerm]
    var volumes: [VolumeDemand]

    init(_ pod: PodObservation) {
      tolerations = pod.tolerations
      nodeSelector = pod.nodeSelector
      nodeAffinity = pod.constraints.nodeAffinity
      volumes = pod.constraints.volumes
    }

    func admits(taints: [Taint], labels: [String: String], name: NodeName?) -> Bool {
      for taint in taints where taint.effect != .preferNoSchedule {
        if !tolerations.contains(where: { $0.tolerates(taint) }) { return false }
      }
      for (key, value) in nodeSelector where labels[key] != value { return false }
      if !nodeAffinity.isEmpty, !nodeAffinity.contains(where: { $0.matches(labels: labels, name: name) }) {
        return false
      }
      return volumes.allSatisfy { volume in
        volume.obstacle == nil
          && (volume.nodeAffinity.isEmpty
            || volume.nodeAffinity.contains { $0.matches(labels: labels, name: name) })
      }
    }
  }

  let policy: Policy
  /// Sorted by pool and template.
  let kinds: [Kind]
  /// Extended resources that pods ask for or workers offer, sorted. They come after CPU, memory, storage and pods.
  let extended: [String]
  let width: Int
  /// Of the dimensions, those of GPUs.
  let gpuDimensions: [Int]
  /// `[pod × width + dimension]`
  let demands: [Int64]
  /// By pod, an index into `constraints`.
  let constraintOfPod: [Int]
  let constraints: [Constraint]
  /// By pod, a number that pods have in common which are the same but for what other pods mean to them.
  let typeOfPod: [Int]
  /// By type: some worker could hold such a pod.
  private var couldRunByType: [Bool] = []
  /// Zones of workers; one that is `nil` where they get none.
  let zones: [String?]
  /// `[constraint][zone × kinds + kind]`: nodes of the kind in the zone admit the pods.
  private let admitted: [[Bool]]
  /// Whether some pod's place depends on other pods.
  let dependsOnPods: Bool
  /// By pod, the number of those that must not share its node; empty when none keeps apart from its like.
  private let exclusives: [Int?]

  init(history: History, policy: Policy, setting: ReplaySetting) {
    self.policy = policy
    var names: Set<String> = []
    for recorded in history.pods { names.formUnion(recorded.pod.requests.extended.keys) }
    for template in policy.templates { names.formUnion(template.allocatable.extended.keys) }
    let extended = names.sorted()
    self.extended = extended
    width = 4 + extended.count
    gpuDimensions = extended.indices.filter { extended[$0].contains("gpu") }.map { $0 + 4 }
    kinds = Self.kinds(policy, extended)
    var demands: [Int64] = []
    demands.reserveCapacity(history.pods.count * width)
    var numbers: [Constraint: Int] = [:]
    var constraints: [Constraint] = []
    var ofPod: [Int] = []
    var types: [[Int64]: Int] = [:]
    var ofType: [Int] = []
    for recorded in history.pods {
      demands += Self.row(recorded.pod.requests, extended, isPod: true)
      let constraint = Constraint(recorded.pod)
      let number = numbers[constraint] ?? constraints.count
      if number == constraints.count {
        numbers[constraint] = number
        constraints.append(constraint)
      }
      ofPod.append(number)
      let key = demands.suffix(width) + [Int64(number)]
      let type = types[Array(key)] ?? types.count
      types[Array(key)] = type
      ofType.append(type)
    }
    typeOfPod = ofType
    self.demands = demands
    self.constraints = constraints
    constraintOfPod = ofPod
    let zones: [String?] =
      policy.placement.zoneLabel == nil
      ? [nil] : Set(setting.hosts.compactMap { policy.placement.zone(of: $0.name) }).sorted()
    self.zones = zones.isEmpty ? [nil] : zones
    admitted = constraints.map { [kinds, zones = self.zones] constraint in
      zones.flatMap { zone in
        kinds.map { kind in
          var labels = kind.labels
          if let key = policy.placement.zoneLabel, let zone { labels[key] = zone }
          return constraint.admits(taints: kind.pool.taints, labels: labels, name: nil)
        }
      }
    }
    dependsOnPods = history.pods.contains { $0.pod.constraints.dependsOnPods }
    exclusives = dependsOnPods ? Self.exclusives(history) : []
    couldRunByType = Array(repeating: false, count: types.count)
    var isKnown = couldRunByType
    for pod in ofType.indices where !isKnown[ofType[pod]] {
      isKnown[ofType[pod]] = true
      couldRunByType[ofType[pod]] = kinds.indices.contains { couldHold(pod, kind: $0) }
    }
  }

  /// Pods that keep apart from their own like by host, or take a port of it.
  private static func exclusives(_ history: History) -> [Int?] {
    struct Key: Hashable {
      let namespace: String
      let selector: LabelSelector?
      let ports: [HostPort]
    }
    var numbers: [Key: Int] = [:]
    return history.pods.map { recorded in
      let pod = recorded.pod
      let own = pod.constraints.podAntiAffinity.first { term in
        term.topologyKey == "kubernetes.io/hostname" && term.selector?.matches(pod.labels) == true
      }
      guard own != nil || !pod.constraints.hostPorts.isEmpty else { return nil }
      let key = Key(namespace: pod.key.namespace, selector: own?.selector, ports: pod.constraints.hostPorts)
      let number = numbers[key] ?? numbers.count
      numbers[key] = number
      return number
    }
  }

  /// Which pods must not share a pod's node, as far as the reference policies look at that; `nil`: any may.
  func exclusive(_ pod: Int) -> Int? { exclusives.isEmpty ? nil : exclusives[pod] }

  private static func kinds(_ policy: Policy, _ extended: [String]) -> [Kind] {
    let common = ["kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"]
    return policy.pools.filter(\.enabled).sorted { $0.name < $1.name }.flatMap { pool in
      Set(pool.templates + [pool.defaultTemplate]).sorted().compactMap { name in
        policy.template(name).map { template in
          Kind(
            pool: pool, template: template, price: pool.price(of: template),
            room: row(template.allocatable, extended, isPod: false),
            labels: common.merging(template.labels) { $1 }.merging(pool.labels) { $1 })
        }
      }
    }
  }

  /// Amounts by dimension. A pod takes at least the slot that every pod takes, and nothing negative.
  static func row(_ resources: Resources, _ extended: [String], isPod: Bool) -> [Int64] {
    func sane(_ amount: Int64) -> Int64 { min(max(0, amount), 1 << 55) }
    let pods = isPod ? max(1, sane(resources.pods)) : resources.pods
    return [
      sane(resources.cpuMillicores), sane(resources.memoryBytes), sane(resources.ephemeralStorageBytes), pods,
    ] + extended.map { sane(resources.extended[$0] ?? 0) }
  }

  /// Whether nodes of a kind in a zone admit a pod, its room aside.
  func admits(_ pod: Int, kind: Int, zone: Int) -> Bool {
    admitted[constraintOfPod[pod]][zone * kinds.count + kind]
  }

  /// Whether an empty worker of a kind could hold a pod in some zone.
  func couldHold(_ pod: Int, kind: Int) -> Bool {
    fits(pod, in: kinds[kind].room) && zones.indices.contains { admits(pod, kind: kind, zone: $0) }
  }

  /// Whether some worker could.
  func couldRun(_ pod: Int) -> Bool { couldRunByType[typeOfPod[pod]] }

  func fits(_ pod: Int, in room: [Int64]) -> Bool {
    let start = pod * width
    for dimension in 0..<width {
      let demand = demands[start + dimension]
      if demand > 0, demand > room[dimension] { return false }
    }
    return true
  }

  func demand(_ pod: Int) -> ArraySlice<Int64> { demands[(pod * width)..<((pod + 1) * width)] }

  func kind(pool: PoolName, template: TemplateName) -> Int? {
    kinds.firstIndex { $0.pool.name == pool && $0.template.name == template }
  }
}
