/// The label lists of the series of one selection, in the store's label memory.
///
/// `@unchecked Sendable` because all that it points to stays as it is while the pin is held.
final class LabelLists: @unchecked Sendable {
  struct List {
    /// Label numbers in the order of the labels' names.
    let numbers: UnsafePointer<UInt32>
    let count: Int
  }

  private let pin: LabelPin
  let entries: UnsafePointer<LabelMemory.Entry>
  let lists: UnsafeMutablePointer<List>
  private let count: Int

  /// Room for `count` lists, which the caller fills before it shares them.
  init(pin: LabelPin, count: Int) {
    self.pin = pin
    self.count = count
    entries = UnsafePointer(pin.memory.entries)
    lists = .allocate(capacity: max(1, count))
  }

  deinit { lists.deallocate() }

  /// Whether equal numbers mean equal labels in both.
  func hasSameNumbers(as other: LabelLists) -> Bool { pin.memory === other.pin.memory }
}

/// The labels of one series of a selection.
struct StoredLabels: Sendable {
  let owner: LabelLists
  private let index: UInt32
  /// Whether the metric's name, type and unit are left out.
  let hidesMetadata: Bool

  init(_ owner: LabelLists, _ index: Int, hidesMetadata: Bool = false) {
    self.owner = owner
    self.index = UInt32(truncatingIfNeeded: index)
    self.hidesMetadata = hidesMetadata
  }

  private var list: LabelLists.List { owner.lists[Int(index)] }

  /// The label numbers, hidden ones included.
  var numbers: UnsafeBufferPointer<UInt32> { UnsafeBufferPointer(start: list.numbers, count: list.count) }

  var hidingMetadata: StoredLabels { StoredLabels(owner, Int(index), hidesMetadata: true) }

  var count: Int { hidesMetadata ? numbers.count { !StoredLabels.isMetadata(owner.entries[Int($0)]) } : list.count }

  /// Whether a label's name is one of `Labels.metadata`, each of which has eight bytes.
  @inline(__always)
  static func isMetadata(_ entry: LabelMemory.Entry) -> Bool {
    guard entry.nameCount == 8 else { return false }
    let name = eightBytes(entry)
    return name == metricName || name == metricType || name == metricUnit
  }

  /// Whether a label holds the metric's name.
  @inline(__always)
  static func isName(_ entry: LabelMemory.Entry) -> Bool { entry.nameCount == 8 && eightBytes(entry) == metricName }

  // `__name__`, `__type__` and `__unit__` as little-endian words.
  private static let metricName: UInt64 = 0x5f5f_656d_616e_5f5f
  private static let metricType: UInt64 = 0x5f5f_6570_7974_5f5f
  private static let metricUnit: UInt64 = 0x5f5f_7469_6e75_5f5f

  @inline(__always)
  private static func eightBytes(_ entry: LabelMemory.Entry) -> UInt64 {
    UInt64(littleEndian: entry.nameBytes.baseAddress.unsafelyUnwrapped.loadUnaligned(as: UInt64.self))
  }

  /// Hands over the labels in order.
  @inline(__always)
  func forEach(_ body: (LabelMemory.Entry) -> Void) {
    let (entries, list) = (owner.entries, list)
    for i in 0..<list.count {
      let entry = entries[Int(list.numbers[i])]
      if hidesMetadata && StoredLabels.isMetadata(entry) { continue }
      body(entry)
    }
  }

  var entries: [Label] {
    var labels: [Label] = []
    labels.reserveCapacity(list.count)
    forEach { labels.append($0.label) }
    return labels
  }

  func value(of name: String) -> String? {
    if hidesMetadata && Labels.isMetadata(name) { return nil }
    var name = name
    return name.withUTF8 { bytes in
      let (entries, list) = (owner.entries, list)
      for i in 0..<list.count {
        let entry = entries[Int(list.numbers[i])]
        guard Int(entry.nameCount) == bytes.count, let wanted = bytes.baseAddress,
          WireBytes.equal(entry.nameBytes.baseAddress.unsafelyUnwrapped, wanted, bytes.count)
        else { continue }
        return String(decoding: entry.valueBytes, as: UTF8.self)
      }
      return nil
    }
  }

  func isSame(as other: StoredLabels) -> Bool {
    if hidesMetadata == other.hidesMetadata, owner.hasSameNumbers(as: other.owner) {
      // Numbers and labels are one to one.
      if numbers.elementsEqual(other.numbers) { return true }
      if !hidesMetadata { return false }
    }
    return order(other) == 0
  }

  /// Orders by the bytes of the first label that differs, name before value. Negative when this one comes first.
  func order(_ other: StoredLabels) -> Int {
    let sameNumbers = owner.hasSameNumbers(as: other.owner)
    let (left, right) = (numbers, other.numbers)
    var i = 0
    var j = 0
    while true {
      while i < left.count, hidesMetadata, StoredLabels.isMetadata(owner.entries[Int(left[i])]) { i += 1 }
      while j < right.count, other.hidesMetadata, StoredLabels.isMetadata(other.owner.entries[Int(right[j])]) { j += 1 }
      if i == left.count || j == right.count { return (left.count - i) - (right.count - j) }
      if !sameNumbers || left[i] != right[j] {
        let (a, b) = (owner.entries[Int(left[i])], other.owner.entries[Int(right[j])])
        let names = StoredLabels.compare(a.nameBytes, b.nameBytes)
        if names != 0 { return names }
        let values = StoredLabels.compare(a.valueBytes, b.valueBytes)
        if values != 0 { return values }
      }
      i += 1
      j += 1
    }
  }

  /// Negative when `left` comes first.
  private static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    for i in 0..<min(left.count, right.count) where left[i] != right[i] { return Int(left[i]) - Int(right[i]) }
    return left.count - right.count
  }
}

extension LabelWire {
  /// The hash of a label's wire form.
  static func hash(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> UInt64 {
    let inner = 2 + varintCount(name.count) + name.count + varintCount(value.count) + value.count
    return withUnsafeTemporaryAllocation(byteCount: inner + 1 + varintCount(inner), alignment: 8) { bytes in
      var sink = RawWriter(base: bytes.baseAddress.unsafelyUnwrapped)
      sink.append(0x0a)
      sink.appendVarint(inner)
      sink.append(0x0a)
      sink.append(counted: name)
      sink.append(0x12)
      sink.append(counted: value)
      return WireHash.of(sink.base, sink.count)
    }
  }
}

/// Writes to memory that is known to be large enough.
private struct RawWriter {
  let base: UnsafeMutableRawPointer
  var count = 0

  init(base: UnsafeMutableRawPointer) { self.base = base }

  mutating func append(_ byte: UInt8) {
    base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  mutating func appendVarint(_ value: Int) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  mutating func append(counted bytes: UnsafeRawBufferPointer) {
    appendVarint(bytes.count)
    if let start = bytes.baseAddress { (base + count).copyMemory(from: start, byteCount: bytes.count) }
    count += bytes.count
  }
}
