public import Model

/// A machine's configuration as the hypervisor keeps it: texts by key.
extension SimulatedMachine {
  /// The disk that it boots from.
  public var bootDisk: String? { options["scsi0"].flatMap { $0.split(separator: ",").first.map(String.init) } }

  /// The hardware address of its first network card.
  public var hardwareAddress: String? {
    guard let card = options["net0"], let equals = card.firstIndex(of: "=") else { return nil }
    return String(card[card.index(after: equals)...].prefix { $0 != "," })
  }

  /// What its node offers to pods: its template's, or what is usual for its hardware.
  public var allocatable: Resources {
    if let template { return template.allocatable }
    return Resources(
      cpuMillicores: Int64(hardware.cpuCores) * 1000 - 150,
      memoryBytes: max(0, hardware.memoryBytes - .mebibytes(900)),
      ephemeralStorageBytes: hardware.diskBytes / 10 * 9, pods: 110,
      extended: hardware.gpus > 0 ? ["nvidia.com/gpu": Int64(hardware.gpus)] : [:])
  }

  /// How large a disk is; `nil` when there is no such disk.
  public func diskBytes(_ key: String) -> Int64? {
    options[key].flatMap { text in
      text.split(separator: ",").first { $0.hasPrefix("size=") }
        .flatMap { SimulatedStorage.bytes(String($0.dropFirst("size=".count))) }
    }
  }

  /// Bytes of all its disks.
  public var storedBytes: Int64 {
    options.keys.sorted().reduce(0) { sum, key in
      ["scsi", "virtio", "sata"].contains { Self.isIndexed(key, $0) } ? sum + (diskBytes(key) ?? 0) : sum
    }
  }

  mutating func setDiskBytes(_ key: String, _ bytes: Int64) {
    guard let text = options[key] else { return }
    options[key] = text.split(separator: ",").map { part in
      part.hasPrefix("size=") ? "size=\(SimulatedStorage.text(bytes))" : String(part)
    }.joined(separator: ",")
  }

  /// Whether lists would show something else than they do.
  var isShownWrong: Bool {
    guard let shown, !isDraft else { return shown != nil || !isDraft }
    return shown.running != running || shown.isTemplate != isTemplate || shown.name != name
  }

  /// What lists show from now on.
  mutating func show() {
    let now = isDraft ? nil : Shown(name: name, running: running, isTemplate: isTemplate)
    if shown != now { shown = now }
  }

  /// Writes the hardware into the configuration, with usual texts where there are none.
  mutating func makeOptions(storage: String) {
    var usual = [
      "boot": "order=scsi0", "cpu": "host", "numa": "0", "ostype": "l26", "scsihw": "virtio-scsi-single",
      "machine": "q35", "sockets": "1", "balloon": "0",
      "net0": complete("net0", "virtio,bridge=vmbr0"), "smbios1": "uuid=\(uuid)",
      "scsi0": "\(storage):\(isTemplate ? "base" : "vm")-\(id)-disk-0,size=1G",
    ]
    if isTemplate || source != nil { usual["agent"] = "1" }
    options.merge(usual) { present, _ in present }
    options["sockets"] = "1"
    options["cores"] = String(hardware.cpuCores)
    options["memory"] = String(hardware.memoryBytes / 1_048_576)
    setDiskBytes("scsi0", hardware.diskBytes)
    if let device = hardware.fixedPCIDevice {
      options["hostpci0"] = SimulatedHost.fullAddress(device) + ",pcie=1"
    } else {
      for index in 0..<16 {
        options["hostpci\(index)"] = index < hardware.gpus ? "mapping=\(SimulatedHost.mapping),pcie=1" : nil
      }
    }
  }

  /// Takes the hardware from the configuration.
  mutating func readOptions() {
    hardware.cpuCores = (options["cores"].flatMap { Int($0) } ?? 1) * (options["sockets"].flatMap { Int($0) } ?? 1)
    let memory = options["memory"]?.split(separator: ",").first ?? ""
    let number = memory.hasPrefix("current=") ? memory.dropFirst("current=".count) : memory
    hardware.memoryBytes = .mebibytes(Int64(number) ?? 512)
    hardware.diskBytes = storedBytes
    let devices = (0..<16).compactMap { options["hostpci\($0)"] }
    hardware.gpus = devices.count
    hardware.fixedPCIDevice = devices.first.flatMap { text in
      let first = text.split(separator: ",").first.map(String.init) ?? ""
      return first.hasPrefix("mapping=") ? nil : first.hasPrefix("0000:") ? String(first.dropFirst(5)) : first
    }
    for part in (options["smbios1"] ?? "").split(separator: ",") where part.hasPrefix("uuid=") {
      uuid = part.dropFirst("uuid=".count).lowercased()
    }
  }

