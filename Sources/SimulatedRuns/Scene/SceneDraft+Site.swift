import Model
import Simulator

/// Hosts and what stands on them: templates, and machines of other people.
extension SceneDraft {
  mutating func drawSite(_ dice: inout SplitMix64) {
    let count =
      isBig
      ? 6
      : dice.pick(weighted: [
        (item: 1, weight: 1), (item: 2, weight: 5), (item: 3, weight: 5), (item: 4, weight: 4), (item: 5, weight: 1),
        (item: 6, weight: 1),
      ])
    let prefix = dice.pick(["pve-0", "node", "hv-a"])
    let hasGPUs = dice.chance(0.5)
    for number in 1...count {
      let (cores, gibibytes) = isBig ? (128, 512) : dice.pick([(16, 64), (32, 128), (48, 192), (64, 256)])
      let gpus = hasGPUs && (number == count || dice.chance(0.5)) ? dice.integer(in: 1...3) : 0
      world.add(
        SimulatedHost(
          name: HostName("\(prefix)\(number)"), cpuCores: cores, memoryBytes: .mebibytes(Int64(gibibytes) * 1024),
          storageBytes: .gigabytes(Int64(dice.integer(in: 3...8)) * (isBig ? 3000 : 1000)), gpus: gpus))
    }
    let hosts = world.hosts.values
    for (index, host) in hosts.enumerated() {
      let isNearlyFull = index > 0 && dice.chance(0.15)
      addNeighbours(on: host, from: 100 + index * 10, share: isNearlyFull ? 0.9 : 0, &dice)
    }
    addLookalikes(on: hosts.map(\.name), &dice)
  }

  /// Machines of other people on one host.
  /// - Parameter share: what they take of its memory together at least.
  private mutating func addNeighbours(on host: SimulatedHost, from first: Int, share: Double, _ dice: inout SplitMix64)
  {
    let names = ["nas", "mail", "gitlab", "windows", "router", "backup", "db-old", "ci"]
    var taken = 0.0
    for number in 0..<(share > 0 ? 4 : dice.integer(in: 0...3)) {
      let part = share > 0 ? share / 4 : dice.number(in: 0.02...0.12)
      taken += part
      world.addForeignMachine(
        MachineID(first + number), name: "\(dice.pick(names))-\(first + number)", on: host.name,
        hardware: Template.Machine(
          cpuCores: max(1, Int(Double(host.cpuCores) * part)),
          memoryBytes: Int64(Double(host.memoryBytes / 1_048_576) * part) * 1_048_576,
          diskBytes: .gigabytes(dice.integer(in: 1...3) == 1 ? 200 : 40)))
    }
  }

  /// Machines of other people that look like ours.
  private mutating func addLookalikes(on hosts: [HostName], _ dice: inout SplitMix64) {
    let hardware = Template.Machine(cpuCores: 1, memoryBytes: .mebibytes(1024), diskBytes: .gigabytes(20))
    let number = dice.integer(in: 1...2)
    let name = WorkerName(pool: PoolName(dice.pick(["permanent", "burst", "spot"])), number: number)
    var next = world.firstMachineID
    func id(_ dice: inout SplitMix64) -> MachineID {
      defer { next += 1 }
      return MachineID(next + (dice.chance(0.3) ? 700 : 0))
    }
    if dice.chance(0.3) {
      // Another cluster's worker.
      let owner = MachineOwner(
        cluster: "staging-k8s", pool: "burst", worker: name, id: "of-another-cluster")
      world.addForeignMachine(id(&dice), name: name.rawValue, on: dice.pick(hosts), hardware: hardware, owner: owner)
    }
    if dice.chance(0.3) {
      // The name of a worker, and nothing else.
      world.addForeignMachine(id(&dice), name: name.rawValue, on: dice.pick(hosts), hardware: hardware)
    }
    if dice.chance(0.3) {
      // The tag without a mark.
      let id = id(&dice)
      world.addForeignMachine(id, name: "test-\(id)", on: dice.pick(hosts), hardware: hardware)
      world.label(id, tags: [OwnerMark.tag], description: "A copy to try things on.\nPlease keep!")
    }
    if dice.chance(0.3) {
      // A mark that is cut off.
      let id = id(&dice)
      world.addForeignMachine(id, name: "worker-\(id)", on: dice.pick(hosts), hardware: hardware)
      world.label(id, tags: [OwnerMark.tag], description: "poolkeeper/1 cluster=\(world.clusterName) pool=burst")
    }
    if dice.chance(0.3) {
      // A number in the middle of ours.
      world.addForeignMachine(
        MachineID(world.firstMachineID + dice.integer(in: 5...9)), name: "printer", on: dice.pick(hosts),
        hardware: hardware)
    }
  }

  /// How many machines of this size the hosts can hold beside what stands there.
  func room(for machine: Template.Machine) -> Int {
    var copy = world
    guard let hosts = try? copy.hostObservations(at: world.now) else { return 0 }
    return hosts.reduce(0) { sum, host in
      let memory = (host.memoryBytes - host.assignedMemoryBytes) / max(1, machine.memoryBytes)
      let storage = host.freeStorageBytes / max(1, machine.diskBytes)
      let gpus = machine.gpus > 0 ? Int64(host.freeGPUs / machine.gpus) : .max
      return sum + Int(min(memory, storage, gpus))
    }
  }
}
