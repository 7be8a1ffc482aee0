package import Model

/// Where the scheduler may put pods, by the same model of fit that plans rest on. For those who replay a cluster.
package struct SchedulerModel {
  private var model: FitModel

  /// The cluster of a snapshot, with the pods that it shows on nodes.
  package init(snapshot: Snapshot, policy: Policy) {
    model = FitModel(Situation(snapshot: snapshot, policy: policy), planned: [])
  }

  /// Nodes on which a pod of the snapshot that has none may run now, in the order of their names.
  package mutating func nodes(for pod: PodObservation) -> [NodeName] {
    let number = model.shape(of: pod)
    let shape = model.shapes[number]
    return model.rooms.indices.compactMap { room in
      guard case .node(let name) = model.rooms[room].origin, model.rooms[room].isOpen,
        model.capacity(shape.row, room: room, atMost: 1) == 1, model.mayRun(shape, room: room),
        model.admits(shape, room: room)
      else { return nil }
      return name
    }
  }

  /// Counts such a pod on a node from now on.
  package mutating func place(_ pod: PodObservation, on node: NodeName) {
    guard let room = model.roomOfNode[node] else { return }
    model.place(model.shape(of: pod), room: room, pods: 1)
  }
}
