internal import Model
internal import Simulator

extension ProxmoxEndpoint {
  /// What makes and removes machines.
  static let cloning: [ProxmoxEndpoint] = [
    .change(
      "POST", "/nodes/{node}/qemu/{vmid}/clone", "clone",
      [
        .node, .machine,
        ProxmoxParameter("newid", .integer(minimum: 100, maximum: 999_999_999), required: true),
        ProxmoxParameter("name", .dnsName), ProxmoxParameter("description", .text(maximumLength: 8192)),
        ProxmoxParameter("pool", .poolID), ProxmoxParameter("snapname", .text(maximumLength: 40)),
        ProxmoxParameter("full", .boolean), ProxmoxParameter("storage", .storageID),
        ProxmoxParameter("format", .choice(["raw", "qcow2", "vmdk"])), ProxmoxParameter("target", .node),
        ProxmoxParameter("bwlimit", .integer(minimum: 0)),
      ], Requirement("/vms/{vmid}", "VM.Clone")
    ) { call in .text(try clone(call)) },
    .change(
      "DELETE", "/nodes/{node}/qemu/{vmid}", "delete",
      [
        .node, .machine, ProxmoxParameter("purge", .boolean),
        ProxmoxParameter("destroy-unreferenced-disks", .boolean), ProxmoxParameter("skiplock", .boolean),
      ], Requirement("/vms/{vmid}", "VM.Allocate")
    ) { call in
      .text(
        try call.change("delete") { world in
          _ = try call.machine(in: world)
          return try world.acceptDestruction(
            of: call.machineID, purge: call.flag("purge"), user: call.caller.name)
        })
    },
    .change(
      "PUT", "/nodes/{node}/qemu/{vmid}/resize", "resize",
      [
        .node, .machine, ProxmoxParameter("disk", .choice(disks), required: true),
        ProxmoxParameter("size", .diskSize, required: true), ProxmoxParameter("digest", .text(maximumLength: 40)),
        ProxmoxParameter("skiplock", .boolean),
      ], Requirement("/vms/{vmid}", "VM.Config.Disk")
    ) { call in
      try call.require(["Datastore.AllocateSpace"], on: "/storage/\(SimulatedStorage.sharedName)")
      return .text(
        try call.change("resize") { world in
          try checkDigest(call, try call.machine(in: world))
          return try world.acceptResize(
            of: call.machineID, disk: call["disk"] ?? "", size: call["size"] ?? "", user: call.caller.name)
        })
    },
  ]

  private static let disks: [String] =
    (0...3).map { "ide\($0)" } + (0...30).map { "scsi\($0)" } + (0...15).map { "virtio\($0)" }
    + (0...5).map { "sata\($0)" } + ["efidisk0", "tpmstate0"]

  private static func clone(_ call: ProxmoxCall) throws -> String {
    let newID = MachineID(call.number("newid") ?? 0)
    if let pool = call["pool"] {
      guard call.look({ $0.machinePools[pool] }) != nil else {
        throw ProxmoxFailure(403, "Permission check failed (pool '\(pool)' does not exist)")
      }
      try call.require(["VM.Allocate"], on: "/pool/\(pool)")
    } else {
      try call.require(["VM.Allocate"], on: "/vms/\(newID)")
    }
    if let snapshot = call["snapname"] { throw HypervisorRefusal("snapshot '\(snapshot)' does not exist") }
    let target = call["target"].map { HostName($0) }
    if let target {
      guard let isOnline = call.look({ $0.hosts[target]?.online }) else {
        throw ProxmoxFailure(parameters: ["target": "target node '\(target)' does not exist"])
      }
      if !isOnline { throw HypervisorRefusal("target node '\(target)' is not online") }
    }
    let known = [SimulatedStorage.sharedName, SimulatedStorage.localName]
    if let storage = call["storage"], !known.contains(storage) {
      throw HypervisorRefusal("storage '\(storage)' does not exist")
    }
    let needed = try call.look { world in try needs(of: try call.machine(in: world)) }
    for (path, privilege) in needed { try call.require([privilege], on: path) }
    return try call.change("clone") { world in
      _ = try call.machine(in: world)
      var order = CloneOrder(source: call.machineID, machine: newID)
      order.name = call["name"]
      order.description = call["description"]
      order.pool = call["pool"]
      order.target = target
      order.full = call["full"].map { $0 == "1" }
      order.storage = call["storage"]
      return try world.acceptClone(order, user: call.caller.name)
    }
  }

  /// What the caller must be allowed to use because the source uses it.
  private static func needs(of source: SimulatedMachine) throws -> [(path: String, privilege: String)] {
    var needed = [("/storage/\(SimulatedStorage.sharedName)", "Datastore.AllocateSpace")]
    for (_, text) in source.options.sorted(by: { $0.key < $1.key }) {
      for part in text.split(separator: ",") {
        if part.hasPrefix("bridge=") { needed.append(("/sdn/zones/localnetwork/\(part.dropFirst(7))", "SDN.Use")) }
        if part.hasPrefix("mapping=") { needed.append(("/mapping/pci/\(part.dropFirst(8))", "Mapping.Use")) }
      }
    }
    return needed
  }

  /// A digest that is not the present one means that somebody else was there.
  static func checkDigest(_ call: ProxmoxCall, _ machine: SimulatedMachine) throws {
    guard let expected = call["digest"], !expected.isEmpty, expected != digest(of: machine) else { return }
    throw HypervisorRefusal("checksum mismatch (file change by other user?)")
  }
}
