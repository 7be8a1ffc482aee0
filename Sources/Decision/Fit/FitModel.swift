import Model

/// The cluster as the scheduler sees it, in numbers: rooms with what is free in them, and which pods are where.
///
/// A value that is worked on: pods are placed and taken away, rooms come and go, and all can be undone back to a mark.
/// Source of the rules: Kubernetes, scheduling framework's filters.
struct FitModel {
  struct Room {
    enum Origin: Hashable {
      case node(NodeName)
      case underWay(WorkerName)
      /// Put here by the plan in the making.
      case new(Int)
    }

    let origin: Origin
    let taints: [Taint]
    let labels: [String: String]
    let nodeClass: Int
    /// Whether it takes pods. Pods in a closed room still count for affinity and spread.
    var isOpen: Bool

    var scope: Scope {
      switch origin {
      case .node: .existing
      case .underWay: .underWay
      case .new: .new
      }
    }

    var nodeName: NodeName? {
      switch origin {
      case .node(let name): name
      case .underWay(let worker): NodeName(worker.rawValue)
      case .new: nil
      }
    }
  }

  /// Rooms of one degree of reality.
  enum Scope { case existing, underWay, new }

  /// What was done, so that it can be undone.
  enum Step {
    case placed(shape: Int, room: Int, pods: Int)
    case closed(room: Int)
    case removed(room: Int)
    case added
  }

  let dimensions: Dimensions
  let namespaceLabels: [String: [String: String]]
  var rooms: [Room] = []
  /// `[room × width + dimension]`; may be negative where a node is over-full.
  var free: [Int64] = []
  var constraints: ConstraintTable
  var selectors: PodSelectors
  var topology: Topology
  var shapeTable = ShapeTable()
  /// Ports in use by room.
  var ports: [Int: [HostPort]] = [:]
  var steps: [Step] = []
  /// By spread: the constraint, and whether taints matter, for the rooms that come later.
  var spreadRules: [SpreadRule] = []
  var roomOfNode: [NodeName: Int] = [:]
  var spreadNumbers: [SpreadRule: Int] = [:]

  var width: Int { dimensions.count }
  var shapes: [PodShape] { shapeTable.shapes }

  /// What tells one spread constraint from another.
  struct SpreadRule: Hashable {
    let selector: Int
    let key: Int
    let maxSkew: Int
    let minDomains: Int
    /// `nil`: the pod's own node affinity does not matter.
    let constraint: Int?
    let honorsTaints: Bool
    let taintConstraint: Int
    /// Keys that a node must have to be looked at.
    let keys: [Int]
  }

  init(dimensions: Dimensions, census: PodCensus, namespaceLabels: [String: [String: String]]) {
    self.dimensions = dimensions
    self.namespaceLabels = namespaceLabels
    constraints = ConstraintTable(keys: census.labelKeys)
    selectors = census.selectors
    topology = census.topology
  }

  // MARK: - Shapes

  /// Makes a pod's spread constraints known before any pod is counted.
  mutating func prepare(_ pod: PodObservation) { _ = shapeKey(of: pod) }

  /// The number of a pod's shape.
  mutating func shape(of pod: PodObservation) -> Int {
    let labelsMatter = !selectors.isEmpty
    if let known = shapeTable.known(pod, labelsMatter: labelsMatter) { return known }
    let key = shapeKey(of: pod)
    let number = shapeTable.number(of: key) { [dimensions, topology] key in
      let counters = key.matches.flatMap { topology.countersOfSelector.at($0) }
      let spreads = key.matches.flatMap { topology.spreadsOfSelector.at($0) }
      let depends =
        !key.affinity.isEmpty || !key.antiAffinity.isEmpty || !key.spreads.isEmpty || !key.ports.isEmpty
        || !counters.isEmpty
      return PodShape(
        key: key, row: dimensions.row(key.demand), counters: counters, countedSpreads: spreads, dependsOnPods: depends)
    }
    shapeTable.remember(pod, number)
    return number
  }

  private mutating func shapeKey(of pod: PodObservation) -> PodShape.Key {
    let constraint = constraints.number(of: PodGroup.Constraint(pod))
    let matches = selectors.isEmpty ? [] : selectors.matches(namespace: pod.key.namespace, labels: pod.labels)
    guard pod.constraints.dependsOnPods else {
      return PodShape.Key(
        demand: pod.demand, constraint: constraint, matches: matches, affinity: [], affinityChoosesItself: false,
        antiAffinity: [], spreads: [], ports: [])
    }
    let (affinity, anti) = PodCensus.terms(of: pod, namespaceLabels, &selectors, &topology)
    let own = !affinity.isEmpty && affinity.allSatisfy { matches.contains(topology.counters[$0].selector) }
    let spreads = spreadUses(of: pod, constraint: constraint, matches: matches)
    return PodShape.Key(
      demand: pod.demand, constraint: constraint, matches: matches, affinity: affinity, affinityChoosesItself: own,
      antiAffinity: anti, spreads: spreads, ports: pod.constraints.hostPorts)
  }

