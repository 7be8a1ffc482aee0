internal import Model
internal import Simulator

extension ProxmoxEndpoint {
  static let nodes: [ProxmoxEndpoint] = [
    .get("/nodes") { call in .list(call.look { world in world.hosts.values.map { nodeRow($0, world) } }) },
    .get("/nodes/{node}/status", [.node], Requirement("/nodes/{node}", "Sys.Audit")) { call in
      call.look { world in nodeStatus(world.hosts[call.node]!, world) }
    },
    .get(
      "/nodes/{node}/storage",
      [
        .node, ProxmoxParameter("content", .list), ProxmoxParameter("enabled", .boolean),
        ProxmoxParameter("format", .boolean), ProxmoxParameter("storage", .storageID),
        ProxmoxParameter("target", .node),
      ]
    ) { call in
      let rows = call.look { world in
        [SimulatedStorage.localName, SimulatedStorage.sharedName].map { storageStatus($0, call.node, world) }
      }
      return .list(
        rows.filter { row in
          guard case .text(let name) = row["storage"], case .text(let kinds) = row["content"] else { return false }
          let wanted = (call["content"] ?? "").split(separator: ",")
          let isWanted = wanted.allSatisfy { kind in kinds.split(separator: ",").contains(kind) }
          return isWanted && (call["storage"] ?? name) == name
            && call.has(["Datastore.Audit", "Datastore.AllocateSpace"], on: "/storage/\(name)")
        })
    },
    .get(
      "/nodes/{node}/storage/{storage}/status", [.node, ProxmoxParameter("storage", .storageID, required: true)],
      Requirement("/storage/{storage}", "Datastore.Audit", "Datastore.AllocateSpace")
    ) { call in
      let name = call["storage"] ?? ""
      guard [SimulatedStorage.localName, SimulatedStorage.sharedName].contains(name) else {
        throw ProxmoxFailure(500, "storage '\(name)' does not exist")
      }
      return call.look { storageStatus(name, call.node, $0) }
    },
    .get(
      "/nodes/{node}/hardware/pci",
      [.node, ProxmoxParameter("pci-class-blacklist", .list), ProxmoxParameter("verbose", .boolean)],
      Requirement("/", "Sys.Audit", "Sys.Modify")
    ) { call in
      .list(call.look { world in devices(of: world.hosts[call.node]!) })
    },
    .get("/nodes/{node}/qemu", [.node, ProxmoxParameter("full", .boolean)]) { call in
      let machines = call.look { world in
        world.machines.values.filter { $0.host == call.node }.map { ($0.id, machineStatus($0, world)) }
      }
      return .list(machines.filter { call.has(["VM.Audit"], on: "/vms/\($0.0)") }.map(\.1))
    },
  ]

  private static func nodeStatus(_ host: SimulatedHost, _ world: World) -> WireJSON {
    let used = world.machines.values.reduce(Int64(2) << 30) {
      $0 + ($1.host == host.name && $1.running ? $1.hardware.memoryBytes : 0)
    }
    let processor: WireJSON = .members([
      "cpus": .count(host.cpuCores), "cores": .count(max(1, host.cpuCores / 2)), "sockets": .count(1),
      "model": .text("Simulated Processor"), "mhz": .text("3000.000"), "flags": .text("vmx aes avx2"),
      "hvm": .text("1"),
    ])
    let memory: WireJSON = .members([
      "total": .integer(host.memoryBytes), "used": .integer(min(used, host.memoryBytes)),
      "free": .integer(max(0, host.memoryBytes - used)), "available": .integer(max(0, host.memoryBytes - used)),
    ])
    let root: WireJSON = .members([
      "total": .integer(94 << 30), "used": .integer(8 << 30), "free": .integer(86 << 30), "avail": .integer(81 << 30),
    ])
    return .members([
      "uptime": .count(864_000), "cpu": .number(0.04), "wait": .number(0.001),
      "loadavg": .list([.text("0.50"), .text("0.40"), .text("0.30")]), "cpuinfo": processor, "memory": memory,
      "swap": .members(["total": .count(0), "used": .count(0), "free": .count(0)]), "rootfs": root,
      "pveversion": .text("pve-manager/9.1.2/3b2c7e1d9f0a4c55"), "kversion": .text("Linux 6.17.2-1-pve"),
      "current-kernel": .members(["sysname": .text("Linux"), "release": .text("6.17.2-1-pve")]),
      "boot-info": .members(["mode": .text("efi"), "secureboot": .count(0)]),
      "ksm": .members(["shared": .count(0)]),
    ])
  }

  private static func devices(of host: SimulatedHost) -> [WireJSON] {
    host.deviceAddresses.enumerated().map { index, address in
      .members([
        "id": .text(address), "class": .text("0x030200"), "vendor": .text("0x10de"), "device": .text("0x1eb8"),
        "vendor_name": .text("Simulated Accelerators"), "device_name": .text("Accelerator 16 GiB"),
        "subsystem_vendor": .text("0x10de"), "subsystem_device": .text("0x12a2"), "iommugroup": .count(index + 1),
      ])
    }
  }

  /// Bytes of a storage: all there are, and those in use. Linked clones take what they may grow to.
  private static func bytes(of storage: String, _ world: World) -> (total: Int64, used: Int64) {
    guard storage == SimulatedStorage.sharedName else { return (94 << 30, 8 << 30) }
    let total = world.hosts.values.reduce(Int64(0)) { $0 + $1.storageBytes }
    return (total, min(total, world.machines.values.reduce(0) { $0 + $1.hardware.diskBytes }))
  }

  private static func storageStatus(_ name: String, _ host: HostName, _ world: World) -> WireJSON {
    let (total, used) = bytes(of: name, world)
    let isShared = name == SimulatedStorage.sharedName
    return .members([
      "storage": .text(name), "type": .text(isShared ? "rbd" : "dir"),
      "content": .text(isShared ? "images,rootdir" : "iso,vztmpl,snippets,backup"), "total": .integer(total),
      "used": .integer(used), "avail": .integer(total - used),
      "used_fraction": .number(total > 0 ? Double(used) / Double(total) : 0), "active": .count(1),
      "enabled": .count(1), "shared": .flag(isShared),
    ])
  }

  /// Rows of `/cluster/resources`: a shared storage once for each node.
  static func storageRows(_ world: World) -> [WireJSON] {
    world.hosts.values.flatMap { host in
      [SimulatedStorage.localName, SimulatedStorage.sharedName].map { name -> WireJSON in
        let (total, used) = bytes(of: name, world)
        let isShared = name == SimulatedStorage.sharedName
        return .members([
          "id": .text("storage/\(host.name)/\(name)"), "type": .text("storage"), "storage": .text(name),
          "node": .text(host.name.rawValue), "status": .text(host.online ? "available" : "unknown"),
          "plugintype": .text(isShared ? "rbd" : "dir"),
          "content": .text(isShared ? "images,rootdir" : "iso,vztmpl,snippets,backup"), "shared": .flag(isShared),
          "disk": host.online ? .integer(used) : nil, "maxdisk": host.online ? .integer(total) : nil,
        ])
      }
    }
  }
}
