/// A growing run of raw bytes that keeps its memory between uses.
package struct ByteSink: ~Copyable {
  /// The first byte; valid until the next append.
  package private(set) var base: UnsafeMutableRawPointer
  package private(set) var count = 0
  private var capacity: Int

  package init(capacity: Int = 256) {
    self.capacity = max(64, capacity)
    base = .allocate(byteCount: self.capacity, alignment: 8)
  }

  deinit { base.deallocate() }

  /// The bytes so far; valid until the next append.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  package mutating func removeAll() { count = 0 }

  /// Drops what was appended after the sink was this long.
  mutating func removeAll(after length: Int) { count = min(count, length) }

  /// Takes bytes out of the middle; what follows moves up.
  package mutating func remove(at offset: Int, _ length: Int) {
    precondition(offset >= 0 && length >= 0 && offset + length <= count, "no such bytes in the sink")
    let rest = base + offset + length
    (base + offset).copyMemory(from: rest, byteCount: count - offset - length)
    count -= length
  }

  /// Makes room for `more` bytes.
  @inline(__always)
  package mutating func reserve(_ more: Int) {
    if count &+ more > capacity { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    let larger = max(capacity * 2, count + more)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
    moved.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = moved
    capacity = larger
  }

  @inline(__always)
  package mutating func append(_ byte: UInt8) {
    reserve(1)
    base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  /// Counts bytes that were stored directly after `reserve`.
  @inline(__always)
  package mutating func advance(_ more: Int) { count &+= more }

  /// Base-128, low group first.
  @inline(__always)
  package mutating func appendVarint(_ value: UInt64) {
    reserve(10)
    var rest = value
    while rest >= 0x80 {
      base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
      count &+= 1
      rest &>>= 7
    }
    base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  /// Zigzag: small magnitudes of either sign become short.
  @inline(__always)
  package mutating func appendSigned(_ value: Int64) {
    appendVarint(UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)))
  }

  /// Little-endian.
  @inline(__always)
  package mutating func append<T: FixedWidthInteger>(fixed value: T) {
    reserve(MemoryLayout<T>.size)
    base.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
    count &+= MemoryLayout<T>.size
  }

  package mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
    if let start = bytes.baseAddress { append(start, bytes.count) }
  }

  package mutating func append(_ start: UnsafeRawPointer, _ length: Int) {
    reserve(length)
    (base + count).copyMemory(from: start, byteCount: length)
    count += length
  }

  /// A text with its length before it.
  mutating func append(text: String) {
    var text = text
    text.withUTF8 { bytes in
      appendVarint(UInt64(bytes.count))
      append(contentsOf: UnsafeRawBufferPointer(bytes))
    }
  }

  /// Changes bytes that are already there.
  mutating func overwrite<T: FixedWidthInteger>(at offset: Int, with value: T) {
    base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }
}

/// Reads what a `ByteSink` wrote. Every read is checked; a short or senseless input sets `isDamaged`, after which
/// all reads answer zero.
struct ByteSource {
  private let base: UnsafeRawPointer?
  private let end: Int
  private(set) var offset = 0
  private(set) var isDamaged = false

  init(_ bytes: UnsafeRawBufferPointer) {
    base = bytes.baseAddress
    end = bytes.count
  }

  var remaining: Int { end - offset }
  var isAtEnd: Bool { offset == end }

  mutating func fail() {
    isDamaged = true
    offset = end
  }

  @inline(__always)
  mutating func byte() -> UInt8 {
    guard offset < end else {
      fail()
      return 0
    }
    offset &+= 1
    return base!.load(fromByteOffset: offset &- 1, as: UInt8.self)
  }

  @inline(__always)
  mutating func varint() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64 {
      let next = byte()
      value |= UInt64(next & 0x7f) &<< shift
      if next < 0x80 { return value }
      shift &+= 7
    }
    fail()
    return 0
  }

  @inline(__always)
  mutating func signed() -> Int64 {
    let folded = varint()
    return Int64(bitPattern: folded &>> 1) ^ (0 &- Int64(bitPattern: folded & 1))
  }

  mutating func fixed<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T {
    guard remaining >= MemoryLayout<T>.size else {
      fail()
      return 0
    }
    offset += MemoryLayout<T>.size
    return T(littleEndian: base!.loadUnaligned(fromByteOffset: offset - MemoryLayout<T>.size, as: T.self))
  }

  /// The next eight bytes, low one first, without moving on; `nil` near the end.
  @inline(__always)
  func peek() -> UInt64? {
    guard end &- offset >= 8 else { return nil }
    return base!.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
  }

  /// Moves on over bytes that `peek` has shown.
  @inline(__always)
  mutating func skip(_ count: Int) { offset &+= count }

  /// A count that the rest of the input could hold, `minimum` bytes an element.
  mutating func count(minimum: Int = 1) -> Int {
    let value = varint()
    guard value <= UInt64(remaining / minimum) else {
      fail()
      return 0
    }
    return Int(value)
  }

  mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer {
    guard count <= remaining, count >= 0 else {
      fail()
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    offset += count
    return UnsafeRawBufferPointer(start: base.map { $0 + (offset - count) }, count: count)
  }

  mutating func text() -> String { String(decoding: bytes(count()), as: UTF8.self) }
}