  private mutating func spreadUses(of pod: PodObservation, constraint: Int, matches: [Int]) -> [PodShape.SpreadUse] {
    let hard = pod.constraints.topologySpread.filter { $0.whenUnsatisfiable == .doNotSchedule }
    guard !hard.isEmpty else { return [] }
    let keys = Set(hard.map { topology.key(named: $0.topologyKey) }).sorted()
    return hard.map { spread in
      let selector = selectors.number(
        of: PodSelectors.Key(spread, namespace: pod.key.namespace, labels: pod.labels))
      let rule = SpreadRule(
        selector: selector, key: topology.key(named: spread.topologyKey), maxSkew: spread.maxSkew,
        minDomains: spread.minDomains, constraint: spread.nodeAffinityPolicy == .honor ? constraint : nil,
        honorsTaints: spread.nodeTaintsPolicy == .honor,
        taintConstraint: spread.nodeTaintsPolicy == .honor ? constraint : -1, keys: keys)
      return PodShape.SpreadUse(spread: self.spread(rule), countsItself: matches.contains(selector))
    }
  }

  // MARK: - Answers

  /// Whether other pods and ports let one more pod of a shape into a room.
  func admits(_ shape: PodShape, room: Int) -> Bool {
    if !shape.key.affinity.isEmpty, !meetsAffinity(shape, room) { return false }
    for counter in shape.key.antiAffinity {
      let domain = topology.domain(topology.counters[counter].key, room)
      if domain >= 0, topology.count(counter, domain) > 0 { return false }
    }
    for counter in shape.counters where topology.hasHolders[counter] {
      let domain = topology.domain(topology.counters[counter].key, room)
      if domain >= 0, topology.holders(counter, domain) > 0 { return false }
    }
    for use in shape.key.spreads {
      let domain = topology.domain(topology.spreads[use.spread].key, room)
      if domain < 0 || !topology.spreads[use.spread].admits(domain, counts: use.countsItself) { return false }
    }
    if !shape.key.ports.isEmpty, let taken = ports[room] {
      for port in shape.key.ports where taken.contains(where: port.collides) { return false }
    }
    return true
  }

  /// Affinity: such pods are in the domain; or there are none anywhere and the pod would be the first of its own kind.
  private func meetsAffinity(_ shape: PodShape, _ room: Int) -> Bool {
    var isMet = true
    for counter in shape.key.affinity {
      let domain = topology.domain(topology.counters[counter].key, room)
      if domain < 0 { return false }
      if topology.count(counter, domain) == 0 { isMet = false }
    }
    if isMet { return true }
    return shape.key.affinityChoosesItself && shape.key.affinity.allSatisfy { topology.totals[$0] == 0 }
  }

  /// How many of a row fit into a room, at most `limit`.
  func capacity(_ row: [Int64], room: Int, atMost limit: Int) -> Int {
    let start = room * row.count
    for index in row.indices where row[index] > free[start + index] && row[index] > 0 { return 0 }
    var most = limit
    for index in row.indices where row[index] > 0 {
      let fitting = free[start + index] / row[index]
      if fitting < Int64(most) { most = Int(fitting) }
    }
    return most
  }

  mutating func mayRun(_ shape: PodShape, room: Int) -> Bool {
    mayRun(shape.constraint, constraints.answers(of: shape.constraint), room)
  }

  func mayRun(_ constraint: Int, _ answers: ConstraintTable.Answers, _ room: Int) -> Bool {
    guard answers.isByNode else { return answers.mayRun[rooms[room].nodeClass] }
    let (room, constraint) = (rooms[room], constraints.constraints[constraint])
    return constraint.mismatch(taints: room.taints, labels: room.labels, name: room.nodeName) == nil
  }

  // MARK: - Changes

  mutating func place(_ shape: Int, room: Int, pods: Int) {
    change(shape, room: room, by: pods)
    steps.append(.placed(shape: shape, room: room, pods: pods))
  }

  private mutating func change(_ number: Int, room: Int, by pods: Int) {
    let shape = shapeTable.shapes[number]
    let start = room * shape.row.count
    for index in shape.row.indices { free[start + index] -= shape.row[index] * Int64(pods) }
    guard shape.isCounted else { return }
    count(shape, room: room, by: pods)
  }

  /// What other pods must know of pods of a shape in a room, apart from the room that they take.
  mutating func count(_ shape: PodShape, room: Int, by pods: Int, isTerminating: Bool = false) {
    let change = Int32(clamping: pods)
    for counter in shape.counters { topology.count(counter, room: room, by: change) }
    for counter in shape.key.antiAffinity { topology.hold(counter, room: room, by: change) }
    if !isTerminating {
      for spread in shape.countedSpreads { topology.countSpread(spread, room: room, by: change) }
    }
    guard !shape.key.ports.isEmpty else { return }
    if pods > 0 {
      ports[room, default: []] += shape.key.ports
    } else {
      for port in shape.key.ports {
        if let index = ports[room]?.firstIndex(of: port) { ports[room]!.remove(at: index) }
      }
    }
  }

