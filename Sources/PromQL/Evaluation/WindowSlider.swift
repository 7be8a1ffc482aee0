import TimeSeries

/// Applies a function to the windows of one series of floats after another.
///
/// Series of one target carry the same timestamps, so where the windows of a series begin and end is kept for the next.
struct WindowSlider {
  /// The samples of one step's window: `low ..< high`.
  private struct Cut {
    var low: Int
    var high: Int
    var start: Int64
    var end: Int64
    /// How far the change is stretched; meaningful for windows of two samples or more.
    var stretch: Extrapolation
  }

  private let function: RangeFunction
  private let grid: StepGrid
  private let parameters: [[Double]]
  private let isExtrapolated: Bool
  private var cuts: [Cut] = []
  /// The timestamps that `cuts` belongs to.
  private var times: [Int64] = []

  init(_ function: RangeFunction, _ grid: StepGrid, _ parameters: [[Double]]) {
    self.function = function
    self.grid = grid
    self.parameters = parameters
    isExtrapolated = function == .rate || function == .increase || function == .delta
  }

  /// Writes the function's value at each step into `out`. The geometry must be the same in every call.
  mutating func slide(
    _ times: UnsafeBufferPointer<Int64>, _ values: UnsafeBufferPointer<Double>, _ geometry: WindowGeometry,
    _ out: inout [Double]
  ) {
    guard let timesBase = times.baseAddress, let valuesBase = values.baseAddress else { return }
    if !isCut(times) { cut(times, geometry) }
    let hasDecrease = function.isForCounters && FloatKernels.hasDecrease(values)
    cuts.withUnsafeBufferPointer { cuts in
      out.withUnsafeMutableBufferPointer { out in
        if isExtrapolated {
          let isCounter = function != .delta
          let isRate = function == .rate
          for step in 0..<cuts.count {
            out[step] = WindowSlider.extrapolated(
              valuesBase, cuts[step], isCounter: isCounter, isRate: isRate, hasDecrease: hasDecrease)
          }
          return
        }
        for step in 0..<cuts.count {
          if step > 0, geometry.fixed != nil, !function.dependsOnTime, parameters.isEmpty {
            out[step] = out[0]
            continue
          }
          let cut = cuts[step]
          guard cut.high > cut.low else {
            out[step] = .absent
            continue
          }
          let window = FloatWindow(
            times: timesBase + cut.low, values: valuesBase + cut.low, count: cut.high - cut.low, start: cut.start,
            end: cut.end, hasDecrease: hasDecrease)
          out[step] = FloatKernels.apply(function, window, parameters, step: step, time: grid.time(step))
        }
      }
    }
  }

  @inline(__always)
  private static func extrapolated(
    _ values: UnsafePointer<Double>, _ cut: Cut, isCounter: Bool, isRate: Bool, hasDecrease: Bool
  ) -> Double {
    guard cut.high > cut.low &+ 1 else { return .absent }
    let first = values[cut.low]
    var change = values[cut.high &- 1] - first
    if isCounter && hasDecrease {
      for index in (cut.low + 1)..<cut.high where values[index] < values[index - 1] { change += values[index - 1] }
    }
    let factor = cut.stretch.factor(change: change, first: isCounter ? first : nil)
    return change * (isRate ? factor / cut.stretch.window : factor)
  }

  /// Whether `cuts` holds for these timestamps.
  @inline(__always)
  private func isCut(_ others: UnsafeBufferPointer<Int64>) -> Bool {
    guard times.count == others.count, !cuts.isEmpty else { return false }
    return times.withUnsafeBufferPointer { times in
      var difference: Int64 = 0
      for index in 0..<times.count { difference |= times[index] ^ others[index] }
      return difference == 0
    }
  }

  /// Finds the windows: two indices move forward.
  private mutating func cut(_ times: UnsafeBufferPointer<Int64>, _ geometry: WindowGeometry) {
    self.times.removeAll(keepingCapacity: true)
    self.times.append(contentsOf: times)
    cuts.removeAll(keepingCapacity: true)
    var low = 0
    var high = 0
    for step in 0..<grid.count {
      let end = geometry.end(grid.time(step))
      let start = end - geometry.window
      while high < times.count && times[high] <= end { high += 1 }
      while low < high && times[low] <= start { low += 1 }
      let stretch =
        isExtrapolated && high > low + 1
        ? Extrapolation(first: times[low], last: times[high - 1], count: high - low, edges: (start, end))
        : Extrapolation()
      cuts.append(Cut(low: low, high: high, start: start, end: end, stretch: stretch))
    }
  }
}

/// By how much an observed change is stretched to the edges of its window, as far as that depends on times only.
struct Extrapolation {
  /// Seconds from the first sample to the last.
  private var sampled = 1.0
  /// Seconds from the edges to the samples, as far as they count.
  private var toStart = 0.0
  private var toEnd = 0.0
  /// Seconds from edge to edge.
  private(set) var window = 1.0

  init() {}

  init(first: Int64, last: Int64, count: Int, edges: (start: Int64, end: Int64)) {
    toStart = Double(first - edges.start) / 1000
    toEnd = Double(edges.end - last) / 1000
    sampled = Double(last - first) / 1000
    window = Double(edges.end - edges.start) / 1000
    let spacing = sampled / Double(count - 1)
    let threshold = spacing * 1.1
    if toStart >= threshold { toStart = spacing / 2 }
    if toEnd >= threshold { toEnd = spacing / 2 }
  }

  /// - Parameter first: the first value, given for counters, which never go below zero.
  @inline(__always)
  func factor(change: Double, first: Double?) -> Double {
    var toStart = toStart
    if let first, change > 0, first >= 0 { toStart = min(toStart, sampled * (first / change)) }
    return (sampled + toStart + toEnd) / sampled
  }
}

extension SampleBuffer {
  /// The samples as plain memory.
  func withColumns(_ body: (UnsafeBufferPointer<Int64>, UnsafeBufferPointer<Double>) -> Void) {
    timestamps.withUnsafeBufferPointer { times in values.withUnsafeBufferPointer { values in body(times, values) } }
  }
}
