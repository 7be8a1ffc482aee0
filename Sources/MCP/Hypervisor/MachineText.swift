import Model

/// What `config` says of a machine, pending changes included. The same forms as the native client's.
struct MachineText: Hashable, Sendable {
  private let values: [String: JSONValue]

  init(_ data: JSONValue) { values = data.members ?? [:] }

  subscript(_ key: String) -> String? {
    switch values[key] {
    case .text(let text)?: text
    case .integer(let number)?: String(number)
    default: nil
    }
  }

  var name: String? { self["name"] }
  var description: String { self["description"] ?? "" }
  var digest: String? { self["digest"] }
  var lock: String? { self["lock"].flatMap { $0.isEmpty ? nil : $0 } }
  var isTagged: Bool { Self.isTagged(self["tags"]) }
  /// The tags with ours among them.
  var tagsWithOurs: String {
    let tags = (self["tags"] ?? "").split { ";, ".contains($0) }.map { $0.lowercased() }
    return Set(tags + [OwnerMark.tag]).sorted().joined(separator: ";")
  }
  /// Whose it is, by the rule of the native client: by mark and tag.
  /// - Parameter isNumberOurs: whether the number lies in the range that belongs to this program. A clone gets its
  ///   template's tags; where the template lacks ours, it comes with the size.
  func mark(isNumberOurs: Bool) -> OwnerMark? {
    guard self["template"] != "1", isTagged || isNumberOurs && SizeMark(in: description) == nil else { return nil }
    return OwnerMark(in: description)
  }
  /// A clone that has just begun says nothing of itself yet.
  var isHalfClone: Bool { lock == "clone" && description.contains("qmclone temporary file") }

  var cores: Int { (self["cores"].flatMap { Int($0) } ?? 1) * (self["sockets"].flatMap { Int($0) } ?? 1) }
  var memoryMebibytes: Int {
    let text = self["memory"] ?? "512"
    return Int(Self.property("current", of: text) ?? text.prefix { $0 != "," }.description) ?? 0
  }
  /// What the firmware shows, in lower case.
  var uuid: String? { self["smbios1"].flatMap { Self.property("uuid", of: $0) }?.lowercased() }

  /// Of the first network card, in lower case.
  var macAddress: String? {
    guard let card = self["net0"], let first = card.split(separator: ",").first else { return nil }
    let address = Self.property("macaddr", of: card) ?? first.split(separator: "=").last.map(String.init)
    return address?.lowercased()
  }

  /// The disk that the machine boots from, and its bytes.
  var bootDisk: (name: String, bytes: Int64)? {
    let order = self["boot"].flatMap { Self.property("order", of: $0) } ?? ""
    let names = order.split(separator: ";").map(String.init) + ["scsi0", "virtio0", "sata0", "ide0"]
    for name in names {
      guard let text = self[name], Self.property("media", of: text) != "cdrom",
        let size = Self.property("size", of: text).flatMap(Self.bytes)
      else { continue }
      return (name, size)
    }
    return nil
  }

  /// Whether the machine has the size that it was configured to.
  var isConfigured: Bool {
    guard let size = SizeMark(in: description), lock == nil else { return false }
    return cores == size.cores && memoryMebibytes == size.memoryMebibytes
      && (bootDisk.map { $0.bytes >= Int64(size.diskGibibytes) << 30 } ?? false)
  }

  static func isTagged(_ tags: String?) -> Bool {
    (tags ?? "").split { ";, ".contains($0) }.contains { $0.lowercased() == OwnerMark.tag }
  }

  /// A value of `first,key=value,key=value`.
  private static func property(_ key: String, of text: String) -> String? {
    text.split(separator: ",").first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
  }

  /// `32G`, `512M`, `1.5T`, or bytes.
  private static func bytes(_ text: String) -> Int64? {
    let shifts: [Character: Double] = ["K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40]
    let unit = text.last.flatMap { shifts[$0] }
    guard let number = Double(unit == nil ? text[...] : text.dropLast()), number >= 0, number < 1e12 else { return nil }
    return Int64((number * (unit ?? 1)).rounded())
  }
}
