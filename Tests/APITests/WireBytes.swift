import RemoteWrite
import TimeSeries

/// Bytes as senders make them, good ones and bad ones.
enum WireBytes {
  /// Snappy's block format without any compression: the length, then literals of up to 60,000 bytes.
  static func snappy(_ message: [UInt8]) -> [UInt8] {
    var out = varint(UInt64(message.count))
    var rest = message[...]
    while !rest.isEmpty {
      let chunk = rest.prefix(60_000)
      rest = rest.dropFirst(chunk.count)
      let length = UInt16(chunk.count - 1)
      out += [61 << 2, UInt8(length & 0xff), UInt8(length >> 8)] + chunk
    }
    return out
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var out: [UInt8] = []
    while rest >= 0x80 {
      out.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return out + [UInt8(rest)]
  }

  /// `count` series of one sample each.
  static func series(_ count: Int, at time: Int64) -> [RemoteWriteEncoder.Series] {
    (0..<count).map { number in
      (
        labels: Labels(["__name__": "load", "instance": "host-\(number)"]),
        samples: [(timestamp: time, value: Double(number))]
      )
    }
  }

  static func body(_ count: Int, at time: Int64) -> [UInt8] { RemoteWriteEncoder.body(series(count, at: time)) }

  /// A message whose only label value is not UTF-8.
  static func invalidText(at time: Int64) -> [UInt8] {
    var message = RemoteWriteEncoder.message([
      (labels: Labels(["__name__": "load", "host": "QQQQ"]), samples: [(timestamp: time, value: 1)])
    ])
    for index in message.indices where message[index] == UInt8(ascii: "Q") { message[index] = 0xff }
    return snappy(message)
  }

  /// One series with this many labels.
  static func labels(_ count: Int, at time: Int64) -> [UInt8] {
    let names = (0..<count).map { Label(name: "l" + String(1_000_000 + $0), value: "x") }
    let labels = Labels([Label(name: "__name__", value: "wide")] + names)
    return RemoteWriteEncoder.body([(labels: labels, samples: [(timestamp: time, value: 1)])])
  }
}

/// The same numbers from the same seed, on every machine (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
