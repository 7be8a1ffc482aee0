internal import Model
internal import Simulator

extension ProxmoxEndpoint {
  static let configuration: [ProxmoxEndpoint] = [
    .change("PUT", "/nodes/{node}/qemu/{vmid}/config", "config", options) { call in
      try configure(call) { world, change in
        try world.changeOptions(of: call.machineID, change)
        return .null
      }
    },
    .change(
      "POST", "/nodes/{node}/qemu/{vmid}/config", "config",
      options + [
        ProxmoxParameter("background_delay", .integer(minimum: 1, maximum: 30)),
        ProxmoxParameter("import-working-storage", .storageID),
      ]
    ) { call in
      try configure(call) { world, change in
        let task = try world.changeOptionsByTask(of: call.machineID, change, user: call.caller.name)
        // The change is done already: within any delay that the caller grants.
        return call["background_delay"] == nil ? .text(task) : .null
      }
    },
  ]

  /// Parameters that are no keys of the configuration.
  private static let notKeys: Set<String> = [
    "node", "vmid", "digest", "delete", "revert", "force", "skiplock", "background_delay", "import-working-storage",
  ]

  private static let options: [ProxmoxParameter] = {
    let flags = [
      "acpi", "allow-ksm", "autostart", "ciupgrade", "force", "freeze", "keephugepages", "kvm", "localtime", "numa",
      "onboot", "protection", "reboot", "skiplock", "tablet", "tdf", "template",
    ]
    let texts = [
      "affinity", "agent", "amd-sev", "args", "audio0", "boot", "bootdisk", "cdrom", "cicustom", "cipassword", "ciuser",
      "cpu", "efidisk0", "hookscript", "hostpci[n]", "hotplug", "ide[n]", "intel-tdx", "ipconfig[n]", "ivshmem",
      "machine", "nameserver", "net[n]", "numa[n]", "parallel[n]", "rng0", "sata[n]", "scsi[n]",
      "searchdomain", "serial[n]", "spice_enhancements", "sshkeys", "startdate", "startup", "tpmstate0",
      "unused[n]", "usb[n]", "vga", "virtio[n]", "virtiofs[n]", "vmgenid", "vmstatestorage", "watchdog",
    ]
    let wholes =
      ["cores", "sockets", "vcpus", "smp"].map { ProxmoxParameter($0, .integer(minimum: 1)) }
      + ["balloon"].map { ProxmoxParameter($0, .integer(minimum: 0)) }
    let others: [ProxmoxParameter] = [
      .node, .machine, ProxmoxParameter("name", .dnsName), ProxmoxParameter("memory", .memory),
      ProxmoxParameter("description", .text(maximumLength: 8192)), ProxmoxParameter("tags", .tags),
      ProxmoxParameter("digest", .text(maximumLength: 40)), ProxmoxParameter("delete", .list),
      ProxmoxParameter("revert", .list), ProxmoxParameter("cpulimit", .text()),
      ProxmoxParameter("arch", .choice(["x86_64", "aarch64"])), ProxmoxParameter("bios", .choice(["seabios", "ovmf"])),
      ProxmoxParameter("citype", .choice(["configdrive2", "nocloud", "opennebula"])),
      ProxmoxParameter("hugepages", .choice(["any", "2", "1024"])),
      ProxmoxParameter(
        "lock",
        .choice([
          "backup", "clone", "create", "migrate", "rollback", "snapshot", "snapshot-delete", "suspending", "suspended",
        ])),
      ProxmoxParameter("shares", .integer(minimum: 0, maximum: 50_000)),
      ProxmoxParameter("cpuunits", .integer(minimum: 1, maximum: 262_144)),
      ProxmoxParameter("smbios1", .text(maximumLength: 512)),
      ProxmoxParameter(
        "ostype",
        .choice([
          "other", "wxp", "w2k", "w2k3", "w2k8", "wvista", "win7", "win8", "win10", "win11", "l24", "l26", "solaris",
        ])),
      ProxmoxParameter(
        "keyboard",
        .choice([
          "de", "de-ch", "da", "en-gb", "en-us", "es", "fi", "fr", "fr-be", "fr-ca", "fr-ch", "hu", "is", "it", "ja",
          "lt", "mk", "nl", "no", "pl", "pt", "pt-br", "sv", "sl", "tr",
        ])),
      ProxmoxParameter("migrate_downtime", .text()), ProxmoxParameter("migrate_speed", .integer(minimum: 0)),
      ProxmoxParameter(
        "scsihw",
        .choice(["lsi", "lsi53c810", "virtio-scsi-pci", "virtio-scsi-single", "megasas", "pvscsi"])),
    ]
    return others + wholes + flags.map { ProxmoxParameter($0, .boolean) }
      + texts.map { ProxmoxParameter($0, .text()) }
  }()

