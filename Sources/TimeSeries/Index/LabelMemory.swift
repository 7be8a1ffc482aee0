/// The memory of the interned labels: owned by the head, which alone writes to it, and by the readers that look at it
/// after they have left the store's lock.
///
/// `@unchecked Sendable` because an entry that a reader can reach is not written to until its last `LabelPin` is gone:
/// what the head removes meanwhile is retired, and given free only then.
final class LabelMemory: @unchecked Sendable {
  /// One interned label; trivial, so that comparing costs no reference counting.
  struct Entry {
    /// Owned; `nil` when the number is free.
    var wire: UnsafeMutableRawPointer?
    var wireCount: UInt32 = 0
    var nameOffset: UInt32 = 0
    var nameCount: UInt32 = 0
    var valueOffset: UInt32 = 0
    var valueCount: UInt32 = 0
    /// Index into the table's names.
    var name: UInt32 = 0
    var hash: UInt64 = 0

    /// The bytes of the label's name.
    @inline(__always)
    var nameBytes: UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(start: wire.unsafelyUnwrapped + Int(nameOffset), count: Int(nameCount))
    }

    /// The bytes of the label's value.
    @inline(__always)
    var valueBytes: UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(start: wire.unsafelyUnwrapped + Int(valueOffset), count: Int(valueCount))
    }

    /// The label as text.
    var label: Label {
      Label(name: String(decoding: nameBytes, as: UTF8.self), value: String(decoding: valueBytes, as: UTF8.self))
    }
  }

  private(set) var entries: UnsafeMutablePointer<Entry>
  private(set) var capacity = 256
  private(set) var used = 0
  /// What nobody but late readers needs any more.
  private var leftovers: [UnsafeMutableRawPointer] = []

  init() { entries = .allocate(capacity: capacity) }

  deinit {
    for i in 0..<used { entries[i].wire?.deallocate() }
    entries.deallocate()
    for block in leftovers { block.deallocate() }
  }

  /// Adds an entry at the end.
  /// - Returns: the memory that it outgrew, for the caller to give free.
  func append(_ entry: Entry) -> UnsafeMutableRawPointer? {
    var outgrown: UnsafeMutableRawPointer?
    if used == capacity {
      let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
      larger.initialize(from: entries, count: used)
      outgrown = UnsafeMutableRawPointer(entries)
      entries = larger
      capacity *= 2
    }
    (entries + used).initialize(to: entry)
    used += 1
    return outgrown
  }

  /// Keeps memory until the last reader is gone.
  func leave(_ block: UnsafeMutableRawPointer) { leftovers.append(block) }
}

/// Held by a reader for as long as it may look at label memory. A pin keeps the ones that came after it alive, so one
/// that nobody else holds has no older ones either.
///
/// `@unchecked Sendable` because only the head writes `next`, under the store's lock, and nobody else reads it.
final class LabelPin: @unchecked Sendable {
  let memory: LabelMemory
  fileprivate var next: LabelPin?

  init(_ memory: LabelMemory) { self.memory = memory }
}

/// What was removed while readers may have been looking, oldest first.
struct RetiredLabels {
  private struct Batch {
    /// The pin that readers took until then.
    var pin: LabelPin
    var numbers: [UInt32]
    var blocks: [UnsafeMutableRawPointer]
  }

  /// Given to new readers.
  private(set) var pin: LabelPin
  private var batches: [Batch] = []

  init(_ memory: LabelMemory) { pin = LabelPin(memory) }

  /// Whether a reader may be looking.
  mutating func isPinned() -> Bool { !isKnownUniquelyReferenced(&pin) }

  /// Puts numbers and memory aside until no reader can reach them.
  mutating func retire(numbers: [UInt32], blocks: [UnsafeMutableRawPointer]) {
    let successor = LabelPin(pin.memory)
    pin.next = successor
    batches.append(Batch(pin: pin, numbers: numbers, blocks: blocks))
    pin = successor
  }

  /// Gives the memory free that no reader can reach any more.
  /// - Returns: numbers that may be used again.
  mutating func release() -> [UInt32] {
    var numbers: [UInt32] = []
    while !batches.isEmpty, isKnownUniquelyReferenced(&batches[0].pin) {
      let batch = batches.removeFirst()
      for block in batch.blocks { block.deallocate() }
      numbers += batch.numbers
    }
    return numbers
  }

  /// Leaves what is still aside to the label memory, which its readers keep.
  func abandon() {
    for batch in batches { for block in batch.blocks { pin.memory.leave(block) } }
  }
}
