import TimeSeries

/// Finds the group that a series belongs to, and keeps the groups' labels in the order in which they appeared.
///
/// No label set is built to look a series up, only to begin a group; series of a store are told apart by numbers.
struct GroupIndex {
  private let isWithout: Bool
  private let names: [String]
  /// For each group the labels of the series that began it.
  private var origins: [Labels] = []
  /// The latest group of a hash, and for each group the one before it with the same hash. Groups are entered when text
  /// has to be compared for the first time.
  private var byHash: [Int: Int] = [:]
  private var nextOfHash: [Int] = []
  private var keys: StoredKeys
  /// The group of each of the keys.
  private var groupOfKey: [Int] = []
  /// Whether there are groups that no key began.
  private var hasOthers = false

  init(_ grouping: Grouping) {
    isWithout = grouping.isWithout
    names = grouping.isWithout ? grouping.labels : Array(Set(grouping.labels)).sorted()
    keys = StoredKeys(names: isWithout ? names + Labels.metadata : names, isRest: isWithout)
  }

  /// The groups of series that match each other under `on` or `ignoring`.
  init(_ matching: VectorMatching) { self.init(Grouping(isWithout: !matching.isOn, labels: matching.labels)) }

  var count: Int { origins.count }

  /// The labels of all groups in the order in which they appeared.
  var labels: [Labels] { origins.indices.map(labels(of:)) }

  /// The labels of one group.
  func labels(of group: Int) -> Labels {
    if !isWithout { return origins[group].keeping(names) }
    return names.isEmpty ? origins[group].withoutMetadata : origins[group].removing(names).withoutMetadata
  }

  /// Whether the groups keep the metric's name, type or unit.
  var keepsName: Bool { !isWithout && names.contains(where: Labels.isMetadata) }

  /// The number of the group, from 0; a new one when there is none yet.
  mutating func group(of series: Labels) -> Int {
    if names.isEmpty && !isWithout {
      if origins.isEmpty { origins.append(Labels()) }
      return 0
    }
    guard let key = keys.place(of: series) else {
      hasOthers = true
      return groupByText(series)
    }
    if key == groupOfKey.count {
      if hasOthers {
        groupOfKey.append(groupByText(series))
      } else {
        groupOfKey.append(origins.count)
        origins.append(series)
      }
    }
    return groupOfKey[key]
  }

  private mutating func groupByText(_ series: Labels) -> Int {
    while nextOfHash.count < origins.count { enter(nextOfHash.count, hash(origins[nextOfHash.count])) }
    let hash = hash(series)
    var candidate = byHash[hash] ?? -1
    while candidate >= 0 {
      let isSame = isWithout ? hasSameRest(series, origins[candidate]) : hasSameNamed(series, origins[candidate])
      if isSame { return candidate }
      candidate = nextOfHash[candidate]
    }
    origins.append(series)
    enter(origins.count - 1, hash)
    return origins.count - 1
  }

  private mutating func enter(_ group: Int, _ hash: Int) {
    nextOfHash.append(byHash[hash] ?? -1)
    byHash[hash] = group
  }

  private func hash(_ series: Labels) -> Int { isWithout ? hashOfRest(series) : hashOfNamed(series) }

  /// Whether `without` takes a label away: those that tell what a metric is go with those that are listed.
  @inline(__always)
  private func isDropped(_ name: String) -> Bool { Labels.isMetadata(name) || names.contains(name) }

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
    func skip() { while position < rest.count, isDropped(rest[position].name) { position += 1 } }
    for entry in series.entries where !isDropped(entry.name) {
      skip()
      guard position < rest.count, rest[position] == entry else { return false }
      position += 1
    }
    skip()
    return position == rest.count
  }

  @inline(__always)
  private static func value(of name: String, in labels: Labels) -> String {
    labels[name] ?? ""
  }
}
