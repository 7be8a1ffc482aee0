import Model

extension FitModel {
  /// The cluster of a situation: every node, then every worker under way that has no node that takes pods yet, with what
  /// creations of the plan in the making promise.
  init(_ situation: Situation, planned: [Creation]) {
    let pods = situation.pods ?? []
    let cutoff = situation.policy.pace.priorityCutoff
    var names: Set<String> = []
    for index in pods.indices where !pods[index].requests.extended.isEmpty && !pods[index].isFinished {
      for name in pods[index].requests.extended.keys { names.insert(name) }
    }
    let census = PodCensus(pods, cutoff: cutoff, namespaceLabels: situation.snapshot.namespaceLabels)
    self.init(
      dimensions: Dimensions(extended: names.sorted()), census: census,
      namespaceLabels: situation.snapshot.namespaceLabels)
    for pod in census.spreading { prepare(pod) }
    addNodes(situation)
    addUnderWay(situation, planned)
    countPods(pods)
    steps.removeAll()
  }

  private mutating func addNodes(_ situation: Situation) {
    let workers = Dictionary(
      situation.workers.map { (NodeName($0.name.rawValue), $0) }, uniquingKeysWith: { first, _ in first })
    for node in situation.nodes ?? [] {
      let worker = workers[node.name]
      // A worker under way stands for its node until that takes pods.
      if let worker, worker.isComing(as: node) { continue }
      var isOpen = node.isReady && !node.unschedulable
      if let worker, !worker.isStaying || worker.state == .repairing { isOpen = false }
      let room = Self.allocatable(node, worker, situation)
      let free = dimensions.difference(room, situation.load(of: node.name).requested)
      // A look from before a ready worker lost its start-up taint must not make its pods ask for another.
      let taints = worker == nil ? node.taints : node.taints.filter { $0.key != Taint.starting.key }
      _ = add(.node(node.name), taints: taints, labels: node.labels, free: free, isOpen: isOpen)
    }
  }

  /// A node's own figure, with the extended resources that its device plug-ins have yet to announce.
  private static func allocatable(
    _ node: NodeObservation, _ worker: WorkerRecord?, _ situation: Situation
  ) -> Resources {
    guard let worker, let template = situation.policy.template(worker.template), !template.allocatable.extended.isEmpty,
      situation.now - (worker.readyAt ?? situation.now) < Self.devicePluginTime
    else { return node.allocatable }
    var allocatable = node.allocatable
    for (name, amount) in template.allocatable.extended where (allocatable.extended[name] ?? 0) == 0 {
      allocatable.extended[name] = amount
    }
    return allocatable
  }

  /// A device plug-in may need this long after its node is ready.
  static let devicePluginTime: Duration = .minutes(10)

  private mutating func addUnderWay(_ situation: Situation, _ planned: [Creation]) {
    for worker in situation.workers where worker.isComing(as: situation.node(of: worker)) {
      addPromised(worker.name, worker.pool, worker.template, worker.host, situation)
    }
    for creation in planned {
      addPromised(creation.worker, creation.pool, creation.template, creation.host, situation)
    }
  }

  /// What a worker's template promises, less what runs on its node already.
  private mutating func addPromised(
    _ name: WorkerName, _ pool: PoolName, _ template: TemplateName, _ host: HostName?, _ situation: Situation
  ) {
    guard let pool = situation.policy.pool(pool), let template = situation.policy.template(template) else { return }
    let zone = host.flatMap { situation.policy.placement.zone(of: $0) }
    let offer = Offer(pool: pool, template: template, zone: zone)
    let labels = offer.labels(situation.commonLabels, situation.policy.placement)
    var taken = situation.daemonOverhead(of: offer, labels: labels)
    let node = NodeName(name.rawValue)
    let load = situation.load(of: node)
    taken.raise(to: load.belonging)
    for pod in load.workload { taken.add(pod.demand) }
    let known = situation.nodesByName[node]?.labels ?? [:]
    _ = add(
      .underWay(name), taints: pool.taints, labels: known.merging(labels) { first, _ in first },
      free: dimensions.difference(template.allocatable, taken))
  }

  /// A room for a worker that might be created; its name is not known yet.
  mutating func addNew(_ number: Int, _ offer: Offer, _ free: [Int64], _ labels: [String: String]) -> Int {
    add(.new(number), taints: offer.pool.taints, labels: labels, free: free)
  }

  /// Counts the pods that are on nodes, for those who ask about other pods.
  private mutating func countPods(_ pods: [PodObservation]) {
    guard !selectors.isEmpty || pods.contains(where: { !$0.constraints.hostPorts.isEmpty }) else { return }
    for index in pods.indices where !pods[index].isFinished {
      guard let node = pods[index].node ?? pods[index].nominatedNode, let room = roomOfNode[node] else { continue }
      if pods[index].constraints.dependsOnPods {
        let number = shape(of: pods[index])
        count(shapes[number], room: room, by: 1, isTerminating: pods[index].isTerminating)
        continue
      }
      for selector in selectors.matches(namespace: pods[index].key.namespace, labels: pods[index].labels) {
        for counter in topology.countersOfSelector.at(selector) { topology.count(counter, room: room, by: 1) }
        if pods[index].isTerminating { continue }
        for spread in topology.spreadsOfSelector.at(selector) { topology.countSpread(spread, room: room, by: 1) }
      }
    }
  }
}

extension WorkerRecord {
  /// Whether it is still on its way: its node is not there, or takes no pods yet.
  fileprivate func isComing(as node: NodeObservation?) -> Bool {
    guard isStaying, state.isUnderWay else { return false }
    return node.map { !$0.isReady || $0.unschedulable || $0.isStarting } ?? true
  }
}
