public import TimeSeries

/// JSON under construction, in the spelling of Prometheus's API. Texts are told apart by their bytes and written as they
/// are, and a sample's value is a text, so that it may be `NaN` or `+Inf`.
public struct JSONBytes: Sendable {
  /// What has been written, as UTF-8.
  public private(set) var bytes: [UInt8] = []

  /// Nothing yet.
  public init() {}

  /// Number of bytes written.
  public var count: Int { bytes.count }

  /// Makes room.
  public mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

  /// Forgets what has been written, and keeps its memory.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Appends JSON as it is.
  public mutating func raw(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends JSON that was made elsewhere.
  public mutating func raw(_ json: [UInt8]) { bytes.append(contentsOf: json) }

  /// Appends a text in quotes.
  public mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  /// Appends a text, given as UTF-8, in quotes. Runs that need no escape, which most texts are one of, are written whole.
  mutating func string(_ text: UnsafeRawBufferPointer) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    for index in 0..<text.count {
      let byte = text[index]
      if byte >= 32 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
      bytes.append(contentsOf: text[start..<index])
      escaped(byte)
      start = index + 1
    }
    bytes.append(contentsOf: text[start...])
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw("\\\"")
    case UInt8(ascii: "\\"): raw("\\\\")
    case UInt8(ascii: "\n"): raw("\\n")
    case UInt8(ascii: "\r"): raw("\\r")
    case UInt8(ascii: "\t"): raw("\\t")
    default:
      raw("\\u00")
      for digit in [byte >> 4, byte & 15] {
        bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }

  /// Appends a whole number.
  public mutating func integer(_ value: Int64) {
    onStack(20) { FloatFormat.writeInteger(value, to: $0) }
  }

  /// Appends Unix seconds with three decimals, or with none when they are whole.
  public mutating func timestamp(_ milliseconds: Int64) {
    onStack(Self.timestampLimit) { Self.writeTimestamp(milliseconds, to: $0) }
  }

  /// Appends a sample's value: a number in quotes.
  public mutating func number(_ value: Double) {
    onStack(FloatFormat.jsonLimit + 2) { Self.writeNumber(value, to: $0) }
  }

  /// Appends `{"name":"value",…}`.
  public mutating func labels(_ labels: Labels) {
    raw("{")
    var isFirst = true
    labels.forEachBytes { name, value in
      if !isFirst { raw(",") }
      isFirst = false
      string(name)
      raw(":")
      string(value)
    }
    raw("}")
  }

  /// Appends a scalar's value: a number in quotes, without an exponent.
  mutating func scalar(_ value: Double) {
    bytes.append(UInt8(ascii: "\""))
    FloatFormat.appendDecimal(value, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends `[time,"value"]`.
  mutating func point(_ timestamp: Int64, _ value: Double) {
    onStack(Self.timestampLimit + FloatFormat.jsonLimit + 5) { out in
      out[0] = UInt8(ascii: "[")
      var position = 1 + Self.writeTimestamp(timestamp, to: out + 1)
      out[position] = UInt8(ascii: ",")
      position += 1
      position += Self.writeNumber(value, to: out + position)
      out[position] = UInt8(ascii: "]")
      return position + 1
    }
  }

  /// Appends `[time,{histogram}]`.
  mutating func point(_ timestamp: Int64, _ histogram: NativeHistogram) {
    raw("[")
    self.timestamp(timestamp)
    raw(",{\"count\":")
    number(histogram.count)
    raw(",\"sum\":")
    number(histogram.sum)
    var isFirst = true
    for bucket in histogram.buckets {
      raw(isFirst ? ",\"buckets\":[[" : ",[")
      isFirst = false
      // 0 upper inclusive, 1 lower inclusive, 2 neither, 3 both.
      integer(bucket.isUpperInclusive ? (bucket.isLowerInclusive ? 3 : 0) : (bucket.isLowerInclusive ? 1 : 2))
      raw(",")
      number(bucket.lower)
      raw(",")
      number(bucket.upper)
      raw(",")
      number(bucket.count)
      raw("]")
    }
    raw(isFirst ? "}]" : "]}]")
  }

  // MARK: Onto the stack, and from there in one piece

  /// A sign, 16 digits, a point and 3 digits.
  private static let timestampLimit = 24

  @inline(__always)
  private mutating func onStack(_ limit: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: limit) { buffer in
      let start = buffer.baseAddress!
      bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: write(start)))
    }
  }

  private static func writeTimestamp(_ milliseconds: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
    var position = 0
    if milliseconds < 0 {
      out[0] = UInt8(ascii: "-")
      position = 1
    }
    let (seconds, fraction) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    position += FloatFormat.writeInteger(Int64(seconds), to: out + position)
    if fraction == 0 { return position }
    out[position] = UInt8(ascii: ".")
    out[position + 1] = UInt8(ascii: "0") + UInt8(fraction / 100)
    out[position + 2] = UInt8(ascii: "0") + UInt8(fraction / 10 % 10)
    out[position + 3] = UInt8(ascii: "0") + UInt8(fraction % 10)
    return position + 4
  }

  private static func writeNumber(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
    out[0] = UInt8(ascii: "\"")
    let count = FloatFormat.writeJSON(value, to: out + 1)
    out[count + 1] = UInt8(ascii: "\"")
    return count + 2
  }
}
