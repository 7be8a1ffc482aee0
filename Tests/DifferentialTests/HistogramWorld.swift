import TimeSeries

/// Random native histograms, as remote write 1.0 sends them: integer and float ones with exponential buckets.
///
/// Counters are far above what they grow by and lose half of it at a reset, because 2.42 does not know that a histogram
/// cannot have been less than empty. Float histograms come one in a request, because 2.42 loses
/// them when several of a series come together, and have neither resets nor new buckets. Times are as in `RandomWorld`, and evenly spaced.
struct HistogramWorld {
  /// Counts by bucket, and what goes with them.
  struct Sample {
    var time: Int64
    var schema: Int32
    var zeroThreshold: Double
    var zeroCount: UInt64
    var sum: Double
    var positive: [Int32: UInt64]
    var negative: [Int32: UInt64]
    var isGauge: Bool

    var count: UInt64 { positive.values.reduce(zeroCount, +) + negative.values.reduce(0, +) }

    /// The sample that ends a series.
    static func stale(at time: Int64) -> Sample {
      Sample(
        time: time, schema: 0, zeroThreshold: 0, zeroCount: 0, sum: .staleMarker, positive: [:], negative: [:],
        isGauge: false)
    }
  }

  struct Series {
    var labels: Labels
    /// Whether counts are sent as floats: then they are all halved.
    var isFloat: Bool
    var samples: [Sample]
  }

  private(set) var series: [Series] = []
  private var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed &* 2 &+ 1)
    for job in ["api", "web", "db"] {
      for instance in ["a:1", "b:1"] where random.chance(90) {
        add("request_seconds", job, instance, isFloat: false, isGauge: false, schemas: [0, 1, 3])
        add("sizes", job, instance, isFloat: false, isGauge: false, schemas: [2])
        add("shares", job, instance, isFloat: true, isGauge: false, schemas: [0, 1, 3])
        add("states", job, instance, isFloat: false, isGauge: true, schemas: [0, -1])
      }
    }
  }

  private mutating func add(
    _ name: String, _ job: String, _ instance: String, isFloat: Bool, isGauge: Bool, schemas: [Int32]
  ) {
    var sample = Sample(
      time: 0, schema: random.pick(schemas), zeroThreshold: isGauge ? 0.0001 : 0.001,
      zeroCount: UInt64(random.number(0...1_000_000)),
      sum: 1e6,
      positive: [:], negative: [:], isGauge: isGauge)
    for _ in 0..<random.number(1...8) { sample.positive[bucket()] = UInt64(random.number(1_000_000...2_000_000)) }
    if random.chance(40) { sample.negative[bucket()] = UInt64(random.number(1_000_000...2_000_000)) }
    var samples: [Sample] = []
    let spacing: Int64 = isFloat ? 60_000 : 15_000
    let phase = random.number(0...1_499) * 10
    let last = random.chance(20) ? RandomWorld.end - random.number(0...900_000) : RandomWorld.end
    for time in stride(from: RandomWorld.start + phase, to: last, by: Int(spacing)) {
      sample.time = time
      samples.append(sample)
      step(&sample, isSteady: isFloat)
    }
    if last < RandomWorld.end, let time = samples.last?.time { samples.append(.stale(at: time + spacing)) }
    let labels = Labels(
      [Labels.metricName: name, "instance": instance, "job": job].sorted { $0.key < $1.key }.map {
        Label(name: $0.key, value: $0.value)
      })
    series.append(Series(labels: labels, isFloat: isFloat, samples: samples))
  }

  private mutating func bucket() -> Int32 { Int32(random.number(-6...9)) }

  /// What happens between two samples.
  private mutating func step(_ sample: inout Sample, isSteady: Bool) {
    if sample.isGauge {
      for key in sample.positive.keys.sorted() { sample.positive[key] = UInt64(random.number(1_000...3_000)) }
      sample.sum = Double(random.number(-4_000...4_000)) / 4
      return
    }
    if !isSteady, random.chance(3) {
      sample.positive = sample.positive.mapValues { $0 / 2 }
      sample.negative = sample.negative.mapValues { $0 / 2 }
      sample.zeroCount /= 2
    }
    for key in sample.positive.keys.sorted() { sample.positive[key]! += UInt64(random.number(0...20)) }
    if !isSteady, random.chance(5) { sample.positive[bucket(), default: 0] += 3 }
    if random.chance(30) { sample.zeroCount += UInt64(random.number(0...3)) }
    sample.sum += Double(random.number(0...400)) / 4
  }

  /// The series cut into uncompressed requests of a minute.
  var messages: [[UInt8]] {
    stride(from: RandomWorld.start, to: RandomWorld.end + 10, by: 60_000).map { from in
      series.reduce(into: [UInt8]()) { message, one in
        let samples = one.samples.filter { $0.time >= from && $0.time < from + 60_000 }
        if samples.isEmpty { return }
        var body = one.labels.entries.flatMap { label in
          ProtobufField.bytes(
            1, ProtobufField.bytes(1, Array(label.name.utf8)) + ProtobufField.bytes(2, Array(label.value.utf8)))
        }
        for sample in samples { body += ProtobufField.bytes(4, sample.message(isFloat: one.isFloat)) }
        message += ProtobufField.bytes(1, body)
      }
    }
  }
}

