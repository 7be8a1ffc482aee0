internal import Model
internal import Simulator

extension ProxmoxEndpoint {
  static let cluster: [ProxmoxEndpoint] = [
    .get("/version") { _ in
      .members(["version": .text("9.1.2"), "release": .text("9.1"), "repoid": .text("3b2c7e1d9f0a4c55")])
    },
    .get("/cluster/status", [], Requirement("/", "Sys.Audit")) { call in call.look(clusterStatus) },
    .get("/cluster/resources", [ProxmoxParameter("type", .choice(["vm", "storage", "node", "sdn"]))]) { call in
      let (machines, storages, nodes) = call.look { world in
        (machineRows(world), storageRows(world), world.hosts.values.map { nodeRow($0, world) })
      }
      func visible(_ rows: [WireJSON], _ key: String, _ path: String, _ privileges: String...) -> [WireJSON] {
        rows.filter { row in
          switch row[key] {
          case .integer(let number): call.has(privileges, on: "\(path)/\(number)")
          case .text(let name): call.has(privileges, on: "\(path)/\(name)")
          default: false
          }
        }
      }
      var rows: [WireJSON] = []
      if call["type"] == nil || call["type"] == "vm" { rows += visible(machines, "vmid", "/vms", "VM.Audit") }
      if call["type"] == nil || call["type"] == "node" { rows += nodes }
      if call["type"] == nil || call["type"] == "storage" {
        rows += visible(storages, "storage", "/storage", "Datastore.Audit", "Datastore.AllocateSpace")
      }
      return .list(rows)
    },
    .get("/cluster/nextid", [ProxmoxParameter("vmid", .integer(minimum: 100, maximum: 999_999_999))]) { call in
      let machines = call.look { Set($0.machines.keys.map(\.rawValue)) }
      if let wanted = call.number("vmid") {
        guard !machines.contains(wanted) else {
          throw ProxmoxFailure(parameters: ["vmid": "VM \(wanted) already exists"])
        }
        return .text(String(wanted))
      }
      guard let free = (100..<1_000_000).first(where: { !machines.contains($0) }) else {
        throw ProxmoxFailure(500, "unable to get any free VMID in range [100, 1000000]")
      }
      return .text(String(free))
    },
    .get("/cluster/mapping/pci", [ProxmoxParameter("check-node", .node)]) { call in
      guard call.has(["Mapping.Use", "Mapping.Modify", "Mapping.Audit"], on: "/mapping/pci/\(SimulatedHost.mapping)")
      else { return .list([]) }
      let node = call["check-node"].map { HostName($0) }
      return .list([call.look { mapping($0, checking: node) }])
    },
    .get(
      "/cluster/mapping/pci/{id}", [ProxmoxParameter("id", .storageID, required: true)],
      Requirement("/mapping/pci/{id}", "Mapping.Use", "Mapping.Modify", "Mapping.Audit")
    ) { call in
      guard call["id"] == SimulatedHost.mapping else {
        throw ProxmoxFailure(500, "mapping '\(call["id"] ?? "")' not found")
      }
      return call.look { mapping($0, checking: nil) }
    },
    .get("/pools", [ProxmoxParameter("poolid", .poolID), poolType]) { call in
      try call.look { world in
        guard let pool = call["poolid"] else {
          return .list(world.machinePools.sorted { $0.key < $1.key }.map { poolRow($0.key, $0.value) })
        }
        guard let comment = world.machinePools[pool] else {
          throw ProxmoxFailure(500, "pool '\(pool)' does not exist")
        }
        let members = machineRows(world).filter { $0["pool"] == .text(pool) }
        let row: WireJSON = .members([
          "poolid": .text(pool), "comment": .text(comment), "members": .list(members),
        ])
        return .list([row])
      }
    },
    .change(
      "PUT", "/pools", "pool",
      [
        ProxmoxParameter("poolid", .poolID, required: true), ProxmoxParameter("vms", .list),
        ProxmoxParameter("storage", .list), ProxmoxParameter("delete", .boolean),
        ProxmoxParameter("allow-move", .boolean), ProxmoxParameter("comment", .text()),
      ]
    ) { call in
      let pool = call["poolid"] ?? ""
      try call.require(["Pool.Allocate"], on: "/pool/\(pool)")
      let members = (call["vms"] ?? "").split { ",; ".contains($0) }.compactMap { Int($0).map { MachineID($0) } }
      try call.change("pool") { world in
        try world.setPool(pool, members: members, leaving: call.flag("delete"), mayMove: call.flag("allow-move"))
        if let comment = call["comment"] { world.machinePools[pool] = comment }
      }
      return .null
    },
  ]

