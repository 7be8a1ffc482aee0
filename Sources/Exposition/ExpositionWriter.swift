extension ExpositionFormat {
  /// Writes families as a scraper reads them, in the order given. A family without points is left out.
  public func render(_ families: [MetricFamily]) -> [UInt8] {
    var writer = ExpositionWriter(format: self)
    for family in families where !family.points.isEmpty { writer.write(family) }
    if self == .openMetrics { writer.write("# EOF\n") }
    return writer.bytes
  }
}

/// Writes the lines of both formats, which differ in the names of families, in units, in bucket bounds and in the end.
struct ExpositionWriter {
  let format: ExpositionFormat
  private(set) var bytes: [UInt8] = []

  init(format: ExpositionFormat) {
    self.format = format
    bytes.reserveCapacity(16_384)
  }

  mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func write(_ family: MetricFamily) {
    let metric = family.descriptor
    let (name, type) = heading(of: metric)
    write("# HELP \(name) ")
    writeEscaped(metric.help, quotes: format == .openMetrics)
    write("\n# TYPE \(name) \(type)\n")
    if format == .openMetrics, let unit = metric.unit, name.hasSuffix("_" + unit) { write("# UNIT \(name) \(unit)\n") }
    for point in family.points {
      switch point.value {
      case .number(let value): writeSample(metric, point.labels, suffix: "", value: Self.text(of: value))
      case .histogram(let histogram): write(histogram, of: metric, labels: point.labels)
      }
    }
  }

  /// A family's name and type in this format. OpenMetrics takes `_total` and `_info` off the family, and has no
  /// counters without `_total`: those are `unknown` there, so that their samples keep the name by which rules know them.
  private func heading(of metric: MetricDescriptor) -> (name: String, type: String) {
    guard format == .openMetrics else {
      return (metric.name, metric.type == .info ? MetricType.gauge.rawValue : metric.type.rawValue)
    }
    let suffix =
      switch metric.type {
      case .counter: "_total"
      case .info: "_info"
      case .gauge, .histogram: ""
      }
    guard metric.name.hasSuffix(suffix) else { return (metric.name, "unknown") }
    return (String(metric.name.dropLast(suffix.count)), metric.type.rawValue)
  }

  private mutating func write(_ histogram: HistogramValue, of metric: MetricDescriptor, labels: [String]) {
    var cumulative: UInt64 = 0
    for (index, count) in histogram.counts.enumerated() {
      cumulative += count
      let bound = index < histogram.bounds.count ? histogram.bounds[index] : .infinity
      writeSample(
        metric, labels, suffix: "_bucket", bound: Self.boundText(of: bound, format: format), value: String(cumulative))
    }
    writeSample(metric, labels, suffix: "_sum", value: Self.text(of: histogram.sum))
    writeSample(metric, labels, suffix: "_count", value: String(cumulative))
  }

  private mutating func writeSample(
    _ metric: MetricDescriptor, _ labels: [String], suffix: String, bound: String? = nil, value: String
  ) {
    write(metric.name)
    write(suffix)
    var separator = "{"
    for (name, label) in zip(metric.labels, labels) {
      write(separator)
      write(name)
      write("=\"")
      writeEscaped(label, quotes: true)
      write("\"")
      separator = ","
    }
    if let bound {
      write(separator)
      write("le=\"\(bound)\"")
      separator = ","
    }
    if separator == "," { write("}") }
    write(" ")
    write(value)
    write("\n")
  }

  private mutating func writeEscaped(_ text: String, quotes: Bool) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): write("\\\\")
      case UInt8(ascii: "\n"): write("\\n")
      case UInt8(ascii: "\"") where quotes: write("\\\"")
      default: bytes.append(byte)
      }
    }
  }

  /// A bucket's bound as a label. OpenMetrics asks for the canonical form with a decimal point (`1.0`), older readers
  /// know `1`; Prometheus 3 brings both to the former.
  static func boundText(of bound: Double, format: ExpositionFormat) -> String {
    let text = text(of: bound)
    let isInteger = text.utf8.allSatisfy { (48...57).contains($0) || $0 == 45 }
    return format == .openMetrics && isInteger ? text + ".0" : text
  }

  /// The shortest decimal text that reads back as the same number.
  static func text(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    // Whole numbers without the ".0" that Swift writes; beyond 2^53 Swift's own form is the shorter one.
    let isNegativeZero = value == 0 && value.sign == .minus
    let isWhole = value.magnitude < 9_007_199_254_740_992 && value == value.rounded(.towardZero)
    return isWhole && !isNegativeZero ? String(Int64(value)) : value.description
  }
}
