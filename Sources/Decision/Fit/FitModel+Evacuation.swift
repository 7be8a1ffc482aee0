extension FitModel {
  /// Rooms in the order in which pods that must move are put into them, with how far each shape has gone through them.
  struct Route {
    let rooms: [Int]
    /// By shape: rooms before this one take none of it any more.
    fileprivate var positions: [Int: Int] = [:]

    init(_ rooms: [Int]) { self.rooms = rooms }
  }

  /// Takes pods out of a room, whose node goes; nothing else changes yet.
  mutating func vacate(_ pods: [(shape: Int, count: Int)], room: Int) {
    for (shape, count) in pods { place(shape, room: room, pods: -count) }
    remove(room: room)
  }

  /// Puts as many of some pods of a shape as the rules allow into a route's open rooms; returns how many.
  mutating func place(_ number: Int, count: Int, along route: inout Route) -> Int {
    let shape = shapeTable.shapes[number]
    let answers = constraints.answers(of: shape.constraint)
    var left = count
    while left > 0 {
      let before = left
      var position = route.positions[number] ?? 0
      var isAtFront = true
      while left > 0, position < route.rooms.count {
        let room = route.rooms[position]
        var fitting = rooms[room].isOpen ? capacity(shape.row, room: room, atMost: left) : 0
        if fitting > 0, !mayRun(shape.constraint, answers, room) { fitting = 0 }
        if fitting > 0 {
          let placed = placeAsAdmitted(number, shape, fitting, room)
          left -= placed
          // What other pods forbid now they may allow later: only a room that is full is left behind for good.
          if placed < fitting || left == 0 { isAtFront = false }
        }
        position += 1
        if isAtFront { route.positions[number] = position }
      }
      // One pod more may have made room for another where pods must be spread.
      if !shape.dependsOnPods || left == before { break }
    }
    return count - left
  }

  private mutating func placeAsAdmitted(_ number: Int, _ shape: PodShape, _ count: Int, _ room: Int) -> Int {
    guard shape.dependsOnPods else {
      place(number, room: room, pods: count)
      return count
    }
    var placed = 0
    while placed < count, admits(shape, room: room) {
      place(number, room: room, pods: 1)
      placed += 1
    }
    return placed
  }

  /// Rooms that have received pods since a mark.
  func receivers(since mark: Int) -> [Int] {
    steps[mark...].compactMap { step in
      if case .placed(_, let room, let pods) = step, pods > 0 { room } else { nil }
    }
  }
}