  /// What every clone has anew: its firmware's UUID, its cards' addresses, its volumes' names.
  /// - Parameters:
  ///   - seed: another one for every clone.
  ///   - storage: where the volumes lie now; `nil`: where they lay.
  ///   - base: the template on whose volumes a linked clone's rest.
  mutating func renew(_ seed: Int, storage: String? = nil, base: MachineID? = nil) {
    var random = SplitMix64(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(id.rawValue))
    uuid = random.uuid()
    options["smbios1"] = "uuid=\(uuid)"
    for key in options.keys.sorted() {
      guard let text = options[key] else { continue }
      if Self.isIndexed(key, "net") {
        let rest = text.split(separator: ",").dropFirst().map(String.init)
        let model = text.prefix { $0 != "=" && $0 != "," }
        let card = "\(model)=\(Self.hardwareAddress(&random))"
        options[key] = ([card] + rest).joined(separator: ",")
      } else if ["scsi", "virtio", "sata", "ide"].contains(where: { Self.isIndexed(key, $0) }) {
        let parts = text.split(separator: ",").map(String.init)
        guard let colon = parts[0].firstIndex(of: ":") else { continue }
        let place = storage ?? String(parts[0][..<colon])
        let number = key.filter(\.isNumber)
        let below = base.map { "base-\($0)-disk-\(number)/" } ?? ""
        let volume = text.contains("cloudinit") ? "vm-\(id)-cloudinit" : "\(below)vm-\(id)-disk-\(number)"
        options[key] = (["\(place):\(volume)"] + parts.dropFirst()).joined(separator: ",")
      }
    }
  }

  /// A value as the hypervisor stores it: new cards get an address, new volumes a name.
  func complete(_ key: String, _ value: String) -> String {
    let parts = value.split(separator: ",").map(String.init)
    guard let first = parts.first else { return value }
    if Self.isIndexed(key, "net"), !first.contains("=") {
      var random = SplitMix64(seed: UInt64(id.rawValue) << 20 ^ UInt64(options.count) ^ UInt64(pending.count) << 8)
      return (["\(first)=\(Self.hardwareAddress(&random))"] + parts.dropFirst()).joined(separator: ",")
    }
    guard ["scsi", "virtio", "sata", "ide"].contains(where: { Self.isIndexed(key, $0) }),
      let colon = first.firstIndex(of: ":")
    else { return value }
    let place = first[..<colon]
    let volume = first[first.index(after: colon)...]
    if volume == "cloudinit" { return "\(place):vm-\(id)-cloudinit,media=cdrom,size=4M" }
    guard let gibibytes = Int64(volume), gibibytes > 0 else { return value }
    let name = "\(place):vm-\(id)-disk-\(key.filter(\.isNumber))"
    return ([name] + parts.dropFirst() + ["size=\(gibibytes)G"]).joined(separator: ",")
  }

  /// `BC:24:11` is the hypervisor's own range.
  private static func hardwareAddress(_ random: inout SplitMix64) -> String {
    let number = random.next()
    let bytes = (0..<3).map { shift in
      let text = String(number >> UInt64(shift * 8) & 0xFF, radix: 16, uppercase: true)
      return text.count == 1 ? "0" + text : text
    }
    return "BC:24:11:" + bytes.joined(separator: ":")
  }

  /// Whether a key is a name with a number behind it, for example `net0`.
  static func isIndexed(_ key: String, _ name: String) -> Bool {
    key.hasPrefix(name) && key.count > name.count && key.dropFirst(name.count).allSatisfy(\.isNumber)
  }

  /// Tags as they are stored: in lower case, each once, sorted.
  static func tags(from text: String) -> [String] {
    Set(text.split { ";, ".contains($0) }.map { $0.lowercased() }).sorted()
  }
}
