import TimeSeries

/// Finds the group that a series belongs to, and keeps the groups' labels in the order in which they appeared.
///
/// No label set is built to look a series up, only to begin a group; series of a store are told apart by numbers.
struct GroupIndex {
  private let isWithout: Bool
  private let names: [String]
  private(set) var labels: [Labels] = []
  /// The latest group of a hash, and for each group the one before it with the same hash.
  private var byHash: [Int: Int] = [:]
  private var nextOfHash: [Int] = []
  private var keys: StoredKeys
  /// The group of each of the keys.
  private var groupOfKey: [Int] = []

  init(_ grouping: Grouping) {
    isWithout = grouping.isWithout
    names = grouping.isWithout ? grouping.labels : Array(Set(grouping.labels)).sorted()
    keys = StoredKeys(names: isWithout ? names + Labels.metadata : names, isRest: isWithout)
  }

  /// The groups of series that match each other under `on` or `ignoring`.
  init(_ matching: VectorMatching) { self.init(Grouping(isWithout: !matching.isOn, labels: matching.labels)) }

  var count: Int { labels.count }

  /// Whether the groups keep the metric's name, type or unit.
  var keepsName: Bool { !isWithout && names.contains(where: Labels.isMetadata) }

  /// The number of the group, from 0; a new one when there is none yet.
  mutating func group(of series: Labels) -> Int {
    if names.isEmpty && !isWithout {
      if labels.isEmpty { labels.append(Labels()) }
      return 0
    }
    guard let key = keys.place(of: series) else { return groupByText(series) }
    if key == groupOfKey.count { groupOfKey.append(groupByText(series)) }
    return groupOfKey[key]
  }

  private mutating func groupByText(_ series: Labels) -> Int {
    let hash = isWithout ? hashOfRest(series) : hashOfNamed(series)
    var candidate = byHash[hash] ?? -1
    while candidate >= 0 {
      let isSame = isWithout ? hasSameRest(series, labels[candidate]) : hasSameNamed(series, labels[candidate])
      if isSame { return candidate }
      candidate = nextOfHash[candidate]
    }
    nextOfHash.append(byHash[hash] ?? -1)
    byHash[hash] = labels.count
    labels.append(isWithout ? rest(of: series) : series.keeping(names))
    return labels.count - 1
  }

  /// Whether `without` takes a label away: those that tell what a metric is go with those that are listed.
  @inline(__always)
  private func isDropped(_ name: String) -> Bool { Labels.isMetadata(name) || names.contains(name) }

  private func rest(of series: Labels) -> Labels {
    Labels(sortedUnique: series.entries.filter { !isDropped($0.name) })
  }

  private func hashOfNamed(_ series: Labels) -> Int {
    var hasher = Hasher()
    for name in names { hasher.combine(GroupIndex.value(of: name, in: series)) }
    return hasher.finalize()
  }

  private func hasSameNamed(_ series: Labels, _ group: Labels) -> Bool {
    for name in names
    where !GroupIndex.value(of: name, in: series).hasSameBytes(as: GroupIndex.value(of: name, in: group)) {
      return false
    }
    return true
  }

  private func hashOfRest(_ series: Labels) -> Int {
    var hasher = Hasher()
    for entry in series.entries where !isDropped(entry.name) {
      hasher.combine(entry.name)
      hasher.combine(entry.value)
    }
    return hasher.finalize()
  }

  private func hasSameRest(_ series: Labels, _ group: Labels) -> Bool {
    let rest = group.entries
    var position = 0
    for entry in series.entries where !isDropped(entry.name) {
      guard position < rest.count, rest[position] == entry else { return false }
      position += 1
    }
    return position == rest.count
  }

  @inline(__always)
  private static func value(of name: String, in labels: Labels) -> String {
    labels[name] ?? ""
  }
}
