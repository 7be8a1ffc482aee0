import Model

extension FitModel {
  /// Where pods of one shape went, in the order in which rooms were first used.
  struct Placement {
    var placed = 0
    var rooms: [(room: Int, pods: Int)] = []

    mutating func add(_ room: Int, _ pods: Int) {
      placed += pods
      if let last = rooms.indices.last, rooms[last].room == room {
        rooms[last].pods += pods
      } else {
        rooms.append((room, pods))
      }
    }
  }

  /// Puts as many of `count` pods of a shape as the rules allow into open rooms of a scope, in their order.
  mutating func place(_ number: Int, count: Int, in scope: Scope) -> Placement {
    guard count > 0 else { return Placement() }
    return shapeTable.shapes[number].dependsOnPods
      ? placeOneByOne(number, count, scope) : placeTogether(number, count, scope)
  }

  private mutating func placeTogether(_ number: Int, _ count: Int, _ scope: Scope) -> Placement {
    let shape = shapeTable.shapes[number]
    let answers = constraints.answers(of: shape.constraint)
    var placement = Placement()
    for room in rooms.indices where rooms[room].isOpen && rooms[room].scope == scope {
      let fitting = capacity(shape.row, room: room, atMost: count - placement.placed)
      guard fitting > 0, mayRun(shape.constraint, answers, room) else { continue }
      place(number, room: room, pods: fitting)
      placement.add(room, fitting)
      if placement.placed == count { break }
    }
    return placement
  }

  /// Pod by pod, in rounds over the rooms: what one pod makes impossible now, another may make possible later. Rooms of
  /// the emptiest domain come first where pods must be spread.
  private mutating func placeOneByOne(_ number: Int, _ count: Int, _ scope: Scope) -> Placement {
    let shape = shapeTable.shapes[number]
    var lanes = lanes(shape, candidates(shape, scope))
    var placement = Placement()
    var used: [Int: Int] = [:]
    var order: [Int] = []
    var isStuck = false
    while placement.placed < count, !isStuck {
      isStuck = true
      if lanes.count > 1 { lanes.sort { ($0.count(topology), $0.domain) < ($1.count(topology), $1.domain) } }
      for index in lanes.indices {
        guard let room = lanes[index].next(shape, &self) else { continue }
        place(number, room: room, pods: 1)
        if used[room] == nil { order.append(room) }
        used[room, default: 0] += 1
        placement.placed += 1
        isStuck = false
        break
      }
    }
    placement.rooms = order.map { ($0, used[$0]!) }
    return placement
  }

  private mutating func candidates(_ shape: PodShape, _ scope: Scope) -> [Int] {
    let answers = constraints.answers(of: shape.constraint)
    return rooms.indices.filter { room in
      rooms[room].isOpen && rooms[room].scope == scope && capacity(shape.row, room: room, atMost: 1) == 1
        && mayRun(shape.constraint, answers, room)
    }
  }

  /// Rooms by domain of the widest spread constraint, or all in one lane.
  private func lanes(_ shape: PodShape, _ candidates: [Int]) -> [Lane] {
    let wide = shape.key.spreads.map(\.spread).first { topology.spreads[$0].key != Topology.hostname }
    guard let spread = wide else { return [Lane(spread: nil, domain: 0, rooms: candidates)] }
    var lanes: [Int32: Lane] = [:]
    for room in candidates {
      let domain = topology.domain(topology.spreads[spread].key, room)
      guard domain >= 0 else { continue }
      lanes[domain, default: Lane(spread: spread, domain: domain, rooms: [])].rooms.append(room)
    }
    return lanes.keys.sorted().map { lanes[$0]! }
  }

  /// The rooms of one domain, gone through in turns.
  private struct Lane {
    let spread: Int?
    let domain: Int32
    var rooms: [Int]
    private var position = 0

    init(spread: Int?, domain: Int32, rooms: [Int]) {
      self.spread = spread
      self.domain = domain
      self.rooms = rooms
    }

    func count(_ topology: Topology) -> Int32 { spread.map { topology.spreads[$0].count(domain) } ?? 0 }

    /// The next room that takes a pod. Rooms that are full, or closed to the shape for good, leave the lane.
    mutating func next(_ shape: PodShape, _ model: inout FitModel) -> Int? {
      var looked = 0
      while looked < rooms.count {
        if position >= rooms.count { position = 0 }
        let room = rooms[position]
        guard model.capacity(shape.row, room: room, atMost: 1) == 1, !model.isClosedForGood(shape, room) else {
          rooms.remove(at: position)
          continue
        }
        if model.admits(shape, room: room) {
          position += 1
          return room
        }
        position += 1
        looked += 1
      }
      return nil
    }
  }

  /// Whether nothing that is placed later can let a pod of a shape into a room: there is somebody whom it must not meet.
  fileprivate func isClosedForGood(_ shape: PodShape, _ room: Int) -> Bool {
    for counter in shape.key.antiAffinity {
      let domain = topology.domain(topology.counters[counter].key, room)
      if domain >= 0, topology.count(counter, domain) > 0 { return true }
    }
    for counter in shape.counters where topology.hasHolders[counter] {
      let domain = topology.domain(topology.counters[counter].key, room)
      if domain >= 0, topology.holders(counter, domain) > 0 { return true }
    }
    return false
  }
}
