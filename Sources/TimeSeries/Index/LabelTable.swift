/// The interned labels. A label's identity is its wire form (`0a LEN 0a LEN name 12 LEN value`), so that a series is
/// recognised on the wire by comparing bytes, and the same number serves as symbol and as key of the postings.
struct LabelTable: ~Copyable {
  typealias Entry = LabelMemory.Entry

  struct Name {
    let text: String
    let bytes: [UInt8]
    /// Labels of this name, in order of creation.
    var labels: [UInt32] = []
  }

  let memory = LabelMemory()
  /// The memory's entries, at hand for the hot path.
  private(set) var entries: UnsafeMutablePointer<Entry>
  private var free: [UInt32] = []
  private var retired: RetiredLabels
  private var table = SlotTable()
  private(set) var names: [Name] = []
  private var nameIndexes: [[UInt8]: Int] = [:]
  var postings: [Postings] = []
  private(set) var textBytes = 0
  /// Numbers that are neither in use nor free yet.
  private var retiredCount = 0

  init() {
    entries = memory.entries
    retired = RetiredLabels(memory)
  }

  deinit { retired.abandon() }

  /// Numbers that were ever given.
  var used: Int { memory.used }

  /// Holds label memory and the series' lists of labels for a reader.
  var pin: LabelPin { retired.pin }

  /// Labels in use.
  var count: Int { used - free.count - retiredCount }

  /// Estimated bytes held.
  var byteCount: Int { table.byteCount + memory.capacity * MemoryLayout<Entry>.stride + used * 16 + textBytes }

  /// The number of a label by its wire form, or -1.
  func find(_ wire: UnsafeRawPointer, _ count: Int, hash: UInt64) -> Int {
    let entries = entries
    return table.find(hash) { candidate in
      Int(entries[candidate].wireCount) == count && WireBytes.equal(entries[candidate].wire!, wire, count)
    }
  }

  /// The number of a label, `nil` when no series carries it.
  func find(name: String, value: String) -> Int? {
    var wire = ByteSink()
    LabelWire.append(Label(name: name, value: value), to: &wire)
    let found = find(wire.base, wire.count, hash: WireHash.of(wire.base, wire.count))
    return found < 0 ? nil : found
  }

  /// The number of the label, made when it is new.
  mutating func intern(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, scratch: inout ByteSink) -> Int {
    scratch.removeAll()
    LabelWire.append(name: name, value: value, to: &scratch)
    let hash = WireHash.of(scratch.base, scratch.count)
    let found = find(scratch.base, scratch.count, hash: hash)
    if found >= 0 { return found }
    var entry = Entry()
    entry.wire = .allocate(byteCount: scratch.count, alignment: 1)
    entry.wire!.copyMemory(from: scratch.base, byteCount: scratch.count)
    entry.wireCount = UInt32(scratch.count)
    entry.valueCount = UInt32(value.count)
    entry.valueOffset = UInt32(scratch.count - value.count)
    entry.nameCount = UInt32(name.count)
    entry.nameOffset = entry.valueOffset - UInt32(1 + LabelWire.varintCount(value.count) + name.count)
    entry.name = UInt32(nameIndex(name))
    entry.hash = hash
    textBytes += scratch.count + 16
    let number = place(entry)
    table.insert(hash, slot: number)
    names[Int(entry.name)].labels.append(UInt32(number))
    return number
  }

  /// Frees labels that no series carries any more, and the lists of labels of series that are gone.
  /// - Parameter lists: owned by the table from here on.
  mutating func removeUnused(_ numbers: [UInt32], lists: [UnsafeMutableRawPointer]) {
    var unused: [UInt32] = []
    var touched: Set<UInt32> = []
    for number in numbers where postings[Int(number)].isEmpty && entries[Int(number)].wire != nil {
      table.remove(entries[Int(number)].hash, slot: Int(number))
      touched.insert(entries[Int(number)].name)
      textBytes -= Int(entries[Int(number)].wireCount) + 16
      unused.append(number)
    }
    let isUnused = Set(unused)
    for name in touched.sorted() { names[Int(name)].labels.removeAll { isUnused.contains($0) } }
    recycle()
    if retired.isPinned() {
      retired.retire(numbers: unused, blocks: lists)
      retiredCount += unused.count
    } else {
      for list in lists { list.deallocate() }
      give(back: unused)
    }
  }

  /// Gives free what readers have kept from it and do not need any more.
  mutating func recycle() {
    let numbers = retired.release()
    retiredCount -= numbers.count
    give(back: numbers)
  }

  private mutating func give(back numbers: [UInt32]) {
    for number in numbers {
      entries[Int(number)].wire?.deallocate()
      entries[Int(number)].wire = nil
    }
    free.append(contentsOf: numbers)
  }

  /// The index of a name in `names`.
  func nameIndex(of name: String) -> Int? { nameIndexes[Array(name.utf8)] }

  /// The label as text.
  func label(_ number: Int) -> Label {
    Label(name: names[Int(entries[number].name)].text, value: value(number))
  }

  /// The label's value as text.
  func value(_ number: Int) -> String { String(decoding: entries[number].valueBytes, as: UTF8.self) }

  private mutating func nameIndex(_ name: UnsafeRawBufferPointer) -> Int {
    let bytes = Array(name)
    if let index = nameIndexes[bytes] { return index }
    names.append(Name(text: String(decoding: bytes, as: UTF8.self), bytes: bytes))
    nameIndexes[bytes] = names.count - 1
    return names.count - 1
  }

  private mutating func place(_ entry: Entry) -> Int {
    if let number = free.popLast() {
      entries[Int(number)] = entry
      return Int(number)
    }
    if let outgrown = memory.append(entry) {
      entries = memory.entries
      if retired.isPinned() { retired.retire(numbers: [], blocks: [outgrown]) } else { outgrown.deallocate() }
    }
    postings.append(.none)
    return used - 1
  }
}
