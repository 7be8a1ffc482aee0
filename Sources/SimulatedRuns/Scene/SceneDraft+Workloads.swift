import Model
import Simulator

/// The load: what runs all the time, what comes in waves, and what never fits.
extension SceneDraft {
  mutating func drawWorkloads(_ dice: inout SplitMix64) {
    addDaemonSets(&dice)
    for number in 1...dice.integer(in: isBig ? 6...9 : 1...3) { addWeb(number, &dice) }
    for number in 0..<dice.integer(in: 0...2) { addService(number, &dice) }
    if dice.chance(0.8) { addBatches(&dice) }
    if dice.chance(0.7) { addTraining(&dice) }
    for number in 0..<(dice.chance(0.4) ? dice.integer(in: 1...3) : 0) { addBarePod(number, &dice) }
    if dice.chance(0.3) { addHopeless(&dice) }
    addLastWave(&dice)
  }

  /// How many days the run has, rounded up.
  private var days: Int { Int((phases.end - phases.start).milliseconds / 86_400_000) }

  private mutating func addDaemonSets(_ dice: inout SplitMix64) {
    for (number, name) in ["cilium", "node-exporter", "log-shipper"].prefix(dice.integer(in: 1...3)).enumerated() {
      var pod = PodTemplate(
        requests: Resources(cpuMillicores: number == 0 ? 100 : 50, memoryBytes: .mebibytes(number == 0 ? 128 : 64)),
        labels: ["app": name])
      pod.tolerations = [Toleration(key: "", operator: .exists)]
      pod.priority = 2_000_001_000
      pod.priorityClass = "system-node-critical"
      pod.cpuUse = .constant(0.3)
      world.add(Workload(name: name, namespace: "kube-system", kind: .daemonSet, pod: pod, startsAt: phases.start))
    }
  }

  // MARK: - Pods

  /// What a pod of this load is like: a share of the smallest worker that it may run on.
  private func pod(_ app: String, largest share: Double, _ dice: inout SplitMix64) -> PodTemplate {
    let sizes = plainTemplates.map(\.allocatable)
    let cpu = Double(sizes.map(\.cpuMillicores).min() ?? 2000) * dice.number(in: 0.05...share)
    let memory = Double(sizes.map(\.memoryBytes).min() ?? .mebibytes(2048)) * dice.number(in: 0.05...share)
    var pod = PodTemplate(
      requests: Resources(
        cpuMillicores: max(10, Int64(cpu / 10) * 10), memoryBytes: max(.mebibytes(16), .mebibytes(Int64(memory) >> 20))),
      labels: ["app": app])
    pod.memoryUse = .constant((dice.number(in: 0.4...0.9) * 100).rounded() / 100)
    return pod
  }

  /// Lets pods run in pools whose taints they put up with, at times in these only.
  private func settle(_ pod: inout PodTemplate, among kinds: [PoolKind], bound: Double, _ dice: inout SplitMix64) {
    let pools = policy.pools.filter { kinds.contains($0.kind) }
    guard !pools.isEmpty else { return }
    let chosen = dice.pick(dice.integer(in: 1...pools.count), of: pools)
    for taint in chosen.flatMap(\.taints) {
      pod.tolerations.append(Toleration(key: taint.key, value: taint.value, effect: taint.effect))
    }
    guard dice.chance(bound) else { return }
    if chosen.count == 1 {
      pod.nodeSelector = ["node-pool": chosen[0].name.rawValue]
    } else {
      let names = LabelRequirement(key: "node-pool", operator: .in, values: chosen.map(\.name.rawValue))
      pod.constraints.nodeAffinity = [NodeSelectorTerm(expressions: [names])]
    }
  }

  /// Demands on the pods' neighbours, now and then.
  private func constrain(_ pod: inout PodTemplate, _ dice: inout SplitMix64) {
    let own = LabelSelector(matchLabels: pod.labels)
    switch dice.integer(in: 0...19) {
    case 0: pod.constraints.podAntiAffinity = [PodAffinityTerm(selector: own, topologyKey: "kubernetes.io/hostname")]
    case 1:
      pod.constraints.topologySpread = [
        TopologySpreadConstraint(maxSkew: dice.integer(in: 1...3), topologyKey: "kubernetes.io/hostname", selector: own)
      ]
    case 2: pod.constraints.hostPorts = [HostPort(dice.integer(in: 8000...8100))]
    case 3: pod.constraints.podAffinity = [PodAffinityTerm(selector: own, topologyKey: "node-pool")]
    default: break
    }
  }

  private func prioritise(_ pod: inout PodTemplate, _ dice: inout SplitMix64) {
    let classes = [
      ("", 0), ("", 0), ("permanent-workload", 1000), ("burst-workload", 500), ("spot-workload", 100), ("idle", -20),
    ]
    (pod.priorityClass, pod.priority) = dice.pick(classes)
  }

