import TimeSeries

/// The notation of native histograms in test scripts: `{{schema:1 sum:15 count:10 buckets:[3 2 5]}}`.
enum HistogramNotation {
  /// Reads a histogram, and whether it says anything of counter resets.
  static func read(_ notation: inout SeriesNotation) throws -> (histogram: NativeHistogram, statesHint: Bool) {
    guard notation.take("{{") else { throw notation.error("expected {{") }
    var histogram = NativeHistogram()
    var (offset, negativeOffset): (Int32, Int32) = (0, 0)
    var (positive, negative): ([Double], [Double]) = ([], [])
    var statesHint = false
    while true {
      notation.skipBlanks()
      if notation.take("}}") { break }
      let key = try key(&notation)
      switch key {
      case "schema": histogram.schema = try whole(&notation)
      case "sum": histogram.sum = try notation.number()
      case "count": histogram.count = try notation.number()
      case "z_bucket": histogram.zeroCount = try notation.number()
      case "z_bucket_w": histogram.zeroThreshold = try notation.number()
      case "offset": offset = try whole(&notation)
      case "n_offset": negativeOffset = try whole(&notation)
      case "buckets": positive = try list(&notation)
      case "n_buckets": negative = try list(&notation)
      case "custom_values": histogram.customValues = try list(&notation)
      case "counter_reset_hint":
        histogram.counterResetHint = try hint(&notation)
        statesHint = true
      default: throw notation.error("unknown histogram key \"\(key)\"")
      }
    }
    histogram.set(
      positive: SparseBuckets(firstIndex: offset, positive),
      negative: SparseBuckets(firstIndex: negativeOffset, negative))
    return (histogram, statesHint)
  }

  private static func key(_ notation: inout SeriesNotation) throws -> String {
    let start = notation.position
    while let byte = notation.byte, Lexer.isNameStart(byte) { notation.position += 1 }
    let key = String(decoding: notation.text[start..<notation.position], as: UTF8.self)
    guard notation.take(":") else { throw notation.error("expected a histogram key and a colon") }
    return key
  }

  private static func whole(_ notation: inout SeriesNotation) throws -> Int32 {
    guard let value = Int32(exactly: try notation.number()) else { throw notation.error("expected a whole number") }
    return value
  }

  private static func list(_ notation: inout SeriesNotation) throws -> [Double] {
    guard notation.take("[") else { throw notation.error("expected [") }
    var out: [Double] = []
    while true {
      notation.skipBlanks()
      if notation.take("]") { return out }
      out.append(try notation.number())
    }
  }

  private static func hint(_ notation: inout SeriesNotation) throws -> CounterResetHint {
    for (word, hint) in [
      ("unknown", CounterResetHint.unknown), ("reset", .reset), ("not_reset", .notReset), ("gauge", .gauge),
    ] where notation.take(word) {
      return hint
    }
    throw notation.error("unknown counter_reset_hint")
  }
}

extension SparseBuckets {
  /// Consecutive buckets from an index on.
  init(firstIndex: Int32, _ counts: [Double]) {
    self.init()
    self.counts = counts
    indices = (0..<Int32(clamping: counts.count)).map { firstIndex &+ $0 }
  }
}
