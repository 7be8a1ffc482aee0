import RemoteWrite
import TimeSeries

/// Small deterministic generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// What the tests send and read back.
enum Bodies {
  /// An instant that looks like today's senders' timestamps.
  static let now: Int64 = 1_700_000_000_000

  static func series(_ number: Int, _ samples: [(timestamp: Int64, value: Double)]) -> RemoteWriteEncoder.Series {
    (Labels(["__name__": "metric_\(number % 7)", "instance": "host-\(number / 7)", "job": "node"]), samples)
  }

  /// All that a store holds, in an order of its own.
  static func dump(_ store: SeriesStore) throws -> [String] {
    try store.select([], from: .min, through: .max).map { series in
      var buffer = SampleBuffer()
      series.read(from: .min, through: .max, into: &buffer)
      let samples = zip(buffer.timestamps, buffer.values).map { "\($0)=\($1.bitPattern)" }
      let histograms = buffer.histograms.map { $0.map { "\($0)" } ?? "-" }
      return "\(series.labels) \(samples) \(histograms)"
    }.sorted()
  }
}
