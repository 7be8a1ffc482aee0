/// A value of the form `first,key=value,key=value`, in its order.
struct PropertyString: Sendable, Hashable, CustomStringConvertible {
  private var parts: [(key: String?, value: String)]

  init(_ text: String) {
    parts = text.split(separator: ",").map { part in
      guard let equals = part.firstIndex(of: "=") else { return (nil, String(part)) }
      return (String(part[..<equals]), String(part[part.index(after: equals)...]))
    }
  }

  subscript(_ key: String) -> String? { parts.first { $0.key == key }?.value }

  /// The part without a key.
  var bare: String? { parts.first { $0.key == nil }?.value }
  var firstKey: String? { parts.first?.key }
  var firstValue: String? { parts.first?.value }

  /// Replaces the key's value in its place, or appends it; `nil` takes it away.
  mutating func set(_ key: String, _ value: String?) {
    guard let value else {
      parts.removeAll { $0.key == key }
      return
    }
    if let index = parts.firstIndex(where: { $0.key == key }) {
      parts[index].value = value
    } else {
      parts.append((key, value))
    }
  }

  var description: String {
    parts.map { part in part.key.map { "\($0)=\(part.value)" } ?? part.value }.joined(separator: ",")
  }

  static func == (left: PropertyString, right: PropertyString) -> Bool { left.description == right.description }
  func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// The size of a disk, to the byte.
struct DiskSize: Sendable, Hashable, Comparable {
  var bytes: Int64

  static let gibibyte: Int64 = 1 << 30

  init(bytes: Int64) { self.bytes = bytes }

  /// Whole gibibytes that hold at least so many bytes.
  init(atLeast bytes: Int64) { self.bytes = (bytes + Self.gibibyte - 1) / Self.gibibyte * Self.gibibyte }

  /// `32G`, `512M`, `1.5T`, or bytes.
  init?(_ text: String) {
    let units: [Character: Double] = ["K": 1024, "M": 1_048_576, "G": 1_073_741_824, "T": 1_099_511_627_776]
    let unit = text.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? text[...] : text.dropLast()), number >= 0, number < 1e12 else { return nil }
    bytes = Int64((number * (unit ?? 1)).rounded())
  }

  /// `32G` for whole gibibytes, bytes otherwise.
  var text: String { bytes % Self.gibibyte == 0 ? "\(bytes / Self.gibibyte)G" : String(bytes) }

  static func < (left: DiskSize, right: DiskSize) -> Bool { left.bytes < right.bytes }
}
