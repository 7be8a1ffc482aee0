import RemoteWrite

@testable import TimeSeries

/// Inputs to begin with: what honest senders send, and what the store itself writes.
enum CorpusSeeds {
  static func of(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    switch target {
    case .wire1: version1
    case .wire2: version2
    case .snappy: try snappy()
    case .log: variants(of: try files(closing: false)["log-0000000001"] ?? [])
    case .snapshot: variants(of: try files(closing: true)["snapshot-0000000002"] ?? [])
    case .configuration: configurations
    case .promql: expressions.enumerated().map { ("seed-\($0.offset)", Array($0.element.utf8)) }
    }
  }

  // MARK: The wire

  private static func field(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    precondition(content.count < 1 << 14)
    let length: [UInt8] =
      content.count < 0x80 ? [UInt8(content.count)] : [UInt8(content.count & 0x7f) | 0x80, UInt8(content.count >> 7)]
    return [tag] + length + content
  }

  private static func double(_ tag: UInt8, _ value: Double) -> [UInt8] {
    [tag] + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
  }

  private static func varint(_ tag: UInt8, _ value: UInt64) -> [UInt8] {
    var sink = ByteSink()
    sink.appendVarint(value)
    return [tag] + Array(sink.bytes)
  }

  private static func label(_ name: String, _ value: String) -> [UInt8] {
    field(0x0a, field(0x0a, Array(name.utf8)) + field(0x12, Array(value.utf8)))
  }

  private static func sample(_ step: Int, _ value: Double) -> [UInt8] {
    field(0x12, double(0x09, value) + varint(0x10, UInt64(WireTarget.now) + UInt64(step) * 15_000))
  }

  private static func histogram(_ step: Int) -> [UInt8] {
    varint(0x08, 6) + double(0x19, 4.5) + varint(0x20, 2) + double(0x29, 0.001) + varint(0x30, 1)
      + field(0x5a, varint(0x08, 2) + varint(0x10, 2)) + field(0x62, [4, 2])
      + varint(0x78, UInt64(WireTarget.now) + UInt64(step) * 15_000)
  }

  private static var version1: [(name: String, bytes: [UInt8])] {
    let name = label("__name__", "up")
    let plain = name + label("host", "a") + sample(0, 1) + sample(1, 2.5)
    let exemplar = field(0x1a, label("trace_id", "x") + double(0x11, 1) + varint(0x18, UInt64(WireTarget.now)))
    let rich = name + label("host", "b") + sample(0, .staleMarker) + exemplar + field(0x22, histogram(1))
    let metadata = field(0x1a, varint(0x08, 1) + field(0x12, Array("up".utf8)) + field(0x22, Array("Whether.".utf8)))
    return [
      ("seed-plain", field(0x0a, plain) + field(0x0a, plain)), ("seed-rich", field(0x0a, rich) + metadata),
      ("seed-unsorted", field(0x0a, label("b", "1") + label("a", "2") + sample(0, 1))),
      ("seed-twice", field(0x0a, name + label("host", "a") + label("host", "b") + sample(0, 1))),
      ("seed-unknown", field(0x0a, plain + varint(0x78, 5)) + field(0x7a, [1, 2])),
    ]
  }

  private static var version2: [(name: String, bytes: [UInt8])] {
    let texts = ["", "__name__", "up", "host", "a", "Whether it answers.", "trace_id", "x", "__replica__", "cluster"]
    let symbols = texts.flatMap { field(0x22, Array($0.utf8)) }
    let labels = field(0x0a, [1, 2, 3, 4])
    let started = field(0x12, double(0x09, 1) + varint(0x10, UInt64(WireTarget.now)) + varint(0x18, 1))
    let exemplar = field(0x22, field(0x0a, [6, 7]) + double(0x11, 1) + varint(0x18, UInt64(WireTarget.now)))
    let metadata = field(0x2a, varint(0x08, 1) + varint(0x18, 5) + varint(0x20, 0))
    let pair = field(0x0a, [1, 2, 8, 4, 9, 7])
    return [
      ("seed-plain", symbols + field(0x2a, labels + sample(0, 1) + sample(1, 2))),
      ("seed-rich", symbols + field(0x2a, labels + started + exemplar + metadata)),
      ("seed-histogram", symbols + field(0x2a, labels + field(0x1a, histogram(0)) + field(0x1a, histogram(1)))),
      ("seed-pair", symbols + field(0x2a, pair + sample(0, 1)) + field(0x2a, pair + sample(1, 1))),
      ("seed-mixed", symbols + field(0x2a, labels + sample(0, 1) + field(0x1a, histogram(1)))),
    ]
  }

