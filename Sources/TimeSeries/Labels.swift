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
}

/// The set of labels that names a series: sorted by name (byte order of UTF-8), names unique, no empty value.
///
/// An absent label and a label with an empty value are the same thing, as everywhere in Prometheus; building a
/// set therefore drops empty values.
///
/// Sets that a store's selection returns are a reference into the store's label memory. Asking for one label, comparing
/// and hashing them builds no text; `entries` builds it anew each time, so ask once.
public struct Labels: Sendable {
  /// The label that holds the metric's name.
  public static let metricName = "__name__"

  enum Storage: Sendable {
    case list([Label])
    case stored(StoredLabels)
  }

  let storage: Storage

  /// Sorted by name.
  public var entries: [Label] {
    switch storage {
    case .list(let entries): entries
    case .stored(let stored): stored.entries
    }
  }

  /// The empty set.
  public init() { storage = .list([]) }

  /// Builds a set from labels in any order. Of two labels of one name the last wins.
  public init(_ labels: some Sequence<Label>) {
    var entries: [Label] = []
    for label in labels {
      if let index = entries.firstIndex(where: { $0.name == label.name }) {
        entries[index].value = label.value
      } else {
        entries.append(label)
      }
    }
    entries.removeAll { $0.value.isEmpty }
    entries.sort { Labels.precedes($0.name, $1.name) }
    storage = .list(entries)
  }

  /// Builds a set from entries that are known to be sorted, unique and without empty values.
  public init(sortedUnique entries: [Label]) { storage = .list(entries) }

  init(_ stored: StoredLabels) { storage = .stored(stored) }

  /// Builds a set from a dictionary literal's worth of pairs.
  public init(_ pairs: KeyValuePairs<String, String>) {
    self.init(pairs.map { Label(name: $0.key, value: $0.value) })
  }

  /// Whether there are no labels.
  public var isEmpty: Bool { count == 0 }

  /// Number of labels.
  public var count: Int {
    switch storage {
    case .list(let entries): entries.count
    case .stored(let stored): stored.count
    }
  }

  /// The value of a label; `nil` when absent.
  public subscript(name: String) -> String? {
    switch storage {
    case .list(let entries):
      for entry in entries where entry.name == name { return entry.value }
      return nil
    case .stored(let stored): return stored.value(of: name)
    }
  }

  /// The metric's name, empty when there is none.
  public var metric: String { self[Labels.metricName] ?? "" }

  /// Without the metric's name.
  public var withoutName: Labels {
    switch storage {
    case .list(let entries):
      guard let index = entries.firstIndex(where: { $0.name == Labels.metricName }) else { return self }
      var rest = entries
      rest.remove(at: index)
      return Labels(sortedUnique: rest)
    case .stored(let stored): return Labels(stored.hidingName)
    }
  }

  /// A copy with one label set; an empty value removes the label.
  public func setting(_ name: String, to value: String) -> Labels {
    var copy = entries
    let index = copy.firstIndex { !Labels.precedes($0.name, name) } ?? copy.endIndex
    let isThere = index < copy.endIndex && copy[index].name == name
    if value.isEmpty {
      guard isThere else { return self }
      copy.remove(at: index)
    } else if isThere {
      copy[index].value = value
    } else {
      copy.insert(Label(name: name, value: value), at: index)
    }
    return Labels(sortedUnique: copy)
  }

  /// A copy without the named labels.
  public func removing(_ names: some Collection<String>) -> Labels {
    Labels(sortedUnique: entries.filter { !names.contains($0.name) })
  }

  /// A copy with only the named labels.
  public func keeping(_ names: some Collection<String>) -> Labels {
    switch storage {
    case .list(let entries): return Labels(sortedUnique: entries.filter { names.contains($0.name) })
    case .stored(let stored):
      var kept = names.compactMap { name in stored.value(of: name).map { Label(name: name, value: $0) } }
      if kept.count > 1 { return Labels(kept) }
      kept.removeAll { $0.value.isEmpty }
      return Labels(sortedUnique: kept)
    }
  }

  /// Byte order of the names' UTF-8, which is the order that Prometheus sorts by.
  @inlinable
  public static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  /// Hands over the UTF-8 of each label's name and value, in order.
  public func forEachBytes(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
    switch storage {
    case .list(let entries):
      for var entry in entries {
        entry.name.withUTF8 { name in
          entry.value.withUTF8 { value in body(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value)) }
        }
      }
    case .stored(let stored): stored.forEach { body($0.nameBytes, $0.valueBytes) }
    }
  }
}

extension Labels: Hashable {
  /// Sets are equal when their bytes are: two texts that only look alike are two values, as everywhere in Prometheus.
  public static func == (left: Labels, right: Labels) -> Bool {
    switch (left.storage, right.storage) {
    case (.stored(let a), .stored(let b)): return a.isSame(as: b)
    case (.list(let a), .list(let b)):
      guard a.count == b.count else { return false }
      for index in a.indices where !a[index].hasSameBytes(as: b[index]) { return false }
      return true
    case (.stored(let stored), .list(let entries)), (.list(let entries), .stored(let stored)):
      return stored.count == entries.count && Labels(sortedUnique: stored.entries) == Labels(sortedUnique: entries)
    }
  }

  /// Hashes the bytes of all names and values.
  public func hash(into hasher: inout Hasher) {
    switch storage {
    case .stored(let stored): stored.forEach { hasher.combine($0.hash) }
    case .list:
      forEachBytes { name, value in hasher.combine(LabelWire.hash(name: name, value: value)) }
    }
  }
}

extension Label {
  fileprivate func hasSameBytes(as other: Label) -> Bool {
    name.hasSameBytes(as: other.name) && value.hasSameBytes(as: other.value)
  }
}

extension String {
  /// Whether the UTF-8 is the same.
  func hasSameBytes(as other: String) -> Bool {
    // Texts that differ as text differ in their bytes; of those that do not, the bytes decide.
    if self != other { return false }
    var (left, right) = (self, other)
    return left.withUTF8 { a in
      right.withUTF8 { b in
        guard a.count == b.count, let x = a.baseAddress, let y = b.baseAddress else { return a.count == b.count }
        return WireBytes.equal(x, y, a.count)
      }
    }
  }
}

extension Labels: Comparable {
  /// Orders by the first label that differs, name before value.
  public static func < (left: Labels, right: Labels) -> Bool {
    if case .stored(let a) = left.storage, case .stored(let b) = right.storage { return a.order(b) < 0 }
    let (a, b) = (left.entries, right.entries)
    for (a, b) in zip(a, b) {
      if !a.name.hasSameBytes(as: b.name) { return precedes(a.name, b.name) }
      if !a.value.hasSameBytes(as: b.value) { return precedes(a.value, b.value) }
    }
    return a.count < b.count
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
