import TimeSeries

/// Finds the group that a series belongs to, and keeps the groups' labels in the order in which they appeared.
///
/// For `by` no label set is built to look a series up, only to begin a group.
struct GroupIndex {
  private let isWithout: Bool
  private let names: [String]
  private(set) var labels: [Labels] = []
  private var byHash: [Int: Int] = [:]
  private var nextOfHash: [Int] = []
  private var byLabels: [Labels: Int] = [:]

  init(_ grouping: Grouping) {
    isWithout = grouping.isWithout
    names = grouping.isWithout ? grouping.labels + [Labels.metricName] : Array(Set(grouping.labels)).sorted()
  }

  /// Whether the groups keep the metric's name.
  var keepsName: Bool { !isWithout && names.contains(Labels.metricName) }

  /// The number of the group, from 0; a new one when there is none yet.
  mutating func group(of series: Labels) -> Int {
    if isWithout { return group(exactly: series.removing(names)) }
    if names.isEmpty {
      if labels.isEmpty { labels.append(Labels()) }
      return 0
    }
    var hasher = Hasher()
    for name in names { hasher.combine(GroupIndex.value(of: name, in: series)) }
    let hash = hasher.finalize()
    var candidate = byHash[hash] ?? -1
    while candidate >= 0 {
      if isSame(series, labels[candidate]) { return candidate }
      candidate = nextOfHash[candidate]
    }
    nextOfHash.append(byHash[hash] ?? -1)
    byHash[hash] = labels.count
    labels.append(series.keeping(names))
    return labels.count - 1
  }

  /// The number of the group of exactly these labels.
  mutating func group(exactly set: Labels) -> Int {
    if let known = byLabels[set] { return known }
    byLabels[set] = labels.count
    labels.append(set)
    return labels.count - 1
  }

  private func isSame(_ series: Labels, _ group: Labels) -> Bool {
    for name in names where GroupIndex.value(of: name, in: series) != GroupIndex.value(of: name, in: group) {
      return false
    }
    return true
  }

  @inline(__always)
  private static func value(of name: String, in labels: Labels) -> String {
    for entry in labels.entries where entry.name == name { return entry.value }
    return ""
  }
}