extension HistogramWorld.Sample {
  /// The message `Histogram`.
  fileprivate func message(isFloat: Bool) -> [UInt8] {
    var out = isFloat ? ProtobufField.double(2, Double(count) / 2) : ProtobufField.varint(1, count)
    out += ProtobufField.double(3, sum) + ProtobufField.varint(4, ProtobufField.zigzag(Int64(schema)))
    out += ProtobufField.double(5, zeroThreshold)
    out += isFloat ? ProtobufField.double(7, Double(zeroCount) / 2) : ProtobufField.varint(6, zeroCount)
    for (buckets, spans, deltas, counts): ([Int32: UInt64], Int, Int, Int) in [
      (negative, 8, 9, 10), (positive, 11, 12, 13),
    ] {
      let keys = buckets.keys.sorted()
      out += Self.spans(keys).flatMap { span in
        ProtobufField.bytes(
          spans, ProtobufField.varint(1, ProtobufField.zigzag(span.offset)) + ProtobufField.varint(2, span.length))
      }
      var previous: Int64 = 0
      for key in keys {
        let count = buckets[key] ?? 0
        out +=
          isFloat
          ? ProtobufField.double(counts, Double(count) / 2)
          : ProtobufField.varint(deltas, ProtobufField.zigzag(Int64(count) - previous))
        previous = Int64(count)
      }
    }
    if isGauge { out += ProtobufField.varint(14, 3) }
    return out + ProtobufField.varint(15, UInt64(time))
  }

  private static func spans(_ keys: [Int32]) -> [(offset: Int64, length: UInt64)] {
    var spans: [(offset: Int64, length: UInt64)] = []
    var next: Int32?
    for key in keys {
      if let expected = next, expected == key {
        spans[spans.count - 1].length += 1
      } else {
        spans.append((Int64(key) - Int64(next ?? 0), 1))
      }
      next = key + 1
    }
    return spans
  }
}

/// Fields of protobuf's wire format.
private enum ProtobufField {
  static func varint(_ number: Int, _ value: UInt64) -> [UInt8] { raw(UInt64(number) << 3) + raw(value) }

  static func double(_ number: Int, _ value: Double) -> [UInt8] {
    raw(UInt64(number) << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
  }

  static func bytes(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    raw(UInt64(number) << 3 | 2) + raw(UInt64(content.count)) + content
  }

  static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

  private static func raw(_ value: UInt64) -> [UInt8] {
    var out: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return out + [UInt8(rest)]
  }
}