  /// Most pods end within seconds; some take their whole grace.
  private func delayStop(_ pod: inout PodTemplate, _ dice: inout SplitMix64) {
    guard dice.chance(0.12) else { return }
    let longest = dice.integer(in: 60...1500)
    pod.grace = .seconds(longest)
    pod.stopTime = .seconds(Double(longest / 2), to: Double(longest))
  }

  // MARK: - Services

  /// A site whose replicas follow the time of day.
  private mutating func addWeb(_ number: Int, _ dice: inout SplitMix64) {
    let name = "web-\(number)"
    var pod = pod(name, largest: 0.35, &dice)
    settle(&pod, among: [.permanent, .burst, .spot], bound: 0.25, &dice)
    constrain(&pod, &dice)
    prioritise(&pod, &dice)
    delayStop(&pod, &dice)
    let base = Double(dice.integer(in: 1...4))
    let peak = base + Double(dice.integer(in: isBig ? 10...30 : 1...8))
    pod.cpuUse = daily(low: dice.number(in: 0.1...0.4), high: dice.number(in: 0.5...1.1), shape: .lines, &dice)
    let replicas = daily(low: base, high: peak, shape: dice.chance(0.7) ? .lines : .steps, &dice)
    var workload = Workload(
      name: name, namespace: dice.pick(["shop", "default"]), kind: .deployment(replicas: replicas), pod: pod,
      startsAt: phases.start.advanced(by: dice.minutes(0...30)))
    if dice.chance(0.5) { workload.leavesFirst = ["worker-type": "temporary"] }
    addRolls(&workload, &dice)
    world.add(workload)
    addBudgets(over: workload, least: Int(base), &dice)
  }

  /// A rise in the morning, a height at midday, a fall in the evening; every day.
  private func daily(low: Double, high: Double, shape: LoadProfile.Shape, _ dice: inout SplitMix64) -> LoadProfile {
    let origin = phases.start.advanced(by: .hours(-dice.integer(in: 0...23)))
    let rise = dice.integer(in: 60...600)
    let height = rise + dice.integer(in: 60...300)
    let fall = height + dice.integer(in: 60...420)
    return LoadProfile(
      origin: origin,
      points: [
        .init(.zero, low), .init(.minutes(rise), shape == .lines ? low : (low + high) / 2),
        .init(.minutes(height), high), .init(.minutes(fall), shape == .lines ? high : (low + high) / 2),
        .init(.minutes(min(1439, fall + 120)), low), .init(.minutes(1440), low),
      ], shape: shape, period: .hours(24))
  }

  /// Something that always has the same number of replicas.
  private mutating func addService(_ number: Int, _ dice: inout SplitMix64) {
    let name = "service-\(number)"
    var pod = pod(name, largest: 0.5, &dice)
    settle(&pod, among: [.permanent, .burst], bound: 0.2, &dice)
    constrain(&pod, &dice)
    prioritise(&pod, &dice)
    delayStop(&pod, &dice)
    let count = dice.integer(in: 1...3)
    pod.cpuUse = .constant(dice.number(in: 0.2...0.8))
    var workload = Workload(
      name: name, kind: .deployment(replicas: .constant(Double(count))), pod: pod,
      startsAt: phases.start.advanced(by: dice.minutes(0...60)))
    addRolls(&workload, &dice)
    world.add(workload)
    addBudgets(over: workload, least: count, &dice)
  }

  /// New versions, which replace the pods of the old one.
  private func addRolls(_ workload: inout Workload, _ dice: inout SplitMix64) {
    guard dice.chance(0.4) else { return }
    let every = Duration.hours(dice.integer(in: 6...30))
    workload.rolls = dice.instants(from: phases.start.advanced(by: .hours(1)), until: phases.end, about: every)
  }

  // MARK: - Work that ends

  private mutating func addBatches(_ dice: inout SplitMix64) {
    let kinds: [PoolKind] = dice.chance(0.5) ? [.spot, .burst] : [.burst, .permanent]
    let isLong = dice.chance(0.25)
    for (number, at) in dice.instants(
      from: phases.start.advanced(by: .minutes(20)), until: phases.healedBy,
      about: .hours(dice.integer(in: 4...20)), limit: 100
    ).enumerated() {
      let name = "batch-\(number)"
      var pod = pod(name, largest: 0.6, &dice)
      settle(&pod, among: kinds, bound: 0.5, &dice)
      pod.priority = 100
      pod.priorityClass = "spot-workload"
      pod.cpuUse = .constant(0.9)
      let minutes = isLong ? dice.integer(in: 120...400) : dice.integer(in: 3...60)
      world.add(
        Workload(
          name: name, namespace: "batch",
          kind: .job(
            pods: dice.integer(in: isBig ? 5...30 : 1...6),
            runtime: .seconds(Double(minutes * 50), to: Double(minutes * 70))), pod: pod, startsAt: at))
    }
  }

