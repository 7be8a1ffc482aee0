import Model

/// Proves that each pod of a worker has a place on the nodes that stay, or says which has none. One value serves all
/// rules of a plan: what one has moved is where it went for the next.
struct Evacuation {
  /// Nodes that stay in any case come first, then the fullest: so that the emptiest can go.
  private var route: FitModel.Route
  /// Rooms that have received pods; they stay.
  private(set) var receivers: Set<Int> = []
  /// `nil`: the budgets are unknown.
  private var allowances: DisruptionAllowances?
  private let keepsLocalData: Bool
  private let cutoff: Int
  private let scale: Scale

  /// The draft's model must have been made. Workers that leave already, or by this plan, take no more pods, and their own
  /// count against the disruption budgets.
  init(_ draft: inout Draft) {
    let situation = draft.situation
    keepsLocalData = !situation.policy.draining.deleteEmptyDirData
    cutoff = situation.policy.pace.priorityCutoff
    scale = Scale((situation.nodes ?? []).map(\.allocatable))
    allowances = situation.disruptionBudgets.map { DisruptionAllowances($0) }
    for worker in situation.workers where !worker.isStaying || draft.retiring.contains(worker.name) {
      allowances?.charge(situation.evictedPods(of: worker))
      if let room = draft.fit!.roomOfNode[NodeName(worker.name.rawValue)] { draft.fit!.close(room: room) }
    }
    route = FitModel.Route(Self.order(draft))
  }

  private static func order(_ draft: Draft) -> [Int] {
    let situation = draft.situation
    let model = draft.fit!
    let movable = Set(
      situation.workers.filter { $0.isStaying && $0.state == .ready }.map { NodeName($0.name.rawValue) })
    var ranked: [(room: Int, isMovable: Bool, share: Double)] = []
    for node in situation.nodes ?? [] {
      guard let room = model.roomOfNode[node.name], model.rooms[room].scope == .existing, model.rooms[room].isOpen
      else { continue }
      let share = Utilisation.of(node, situation.load(of: node.name)) ?? 1
      ranked.append((room, movable.contains(node.name), share))
    }
    ranked.sort { left, right in
      if left.isMovable != right.isMovable { return right.isMovable }
      if left.share != right.share { return left.share > right.share }
      return left.room > right.room
    }
    return ranked.map(\.room)
  }

  /// What a worker's pods need if they are to move.
  struct Load {
    let room: Int
    let pods: [PodObservation]
    /// Largest first, equal ones together; those below the priority cut-off need no place.
    let shapes: [(shape: Int, count: Int)]
  }

  // MARK: - Answers

  /// A worker's pods, or why they must stay where they are.
  mutating func load(_ worker: WorkerRecord, _ draft: inout Draft) -> Result<Load, Refused> {
    let situation = draft.situation
    guard let node = situation.node(of: worker), let room = draft.fit!.roomOfNode[node.name] else {
      return .failure(Refused(Reason(.listMissing, "Worker \(worker.name) stays: its node is not known.")))
    }
    if let why = Movability.hindrance(of: node, now: situation.now) {
      return .failure(Refused(Reason(.mustNotMove, "Worker \(worker.name) stays: \(why).")))
    }
    let isNominated = situation.load(of: node.name).workload.contains { $0.node == nil }
    guard !isNominated, !draft.claimed.contains(node.name) else {
      return .failure(
        Refused(Reason(.inUse, "Worker \(worker.name) stays: pods that wait are about to use it.")))
    }
    guard !receivers.contains(room) else {
      return .failure(
        Refused(
          Reason(.inUse, "Worker \(worker.name) stays: pods of workers that go are to move to it.")))
    }
    let pods = situation.evictedPods(of: worker)
    guard !pods.isEmpty else { return .success(Load(room: room, pods: [], shapes: [])) }
    guard allowances != nil else {
      return .failure(
        Refused(
          Reason(
            .listMissing, "Worker \(worker.name) stays: the disruption budgets of its pods are not known.",
            remedy: "It may go when Kubernetes answers again.")))
    }
    for pod in pods {
      let isCovered = pod.key.namespace == Movability.systemNamespace && allowances!.covers(pod)
      let why = Movability.hindrance(
        of: pod, isCovered: isCovered, keepsLocalData: keepsLocalData, now: situation.now)
      guard let why else { continue }
      return .failure(
        Refused(
          Reason(
            .mustNotMove, "Worker \(worker.name) stays: pod \(pod.key) must not move, as \(why).",
            data: ["pod": pod.key.description])))
    }
    return .success(Load(room: room, pods: pods, shapes: shapes(pods, &draft.fit!)))
  }

