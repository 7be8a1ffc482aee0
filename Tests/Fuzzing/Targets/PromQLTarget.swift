import PromQL
import Synchronization
import TimeSeries

/// Expressions: parsed, written in canonical notation, and evaluated at an instant and over a range.
enum PromQLTarget {
  private static let start: Int64 = 1_700_000_000_000

  /// Counters, gauges with a stale marker, classic buckets, and native histograms.
  private static let store: SeriesStore = {
    let store = SeriesStore()
    for step in 0..<40 {
      let time = start + Int64(step) * 15_000
      var samples: [(labels: Labels, timestamp: Int64, value: Double)] = []
      for host in ["a", "b"] {
        let value = Double(step) * (host == "a" ? 1 : 2.5)
        samples.append((Labels(["__name__": "c_total", "host": host]), time, step == 20 ? 0 : value))
        samples.append(
          (Labels(["__name__": "g", "host": host, "zone": "z"]), time, step == 30 ? .staleMarker : -value))
        for bound in ["0.1", "1", "+Inf"] {
          samples.append((Labels(["__name__": "h_bucket", "host": host, "le": bound]), time, value))
        }
      }
      _ = try? store.append(samples, now: time)
      stageHistogram(store, time, step)
    }
    return store
  }()

  private static func stageHistogram(_ store: SeriesStore, _ time: Int64, _ step: Int) {
    var histogram = NativeHistogram()
    histogram.schema = step % 10 == 9 ? -53 : 1
    histogram.positiveSpans = [BucketSpan(offset: 0, length: 2)]
    histogram.positiveBuckets = [Double(step), Double(step * 2)]
    if histogram.schema == -53 { histogram.customValues = [1, 2] }
    histogram.count = Double(step * 3)
    histogram.sum = Double(step)
    var run = ByteSink()
    for label in Labels(["__name__": "n", "host": "a"]).entries { LabelWire.append(label, to: &run) }
    _ = store.write(now: time) { head in
      head.stage(slot: head.findOrCreate(run: run.bytes), timestamp: time, histogram: histogram)
      return (true, ())
    }
  }

  static func run(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count <= 2_000, let text = String(validating: bytes, as: UTF8.self) else { return }
    guard let query = try? Query(parse: text) else { return }
    let canonical = query.format()
    let again: Query
    do { again = try Query(parse: canonical) } catch {
      throw FuzzFinding("`\(text)` is written as `\(canonical)`, which cannot be read: \(error)")
    }
    // Infinity is written with its sign, as Prometheus does; before `^` the sign is read as an operator.
    if !canonical.contains("+Inf") {
      try FuzzFinding.check(again.format() == canonical, "`\(canonical)` is written as `\(again.format())`")
    }
    // A limit that depends on how often it is asked, not on the clock, so that a finding can be repeated.
    let asked = Counter()
    var limits = EngineLimits()
    limits.maximumSamples = 20_000
    limits.maximumPointsPerSeries = 50
    limits.isDeadlineReached = { asked.next() > 20_000 }
    let engine = Engine(limits: limits)
    let end = start + 600_000
    try evaluate { try engine.instant(query, store, at: end) }
    try evaluate { try engine.range(query, store, start: start, end: end, step: 60_000) }
  }

  /// Only errors of the engine's own kinds may come out.
  private static func evaluate(_ body: () throws -> QueryResult) throws {
    do { _ = try body() } catch is PromQLError {} catch is TimeSeriesError {}
  }

  private final class Counter: Sendable {
    private let value = Atomic(0)

    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
  }
}