  private static let poolType = ProxmoxParameter("type", .choice(["qemu", "lxc", "storage"]))

  private static func poolRow(_ name: String, _ comment: String) -> WireJSON {
    .members(["poolid": .text(name), "comment": .text(comment)])
  }

  private static func clusterStatus(_ world: World) -> WireJSON {
    let cluster: WireJSON = .members([
      "type": .text("cluster"), "id": .text("cluster"), "name": .text(world.clusterName), "version": .count(4),
      "nodes": .count(world.hosts.count), "quorate": .flag(!world.faults.hasNoQuorum),
    ])
    let nodes = world.hosts.values.enumerated().map { index, host -> WireJSON in
      .members([
        "type": .text("node"), "id": .text("node/\(host.name)"), "name": .text(host.name.rawValue),
        "nodeid": .count(index + 1), "ip": .text("10.20.250.\(index + 1)"), "online": .flag(host.online),
        "local": .flag(index == 0), "level": .text(""),
      ])
    }
    return .list([cluster] + nodes)
  }

  /// Rows of `/cluster/resources`: what is broadcast lags, what is read from the configuration does not.
  static func machineRows(_ world: World) -> [WireJSON] {
    world.machines.values.map { machine in
      let isOnline = world.hosts[machine.host]?.online ?? false
      let shown = machine.shown
      let status = isOnline ? shown.map { $0.running ? "running" : "stopped" } ?? "unknown" : "unknown"
      return .members([
        "id": .text("qemu/\(machine.id)"), "type": .text("qemu"), "vmid": .count(machine.id.rawValue),
        "node": .text(machine.host.rawValue), "status": .text(status), "name": .optional(shown?.name),
        "template": shown.map { .flag($0.isTemplate) },
        "tags": machine.tags.isEmpty ? nil : .text(machine.tags.joined(separator: ";")),
        "lock": .optional(machine.lock?.rawValue), "pool": .optional(machine.pool),
        "hastate": machine.isHighlyAvailable ? .text(machine.running ? "started" : "stopped") : nil,
        "cpu": shown == nil ? nil : .number(shown?.running == true ? 0.05 : 0),
        "maxcpu": shown == nil ? nil : .count(machine.hardware.cpuCores),
        "mem": shown == nil ? nil : .integer(shown?.running == true ? machine.hardware.memoryBytes / 2 : 0),
        "maxmem": shown == nil ? nil : .integer(machine.hardware.memoryBytes),
        "disk": shown == nil ? nil : .count(0),
        "maxdisk": shown == nil ? nil : .integer(machine.hardware.diskBytes),
        "uptime": shown == nil ? nil : .integer(uptime(machine, world)),
      ])
    }
  }

  static func uptime(_ machine: SimulatedMachine, _ world: World) -> Int64 {
    guard machine.running else { return 0 }
    return max(0, (world.now - (machine.system?.bootedAt ?? machine.createdAt)).milliseconds / 1000)
  }

  static func nodeRow(_ host: SimulatedHost, _ world: World) -> WireJSON {
    let running = world.machines.values.filter { $0.host == host.name && $0.running }
    let memory = running.reduce(Int64(0)) { $0 + $1.hardware.memoryBytes }
    return .members([
      "id": .text("node/\(host.name)"), "type": .text("node"), "node": .text(host.name.rawValue),
      "status": .text(host.online ? "online" : "offline"), "level": .text(""),
      "cpu": host.online ? .number(min(1, 0.02 * Double(running.count + 1))) : nil,
      "maxcpu": host.online ? .count(host.cpuCores) : nil,
      "mem": host.online ? .integer(min(host.memoryBytes, memory + (1 << 31))) : nil,
      "maxmem": host.online ? .integer(host.memoryBytes) : nil, "disk": host.online ? .integer(8 << 30) : nil,
      "maxdisk": host.online ? .integer(94 << 30) : nil, "uptime": host.online ? .count(864_000) : nil,
    ])
  }

  private static func mapping(_ world: World, checking node: HostName?) -> WireJSON {
    let entries = world.hosts.values.flatMap { host in
      host.deviceAddresses.enumerated().map { index, address in
        WireJSON.text("node=\(host.name),path=\(address),id=10de:1eb8,iommugroup=\(index + 1)")
      }
    }
    let missing = node.map { (world.hosts[$0]?.gpus ?? 0) == 0 } ?? false
    let warning: WireJSON = .members([
      "severity": .text("warning"), "message": .text("No mapping for node \(node?.rawValue ?? "")."),
    ])
    return .members([
      "id": .text(SimulatedHost.mapping), "description": .text("all accelerators"), "map": .list(entries),
      "checks": node == nil ? nil : .list(missing ? [warning] : []),
    ])
  }
}
