@testable import TimeSeries

/// Native histograms as senders make them, one after the other.
struct RandomHistograms {
  enum Kind: CaseIterable {
    case integer, float, custom, changing, strange
  }

  let kind: Kind
  private var current = NativeHistogram()

  init(_ kind: Kind, _ generator: inout SeededGenerator) {
    self.kind = kind
    reshape(&generator)
  }

  private mutating func reshape(_ generator: inout SeededGenerator) {
    var histogram = NativeHistogram()
    histogram.schema = kind == .custom ? -53 : Int32.random(in: -4...8, using: &generator)
    histogram.zeroThreshold = kind == .custom ? 0 : [0, 1e-128, 0.001].randomElement(using: &generator)!
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      let length = UInt32.random(in: 0...12, using: &generator)
      histogram.positiveSpans.append(BucketSpan(offset: Int32.random(in: 0...9, using: &generator), length: length))
      histogram.positiveBuckets += [Double](repeating: 0, count: Int(length))
    }
    if kind == .custom { histogram.customValues = (0..<40).map { Double($0) * 0.25 } }
    if kind == .changing || kind == .strange {
      histogram.negativeSpans = [BucketSpan(offset: -3, length: 4)]
      histogram.negativeBuckets = [0, 0, 0, 0]
    }
    current = histogram
  }

  mutating func next(_ generator: inout SeededGenerator) -> NativeHistogram {
    if kind == .changing && Int.random(in: 0..<4, using: &generator) == 0 { reshape(&generator) }
    if kind == .strange && Int.random(in: 0..<5, using: &generator) == 0 {
      var end = NativeHistogram()
      end.sum = .staleMarker
      return end
    }
    func grow(_ value: Double) -> Double {
      switch kind {
      case .float: value + Double.random(in: 0...3, using: &generator)
      case .strange:
        [0, -0.0, .infinity, .nan, -1, 9_007_199_254_740_992, 0.5, 1e300].randomElement(using: &generator)!
      default: Bool.random(using: &generator) ? value : value + Double(Int.random(in: 0...1_000_000, using: &generator))
      }
    }
    for i in current.positiveBuckets.indices { current.positiveBuckets[i] = grow(current.positiveBuckets[i]) }
    for i in current.negativeBuckets.indices { current.negativeBuckets[i] = grow(current.negativeBuckets[i]) }
    if kind != .custom { current.zeroCount = grow(current.zeroCount) }
    current.count = (current.positiveBuckets + current.negativeBuckets).reduce(current.zeroCount, +)
    // Observations of NaN are counted and lie in no bucket.
    if kind == .integer && Int.random(in: 0..<9, using: &generator) == 0 { current.count += 3 }
    current.sum = Double.random(in: -10...1_000, using: &generator)
    current.counterResetHint = CounterResetHint(rawValue: UInt8.random(in: 0...3, using: &generator))!
    return current
  }
}
