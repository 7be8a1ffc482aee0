/// Tells which of a store's label sets agree in some of their labels by comparing numbers, so that grouping many series
/// looks at no text.
package struct StoredKeys {
  private let names: [[UInt8]]
  private let isRest: Bool
  /// Whether `names` has one that may be hidden.
  private let namesMetadata: Bool
  /// Holds the numbers of the first set that was asked for; sets of other stores are not answered.
  private var owner: LabelLists?
  /// By the index of a label's name: its place in `names`, or one of the two below.
  private var kinds: [Int32] = []
  private static let unknown: Int32 = -2
  private static let other: Int32 = -1
  /// Stands in a key where the label is absent.
  private static let absent = UInt32.max

  /// The keys' numbers one after another, and where each key begins (and the last one ends).
  private var numbers: [UInt32] = []
  private var starts: [Int] = [0]
  /// Open addressing: place + 1, 0 for empty.
  private var table = [UInt32](repeating: 0, count: 64)
  private var key: [UInt32] = []
  private var lastPlace = -1
  /// Where in its list the label of a single name was found last.
  private var hint = 0

  /// - Parameters:
  ///   - names: the labels that make the key, or with `isRest` those that do not.
  package init(names: [String], isRest: Bool) {
    self.names = names.map { Array($0.utf8) }
    self.isRest = isRest
    namesMetadata = names.contains(where: Labels.isMetadata)
    key = [UInt32](repeating: Self.absent, count: isRest ? 0 : names.count)
  }

  /// Number of different keys so far.
  package var count: Int { starts.count - 1 }

  /// The place of the set's key among the keys, in order of their first appearance.
  /// - Returns: `nil` when the set is not a selection's, or not of the same store; compare text then.
  package mutating func place(of labels: Labels) -> Int? {
    guard case .stored(let stored) = labels.storage else { return nil }
    if let owner {
      guard owner.hasSameNumbers(as: stored.owner) else { return nil }
    } else {
      owner = stored.owner
    }
    if stored.hidesMetadata && !isRest && namesMetadata { return nil }
    let (list, entries) = (stored.numbers, stored.owner.entries)
    if isRest {
      fillRest(list, entries, hidesMetadata: stored.hidesMetadata)
    } else if names.count == 1 {
      key[0] = single(list, entries)
    } else {
      for i in key.indices { key[i] = Self.absent }
      for number in list {
        let kind = kind(entries[Int(number)])
        if kind >= 0 { key[Int(kind)] = number }
      }
    }
    if lastPlace >= 0, isKey(lastPlace) { return lastPlace }
    lastPlace = find()
    return lastPlace
  }

  private mutating func single(_ list: UnsafeBufferPointer<UInt32>, _ entries: UnsafePointer<LabelMemory.Entry>)
    -> UInt32
  {
    if hint < list.count, kind(entries[Int(list[hint])]) == 0 { return list[hint] }
    for (position, number) in list.enumerated() where kind(entries[Int(number)]) == 0 {
      hint = position
      return number
    }
    return Self.absent
  }

  private mutating func fillRest(
    _ list: UnsafeBufferPointer<UInt32>, _ entries: UnsafePointer<LabelMemory.Entry>, hidesMetadata: Bool
  ) {
    key.removeAll(keepingCapacity: true)
    for number in list {
      let entry = entries[Int(number)]
      if kind(entry) >= 0 || (hidesMetadata && StoredLabels.isMetadata(entry)) { continue }
      key.append(number)
    }
  }

  @inline(__always)
  private mutating func kind(_ entry: LabelMemory.Entry) -> Int32 {
    let index = Int(entry.name)
    if index < kinds.count, kinds[index] != Self.unknown { return kinds[index] }
    return learn(entry)
  }

  private mutating func learn(_ entry: LabelMemory.Entry) -> Int32 {
    let index = Int(entry.name)
    while kinds.count <= index { kinds.append(Self.unknown) }
    let place = names.firstIndex { $0.elementsEqual(entry.nameBytes) }
    kinds[index] = place.map { Int32($0) } ?? Self.other
    return kinds[index]
  }

  @inline(__always)
  private func isKey(_ place: Int) -> Bool {
    let start = starts[place]
    guard starts[place + 1] - start == key.count else { return false }
    for i in key.indices where numbers[start + i] != key[i] { return false }
    return true
  }

  /// The place of `key`, a new one when it is new.
  private mutating func find() -> Int {
    var position = StoredKeys.hash(key[...]) & (table.count - 1)
    while table[position] != 0 {
      let place = Int(table[position]) - 1
      if isKey(place) { return place }
      position = (position + 1) & (table.count - 1)
    }
    let place = count
    numbers += key
    starts.append(numbers.count)
    table[position] = UInt32(place + 1)
    if count * 2 > table.count { grow() }
    return place
  }

  private mutating func grow() {
    var larger = [UInt32](repeating: 0, count: table.count * 2)
    for place in 0..<count {
      var position = StoredKeys.hash(numbers[starts[place]..<starts[place + 1]]) & (larger.count - 1)
      while larger[position] != 0 { position = (position + 1) & (larger.count - 1) }
      larger[position] = UInt32(place + 1)
    }
    table = larger
  }

  private static func hash(_ key: ArraySlice<UInt32>) -> Int {
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
    for number in key {
      hash = (hash ^ UInt64(number)) &* 0xd6e8_feb8_6659_fd93
      hash ^= hash &>> 32
    }
    return Int(truncatingIfNeeded: hash)
  }
}