  private func shapes(_ pods: [PodObservation], _ model: inout FitModel) -> [(shape: Int, count: Int)] {
    // By first pod, so that the order does not follow from the model's numbers.
    var found: [(shape: Int, count: Int, size: Double)] = []
    var positions: [Int: Int] = [:]
    for pod in pods where pod.priority >= cutoff {
      let shape = model.shape(of: pod)
      if let position = positions[shape] {
        found[position].count += 1
        continue
      }
      positions[shape] = found.count
      found.append((shape, 1, scale.size(model.shapes[shape].demand)))
    }
    let order = found.indices.sorted { (-found[$0].size, $0) < (-found[$1].size, $1) }
    return order.map { (found[$0].shape, found[$0].count) }
  }

  /// Moves a worker's pods and takes its room away; otherwise says why it must stay, and nothing has changed.
  mutating func move(_ worker: WorkerRecord, _ draft: inout Draft) -> Reason? {
    let load: Load
    switch self.load(worker, &draft) {
    case .failure(let refused): return refused.reason
    case .success(let found): load = found
    }
    let (start, before, counted) = (draft.fit!.mark, route, allowances?.left)
    if let refusal = allowances?.take(load.pods) {
      return Reason(
        .disruptionBudget, "Worker \(worker.name) stays: \(refusal.phrase).",
        remedy: "It may go when the budget allows it.", data: ["budgets": refusal.budgets.joined(separator: " ")])
    }
    draft.fit!.vacate(load.shapes, room: load.room)
    for (shape, count) in load.shapes where draft.fit!.place(shape, count: count, along: &route) < count {
      draft.fit!.undo(to: start)
      route = before
      if let counted { allowances?.restore(counted) }
      return noPlace(shape, load, worker, &draft)
    }
    receivers.formUnion(draft.fit!.receivers(since: start))
    return nil
  }

  /// Moves the pods of several workers, none onto another of them; otherwise nothing has changed.
  mutating func moveTogether(_ workers: [WorkerRecord], _ draft: inout Draft) -> Bool {
    var loads: [Load] = []
    for worker in workers {
      guard case .success(let load) = self.load(worker, &draft) else { return false }
      loads.append(load)
    }
    guard budgetsAllow(loads) else { return false }
    let (start, before) = (draft.fit!.mark, route)
    guard leftovers(loads, &draft).isEmpty else {
      draft.fit!.undo(to: start)
      route = before
      return false
    }
    for load in loads { _ = allowances?.take(load.pods) }
    receivers.formUnion(draft.fit!.receivers(since: start))
    return true
  }

  private func noPlace(_ shape: Int, _ load: Load, _ worker: WorkerRecord, _ draft: inout Draft) -> Reason {
    let pod = load.pods.first { $0.priority >= cutoff && draft.fit!.shape(of: $0) == shape }!
    return Reason(
      .podsHaveNoPlace,
      "Worker \(worker.name) stays: pod \(pod.key) (\(Phrase.demand(pod.demand))) fits on no other node.",
      data: ["pod": pod.key.description])
  }

  /// Vacates several workers at once and puts their pods along the route; returns what is left of them. Nothing is counted
  /// or undone: this is for a trial.
  mutating func leftovers(_ loads: [Load], _ draft: inout Draft) -> [(shape: Int, count: Int)] {
    for load in loads { draft.fit!.vacate(load.shapes, room: load.room) }
    var left: [(shape: Int, count: Int)] = []
    for load in loads {
      for (shape, count) in load.shapes {
        let placed = draft.fit!.place(shape, count: count, along: &route)
        if placed < count { left.append((shape, count - placed)) }
      }
    }
    return left
  }

  /// Whether the disruption budgets let all these pods go; nothing is counted.
  mutating func budgetsAllow(_ loads: [Load]) -> Bool {
    let counted = allowances?.left
    defer { if let counted { allowances?.restore(counted) } }
    return loads.allSatisfy { allowances?.take($0.pods) == nil }
  }

  struct Refused: Error {
    let reason: Reason
    init(_ reason: Reason) { self.reason = reason }
  }
}

extension Draft {
  /// Runs `body` with the plan's evacuation, which is made if need be.
  mutating func withEvacuation<Result>(_ body: (inout Evacuation, inout Draft) -> Result) -> Result {
    modelFit()
    var own = evacuation ?? Evacuation(&self)
    // Not held twice meanwhile: its lists would be copied with each change.
    evacuation = nil
    defer { evacuation = own }
    return body(&own, &self)
  }

  /// Moves a worker's pods elsewhere in the draft's model; otherwise says why the worker must stay.
  mutating func evacuate(_ worker: WorkerRecord) -> Reason? { withEvacuation { $0.move(worker, &$1) } }
}
