import Model

/// What `config` says of a machine, pending changes included.
struct MachineConfiguration: Sendable, Hashable {
  /// Values as texts, by key.
  let values: [String: String]

  init(_ answer: JSONValue) { values = (answer.object ?? [:]).compactMapValues(\.text) }
  init(values: [String: String]) { self.values = values }

  subscript(_ key: String) -> String? { values[key] }

  var name: String { values["name"] ?? "" }
  var description: String { values["description"] ?? "" }
  var digest: String? { values["digest"] }
  var tags: TagList { TagList(values["tags"] ?? "") }
  var lock: String? { values["lock"].flatMap { $0.isEmpty ? nil : $0 } }
  var isTemplate: Bool { values["template"] == "1" }
  var isProtected: Bool { values["protection"] == "1" }

  /// Whose it is by its description.
  var mark: OwnerMark? { OwnerMark(in: description) }
  /// A clone that has just begun: neither name nor mark nor tags are there yet.
  var isHalfClone: Bool { lock == "clone" && description.contains("qmclone temporary file") }

  /// All virtual processors.
  var cores: Int { (Int(values["cores"] ?? "") ?? 1) * (Int(values["sockets"] ?? "") ?? 1) }
  var memoryMebibytes: Int {
    let memory = PropertyString(values["memory"] ?? "512")
    return Int(memory["current"] ?? memory.bare ?? "") ?? 0
  }

  /// What the firmware shows, in lower case.
  var uuid: String? { values["smbios1"].flatMap { PropertyString($0)["uuid"] }?.lowercased() }

  var hasAgent: Bool {
    let agent = PropertyString(values["agent"] ?? "0")
    return (agent["enabled"] ?? agent.bare) == "1"
  }

  /// Of the first network card, in lower case.
  var macAddress: String? {
    guard let card = values["net0"].map(PropertyString.init) else { return nil }
    return (card["macaddr"] ?? (card.firstKey == "model" ? nil : card.firstValue))?.lowercased()
  }

  /// The address that the machine's cloud-init drive gives it, without the network's length.
  var fixedAddress: String? {
    guard let text = values["ipconfig0"].flatMap({ PropertyString($0)["ip"] }) else { return nil }
    let address = text.split(separator: "/").first.map(String.init)
    return address.flatMap { IPv4Address($0) } == nil ? nil : address
  }

  var hasCloudInitDrive: Bool { values.contains { Self.isDrive($0.key) && $0.value.contains("cloudinit") } }

  /// Devices of the host, by key.
  var hostDevices: [(key: String, value: PropertyString)] {
    values.filter { $0.key.hasPrefix("hostpci") }.sorted { $0.key < $1.key }
      .map { ($0.key, PropertyString($0.value)) }
  }

  // MARK: Disks

  struct Disk: Sendable, Hashable {
    /// For example `scsi0`.
    var key: String
    var storage: String
    var size: DiskSize?
  }

  /// Disks with contents, the firmware's and the TPM's included; sorted by key.
  var disks: [Disk] {
    values.filter { Self.isDrive($0.key) }.sorted { $0.key < $1.key }.compactMap { key, text in
      let value = PropertyString(text)
      guard value["media"] != "cdrom", !text.contains("cloudinit"), let volume = value["file"] ?? value.bare,
        let colon = volume.firstIndex(of: ":")
      else { return nil }
      return Disk(key: key, storage: String(volume[..<colon]), size: value["size"].flatMap { DiskSize($0) })
    }
  }

  /// The disk that the machine boots from: the first in its order, or the first of all.
  var bootDisk: Disk? {
    let candidates = disks.filter { !["efidisk0", "tpmstate0"].contains($0.key) }
    let order = values["boot"].flatMap { PropertyString($0)["order"] } ?? values["bootdisk"] ?? ""
    for key in order.split(separator: ";") {
      if let disk = candidates.first(where: { $0.key == key }) { return disk }
    }
    let preferred = ["scsi0", "virtio0", "sata0", "ide0"]
    return preferred.compactMap { key in candidates.first { $0.key == key } }.first ?? candidates.first
  }

  private static func isDrive(_ key: String) -> Bool {
    if key == "efidisk0" || key == "tpmstate0" { return true }
    return ["scsi", "virtio", "sata", "ide"].contains { bus in
      key.hasPrefix(bus) && !key.dropFirst(bus.count).isEmpty && key.dropFirst(bus.count).allSatisfy(\.isNumber)
    }
  }
}
