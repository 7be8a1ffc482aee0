import Model

/// What has to change of a machine's configuration so that it is a worker of its template. Pure; what is right already
/// is not sent, so that a repetition sends nothing.
struct MachineChange: Sendable, Hashable {
  /// Keys and values for `config`.
  var values: [String: ParameterValue] = [:]

  /// - Parameters:
  ///   - owner: for tags.
  ///   - ipConfiguration: of the first card; `nil` leaves it.
  init(
    of configuration: MachineConfiguration, to template: Template, owner: MachineOwner, options: ProxmoxOptions,
    ipConfiguration: String?
  ) {
    let size = SizeMark(template.machine)
    set("cores", .number(size.cores), configuration)
    if (configuration["sockets"] ?? "1") != "1" { values["sockets"] = 1 }
    if let vcpus = configuration["vcpus"], vcpus != String(size.cores) { values["vcpus"] = .number(size.cores) }
    if configuration.memoryMebibytes != size.memoryMebibytes { values["memory"] = .number(size.memoryMebibytes) }
    setHardware(options.hardware, configuration, hasDevices: options.devices[template.name]?.isEmpty == false)
    setNetwork(options.network, configuration)
    for (index, device) in (options.devices[template.name] ?? []).enumerated() {
      set("hostpci\(index)", .text(device.text), configuration)
    }
    if let ipConfiguration { set("ipconfig0", .text(ipConfiguration), configuration) }
    // Tags of people and of other tools stay.
    let tags = configuration.tags.adding(
      [OwnerMark.tag] + options.tags.tags(pool: owner.pool, template: template.name))
    if tags != configuration.tags { values["tags"] = .text(tags.description) }
    if SizeMark(in: configuration.description) != size {
      values["description"] = .text(size.written(into: configuration.description))
    }
  }

  private mutating func set(_ key: String, _ value: ParameterValue, _ configuration: MachineConfiguration) {
    if configuration[key] != value.text { values[key] = value }
  }

  private mutating func setHardware(
    _ hardware: MachineHardware, _ configuration: MachineConfiguration, hasDevices: Bool
  ) {
    if let cpu = hardware.cpuType {
      var value = PropertyString(configuration["cpu"] ?? "")
      if (value["cputype"] ?? value.bare) != cpu {
        // Flags of another model may not fit this one.
        value = PropertyString(cpu)
        values["cpu"] = .text(value.description)
      }
    }
    if let numa = hardware.numa, (configuration["numa"] == "1") != numa { values["numa"] = .flag(numa) }
    // The balloon is on unless it is set to 0; other values are targets that people chose.
    let wantsBalloon = hasDevices ? false : hardware.balloon
    switch wantsBalloon {
    case false?: if configuration["balloon"] != "0" { values["balloon"] = 0 }
    case true?: if configuration["balloon"] == "0" { values["delete"] = "balloon" }
    case nil: break
    }
    if let machine = hardware.machineType {
      let present = PropertyString(configuration["machine"] ?? "pc")
      let type = present["type"] ?? present.bare ?? "pc"
      // `pc-q35-9.0` is a q35 of a certain version, which the template pinned.
      if type != machine, !type.hasPrefix("pc-\(machine)-") { values["machine"] = .text(machine) }
    }
    if let protection = hardware.protection, configuration.isProtected != protection {
      values["protection"] = .flag(protection)
    }
    if let onboot = hardware.startsWithHost, (configuration["onboot"] == "1") != onboot {
      values["onboot"] = .flag(onboot)
    }
  }

  /// Model, hardware address and whatever else the card has stay: a card without its address would get a new one.
  private mutating func setNetwork(_ network: MachineNetwork, _ configuration: MachineConfiguration) {
    guard network != MachineNetwork() else { return }
    let present = PropertyString(configuration["net0"] ?? "virtio")
    var card = present
    if let bridge = network.bridge { card.set("bridge", bridge) }
    if let vlan = network.vlan { card.set("tag", String(vlan)) }
    if let firewall = network.firewall, (card["firewall"] == "1") != firewall {
      card.set("firewall", firewall ? "1" : nil)
    }
    if let mtu = network.mtu { card.set("mtu", String(mtu)) }
    if card != present || configuration["net0"] == nil { values["net0"] = .text(card.description) }
  }
}
