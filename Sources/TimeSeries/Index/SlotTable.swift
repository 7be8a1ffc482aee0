/// Open-addressing map from a hash to a slot number; the owner of the slots decides equality.
///
/// One 64-bit word an entry: the hash's low half above, the slot + 1 below, 0 for empty. Deletion shifts the
/// following run back, so there are no tombstones.
struct SlotTable: ~Copyable {
  private var entries: UnsafeMutablePointer<UInt64>
  private var mask: UInt64
  private(set) var count = 0

  init(capacity: Int = 64) {
    let size = max(16, capacity).nextPowerOfTwo
    entries = .allocate(capacity: size)
    entries.initialize(repeating: 0, count: size)
    mask = UInt64(size - 1)
  }

  deinit { entries.deallocate() }

  var byteCount: Int { Int(mask + 1) * 8 }

  /// The slot of this hash for which `isSame` holds, or -1.
  @inline(__always)
  func find(_ hash: UInt64, _ isSame: (Int) -> Bool) -> Int {
    var index = hash & mask
    while true {
      let entry = entries[Int(truncatingIfNeeded: index)]
      if entry == 0 { return -1 }
      if entry &>> 32 == hash & 0xffff_ffff {
        let slot = Int(truncatingIfNeeded: (entry & 0xffff_ffff) &- 1)
        if isSame(slot) { return slot }
      }
      index = (index &+ 1) & mask
    }
  }

  /// Adds a slot that is not in the table yet.
  mutating func insert(_ hash: UInt64, slot: Int) {
    if UInt64(count + 1) * 4 > (mask + 1) * 3 { grow() }
    place((hash & 0xffff_ffff) << 32 | UInt64(slot + 1))
    count += 1
  }

  /// Removes a slot; nothing happens when it is not there.
  mutating func remove(_ hash: UInt64, slot: Int) {
    let wanted = (hash & 0xffff_ffff) << 32 | UInt64(slot + 1)
    var hole = hash & mask
    while entries[Int(hole)] != wanted {
      if entries[Int(hole)] == 0 { return }
      hole = (hole + 1) & mask
    }
    count -= 1
    var next = hole
    while true {
      next = (next + 1) & mask
      let entry = entries[Int(next)]
      if entry == 0 { break }
      let home = (entry >> 32) & mask
      // The entry may fill the hole unless its home lies between the hole and itself.
      if (next &- home) & mask >= (next &- hole) & mask {
        entries[Int(hole)] = entry
        hole = next
      }
    }
    entries[Int(hole)] = 0
  }

  private mutating func place(_ entry: UInt64) {
    var index = (entry >> 32) & mask
    while entries[Int(index)] != 0 { index = (index + 1) & mask }
    entries[Int(index)] = entry
  }

  private mutating func grow() {
    let old = entries
    let size = Int(mask + 1)
    entries = .allocate(capacity: size * 2)
    entries.initialize(repeating: 0, count: size * 2)
    mask = UInt64(size * 2 - 1)
    for i in 0..<size where old[i] != 0 { place(old[i]) }
    old.deallocate()
  }
}

extension Int {
  /// The smallest power of two that is not below this number.
  var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
