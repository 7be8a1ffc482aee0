/// A parameter of an endpoint: what is accepted, and the words with which the rest is refused.
struct ProxmoxParameter: Sendable {
  enum Kind: Sendable {
    /// `1` or `0`; in JSON also true and false.
    case boolean
    case integer(minimum: Int64? = nil, maximum: Int64? = nil)
    case text(maximumLength: Int? = nil)
    case choice([String])
    /// Labels of letters, digits and hyphens, joined by dots.
    case dnsName
    case node
    case poolID
    case storageID
    /// `40G`, `+10G`.
    case diskSize
    /// A reference to a task.
    case task
    /// One or more tags.
    case tags
    /// MiB, alone or as `current=`.
    case memory
    /// A list, as one text or as an array.
    case list
  }

  /// As the schema writes it: `net[n]` stands for net0, net1 and so on.
  var name: String
  var kind: Kind
  var isRequired: Bool

  init(_ name: String, _ kind: Kind, required: Bool = false) {
    self.name = name
    self.kind = kind
    isRequired = required
  }

  static let node = ProxmoxParameter("node", .node, required: true)
  static let machine = ProxmoxParameter(
    "vmid", .integer(minimum: 100, maximum: 999_999_999), required: true)

  /// Whether this is the parameter of that name.
  func concerns(_ key: String) -> Bool {
    guard name.hasSuffix("[n]") else { return name == key }
    let stem = name.dropLast(3)
    let digits = key.dropFirst(stem.count)
    return key.hasPrefix(stem) && !digits.isEmpty && digits.count <= 3 && digits.allSatisfy(\.isNumber)
  }

  /// Why a value is refused; `nil`: it is not.
  func defect(of value: ProxmoxValue) -> String? {
    switch kind {
    case .boolean:
      if case .boolean = value { return nil }
      return ["0", "1"].contains(value.text) ? nil : "type check ('boolean') failed - got '\(value.text)'"
    case .integer(let minimum, let maximum):
      let digits = value.text.drop { $0 == "+" || $0 == "-" }
      guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int64(value.text) else {
        return "type check ('integer') failed - got '\(value.text)'"
      }
      if let minimum, number < minimum { return "value must have a minimum value of \(minimum)" }
      if let maximum, number > maximum { return "value must have a maximum value of \(maximum)" }
      return nil
    case .text(let maximum):
      guard let maximum, value.text.count > maximum else { return nil }
      return "value may only be \(maximum) characters long"
    case .choice(let words):
      return words.contains(value.text)
        ? nil : "value '\(value.text)' does not have a value in the enumeration '\(words.joined(separator: ", "))'"
    case .dnsName:
      return Self.isDNSName(value.text) ? nil : "invalid format - value does not look like a valid DNS name"
    case .node:
      return Self.isDNSName(value.text) && !value.text.contains(".")
        ? nil : "invalid format - value does not look like a valid node name"
    case .poolID:
      let parts = value.text.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count <= 3 && parts.allSatisfy { Self.isWord($0, "._-") }
        ? nil : "invalid format - value '\(value.text)' does not look like a valid pool name"
    case .storageID:
      return Self.isWord(value.text[...], "._-")
        ? nil : "invalid format - storage ID '\(value.text)' contains illegal characters"
    case .diskSize: return Self.isDiskSize(value.text) ? nil : "value does not match the regex pattern"
    case .task: return ProxmoxTaskName(value.text) == nil ? "unable to parse worker upid" : nil
    case .tags:
      let tags = value.text.split { ";, ".contains($0) }
      let wrong = tags.first { tag in
        tag.first.map { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) } ?? true
          || !Self.isWord(tag, "_.+-")
      }
      return wrong.map { "invalid format - invalid characters in tag '\($0)'" }
    case .memory:
      let text = value.text.hasPrefix("current=") ? String(value.text.dropFirst("current=".count)) : value.text
      guard let number = Int64(text) else {
        return "invalid format - format error\nmemory.current: type check ('integer') failed - got '\(text)'"
      }
      return number >= 16
        ? nil : "invalid format - format error\nmemory.current: value must have a minimum value of 16"
    case .list: return nil
    }
  }

  private static func isDNSName(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return !text.isEmpty && text.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && isWord(label, "-") && label.first != "-" && label.last != "-"
      }
  }

  private static func isWord(_ text: Substring, _ others: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || others.contains($0)) }
  }

  private static func isDiskSize(_ text: String) -> Bool {
    var rest = text[...]
    if rest.first == "+" { rest = rest.dropFirst() }
    if let last = rest.last, "KMGT".contains(last) { rest = rest.dropLast() }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count)
      && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
  }
}

/// A parameter's value as it was sent.
enum ProxmoxValue: Sendable, Hashable {
  case text(String)
  /// JSON's own.
  case boolean(Bool)
  case list([String])

  /// The value as text; a list is joined by commas.
  var text: String {
    switch self {
    case .text(let text): text
    case .boolean(let value): value ? "1" : "0"
    case .list(let values): values.joined(separator: ",")
    }
  }
}

/// The parts of a task's reference.
struct ProxmoxTaskName: Sendable, Hashable {
  var node: String
  var process: Int64
  var processStart: Int64
  var startTime: Int64
  var kind: String
  var subject: String
  var user: String

  /// `nil` when the text is no reference.
  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 9, parts[0] == "UPID", parts[8].isEmpty, !parts[1].isEmpty, !parts[5].isEmpty,
      !parts[7].isEmpty, parts[2].count == 8, (8...9).contains(parts[3].count), parts[4].count == 8,
      let process = Int64(parts[2], radix: 16), let start = Int64(parts[3], radix: 16),
      let time = Int64(parts[4], radix: 16)
    else { return nil }
    node = parts[1]
    self.process = process
    processStart = start
    startTime = time
    kind = parts[5]
    subject = parts[6]
    user = parts[7]
  }
}
