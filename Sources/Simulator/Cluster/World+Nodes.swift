import Model
import Ports

extension World {
  /// The Node object that this machine's kubelet keeps.
  func node(on id: MachineID) -> SimulatedNode? {
    guard let name = machines.look(at: id, \.node) ?? nil, let node = nodes[name], node.machine == id else {
      return nil
    }
    return node
  }

  /// Pods that are bound to the node on a machine; none without a node.
  func pods(onMachine id: MachineID) -> [Int] {
    guard let name = machines.look(at: id, \.node) ?? nil else { return [] }
    return nodes.look(at: name) { $0.machine == id ? $0.pods : [] } ?? []
  }

  func kubeletIsAlive(on node: SimulatedNode) -> Bool { machines.look(at: node.machine) { $0.kubeletAlive } ?? false }

  func nodeName(uid: String) -> NodeName? { nodes.keys.first { nodes[$0]!.uid == uid } }

  /// A kubelet registers itself when it starts, unless its node is there.
  mutating func registerNode(on id: MachineID) {
    guard let machine = machines[id], machine.kubeletAlive, let configuration = machine.configuration,
      let name = machine.node
    else { return }
    if nodes[name] != nil {
      nodes[name]!.machine = id
      nodes[name]!.systemUUID = machine.uuid
      nodes[name]!.address = machine.address
      return
    }
    var offered = machine.allocatable
    offered.extended = [:]
    var node = SimulatedNode(
      name: name, uid: random.uuid(), machine: id, createdAt: now, labels: Self.nodeLabels(configuration.labels),
      taints: configuration.taints, allocatable: offered, conditions: [:], address: machine.address)
    node.systemUUID = machine.uuid
    node.labels["kubernetes.io/hostname"] = name.rawValue
    node.labels["kubernetes.io/os"] = "linux"
    node.labels["kubernetes.io/arch"] = "amd64"
    node.setCondition("Ready", .no, at: now)
    for type in ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"] {
      node.setCondition(type, .no, at: now)
    }
    node.addTaint(NodeTaint.notReady, .noSchedule)
    nodes[name] = node
    createDaemonSetPods(on: name)
  }

  /// Those labels that the API server lets a kubelet set on its own node: of the kubernetes.io and k8s.io domains only
  /// a short list.
  static func nodeLabels(_ labels: [String: String]) -> [String: String] {
    labels.filter { key, _ in
      guard let slash = key.firstIndex(of: "/") else { return true }
      let domain = String(key[..<slash])
      let reserved = ["kubernetes.io", "k8s.io"].contains { domain == $0 || domain.hasSuffix("." + $0) }
      guard reserved else { return true }
      let open = ["node.kubernetes.io", "kubelet.kubernetes.io"].contains { domain == $0 || domain.hasSuffix("." + $0) }
      return open || domain == "topology.kubernetes.io"
    }
  }

  /// A heartbeat arrived and the network is up: Ready becomes True.
  mutating func nodeBecomesReady(on id: MachineID) {
    guard let machine = machines[id], machine.kubeletAlive, let node = node(on: id) else { return }
    let name = node.name
    nodes[name]!.setCondition("Ready", .yes, at: now)
    nodes[name]!.removeTaints(NodeTaint.notReady)
    nodes[name]!.removeTaints(NodeTaint.unreachable)
    let token = newToken()
    nodes[name]!.token = token
    for number in node.pods { podMeetsLiveKubelet(number) }
    let extended = machine.allocatable.extended
    if !extended.isEmpty, node.allocatable.extended.isEmpty {
      schedule(.node(.devicesReady, uid: node.uid, token: token), after: random.duration(in: timings.devices))
    }
    requestScheduling()
  }

  /// A node that was Ready is given up after a while without heartbeats.
  mutating func heartbeatsStop(on id: MachineID) {
    guard let node = node(on: id), node.isReady else { return }
    let token = newToken()
    nodes[node.name]!.token = token
    schedule(.node(.lost, uid: node.uid, token: token), after: random.duration(in: timings.nodeLost))
  }

  mutating func kubeletReturns(on id: MachineID) {
    guard let machine = machines[id] else { return }
    machines[id]?.system?.kubeletRunning = true
    if machine.system?.containerdIsBroken == true { serviceCrashes(on: id) }
    guard let node = node(on: id) else {
      let length = random.duration(in: timings.rejoin)
      schedule(.machine(.nodeRegistered, id, token: machine.token), after: length / 2)
      schedule(.machine(.nodeReady, id, token: machine.token), after: length)
      return
    }
    if node.isReady {
      let token = newToken()
      nodes[node.name]!.token = token
      for number in node.pods { podMeetsLiveKubelet(number) }
    } else {
      schedule(.machine(.nodeReady, id, token: machine.token), after: random.duration(in: timings.nodeBack))
    }
  }

  mutating func performNode(_ step: WorldEvent.NodeStep, uid: String, token: Int) {
    if step == .collectPods { return collectPods(ofNode: uid) }
    guard let name = nodeName(uid: uid), nodes[name]!.token == token else { return }
    switch step {
    case .lost: loseNode(name)
    case .evictPods: evictPodsOfLostNode(name)
    case .devicesReady:
      nodes[name]!.allocatable.extended = machines[nodes[name]!.machine]?.allocatable.extended ?? [:]
      requestScheduling()
    case .collectPods: break
    }
  }

  /// Ready becomes Unknown; pods must leave only while some other node is alive.
  private mutating func loseNode(_ name: NodeName) {
    nodes[name]!.setCondition("Ready", .unknown, at: now)
    nodes[name]!.addTaint(NodeTaint.unreachable, .noSchedule)
    for number in nodes[name]!.pods { pods[number]?.ready = false }
    guard nodes.keys.contains(where: { nodes[$0]!.isReady }) else { return }
    nodes[name]!.addTaint(NodeTaint.unreachable, .noExecute)
    let node = nodes[name]!
    schedule(.node(.evictPods, uid: node.uid, token: node.token), after: timings.unreachableToleration)
  }

  private mutating func evictPodsOfLostNode(_ name: NodeName) {
    for number in nodes[name]!.pods where !isDaemonSetPod(number) { deletePod(number) }
  }

  mutating func endPressure(_ condition: String, _ taint: String, on name: NodeName) {
    guard nodes[name]?.conditions[condition]?.status == .yes else { return }
    nodes[name]!.setCondition(condition, .no, at: now)
    nodes[name]!.removeTaints(taint)
    requestScheduling()
  }

  /// Removes the Node object; its pods are collected after a quarantine.
  mutating func removeNode(_ name: NodeName) {
    guard let node = nodes[name] else { return }
    meterUse(of: node.machine)
    podsOfDeletedNodes[node.uid] = node.pods
    nodes[name] = nil
    schedule(.node(.collectPods, uid: node.uid, token: 0), after: random.duration(in: timings.podCollection))
  }

  private mutating func collectPods(ofNode uid: String) {
    guard let numbers = podsOfDeletedNodes[uid] else { return }
    for number in numbers {
      countLoss(of: number)
      removePod(number)
    }
    podsOfDeletedNodes[uid] = nil
  }
}
