/// The interned labels. A label's identity is its wire form (`0a LEN 0a LEN name 12 LEN value`), so that a series is
/// recognised on the wire by comparing bytes, and the same number serves as symbol and as key of the postings.
struct LabelTable: ~Copyable {
  /// One interned label; trivial, so that comparing costs no reference counting.
  struct Entry {
    /// Owned; `nil` when the number is free.
    var wire: UnsafeMutableRawPointer?
    var wireCount: UInt32 = 0
    var nameOffset: UInt32 = 0
    var nameCount: UInt32 = 0
    var valueOffset: UInt32 = 0
    var valueCount: UInt32 = 0
    /// Index into `names`.
    var name: UInt32 = 0
    var hash: UInt64 = 0
  }

  struct Name {
    let text: String
    let bytes: [UInt8]
    /// Labels of this name, in order of creation.
    var labels: [UInt32] = []
  }

  private(set) var entries: UnsafeMutablePointer<Entry>
  private var capacity = 256
  private(set) var used = 0
  private var free: [UInt32] = []
  private var table = SlotTable()
  private(set) var names: [Name] = []
  private var nameIndexes: [[UInt8]: Int] = [:]
  /// Built when a label is first shown, parallel to `entries`.
  private var texts: [String?] = []
  var postings: [Postings] = []
  private(set) var textBytes = 0

  init() { entries = .allocate(capacity: capacity) }

  deinit {
    for i in 0..<used { entries[i].wire?.deallocate() }
    entries.deallocate()
  }

  /// Labels in use.
  var count: Int { used - free.count }

  /// Estimated bytes held.
  var byteCount: Int { table.byteCount + capacity * MemoryLayout<Entry>.stride + used * 32 + textBytes }

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

  /// Frees labels that no series carries any more.
  mutating func removeUnused(_ numbers: [UInt32]) {
    var touched: Set<UInt32> = []
    for number in numbers where postings[Int(number)].isEmpty {
      guard let wire = entries[Int(number)].wire else { continue }
      table.remove(entries[Int(number)].hash, slot: Int(number))
      touched.insert(entries[Int(number)].name)
      textBytes -= Int(entries[Int(number)].wireCount) + 16
      wire.deallocate()
      entries[Int(number)].wire = nil
      texts[Int(number)] = nil
      free.append(number)
    }
    for name in touched.sorted() {
      names[Int(name)].labels.removeAll { entries[Int($0)].wire == nil || entries[Int($0)].name != name }
    }
  }

  /// The index of a name in `names`.
  func nameIndex(of name: String) -> Int? { nameIndexes[Array(name.utf8)] }

  /// The label as text.
  mutating func label(_ number: Int) -> Label {
    Label(name: names[Int(entries[number].name)].text, value: value(number))
  }

  /// The label's value as text; kept for the next time.
  mutating func value(_ number: Int) -> String {
    if let text = texts[number] { return text }
    let entry = entries[number]
    let bytes = UnsafeRawBufferPointer(start: entry.wire! + Int(entry.valueOffset), count: Int(entry.valueCount))
    let text = String(decoding: bytes, as: UTF8.self)
    texts[number] = text
    return text
  }

  /// The bytes of a label's name.
  func nameBytes(_ number: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: entries[number].wire! + Int(entries[number].nameOffset), count: Int(entries[number].nameCount))
  }

  /// The bytes of a label's value.
  func valueBytes(_ number: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: entries[number].wire! + Int(entries[number].valueOffset), count: Int(entries[number].valueCount))
  }

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
    if used == capacity {
      let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: entries, count: used)
      entries.deallocate()
      entries = larger
      capacity *= 2
    }
    (entries + used).initialize(to: entry)
    used += 1
    texts.append(nil)
    postings.append(.none)
    return used - 1
  }
}
