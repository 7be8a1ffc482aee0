import TimeSeries

extension QueryResult {
  /// The `data` object of Prometheus's API: `{"resultType":…,"result":…}`, as UTF-8.
  public func encodedJSON() -> [UInt8] {
    var out = JSONBytes()
    switch value {
    case .scalar(let timestamp, let value):
      // Unlike those of series, scalars have no exponents.
      out.raw("{\"resultType\":\"scalar\",\"result\":[")
      out.timestamp(timestamp)
      out.raw(",\"")
      FloatFormat.appendDecimal(value, to: &out.bytes)
      out.raw("\"]")
    case .string(let timestamp, let value):
      out.raw("{\"resultType\":\"string\",\"result\":[")
      out.timestamp(timestamp)
      out.raw(",")
      out.string(value)
      out.raw("]")
    case .vector(let timestamp, let samples):
      out.raw("{\"resultType\":\"vector\",\"result\":[")
      for (index, sample) in samples.enumerated() {
        if index > 0 { out.raw(",") }
        out.raw("{\"metric\":")
        out.labels(sample.labels)
        switch sample.value {
        case .float(let value):
          out.raw(",\"value\":")
          out.point(timestamp, value)
        case .histogram(let histogram):
          out.raw(",\"histogram\":")
          out.point(timestamp, histogram)
        }
        out.raw("}")
      }
      out.raw("]")
    case .matrix(let series):
      out.raw("{\"resultType\":\"matrix\",\"result\":[")
      for (index, one) in series.enumerated() {
        if index > 0 { out.raw(",") }
        out.series(one)
      }
      out.raw("]")
    }
    out.raw("}")
    return out.bytes
  }
}

/// Bytes of JSON under construction.
struct JSONBytes {
  var bytes: [UInt8] = []

  mutating func raw(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  /// A text given as UTF-8. Runs of bytes that need no escape, which most texts are one of, are appended whole.
  mutating func string(_ text: UnsafeRawBufferPointer) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    for index in 0..<text.count {
      let byte = text[index]
      if byte >= 32 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
      bytes.append(contentsOf: text[start..<index])
      escape(byte)
      start = index + 1
    }
    bytes.append(contentsOf: text[start...])
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw("\\\"")
    case UInt8(ascii: "\\"): raw("\\\\")
    case UInt8(ascii: "\n"): raw("\\n")
    case UInt8(ascii: "\r"): raw("\\r")
    case UInt8(ascii: "\t"): raw("\\t")
    default:
      raw("\\u00")
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }

  /// Seconds with up to three decimals.
  mutating func timestamp(_ milliseconds: Int64) {
    if milliseconds < 0 { raw("-") }
    let size = milliseconds.magnitude
    FloatFormat.appendInteger(Int64(size / 1000), to: &bytes)
    let fraction = UInt16(size % 1000)
    if fraction != 0 {
      bytes.append(UInt8(ascii: "."))
      for divisor: UInt16 in [100, 10, 1] { bytes.append(UInt8(ascii: "0") + UInt8(fraction / divisor % 10)) }
    }
  }

  mutating func number(_ value: Double) {
    bytes.append(UInt8(ascii: "\""))
    FloatFormat.appendJSON(value, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func point(_ timestamp: Int64, _ value: Double) {
    raw("[")
    self.timestamp(timestamp)
    raw(",")
    number(value)
    raw("]")
  }

  mutating func point(_ timestamp: Int64, _ histogram: NativeHistogram) {
    raw("[")
    self.timestamp(timestamp)
    raw(",{\"count\":")
    number(histogram.count)
    raw(",\"sum\":")
    number(histogram.sum)
    let buckets = histogram.buckets
    if !buckets.isEmpty {
      raw(",\"buckets\":[")
      for (index, bucket) in buckets.enumerated() {
        raw(index > 0 ? ",[" : "[")
        // 0 upper inclusive, 1 lower inclusive, 2 neither, 3 both.
        let kind = bucket.isUpperInclusive ? (bucket.isLowerInclusive ? 3 : 0) : (bucket.isLowerInclusive ? 1 : 2)
        FloatFormat.appendInteger(Int64(kind), to: &bytes)
        for value in [bucket.lower, bucket.upper, bucket.count] {
          raw(",")
          number(value)
        }
        raw("]")
      }
      raw("]")
    }
    raw("}]")
  }

  mutating func labels(_ labels: Labels) {
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

  /// A series of a matrix; floats and histograms in separate lists.
  mutating func series(_ series: MatrixSeries) {
    raw("{\"metric\":")
    labels(series.labels)
    var floats = 0
    for point in series.points {
      guard case .float(let value) = point.value else { continue }
      raw(floats == 0 ? ",\"values\":[" : ",")
      self.point(point.timestamp, value)
      floats += 1
    }
    if floats > 0 { raw("]") }
    var histograms = 0
    for point in series.points {
      guard case .histogram(let histogram) = point.value else { continue }
      raw(histograms == 0 ? ",\"histograms\":[" : ",")
      self.point(point.timestamp, histogram)
      histograms += 1
    }
    if histograms > 0 { raw("]") }
    raw("}")
  }
}
