/// What is wrong with a text, and what would be right.
struct TextFault: Sendable {
  var message: String
  var remedy: String

  init(_ message: String, _ remedy: String) {
    self.message = message
    self.remedy = remedy
  }
}

/// What a text must look like.
enum TextRule: Sendable {
  case any
  case name
  case labelKey
  case labelValue
  case url
  /// A URL that whoever knows it may post to: it is not shown.
  case privateURL
  /// HOST:PORT
  case address
  case path
  case network
  case ipv4
  /// 32 bytes in hexadecimal digits, with or without colons, or in Base64.
  case fingerprint
  case version
  case currency
  case timestamp
  case timeZone
  case expression
  case cron
  case hostName
  /// SHA-256 as 64 hexadecimal digits.
  case tokenHash
  /// scrypt in its common text form.
  case passwordHash

  var typeName: String {
    switch self {
    case .any, .name: "text"
    case .labelKey: "label key"
    case .labelValue: "label value"
    case .url, .privateURL: "URL"
    case .address: "HOST:PORT"
    case .path: "path"
    case .network: "CIDR"
    case .ipv4: "IPv4 address"
    case .fingerprint: "SHA-256 fingerprint"
    case .version: "version"
    case .currency: "currency code"
    case .timestamp: "RFC 3339 time"
    case .timeZone: "IANA time zone"
    case .expression: "PromQL"
    case .cron: "cron expression"
    case .hostName: "host name"
    case .tokenHash: "SHA-256"
    case .passwordHash: "password hash"
    }
  }
}

/// What a key that the author names must look like.
enum NameRule: Sendable {
  case pool, template, labelKey, extendedResource, poolBudget, affinityRule, priorityClass, dashboard
  case repairLevel, machineOption, host

  /// A regular expression of the same meaning, for the JSON Schema; `nil`: any name.
  var pattern: String? {
    switch self {
    case .pool: "^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$"
    case .template: "^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
    case .labelKey: "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
    case .extendedResource: "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
    case .poolBudget, .affinityRule, .priorityClass, .dashboard: nil
    case .repairLevel: "^level[1-9]$"
    case .machineOption: "^[a-z]+[0-9]*$"
    case .host: "^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$"
    }
  }

  func fault(in name: String) -> TextFault? {
    switch self {
    case .pool:
      guard KubernetesSyntax.isDNSLabel(name), name.utf8.count <= 40 else {
        return TextFault(
          "\(JSONText.shown(name)) cannot name a pool, for it becomes a part of host names.",
          "Use 1 to 40 lower-case letters, digits and hyphens, a letter or digit first and last.")
      }
    case .template:
      guard !name.isEmpty, KubernetesSyntax.faultInLabelValue(name) == nil else {
        return TextFault(
          "\(JSONText.shown(name)) cannot name a template.",
          "Use 1 to 63 letters, digits, hyphens, underscores and dots, a letter or digit first and last.")
      }
    case .labelKey: return KubernetesSyntax.faultInLabelKey(name)
    case .extendedResource:
      guard name.utf8.contains(UInt8(ascii: "/")) else {
        return TextFault(
          "\(JSONText.shown(name)) is no extended resource.", "Write it with its domain: nvidia.com/gpu.")
      }
      return KubernetesSyntax.faultInLabelKey(name)
    case .repairLevel:
      let bytes = Array(name.utf8)
      guard bytes.count == 6, name.hasPrefix("level"), (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(bytes[5]) else {
        return TextFault("\(JSONText.shown(name)) is no level of repair.", "Name the levels level1 to level9.")
      }
    case .host:
      guard KubernetesSyntax.isDNSLabel(name.lowercased()) else {
        return TextFault(
          "\(JSONText.shown(name)) is no name of a Proxmox node.", "Use 1 to 63 letters, digits and hyphens.")
      }
    case .machineOption:
      guard !name.isEmpty, name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }) else {
        return TextFault(
          "\(JSONText.shown(name)) is no option of a Proxmox machine.", "Use an option's name, for example hostpci0.")
      }
    case .poolBudget, .affinityRule, .priorityClass, .dashboard: return nil
    }
    return nil
  }
}