  private static func configure(
    _ call: ProxmoxCall, _ body: (inout World, ConfigurationChange) throws -> WireJSON
  ) throws -> WireJSON {
    func keys(_ name: String) -> [String] {
      (call[name] ?? "").split { ",; ".contains($0) }.map(String.init)
    }
    var change = ConfigurationChange()
    change.removed = keys("delete")
    change.reverted = keys("revert")
    for (key, value) in call.values where !notKeys.contains(key) { change.values[key] = value }
    for key in change.removed where change.values[key] != nil {
      throw ProxmoxFailure(parameters: ["delete": "you can't use '-\(key)' and -delete \(key)' at the same time"])
    }
    guard !change.values.isEmpty || !change.removed.isEmpty || !change.reverted.isEmpty else {
      throw HypervisorRefusal("no options specified")
    }
    for key in Set(change.values.keys).union(change.removed).sorted() {
      try checkKey(key, change.values[key], call)
    }
    return try call.change("config") { world in
      try checkDigest(call, try call.machine(in: world))
      return try body(&world, change)
    }
  }

  /// Who may set a key.
  private static func checkKey(_ key: String, _ value: String?, _ call: ProxmoxCall) throws {
    let isRoot = call.caller.name == "root@pam"
    if ["args", "lock", "hookscript"].contains(key), !isRoot {
      throw HypervisorRefusal("only root can set '\(key)' config")
    }
    if key.hasPrefix("hostpci") {
      try call.require(["VM.Config.HWType"], on: "/vms/\(call.machineID)")
      guard let value else { return }
      guard let mapping = value.split(separator: ",").first(where: { $0.hasPrefix("mapping=") }) else {
        if isRoot { return }
        throw HypervisorRefusal("only root can set '\(key)' config for non-mapped devices")
      }
      return try call.require(["Mapping.Use"], on: "/mapping/pci/\(mapping.dropFirst("mapping=".count))")
    }
    try call.require(privileges(for: key), on: "/vms/\(call.machineID)")
    if key == "startup" { try call.require(["Sys.Modify"], on: "/") }
    if key.hasPrefix("net"), let bridge = value?.split(separator: ",").first(where: { $0.hasPrefix("bridge=") }) {
      try call.require(["SDN.Use"], on: "/sdn/zones/localnetwork/\(bridge.dropFirst("bridge=".count))")
    }
  }

  private static func privileges(for key: String) -> [String] {
    let stem = String(key.reversed().drop(while: \.isNumber).reversed())
    switch stem {
    case "cores", "sockets", "cpu", "numa", "vcpus", "cpulimit", "cpuunits", "affinity": return ["VM.Config.CPU"]
    case "memory", "balloon", "shares": return ["VM.Config.Memory"]
    case "net": return ["VM.Config.Network"]
    case "scsi", "virtio", "sata", "efidisk", "tpmstate", "boot", "bootdisk", "unused": return ["VM.Config.Disk"]
    case "ide": return ["VM.Config.Disk", "VM.Config.CDROM"]
    case "cdrom": return ["VM.Config.CDROM"]
    case "ciuser", "cipassword", "cicustom", "citype", "ciupgrade", "ipconfig", "nameserver", "searchdomain", "sshkeys":
      return ["VM.Config.Cloudinit", "VM.Config.Network"]
    case "smbios", "machine", "scsihw", "vga", "rng", "hotplug", "watchdog", "audio", "serial", "usb", "parallel":
      return ["VM.Config.HWType"]
    default: return ["VM.Config.Options"]
    }
  }
}