  private static func snappy() throws -> [(name: String, bytes: [UInt8])] {
    let series = (0..<6).map { number -> RemoteWriteEncoder.Series in
      let labels = Labels(["__name__": "requests_total", "host": "host-\(number)", "job": "api"])
      return (labels, [(WireTarget.now, Double(number))])
    }
    let pair = series.map { entry -> RemoteWriteEncoder.Series in
      (entry.labels.setting("__replica__", to: "a").setting("cluster", to: "eu"), entry.samples)
    }
    return [
      ("seed-series", RemoteWriteEncoder.body(series)), ("seed-pair", RemoteWriteEncoder.body(pair)),
      ("seed-empty", RemoteWriteEncoder.body([])), ("seed-claim", [0xff, 0xff, 0x0f, 0x00, 0x61]),
      ("seed-copy", [0x20, 0x04, 0x61, 0x62, 0xfe, 0x01, 0x00]),
    ]
  }

  // MARK: Files

  /// A file as records, as it is, torn, and with records twice or of no known kind.
  private static func variants(of file: [UInt8]) -> [(name: String, bytes: [UInt8])] {
    let records = FileTarget.records(of: file)
    return [
      ("seed-records", records), ("seed-twice", records + records), ("seed-unknown", records + [99, 2, 0, 1, 2]),
      ("seed-file", [0] + file), ("seed-torn", [0] + file.dropLast(7)), ("seed-header", [0] + file.prefix(8)),
    ]
  }

  private static func files(closing: Bool) throws -> [String: [UInt8]] {
    let files = FuzzFiles()
    var options = SeriesStore.Options()
    options.limits.outOfOrderMilliseconds = 3_600_000
    let store = try SeriesStore.open(files: files, options: options, now: WireTarget.now).store
    for step in 0..<130 {
      let time = WireTarget.now + Int64(step) * 15_000
      let labels = Labels(["__name__": "g", "host": "a"])
      try store.append([(labels, time, Double(step % 7) / 3)], now: time)
      if step % 40 == 5 { try store.append([(labels, time - 20_000, 1)], now: time) }
      guard step % 30 == 0 else { continue }
      var histogram = NativeHistogram()
      histogram.schema = 2
      histogram.positiveSpans = [BucketSpan(offset: 1, length: 3)]
      histogram.positiveBuckets = [1, Double(step), 2]
      histogram.count = Double(step + 3)
      histogram.sum = 0.25
      var run = ByteSink()
      for label in Labels(["__name__": "n", "host": "b"]).entries { LabelWire.append(label, to: &run) }
      let value = histogram
      _ = store.write(now: time) { head in
        head.stage(slot: head.findOrCreate(run: run.bytes), timestamp: time, histogram: value)
        head.stage(metadata: MetricMetadata(family: "n", kind: .histogram, help: "Times.", unit: "seconds"))
        return (true, ())
      }
    }
    if closing { _ = store.close(now: WireTarget.now) }
    return files.contents
  }

  // MARK: Expressions

  private static let expressions = [
    "sum by (host) (rate(c_total{host!=\"\"}[5m]))", "histogram_quantile(0.9, sum by (le) (rate(h_bucket[2m])))",
    "g offset 1m @ start() > bool -3 or on (host) group_left (zone) c_total", "{__name__=~\"c.*|g\", host!~\"x+\"}",
    "max_over_time(rate(c_total[1m])[10m:30s] @ 1700000300)", "histogram_quantile(0.5, n) + histogram_count(n)",
    "label_replace(g, \"x\", \"$1-$0\", \"host\", \"(.*)\")", "topk(1, c_total) unless ignoring (zone) g",
    "-2 ^ 3 % 5 == bool 0x1f + 1e3 - .5e-2 * Inf / NaN", "quantile_over_time(0.3, g[5m1s]) and g",
    "count_values(\"v\", round(g, 0.5))", "avg without (le) (h_bucket) atan2 scalar(vector(time()))",
    "absent_over_time(missing{a=\"b\"}[1h])", "'a\\u00e9\\n'", "{\"n\", 'host'=\"a\"} # comment",
  ]
}
