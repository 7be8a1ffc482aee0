/// What the range functions make of one window of floats (never empty). The absent marker where there is no result.
enum FloatKernels {
  static func hasDecrease(_ values: UnsafeBufferPointer<Double>) -> Bool {
    guard let base = values.baseAddress, values.count > 1 else { return false }
    let bytes = UnsafeRawPointer(base)
    let stride = MemoryLayout<Double>.stride
    var decreases = SIMDMask<SIMD4<Int64>>(repeating: false)
    var index = 1
    while index + 4 <= values.count {
      let previous = bytes.loadUnaligned(fromByteOffset: (index - 1) * stride, as: SIMD4<Double>.self)
      decreases .|= bytes.loadUnaligned(fromByteOffset: index * stride, as: SIMD4<Double>.self) .< previous
      index += 4
    }
    if any(decreases) { return true }
    while index < values.count {
      if base[index] < base[index - 1] { return true }
      index += 1
    }
    return false
  }

  @inline(__always)
  static func apply(_ function: RangeFunction, _ w: FloatWindow, _ parameters: [[Double]], step: Int, time: Int64)
    -> Double
  {
    switch function {
    case .rate: extrapolated(w, isCounter: true, isRate: true)
    case .increase: extrapolated(w, isCounter: true, isRate: false)
    case .delta: extrapolated(w, isCounter: false, isRate: false)
    default: other(function, w, parameters, step: step, time: time)
    }
  }

  private static func other(
    _ function: RangeFunction, _ w: FloatWindow, _ parameters: [[Double]], step: Int, time: Int64
  ) -> Double {
    switch function {
    case .rate, .increase, .delta: .absent
    case .irate: instantaneous(w, isRate: true)
    case .idelta: instantaneous(w, isRate: false)
    case .deriv: w.count < 2 ? .absent : regression(w, at: w.times[0]).slope
    case .predictLinear: predict(w, seconds: parameters[0][step], time: time)
    case .smoothing: smooth(w, parameters[0][step], parameters[1][step])
    case .changes: changes(w)
    case .resets: resets(w)
    case .average: average(w)
    case .sum: sum(w)
    case .minimum: w.values[extreme(w, <)]
    case .maximum: w.values[extreme(w, >)]
    case .count: Double(w.count)
    case .last: w.last
    case .first: w.first
    case .present: 1
    case .quantile: quantile(parameters[0][step], Array(UnsafeBufferPointer(start: w.values, count: w.count)))
    case .standardDeviation: variance(w).squareRoot()
    case .variance: variance(w)
    case .medianDeviation: medianDeviation(w)
    case .timeOfFirst: Double(w.times[0]) / 1000
    case .timeOfLast: Double(w.times[w.count - 1]) / 1000
    case .timeOfMinimum: Double(w.times[extreme(w, <=)]) / 1000
    case .timeOfMaximum: Double(w.times[extreme(w, >=)]) / 1000
    }
  }

  /// The change over the window, extrapolated to its edges unless the first or last sample is too far from them.
  private static func extrapolated(_ w: FloatWindow, isCounter: Bool, isRate: Bool) -> Double {
    guard w.count > 1 else { return .absent }
    var change = w.last - w.first
    if isCounter && w.hasDecrease {
      for index in 1..<w.count where w.values[index] < w.values[index - 1] { change += w.values[index - 1] }
    }
    let factor = extrapolationFactor(
      w, change: change, first: isCounter ? w.first : nil)
    let seconds = Double(w.end - w.start) / 1000
    return change * (isRate ? factor / seconds : factor)
  }

  /// By how much the observed change is stretched; `first` is given for counters, which never go below zero.
  static func extrapolationFactor(_ w: FloatWindow, change: Double, first: Double?) -> Double {
    extrapolationFactor(
      first: (w.times[0], first), last: w.times[w.count - 1], count: w.count, change: change, edges: (w.start, w.end))
  }

  static func extrapolationFactor(
    first: (time: Int64, value: Double?), last: Int64, count: Int, change: Double, edges: (start: Int64, end: Int64)
  ) -> Double {
    Extrapolation(first: first.time, last: last, count: count, edges: edges).factor(
      change: change, first: first.value)
  }

  private static func instantaneous(_ w: FloatWindow, isRate: Bool) -> Double {
    guard w.count > 1 else { return .absent }
    let (previous, last) = (w.values[w.count - 2], w.last)
    let change = isRate && last < previous ? last : last - previous
    if !isRate { return change }
    return change / (Double(w.times[w.count - 1] - w.times[w.count - 2]) / 1000)
  }

  private static func changes(_ w: FloatWindow) -> Double {
    var changes = 0.0
    for index in 1..<max(1, w.count) {
      let (a, b) = (w.values[index - 1], w.values[index])
      if a != b && !(a.isNaN && b.isNaN) { changes += 1 }
    }
    return changes
  }

  private static func resets(_ w: FloatWindow) -> Double {
    guard w.hasDecrease else { return 0 }
    var resets = 0.0
    for index in 1..<max(1, w.count) where w.values[index] < w.values[index - 1] { resets += 1 }
    return resets
  }

  private static func sum(_ w: FloatWindow) -> Double {
    var sum = 0.0
    var compensation = 0.0
    for index in 0..<w.count { Arithmetic.add(w.values[index], &sum, &compensation) }
    return sum.isInfinite ? sum : sum + compensation
  }