  /// No more pods come into a room.
  mutating func close(room: Int) {
    guard rooms[room].isOpen else { return }
    rooms[room].isOpen = false
    steps.append(.closed(room: room))
  }

  /// A room's node goes: spreads do not look at it any more. Its pods must have been taken away before.
  mutating func remove(room: Int) {
    close(room: room)
    changeEligible(room: room, by: -1)
    steps.append(.removed(room: room))
  }

  private mutating func changeEligible(room: Int, by change: Int32) {
    for number in topology.spreads.indices where topology.spreads[number].isEligible[room] {
      let domain = topology.domain(topology.spreads[number].key, room)
      if domain >= 0 { topology.spreads[number].addRoom(domain: domain, by: change) }
    }
  }

  var mark: Int { steps.count }

  /// Takes back all that was done since a mark.
  mutating func undo(to mark: Int) {
    while steps.count > mark {
      switch steps.removeLast() {
      case .placed(let shape, let room, let pods): change(shape, room: room, by: -pods)
      case .closed(let room): rooms[room].isOpen = true
      case .removed(let room): changeEligible(room: room, by: 1)
      case .added:
        let room = rooms.count - 1
        changeEligible(room: room, by: -1)
        for number in topology.spreads.indices { topology.spreads[number].isEligible.removeLast() }
        topology.removeLastRoom()
        ports[room] = nil
        if let name = rooms[room].nodeName { roomOfNode[name] = nil }
        rooms.removeLast()
        free.removeLast(width)
      }
    }
  }

  // MARK: - Rooms and spreads

  /// Adds a room; `free` has one number for each dimension.
  mutating func add(
    _ origin: Room.Origin, taints: [Taint], labels: [String: String], free: [Int64], isOpen: Bool = true
  ) -> Int {
    let nodeClass = constraints.nodeClass(taints: taints, labels: labels)
    rooms.append(Room(origin: origin, taints: taints, labels: labels, nodeClass: nodeClass, isOpen: isOpen))
    self.free.append(contentsOf: free)
    topology.addRoom(labels: labels)
    let room = rooms.count - 1
    if let name = rooms[room].nodeName { roomOfNode[name] = room }
    for number in topology.spreads.indices {
      topology.spreads[number].isEligible.append(isEligible(spreadRules[number], room))
    }
    changeEligible(room: room, by: 1)
    steps.append(.added)
    return room
  }

  /// Adds an empty room with the taints, labels and domains of one that has no name yet; `free` has one number for each
  /// dimension.
  mutating func addTwin(of twin: Int, _ origin: Room.Origin, _ free: [Int64]) -> Int {
    let like = rooms[twin]
    rooms.append(
      Room(origin: origin, taints: like.taints, labels: like.labels, nodeClass: like.nodeClass, isOpen: true))
    self.free.append(contentsOf: free)
    topology.addTwin(of: twin)
    for number in topology.spreads.indices {
      topology.spreads[number].isEligible.append(topology.spreads[number].isEligible[twin])
    }
    changeEligible(room: rooms.count - 1, by: 1)
    steps.append(.added)
    return rooms.count - 1
  }

  /// The number of a spread; its rooms are judged when it is first met, and pods are counted into it afterwards.
  private mutating func spread(_ rule: SpreadRule) -> Int {
    if let known = spreadNumbers[rule] { return known }
    var spread = Spread(selector: rule.selector, key: rule.key, maxSkew: rule.maxSkew, minDomains: rule.minDomains)
    for room in rooms.indices { spread.isEligible.append(isEligible(rule, room)) }
    let number = topology.add(spread)
    spreadNumbers[rule] = number
    spreadRules.append(rule)
    for room in rooms.indices where topology.spreads[number].isEligible[room] {
      let domain = topology.domain(rule.key, room)
      if domain >= 0 { topology.spreads[number].addRoom(domain: domain, by: 1) }
    }
    return number
  }

  private mutating func isEligible(_ rule: SpreadRule, _ room: Int) -> Bool {
    for key in rule.keys where topology.domain(key, room) < 0 { return false }
    if let number = rule.constraint {
      let answers = constraints.answers(of: number)
      let isSelected =
        answers.isByNode
        ? constraints.constraints[number].selectorMismatch(labels: rooms[room].labels, name: rooms[room].nodeName)
          == nil
        : answers.isSelected[rooms[room].nodeClass]
      if !isSelected { return false }
    }
    guard rule.honorsTaints else { return true }
    let constraint = constraints.constraints[rule.taintConstraint]
    return !rooms[room].taints.contains { taint in
      taint.effect != .preferNoSchedule && !constraint.tolerations.contains { $0.tolerates(taint) }
    }
  }
}

extension Array {
  /// An element, or nothing beyond the end.
  func at<Item>(_ index: Int) -> [Item] where Element == [Item] { index < count ? self[index] : [] }
}