  private mutating func addTraining(_ dice: inout SplitMix64) {
    guard let pool = policy.pools.first(where: { $0.kind == .gpu }),
      let template = policy.template(pool.defaultTemplate)
    else { return }
    let instants = dice.instants(
      from: phases.start.advanced(by: .hours(1)), until: phases.healedBy, about: .hours(dice.integer(in: 6...24)),
      limit: 60)
    for (number, at) in instants.enumerated() {
      var pod = PodTemplate(
        requests: Resources(
          cpuMillicores: template.allocatable.cpuMillicores / 2, memoryBytes: template.allocatable.memoryBytes / 2,
          extended: ["nvidia.com/gpu": 1]),
        labels: ["app": "training"])
      pod.tolerations = [Toleration(key: "nvidia.com/gpu", operator: .exists, effect: .noSchedule)]
      pod.priority = 500
      pod.cpuUse = .constant(0.8)
      let minutes = dice.integer(in: 15...180)
      world.add(
        Workload(
          name: "training-\(number)", namespace: "ml",
          kind: .job(
            pods: dice.integer(in: 1...2), runtime: .seconds(Double(minutes * 50), to: Double(minutes * 70))), pod: pod,
          startsAt: at))
    }
  }

  private mutating func addBarePod(_ number: Int, _ dice: inout SplitMix64) {
    let name = "debug-\(number)"
    var pod = pod(name, largest: 0.2, &dice)
    settle(&pod, among: [.permanent, .burst], bound: 0, &dice)
    let span = Int((phases.faultsUntil - phases.start).inSeconds / 60)
    world.add(
      Workload(name: name, kind: .bare, pod: pod, startsAt: phases.start.advanced(by: dice.minutes(10...span))))
  }

  /// Pods that fit on nothing that there could be.
  private mutating func addHopeless(_ dice: inout SplitMix64) {
    var pod = pod("hopeless", largest: 0.3, &dice)
    switch dice.integer(in: 0...2) {
    case 0: pod.requests.cpuMillicores = 512_000
    case 1: pod.requests.memoryBytes = .mebibytes(4 * 1024 * 1024)
    default: pod.nodeSelector = ["disk": "none-has-this"]
    }
    world.add(
      Workload(
        name: "hopeless", kind: .deployment(replicas: .constant(Double(dice.integer(in: 1...2)))), pod: pod,
        startsAt: phases.start.advanced(by: dice.minutes(0...600))))
  }

  /// Something to serve when everything has been put right.
  private mutating func addLastWave(_ dice: inout SplitMix64) {
    guard dice.chance(0.8), let pool = policy.pools.last(where: { $0.servesPendingPods && $0.kind != .gpu }) else {
      return
    }
    var pod = pod("last-wave", largest: 0.6, &dice)
    for taint in pool.taints {
      pod.tolerations.append(Toleration(key: taint.key, value: taint.value, effect: taint.effect))
    }
    if dice.chance(0.5) { pod.nodeSelector = ["node-pool": pool.name.rawValue] }
    pod.cpuUse = .constant(0.7)
    let minutes = dice.integer(in: 20...90)
    world.add(
      Workload(
        name: "last-wave", namespace: "batch",
        kind: .job(
          pods: dice.integer(in: 1...5), runtime: .seconds(Double(minutes * 50), to: Double(minutes * 70))), pod: pod,
        startsAt: phases.healedBy.advanced(by: dice.minutes(15...180))))
  }

  // MARK: - Disruption budgets

  /// Budgets of all kinds over a deployment's pods; some make every drain hard.
  private mutating func addBudgets(over workload: Workload, least: Int, _ dice: inout SplitMix64) {
    guard dice.chance(0.75) else { return }
    let bound: DisruptionBudget.Bound = dice.pick(weighted: [
      (item: .maxUnavailable(dice.integer(in: 1...2)), weight: 5),
      (item: .minAvailable(max(0, least - dice.integer(in: 0...1))), weight: 4),
      (item: .maxUnavailablePercent(dice.pick([10, 25, 50])), weight: 3),
      (item: .minAvailablePercent(dice.pick([50, 75, 90])), weight: 3),
      (item: .maxUnavailable(0), weight: 1),
    ])
    var budget = DisruptionBudget(
      name: workload.name, namespace: workload.namespace, selector: workload.pod.labels, bound: bound)
    if dice.chance(0.3) { budget.unhealthyPods = .alwaysAllow }
    world.add(budget)
    guard dice.chance(0.05) else { return }
    // A second one over the same pods: the eviction API refuses to decide.
    world.add(
      DisruptionBudget(
        name: "\(workload.name)-too", namespace: workload.namespace, selector: workload.pod.labels,
        bound: .maxUnavailable(1)))
  }
}