  /// The mean of the sum; when the sum overflows, the mean is carried along sample by sample instead.
  private static func average(_ w: FloatWindow) -> Double {
    var mean = RunningMean(w.first)
    for index in 1..<max(1, w.count) { mean.add(w.values[index]) }
    return mean.value
  }

  /// The index of the extreme value; NaN only when there is nothing else.
  private static func extreme(_ w: FloatWindow, _ isBetter: (Double, Double) -> Bool) -> Int {
    var best = 0
    for index in 1..<max(1, w.count) {
      if isBetter(w.values[index], w.values[best]) || w.values[best].isNaN { best = index }
    }
    return best
  }

  private static func variance(_ w: FloatWindow) -> Double {
    var (count, mean, meanC, squares, squaresC) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for index in 0..<w.count {
      count += 1
      let delta = w.values[index] - (mean + meanC)
      Arithmetic.add(delta / count, &mean, &meanC)
      Arithmetic.add(delta * (w.values[index] - (mean + meanC)), &squares, &squaresC)
    }
    return (squares + squaresC) / count
  }

  private static func medianDeviation(_ w: FloatWindow) -> Double {
    let values = Array(UnsafeBufferPointer(start: w.values, count: w.count))
    let median = quantile(0.5, values)
    return quantile(0.5, values.map { ($0 - median).magnitude })
  }

  /// The quantile of values in any order, interpolated linearly; NaN sorts first.
  static func quantile(_ q: Double, _ values: [Double]) -> Double {
    if values.isEmpty || q.isNaN { return .nan }
    if q < 0 { return -.infinity }
    if q > 1 { return .infinity }
    let sorted = values.sorted { $0.isNaN ? !$1.isNaN : $0 < $1 }
    let rank = q * Double(sorted.count - 1)
    let lower = max(0, Int(rank.rounded(.down)))
    let upper = min(sorted.count - 1, lower + 1)
    let weight = rank - rank.rounded(.down)
    return sorted[lower] * (1 - weight) + sorted[upper] * weight
  }

  /// Least squares of the values over the seconds since `origin`.
  private static func regression(_ w: FloatWindow, at origin: Int64) -> (slope: Double, intercept: Double) {
    var isConstant = true
    let initial = w.first
    var (n, x, xC, y, yC, xy, xyC, xx, xxC) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for index in 0..<w.count {
      let value = w.values[index]
      if value != initial { isConstant = false }
      n += 1
      let seconds = Double(w.times[index] - origin) / 1000
      Arithmetic.add(seconds, &x, &xC)
      Arithmetic.add(value, &y, &yC)
      Arithmetic.add(seconds * value, &xy, &xyC)
      Arithmetic.add(seconds * seconds, &xx, &xxC)
    }
    if isConstant { return initial.isInfinite ? (.nan, .nan) : (0, initial) }
    (x, y, xy, xx) = (x + xC, y + yC, xy + xyC, xx + xxC)
    let slope = (xy - x * y / n) / (xx - x * x / n)
    return (slope, y / n - slope * x / n)
  }

  private static func predict(_ w: FloatWindow, seconds: Double, time: Int64) -> Double {
    guard w.count > 1 else { return .absent }
    let line = regression(w, at: time)
    return line.slope * seconds + line.intercept
  }

  /// Holt's double exponential smoothing.
  private static func smooth(_ w: FloatWindow, _ smoothing: Double, _ trendFactor: Double) -> Double {
    guard w.count > 1 else { return .absent }
    var previous = 0.0
    var level = w.values[0]
    var trend = w.values[1] - w.values[0]
    for index in 1..<w.count {
      if index > 1 { trend = trendFactor * (level - previous) + (1 - trendFactor) * trend }
      let next = smoothing * w.values[index] + (1 - smoothing) * (level + trend)
      previous = level
      level = next
    }
    return level
  }
}

/// A mean as Prometheus computes it: of a compensated sum, or incrementally once that sum would overflow.
struct RunningMean {
  private(set) var count = 1.0
  private var isIncremental = false
  private var sum: Double
  private var compensation = 0.0
  private var mean = 0.0

  init(_ first: Double) { sum = first }

  /// Takes over from another place where the sum was kept.
  mutating func resume(compensation: Double, count: Double) {
    self.compensation = compensation
    self.count = count
  }

  @inline(__always)
  mutating func add(_ value: Double) {
    count += 1
    if !isIncremental {
      var (nextSum, nextCompensation) = (sum, compensation)
      Arithmetic.add(value, &nextSum, &nextCompensation)
      if !nextSum.isInfinite {
        (sum, compensation) = (nextSum, nextCompensation)
        return
      }
      isIncremental = true
      mean = sum / (count - 1)
      compensation /= count - 1
    }
    if mean.isInfinite {
      if value.isInfinite && (value < 0) == (mean < 0) { return }
      if value.isFinite { return }
    }
    let weight = (count - 1) / count
    mean *= weight
    compensation *= weight
    Arithmetic.add(value / count, &mean, &compensation)
  }

  var value: Double {
    if isIncremental { return mean.isInfinite ? mean : mean + compensation }
    return sum / count + compensation / count
  }
}
