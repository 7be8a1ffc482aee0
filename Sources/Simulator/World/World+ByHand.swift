public import Model

/// Something that a person does by hand to a worker's machine, its node or a pod there, past the program.
public enum HandAct: String, Hashable, Sendable, Codable, CaseIterable {
  case cordons, uncordons, deletesNode, deletesMachine, stopsMachine, startsMachine, deletesPod, removesOwnerMark
}

extension World {
  /// A person does something to a machine or to what runs on it. Nobody is blamed for it: it is no touch of what is not
  /// ours, and it breaks no budget of the account.
  ///
  /// Only nodes that people cordoned are uncordoned; machines that are locked or whose host is down are left alone.
  /// - Returns: whether there was anything to do.
  @discardableResult
  public mutating func byHand(_ act: HandAct, on id: MachineID, at now: Instant) -> Bool {
    advance(to: now)
    guard let machine = machines[id], !machine.isTemplate else { return false }
    switch act {
    case .cordons, .uncordons, .deletesNode, .deletesPod:
      guard let node = node(on: id) else { return false }
      return byHand(act, to: node)
    case .removesOwnerMark:
      guard let owner = machine.owner else { return false }
      describe(id, "")
      machines[id]?.tags = []
      machines[id]?.formerOwner = owner
      return true
    case .deletesMachine, .stopsMachine, .startsMachine:
      guard machine.lock == nil, hosts[machine.host]?.online == true else { return false }
      return switchByHand(machine, act)
    }
  }

  private mutating func switchByHand(_ machine: SimulatedMachine, _ act: HandAct) -> Bool {
    switch act {
    case .startsMachine:
      if machine.running { return false }
      powerOn(machine.id)
    case .stopsMachine:
      guard machine.running else { return false }
      powerOff(machine.id)
    default:
      if machine.running { powerOff(machine.id) }
      meter(machine) { $0.deletedAt = $1 }
      machines[machine.id] = nil
    }
    return true
  }

  private mutating func byHand(_ act: HandAct, to node: SimulatedNode) -> Bool {
    switch act {
    case .cordons:
      if node.unschedulable { return false }
      cordonByHand(node.name)
    case .uncordons:
      guard node.unschedulable, node.cordonedByHand == true else { return false }
      setUnschedulable(node.name, false)
    case .deletesPod:
      guard let number = node.pods.first(where: { pods[$0]!.isActive && !isDaemonSetPod($0) }) else { return false }
      deletePod(number)
    default: removeNode(node.name)
    }
    return true
  }

  /// A person cordons a node, and will give it back.
  mutating func cordonByHand(_ name: NodeName) {
    guard nodes[name]?.unschedulable == false else { return }
    nodes[name]!.cordonedByHand = true
    setUnschedulable(name, true)
  }
}
