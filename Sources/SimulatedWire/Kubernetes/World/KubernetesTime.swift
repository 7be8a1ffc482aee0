import Model

extension Instant {
  /// As Kubernetes writes most times: whole seconds.
  var kubernetesTime: ManifestValue { .text(description.prefix(19) + "Z") }
  /// As leases and events have it: six decimals.
  var kubernetesMicroTime: ManifestValue { .text(description.dropLast() + "000Z") }
}

/// Identifiers that are made of what a thing is, for things that the world itself gives none.
enum DerivedUID {
  static func make(_ parts: String...) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in parts.joined(separator: "\u{0}").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var second = hash ^ 0x9E37_79B9_7F4A_7C15
    second = (second ^ (second >> 31)) &* 0xBF58_476D_1CE4_E5B9
    let digits = pad(hash) + pad(second)
    let text = Array(digits)
    func part(_ range: Range<Int>) -> String { String(text[range]) }
    return "\(part(0..<8))-\(part(8..<12))-4\(part(13..<16))-8\(part(17..<20))-\(part(20..<32))"
  }

  static func pad(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Quantities as Kubernetes writes them.
enum Quantity {
  static func cpu(_ millicores: Int64) -> ManifestValue {
    .text(millicores % 1000 == 0 ? String(millicores / 1000) : "\(millicores)m")
  }

  static func bytes(_ count: Int64) -> ManifestValue {
    if count > 0 && count % 1_048_576 == 0 { return .text("\(count / 1_048_576)Mi") }
    if count > 0 && count % 1024 == 0 { return .text("\(count / 1024)Ki") }
    return .text(String(count))
  }

  /// What is zero is left out.
  static func resources(_ resources: Resources, pods: Bool) -> ManifestValue {
    var fields = ManifestValue.Fields()
    if resources.cpuMillicores != 0 { fields["cpu"] = cpu(resources.cpuMillicores) }
    if resources.ephemeralStorageBytes != 0 { fields["ephemeral-storage"] = bytes(resources.ephemeralStorageBytes) }
    if resources.memoryBytes != 0 { fields["memory"] = bytes(resources.memoryBytes) }
    for name in resources.extended.keys.sorted() { fields[name] = .text(String(resources.extended[name]!)) }
    if pods { fields["pods"] = .text(String(resources.pods)) }
    return .object(fields)
  }
}
