import CRemoteWrite
import CSnappy
import TimeSeries

/// Builds protobuf bytes by hand, well-formed or not, in ways that no encoder would.
struct WireBuilder {
  var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64, padding: Int = 0) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    if padding == 0 {
      bytes.append(UInt8(rest))
    } else {
      bytes.append(UInt8(rest) | 0x80)
      for _ in 1..<padding { bytes.append(0x80) }
      bytes.append(0)
    }
  }

  mutating func field(_ tag: UInt64, _ content: [UInt8]) {
    varint(tag)
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func double(_ tag: UInt64, _ value: Double) {
    varint(tag)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += Array($0) }
  }

  static func label(_ name: String, _ value: String) -> [UInt8] {
    var builder = WireBuilder()
    builder.field(0x0a, Array(name.utf8))
    builder.field(0x12, Array(value.utf8))
    return builder.bytes
  }

  static func sample(_ timestamp: Int64, _ value: Double, padding: Int = 0) -> [UInt8] {
    var builder = WireBuilder()
    if value.bitPattern != 0 { builder.double(0x09, value) }
    builder.varint(0x10)
    builder.varint(UInt64(bitPattern: timestamp), padding: padding)
    return builder.bytes
  }

  /// Snappy's block format.
  static func compress(_ bytes: [UInt8]) -> [UInt8] {
    var output = [CChar](repeating: 0, count: snappy_max_compressed_length(bytes.count))
    var length = output.count
    let input = bytes.isEmpty ? [0] : bytes.map { CChar(bitPattern: $0) }
    _ = snappy_compress(input, bytes.count, &output, &length)
    return output[..<length].map { UInt8(bitPattern: $0) }
  }
}

/// Random requests: mostly sensible, with everything that protobuf allows.
enum RandomRequests {
  static func request(_ generator: inout SeededGenerator) -> [UInt8] {
    var request = WireBuilder()
    for _ in 0..<Int.random(in: 1...12, using: &generator) {
      if Int.random(in: 0..<20, using: &generator) == 0 { request.field(0x7a, [1, 2, 3]) }
      if Int.random(in: 0..<10, using: &generator) == 0 { request.field(0x1a, metadata(&generator)) }
      request.field(0x0a, series(&generator))
    }
    return request.bytes
  }

  private static func series(_ generator: inout SeededGenerator) -> [UInt8] {
    let number = Int.random(in: 0..<12, using: &generator)
    var fields: [[UInt8]] = [
      tagged(0x0a, WireBuilder.label("__name__", "m\(number % 3)")),
      tagged(0x0a, WireBuilder.label("host", "h\(number)\u{0}x")),
    ]
    switch Int.random(in: 0..<24, using: &generator) {
    case 0: fields.append(tagged(0x0a, WireBuilder.label("a", "unsorted")))
    case 1: fields.append(tagged(0x0a, WireBuilder.label("host", "twice")))
    case 2: fields.append(tagged(0x0a, WireBuilder.label("zone", "")))
    case 3: fields.append(tagged(0x0a, [0x0a, 1, 0xff, 0x12, 1, 0x61]))
    case 4: fields.removeFirst()
    case 5: fields[1] = tagged(0x0a, WireBuilder.label("host", "h\(number)") + [0x18, 5])
    default: fields.append(tagged(0x0a, WireBuilder.label("zone", "z")))
    }
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      let timestamp = Bodies.now + Int64.random(in: -20...20, using: &generator) * 1_000
      let value = [0, 1.5, .staleMarker, .infinity, 42].randomElement(using: &generator)!
      let padding = Int.random(in: 0..<10, using: &generator) == 0 ? 2 : 0
      var sample = WireBuilder.sample(timestamp, value, padding: padding)
      if Int.random(in: 0..<10, using: &generator) == 0 { sample += [0x25, 1, 2, 3, 4] }
      fields.append(tagged(0x12, sample))
    }
    if Int.random(in: 0..<6, using: &generator) == 0 {
      fields.append(
        tagged(0x1a, tagged(0x0a, WireBuilder.label("trace_id", "t")) + WireBuilder.sample(3, 1).dropFirst(9)))
    }
    if Int.random(in: 0..<6, using: &generator) == 0 { fields.append(tagged(0x22, histogram(&generator))) }
    if Int.random(in: 0..<10, using: &generator) == 0 { fields.shuffle(using: &generator) }
    return fields.flatMap { $0 }
  }

  private static func histogram(_ generator: inout SeededGenerator) -> [UInt8] {
    var builder = WireBuilder()
    let counts = (0..<3).map { _ in UInt64.random(in: 0...3, using: &generator) }
    builder.varint(0x08)
    builder.varint(counts.reduce(0, +) + (Bool.random(using: &generator) ? 0 : 1))
    builder.double(0x19, 3.5)
    builder.varint(0x20)
    builder.varint(2)
    builder.field(0x5a, [0x08, 0, 0x10, 3])
    var last: Int64 = 0
    var deltas = WireBuilder()
    for count in counts {
      let delta = Int64(count) - last
      last = Int64(count)
      deltas.varint(UInt64(bitPattern: (delta << 1) ^ (delta >> 63)))
    }
    builder.field(0x62, deltas.bytes)
    builder.varint(0x78)
    builder.varint(UInt64(Bodies.now + Int64.random(in: 0...30, using: &generator) * 1_000))
    return builder.bytes
  }

  private static func metadata(_ generator: inout SeededGenerator) -> [UInt8] {
    var builder = WireBuilder()
    builder.varint(0x08)
    builder.varint(UInt64.random(in: 0...9, using: &generator))
    builder.field(0x12, Array("m\(Int.random(in: 0..<3, using: &generator))".utf8))
    builder.field(0x22, Array("What it counts.".utf8))
    return builder.bytes
  }

  private static func tagged(_ tag: UInt64, _ content: some Collection<UInt8>) -> [UInt8] {
    var builder = WireBuilder()
    builder.field(tag, Array(content))
    return builder.bytes
  }

  /// The bytes with some of them changed, dropped, doubled or cut off.
  static func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes.removeSubrange(index...)
      case 1: bytes.remove(at: index)
      case 2: bytes.insert(bytes[index], at: index)
      case 3: bytes[index] = UInt8.random(in: 0...255, using: &generator)
      default: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
    }
    return bytes
  }
}
