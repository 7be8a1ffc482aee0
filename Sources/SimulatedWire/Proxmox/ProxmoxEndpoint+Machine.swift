internal import Crypto
internal import Foundation
internal import Model
internal import Simulator

extension ProxmoxEndpoint {
  /// What can be read of one machine.
  static let machines: [ProxmoxEndpoint] = [
    .get("/nodes/{node}/qemu/{vmid}/status/current", [.node, .machine], Requirement("/vms/{vmid}", "VM.Audit")) {
      call in
      try call.look { world in machineStatus(try call.machine(in: world), world) }
    },
    .get(
      "/nodes/{node}/qemu/{vmid}/config",
      [
        .node, .machine, ProxmoxParameter("current", .boolean),
        ProxmoxParameter("snapshot", .text(maximumLength: 40)),
      ], Requirement("/vms/{vmid}", "VM.Audit")
    ) { call in
      try call.look { world in
        let machine = try call.machine(in: world)
        if let snapshot = call["snapshot"] { throw HypervisorRefusal("snapshot '\(snapshot)' does not exist") }
        return configuration(of: machine, pending: !call.flag("current"))
      }
    },
    .get("/nodes/{node}/qemu/{vmid}/pending", [.node, .machine], Requirement("/vms/{vmid}", "VM.Audit")) { call in
      try call.look { world in pendingRows(try call.machine(in: world)) }
    },
    .get(
      "/nodes/{node}/qemu/{vmid}/feature",
      [
        .node, .machine, ProxmoxParameter("feature", .choice(["snapshot", "clone", "copy"]), required: true),
        ProxmoxParameter("snapname", .text(maximumLength: 40)),
      ], Requirement("/vms/{vmid}", "VM.Audit")
    ) { call in
      try call.look { world in
        let machine = try call.machine(in: world)
        let isOffered = call["feature"] != "clone" || machine.isTemplate
        let isShared = SimulatedStorage.isShared(machine.bootDisk)
        let names = isShared ? world.hosts.values.map(\.name.rawValue) : [machine.host.rawValue]
        return .members(["hasFeature": .flag(isOffered), "nodes": .list(names.map { .text($0) })])
      }
    },
    agent("network-get-interfaces") { machine in
      .members(["result": .list(interfaces(of: machine))])
    },
    agent("get-host-name") { machine in
      .members(["result": .members(["host-name": .text(machine.node?.rawValue ?? machine.name)])])
    },
    agent("get-osinfo") { _ in
      .members(["result": .members(["id": .text("talos"), "name": .text("Talos"), "kernel-release": .text("6.18.0")])])
    },
    .change(
      "POST", "/nodes/{node}/qemu/{vmid}/agent/ping", "read", [.node, .machine],
      Requirement("/vms/{vmid}", "VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted")
    ) { call in
      try call.look { world in try checkAgent(try call.machine(in: world), world) }
      return .members(["result": .members([:])])
    },
  ]

  // MARK: Status

  static func machineStatus(_ machine: SimulatedMachine, _ world: World) -> WireJSON {
    .members([
      "vmid": .count(machine.id.rawValue), "status": .text(machine.running ? "running" : "stopped"),
      "qmpstatus": .text(machine.running ? "running" : "stopped"),
      "name": machine.isDraft ? .text("VM \(machine.id)") : .text(machine.name),
      "lock": .optional(machine.lock?.rawValue),
      "tags": machine.tags.isEmpty ? nil : .text(machine.tags.joined(separator: ";")),
      "template": machine.isTemplate ? .count(1) : nil, "cpus": .count(machine.hardware.cpuCores),
      "cpu": .number(machine.running ? 0.05 : 0),
      "maxmem": .integer(machine.hardware.memoryBytes),
      "mem": .integer(machine.running ? machine.hardware.memoryBytes / 2 : 0),
      "maxdisk": .integer(machine.hardware.diskBytes), "disk": .count(0),
      "uptime": .integer(uptime(machine, world)), "pid": machine.running ? .count(4000 + machine.id.rawValue) : nil,
      "agent": hasAgent(machine) ? .count(1) : nil,
      "running-machine": machine.running ? .text("pc-q35-10.1") : nil,
      "running-qemu": machine.running ? .text("10.1.2") : nil,
      "ha": .members(["managed": .flag(machine.isHighlyAvailable)]),
    ])
  }

  // MARK: Configuration

  /// Keys that Proxmox tells as numbers where they are numbers.
  private static let numbers: Set<String> = [
    "cores", "sockets", "vcpus", "balloon", "onboot", "protection", "numa", "acpi", "kvm", "tablet", "autostart",
    "shares", "cpuunits",
  ]

