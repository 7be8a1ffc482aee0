#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension String {
  /// Whether both have the same UTF-8. Unlike `==` this tells apart spellings of a character that Unicode holds to be
  /// the same, as Prometheus does. Texts that are the same hash alike under both.
  @inlinable
  @inline(__always)
  public func hasSameBytes(as other: String) -> Bool {
    // One representation is one text: nearly all short texts that are the same, and all that share memory, end here.
    let (left, right) = (unsafeBitCast(self, to: SIMD2<UInt>.self), unsafeBitCast(other, to: SIMD2<UInt>.self))
    return left == right || (utf8.count == other.utf8.count && hasSameContent(as: other))
  }

  /// Compares two texts of the same length.
  @usableFromInline
  func hasSameContent(as other: String) -> Bool {
    let isSame = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { right in
        left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
      }
    }
    return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}

/// One name and value of a series.
public struct Label: Hashable, Sendable {
  /// UTF-8 text, not empty.
  public var name: String
  /// UTF-8 text.
  public var value: String

  /// A label of this name and value.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  /// Whether name and value have the same bytes.
  @inlinable
  public static func == (left: Label, right: Label) -> Bool {
    left.value.hasSameBytes(as: right.value) && left.name.hasSameBytes(as: right.name)
  }

  /// Hashes name and value.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(value)
  }
}

/// The set of labels that names a series: sorted by name (byte order of UTF-8), names unique, no empty value.
///
/// An absent label and a label with an empty value are the same thing, as everywhere in Prometheus; building a
/// set therefore drops empty values.
public struct Labels: Hashable, Sendable {
  /// The label that holds the metric's name.
  public static let metricName = "__name__"

  /// Sorted by name.
  public private(set) var entries: [Label]

  /// The empty set.
  public init() { entries = [] }

  /// Builds a set from labels in any order. Of two labels of one name the last wins.
  public init(_ labels: some Sequence<Label>) {
    var entries: [Label] = []
    for label in labels {
      if let index = entries.firstIndex(where: { $0.name.hasSameBytes(as: label.name) }) {
        entries[index].value = label.value
      } else {
        entries.append(label)
      }
    }
    entries.removeAll { $0.value.isEmpty }
    entries.sort { Labels.precedes($0.name, $1.name) }
    self.entries = entries
  }

  /// Builds a set from entries that are known to be sorted, unique and without empty values.
  public init(sortedUnique entries: [Label]) { self.entries = entries }

  /// Builds a set from a dictionary literal's worth of pairs.
  public init(_ pairs: KeyValuePairs<String, String>) {
    self.init(pairs.map { Label(name: $0.key, value: $0.value) })
  }

  /// Whether there are no labels.
  public var isEmpty: Bool { entries.isEmpty }
  /// Number of labels.
  public var count: Int { entries.count }

  /// The value of a label; `nil` when absent.
  public subscript(name: String) -> String? {
    entries.first { $0.name.hasSameBytes(as: name) }?.value
  }

  /// The metric's name, empty when there is none.
  public var metric: String { self[Labels.metricName] ?? "" }

  /// A copy with one label set; an empty value removes the label.
  public func setting(_ name: String, to value: String) -> Labels {
    var copy = entries.filter { !$0.name.hasSameBytes(as: name) }
    if !value.isEmpty {
      let index = copy.firstIndex { Labels.precedes(name, $0.name) } ?? copy.endIndex
      copy.insert(Label(name: name, value: value), at: index)
    }
    return Labels(sortedUnique: copy)
  }

  /// A copy without the named labels.
  public func removing(_ names: some Collection<String>) -> Labels {
    Labels(sortedUnique: entries.filter { entry in !names.contains { $0.hasSameBytes(as: entry.name) } })
  }

  /// A copy with only the named labels.
  public func keeping(_ names: some Collection<String>) -> Labels {
    Labels(sortedUnique: entries.filter { entry in names.contains { $0.hasSameBytes(as: entry.name) } })
  }

  /// Byte order of the names' UTF-8, which is the order that Prometheus sorts by.
  @inlinable
  public static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}

extension Labels: Comparable {
  /// Orders by the first label that differs, name before value.
  public static func < (left: Labels, right: Labels) -> Bool {
    for (a, b) in zip(left.entries, right.entries) {
      if !a.name.hasSameBytes(as: b.name) { return precedes(a.name, b.name) }
      if !a.value.hasSameBytes(as: b.value) { return precedes(a.value, b.value) }
    }
    return left.count < right.count
  }
}

extension Labels: CustomStringConvertible {
  /// Prometheus's notation: `name{label="value"}`.
  public var description: String {
    let rest = entries.filter { $0.name != Labels.metricName }
    let body = rest.map { "\($0.name)=\"\($0.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"" }
    return rest.isEmpty && !metric.isEmpty ? metric : "\(metric){\(body.joined(separator: ", "))}"
  }
}
