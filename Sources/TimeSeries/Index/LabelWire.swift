/// A label's form on the wire of remote write: field 1 of a series, holding fields 1 (name) and 2 (value).
package enum LabelWire {
  /// Bytes of a varint.
  static func varintCount(_ value: Int) -> Int {
    var rest = value
    var count = 1
    while rest >= 0x80 {
      rest >>= 7
      count += 1
    }
    return count
  }

  /// Appends `0a LEN 0a LEN name 12 LEN value` with the shortest varints.
  package static func append(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, to sink: inout ByteSink
  ) {
    let inner = 2 + varintCount(name.count) + name.count + varintCount(value.count) + value.count
    sink.append(0x0a)
    sink.appendVarint(UInt64(inner))
    sink.append(0x0a)
    sink.appendVarint(UInt64(name.count))
    sink.append(contentsOf: name)
    sink.append(0x12)
    sink.appendVarint(UInt64(value.count))
    sink.append(contentsOf: value)
  }

  /// Appends a label in the same form.
  package static func append(_ label: Label, to sink: inout ByteSink) {
    var label = label
    label.name.withUTF8 { name in
      label.value.withUTF8 { value in
        append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer(value), to: &sink)
      }
    }
  }
}

/// Comparison of short byte runs without a call.
package enum WireBytes {
  /// Whether `count` bytes are equal.
  @inline(__always)
  package static func equal(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Bool {
    if count >= 8 {
      var offset = 0
      while offset &+ 8 <= count {
        if a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          != b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        {
          return false
        }
        offset &+= 8
      }
      return a.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        == b.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    }
    for i in 0..<count where a.load(fromByteOffset: i, as: UInt8.self) != b.load(fromByteOffset: i, as: UInt8.self) {
      return false
    }
    return true
  }
}