  /// The configuration as it stands, or as it will be at the next start; with its digest.
  static func configuration(of machine: SimulatedMachine, pending: Bool) -> WireJSON {
    var texts = lines(of: machine)
    if pending {
      for (key, value) in machine.pending { texts[key] = value.isEmpty ? nil : value }
    }
    var members = texts.sorted { $0.key < $1.key }.map { key, text -> WireMember in
      let number = numbers.contains(key) ? Int64(text) : nil
      return WireMember(key, number.map { .integer($0) } ?? .text(text))
    }
    if machine.isTemplate { members.append(WireMember("template", .count(1))) }
    members.append(WireMember("digest", .text(digest(of: machine))))
    return .object(members)
  }

  private static func lines(of machine: SimulatedMachine) -> [String: String] {
    var texts = machine.isDraft ? [:] : machine.options
    if !machine.name.isEmpty { texts["name"] = machine.name }
    let description = machine.description.replacing(/\s+$/, with: "")
    if !description.isEmpty { texts["description"] = description }
    if !machine.tags.isEmpty { texts["tags"] = machine.tags.joined(separator: ";") }
    if let lock = machine.lock { texts["lock"] = lock.rawValue }
    return texts
  }

  /// SHA-1 of the configuration, pending changes included.
  static func digest(of machine: SimulatedMachine) -> String {
    let present = lines(of: machine).sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let pending = machine.pending.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let text = (present + ["[PENDING]"] + pending).joined(separator: "\n")
    return Insecure.SHA1.hash(data: Data(text.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  private static func pendingRows(_ machine: SimulatedMachine) -> WireJSON {
    let present = lines(of: machine)
    let keys = Set(present.keys).union(machine.pending.keys).sorted()
    return .list(
      keys.map { key in
        let change = machine.pending[key]
        return .members([
          "key": .text(key), "value": .optional(present[key]),
          "pending": change.flatMap { $0.isEmpty ? nil : .text($0) }, "delete": change == "" ? .count(1) : nil,
        ])
      })
  }

  // MARK: Guest agent

  private static func agent(
    _ command: String, _ answer: @escaping @Sendable (SimulatedMachine) -> WireJSON
  ) -> ProxmoxEndpoint {
    .get(
      "/nodes/{node}/qemu/{vmid}/agent/\(command)", [.node, .machine],
      Requirement("/vms/{vmid}", "VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted")
    ) { call in
      try call.look { world in
        let machine = try call.machine(in: world)
        try checkAgent(machine, world)
        return answer(machine)
      }
    }
  }

  private static func hasAgent(_ machine: SimulatedMachine) -> Bool {
    let first = (machine.options["agent"] ?? "").split(separator: ",").first
    return first == "1" || first == "enabled=1"
  }

  private static func checkAgent(_ machine: SimulatedMachine, _ world: World) throws {
    guard hasAgent(machine) else { throw HypervisorRefusal("No QEMU guest agent configured") }
    guard machine.running else { throw HypervisorRefusal("VM \(machine.id) is not running") }
    guard let system = machine.system, system.answersAt.advanced(by: world.faults.agentSilence) <= world.now,
      system.stage != .rebooting
    else { throw HypervisorRefusal("QEMU guest agent is not running") }
  }

  /// The loopback, the card, and, once the node has joined, an interface of the cluster's network.
  private static func interfaces(of machine: SimulatedMachine) -> [WireJSON] {
    func interface(_ name: String, _ hardware: String, _ addresses: [(String, String, Int)]) -> WireJSON {
      let list = addresses.map { address, type, prefix -> WireJSON in
        .members(["ip-address": .text(address), "ip-address-type": .text(type), "prefix": .count(prefix)])
      }
      return .members([
        "name": .text(name), "hardware-address": .text(hardware.lowercased()),
        "ip-addresses": list.isEmpty ? nil : .list(list),
      ])
    }
    var rows = [
      interface("lo", "00:00:00:00:00:00", [("127.0.0.1", "ipv4", 8), ("::1", "ipv6", 128)]),
      interface("dummy0", "be:5c:11:00:00:01", []),
      interface(
        "eth0", machine.hardwareAddress ?? "00:00:00:00:00:00",
        [(machine.address, "ipv4", 16), ("fe80::be24:11ff:fe00:1", "ipv6", 64)]),
    ]
    if machine.kubeletAlive { rows.append(interface("cilium_host", "ce:11:00:00:00:02", [("10.244.7.1", "ipv4", 32)])) }
    return rows
  }
}
