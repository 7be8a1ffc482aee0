public import Model
import Ports
import Synchronization

/// Looking: one list a cycle, and what the list cannot tell.
extension ProxmoxHypervisor {
  /// The list's power and names are this much behind at most.
  static let listLag = Duration.seconds(60)
  /// A configuration at rest is read again after this long, whatever its row says.
  static let configurationAge = Duration.minutes(5)

  /// All virtual machines, those of others and templates included; containers are none.
  public func machines() async throws -> [MachineObservation] {
    try await translating("hypervisor.machines") {
      let resources = try await client.resources()
      let now = time.now()
      memory.withLock { $0.prune(by: resources, now: now) }
      let rows = resources.sortedMachines.filter { !$0.isContainer }
      let read = try await configurations(of: rows.filter(concerns), in: resources)
      let observations = rows.filter { !read.vanished.contains($0.id) }.map { row in
        observation(row, read.found[row.id], resources)
      }
      let powers = try await livePowers(of: observations, resources)
      return observations.map { observation in
        var observation = observation
        if let power = powers[observation.id] { observation.power = power }
        return observation
      }
    }
  }

  /// Whether a row may be a machine of ours.
  func concerns(_ row: ClusterResources.Machine) -> Bool {
    !row.isContainer && !row.isTemplate && (row.tags.contains(OwnerMark.tag) || numbers.contains(row.id))
  }

  private func observation(
    _ row: ClusterResources.Machine, _ configuration: MachineConfiguration?, _ resources: ClusterResources
  ) -> MachineObservation {
    let power: MachineObservation.Power =
      if !resources.isOnline(row.node) {
        .unknown
      } else {
        switch row.status {
        case "running": .running
        case "stopped": .stopped
        default: .unknown
        }
      }
    var observation = MachineObservation(id: row.id, name: row.name, host: row.node, power: power)
    observation.isTemplate = row.isTemplate
    observation.locked = row.lock != nil
    guard let configuration else { return observation }
    if !configuration.name.isEmpty { observation.name = configuration.name }
    observation.isTemplate = row.isTemplate || configuration.isTemplate
    observation.locked = row.lock != nil || configuration.lock != nil
    observation.uuid = configuration.uuid
    if let mark = identifiedMark(in: configuration, of: row.id) {
      observation.owner = mark.owner
      observation.createdAt = mark.createdAt
      observation.configured = configuration.isConfigured
    }
    return observation
  }

  /// The mark of any cluster's machine that carries all that makes one: other clusters' owners are told as well.
  private func identifiedMark(in configuration: MachineConfiguration, of id: MachineID) -> OwnerMark? {
    guard let cluster = configuration.mark?.owner.cluster else { return nil }
    let identity = MachineIdentity(configuration, cluster: cluster, isNumberOurs: numbers.contains(id))
    guard case .of(let mark) = identity else { return nil }
    return mark
  }

  // MARK: Configurations

  /// The rows' configurations: remembered ones where nothing has changed, fresh ones otherwise.
  /// - Returns: those that could be read, and rows that are no more.
  func configurations(
    of rows: [ClusterResources.Machine], in resources: ClusterResources
  ) async throws -> (found: [MachineID: MachineConfiguration], vanished: Set<MachineID>) {
    let now = time.now()
    let kept = memory.withLock { $0.configurations }
    var found: [MachineID: MachineConfiguration] = [:]
    var vanished: Set<MachineID> = []
    var unread: [ClusterResources.Machine] = []
    for row in rows {
      if let read = kept[row.id], isCurrent(read, row, now) || !resources.isOnline(row.node) {
        found[row.id] = read.configuration
      } else if resources.isOnline(row.node) {
        unread.append(row)
      }
    }
    for (row, reading) in try await parallelMap(unread, { ($0, try await self.read($0)) }) {
      switch reading {
      case .found(let configuration):
        found[row.id] = configuration
        let read = Memory.Read(
          configuration: configuration, node: row.node, tags: row.tags, lock: row.lock, at: now)
        memory.withLock { $0.configurations[row.id] = read }
      case .vanished: vanished.insert(row.id)
      case .unreadable: found[row.id] = kept[row.id]?.configuration
      }
    }
    return (found, vanished)
  }

  private func isCurrent(_ read: Memory.Read, _ row: ClusterResources.Machine, _ now: Instant) -> Bool {
    guard read.node == row.node, read.tags == row.tags, read.lock == row.lock, row.lock == nil,
      now - read.at < Self.configurationAge
    else { return false }
    // One that is still to be brought to its size is looked at each time.
    return read.configuration.mark == nil || read.configuration.isConfigured
  }

  private enum Reading: Sendable {
    case found(MachineConfiguration)
    case vanished
    case unreadable
  }

  private func read(_ row: ClusterResources.Machine) async throws -> Reading {
    do { return .found(try await client.configuration(of: row.id, on: row.node)) } catch let failure as ProxmoxFailure {
      switch failure.meaning {
      // Deleted since the list was made, or moved to another host: the next list tells.
      case .missing: return .vanished
      case .forbidden:
        tellOnce("Machine \(row.id) is listed, but its configuration may not be read: \(failure.text).")
        return .unreadable
      case .hostUnreachable: return .unreadable
      default: throw failure
      }
    }
  }

  // MARK: Power

  /// Asks the hosts where the list may be wrong and something depends on it: our machines that are not listed as
  /// running, or whose power we have just changed.
  private func livePowers(
    of observations: [MachineObservation], _ resources: ClusterResources
  ) async throws -> [MachineID: MachineObservation.Power] {
    let touched = memory.withLock { $0.touched }
    let asked = observations.filter { machine in
      machine.owner?.cluster == options.cluster && resources.isOnline(machine.host)
        && (machine.power != .running || touched[machine.id] != nil)
    }
    let answers = try await parallelMap(asked) { [client] machine -> (MachineID, MachineObservation.Power) in
      do {
        return (machine.id, try await client.isRunning(machine.id, on: machine.host) ? .running : .stopped)
      } catch is ProxmoxFailure { return (machine.id, .unknown) }
    }
    return Dictionary(answers, uniquingKeysWith: { first, _ in first })
  }
}
