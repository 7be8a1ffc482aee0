/// A position in protobuf bytes. Reads are checked against `end`; a bad one answers `nil` or `false`.
///
/// At least as strict as protobuf-c, so that what the scanner takes, the generated code takes too.
struct WireCursor {
  var position: UnsafeRawPointer
  let end: UnsafeRawPointer

  @inline(__always)
  init(_ position: UnsafeRawPointer, _ end: UnsafeRawPointer) {
    self.position = position
    self.end = end
  }

  init(_ bytes: UnsafeRawBufferPointer) {
    // An empty buffer has no address; any address will do for a cursor that is at its end.
    let base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
    position = base
    end = base + bytes.count
  }

  @inline(__always)
  var isAtEnd: Bool { position >= end }

  @inline(__always)
  var remaining: Int { end - position }

  /// A varint of at most ten bytes, -1 in `ok` terms when there is none.
  @inline(__always)
  mutating func varint(_ value: inout UInt64) -> Bool {
    guard position < end else { return false }
    let first = position.load(as: UInt8.self)
    if first < 0x80 {
      position += 1
      value = UInt64(first)
      return true
    }
    return longVarint(&value)
  }

  @inline(__always)
  private mutating func longVarint(_ value: inout UInt64) -> Bool {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    var p = position
    while p < end && shift < 70 {
      let byte = p.load(as: UInt8.self)
      p += 1
      if shift == 63 && byte > 1 { return false }
      result |= UInt64(byte & 0x7f) &<< shift
      if byte < 0x80 {
        position = p
        value = result
        return true
      }
      shift &+= 7
    }
    return false
  }

  /// A length of at most five bytes and the range that it covers; the position moves behind it.
  @inline(__always)
  mutating func field(_ start: inout UnsafeRawPointer, _ count: inout Int) -> Bool {
    var length: UInt64 = 0
    let before = position
    guard varint(&length), position - before <= 5, length <= UInt64(remaining) else { return false }
    start = position
    count = Int(truncatingIfNeeded: length)
    position += count
    return true
  }

  /// A tag. Field number 0, numbers above 2^29 and groups are refused.
  @inline(__always)
  mutating func tag(_ value: inout UInt64) -> Bool {
    guard varint(&value), value >= 8, value < 1 << 32 else { return false }
    return true
  }

  /// Passes over a field that is not read.
  mutating func skip(_ tag: UInt64) -> Bool {
    switch tag & 7 {
    case 0:
      var ignored: UInt64 = 0
      return varint(&ignored)
    case 1: return advance(8)
    case 2:
      var start = position
      var count = 0
      return field(&start, &count)
    case 5: return advance(4)
    default: return false
    }
  }

  private mutating func advance(_ count: Int) -> Bool {
    guard remaining >= count else { return false }
    position += count
    return true
  }

  /// Eight bytes, little-endian.
  @inline(__always)
  mutating func fixed64(_ value: inout UInt64) -> Bool {
    guard remaining >= 8 else { return false }
    value = UInt64(littleEndian: position.loadUnaligned(as: UInt64.self))
    position += 8
    return true
  }
}
