/// A value of a Kubernetes object as it is on the wire: JSON whose fields keep their order.
indirect enum ManifestValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case list([ManifestValue])
  case object(Fields)

  /// The fields of an object. Objects of Kubernetes have few fields, so they are looked for one after the other.
  struct Fields: Sendable {
    private(set) var entries: [(key: String, value: ManifestValue)] = []

    init() {}

    /// Of fields whose keys differ already.
    init(distinct entries: [(key: String, value: ManifestValue)]) { self.entries = entries }

    init(_ texts: [String: String]) {
      entries = texts.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) }
    }

    subscript(key: String) -> ManifestValue? {
      get { entries.first { $0.key == key }?.value }
      set {
        let index = entries.firstIndex { $0.key == key }
        switch (index, newValue) {
        case (let index?, let value?): entries[index].value = value
        case (let index?, nil): entries.remove(at: index)
        case (nil, let value?): entries.append((key, value))
        case (nil, nil): break
        }
      }
    }

    /// Puts a field in front of all others.
    mutating func lead(_ key: String, _ value: ManifestValue) {
      self[key] = nil
      entries.insert((key, value), at: 0)
    }
  }

  static var empty: ManifestValue { .object(Fields()) }

  /// An object of texts, or `nil` when there are none.
  static func texts(_ texts: [String: String]) -> ManifestValue? { texts.isEmpty ? nil : .object(Fields(texts)) }

  /// An object of those fields that have a value.
  static func fields(_ pairs: KeyValuePairs<String, ManifestValue?>) -> ManifestValue {
    .object(Fields(distinct: pairs.compactMap { key, value in value.map { (key, $0) } }))
  }
}

extension ManifestValue {
  var string: String? { if case .text(let text) = self { text } else { nil } }
  var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var list: [ManifestValue]? { if case .list(let values) = self { values } else { nil } }
  var fields: Fields? { if case .object(let fields) = self { fields } else { nil } }
  var isNull: Bool { if case .null = self { true } else { false } }

  /// The texts of an object of texts; other fields are left out.
  var texts: [String: String] {
    (fields?.entries ?? []).reduce(into: [:]) { if let text = $1.value.string { $0[$1.key] = text } }
  }

  /// The field of an object. Setting a field of what is no object makes it one.
  subscript(key: String) -> ManifestValue? {
    get { fields?[key] }
    set {
      var changed = fields ?? Fields()
      changed[key] = newValue
      self = .object(changed)
    }
  }

  /// The value at the end of a path of fields.
  subscript(path: [String]) -> ManifestValue? {
    get {
      var value: ManifestValue? = self
      for key in path { value = value?[key] }
      return value
    }
    set {
      guard let key = path.first else { return }
      if path.count == 1 {
        self[key] = newValue
      } else {
        var child = self[key] ?? .empty
        child[Array(path.dropFirst())] = newValue
        self[key] = child
      }
    }
  }
}

extension ManifestValue: Equatable {
  /// The order of fields does not matter, and 1 is 1.0.
  static func == (left: ManifestValue, right: ManifestValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.integer(let left), .number(let right)), (.number(let right), .integer(let left)): Double(left) == right
    case (.text(let left), .text(let right)): left == right
    case (.list(let left), .list(let right)): left == right
    case (.object(let left), .object(let right)):
      left.entries.count == right.entries.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    default: false
    }
  }
}

extension ManifestValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: Int64) { self = .integer(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: ManifestValue...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, ManifestValue)...) {
    self = .object(Fields(distinct: elements.map { ($0.0, $0.1) }))
  }
}

// MARK: - JSON text

extension ManifestValue {
  /// Compact JSON in UTF-8.
  var json: [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .number(let value): bytes += (value.isFinite ? "\(value)" : "null").utf8
    case .text(let text): Self.write(text, to: &bytes)
    case .list(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let fields):
      bytes.append(UInt8(ascii: "{"))
      for (index, entry) in fields.entries.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.write(entry.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        entry.value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes += "\\\"".utf8
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case 10: bytes += "\\n".utf8
      case 9: bytes += "\\t".utf8
      case 0..<32:
        let digits = String(byte, radix: 16)
        bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
