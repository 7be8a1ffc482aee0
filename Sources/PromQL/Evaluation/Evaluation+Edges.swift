import TimeSeries

/// The `anchored` and `smoothed` modifiers: the value at a window's edge comes from samples around it, not from
/// extrapolation.
extension Evaluation {
  /// `rate`, `increase`, `delta`, `changes` and `resets` over windows with edges.
  /// - Throws: `execution` for histograms, which have no values between two samples.
  func edgedFunction(
    _ function: RangeFunction, _ buffer: SampleBuffer, _ geometry: WindowGeometry, _ grid: StepGrid, _ row: inout Row
  ) throws {
    let isCounter = function == .rate || function == .increase
    for step in 0..<grid.count {
      row.values[step] = .absent
      let end = geometry.end(grid.time(step))
      let window = EdgedWindow(buffer, geometry, end: end, lookback: limits.lookback)
      guard !window.range.isEmpty else { continue }
      if window.hasHistograms(buffer) { throw Evaluation.noEdges }
      switch function {
      case .changes:
        row.values[step] = window.count(in: buffer) { $0 != $1 && !($0.isNaN && $1.isNaN) }
      case .resets: row.values[step] = window.count(in: buffer) { $1 < $0 }
      default:
        guard let change = window.change(in: buffer, isCounter: isCounter) else { continue }
        row.values[step] = function == .rate ? change / (Double(geometry.window) / 1000) : change
      }
    }
  }

  static let noEdges = PromQLError(
    .execution, "smoothed and anchored modifiers do not work with native histograms")

  /// The samples of a range vector by itself: those within its edges, and one interpolated at each of them.
  func edgedPoints(_ buffer: SampleBuffer, _ geometry: WindowGeometry, at time: Int64) throws -> [Point] {
    let window = EdgedWindow(buffer, geometry, end: geometry.end(time), lookback: limits.lookback)
    guard !window.range.isEmpty else { return [] }
    if window.hasHistograms(buffer) {
      throw PromQLError(.execution, "\(geometry.mode.rawValue) modifier is not supported with histograms")
    }
    return window.points(in: buffer).map { Point(timestamp: $0.time, value: .float($0.value)) }
  }

  private static let anchoredFunctions: Set<String> = ["changes", "delta", "increase", "rate", "resets"]
  private static let smoothedFunctions: Set<String> = ["delta", "increase", "rate"]

  /// Makes sure that a function can read a range with edges.
  func checkMode(_ call: Call) throws {
    guard let mode = call.arguments.lazy.compactMap(\.matrixMode).first, mode != .plain else { return }
    let allowed = mode == .anchored ? Evaluation.anchoredFunctions : Evaluation.smoothedFunctions
    if !allowed.contains(call.name) {
      let names = allowed.sorted().joined(separator: ", ")
      throw PromQLError(
        .execution, "\(mode.rawValue) modifier can only be used with: \(names) - not with \(call.name)")
    }
  }

  /// A selector with `smoothed`: the interpolated value at each step, or the last one where no later sample is known.
  func selectSmoothed(_ selector: VectorSelector, _ grid: StepGrid, _ body: (inout Row) throws -> Void) throws {
    let offset = try milliseconds(selector.offset)
    let fixed = fixedTime(selector.at)
    let lookback = limits.lookback
    let from = (fixed ?? grid.start) - offset - lookback + 1
    let through = (fixed ?? grid.end) - offset + lookback
    let series = try self.series(selector.matchers, from: from, through: through)
    for index in 0..<series.count {
      var buffer = SampleBuffer()
      series.read(index, from: from, through: through, into: &buffer)
      SeriesSamples.removeStaleMarkers(&buffer)
      try touch(buffer.count + grid.count)
      var row = Row.empty(series.labels(index), count: grid.count)
      for step in 0..<grid.count {
        let time = (fixed ?? grid.time(step)) - offset
        let window = buffer.range(after: time - lookback, through: time + lookback)
        if window.isEmpty { continue }
        if window.contains(where: { buffer.isHistogram($0) }) { throw Evaluation.noEdges }
        let next = window.first { buffer.timestamps[$0] >= time } ?? window.upperBound
        if next < window.upperBound, buffer.timestamps[next] == time {
          row.values[step] = buffer.values[next]
        } else if next > window.lowerBound {
          row.values[step] =
            next < window.upperBound
            ? EdgedWindow.interpolate(buffer, next - 1, next, time, .gauge) : buffer.values[next - 1]
        }
      }
      if row.isPopulated { try body(&row) }
    }
  }
}

extension Expression {
  /// How a range selector is read at its edges; `nil` for other expressions.
  fileprivate var matrixMode: RangeMode? {
    if case .matrix(let matrix) = unwrapped { matrix.selector.mode } else { nil }
  }
}

extension SampleBuffer {
  func isHistogram(_ index: Int) -> Bool { !histograms.isEmpty && histograms[index] != nil }

  /// The indices of the samples after one time and up to another.
  func range(after start: Int64, through end: Int64) -> Range<Int> {
    let low = firstIndex(after: start)
    return low..<max(low, firstIndex(after: end))
  }

  private func firstIndex(after time: Int64) -> Int {
    var (low, high) = (0, timestamps.count)
    while low < high {
      let middle = (low + high) / 2
      if timestamps[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A window with the samples around it that its edges are computed from.
private struct EdgedWindow {
  enum Edge { case gauge, counterStart, counterEnd }

  /// The samples within the window and a lookback before it, and for smoothed windows also one after it.
  let range: Range<Int>
  private let start: Int64
  private let end: Int64
  private let isSmoothed: Bool

  init(_ buffer: SampleBuffer, _ geometry: WindowGeometry, end: Int64, lookback: Int64) {
    start = end - geometry.window
    self.end = end
    isSmoothed = geometry.mode == .smoothed
    range = buffer.range(after: start - lookback, through: isSmoothed ? end + lookback : end)
  }

  func hasHistograms(_ buffer: SampleBuffer) -> Bool { range.contains { buffer.isHistogram($0) } }

  /// The last sample at or before the start, or else the first one there is. The very last one is never asked.
  private func first(_ buffer: SampleBuffer) -> Int {
    let after = range.dropLast().first { buffer.timestamps[$0] > start } ?? range.upperBound - 1
    return max(range.lowerBound, after - 1)
  }

  /// The last sample of the window; in smoothed windows the first one at or after the end, if there is any.
  private func last(_ buffer: SampleBuffer) -> Int {
    guard isSmoothed else { return range.upperBound - 1 }
    return range.dropLast().first { buffer.timestamps[$0] >= end } ?? range.upperBound - 1
  }

  /// How many pairs of neighbours satisfy a condition, from the anchor on.
  func count(in buffer: SampleBuffer, _ condition: (Double, Double) -> Bool) -> Double {
    var found = 0.0
    for index in (first(buffer)..<range.upperBound).dropFirst()
    where condition(buffer.values[index - 1], buffer.values[index]) {
      found += 1
    }
    return found
  }

  /// The values at both edges, and the samples between them; `nil` when no sample lies after the start.
  private func edges(_ buffer: SampleBuffer, isCounter: Bool) -> (left: Double, inner: Range<Int>, right: Double)? {
    let (first, last) = (first(buffer), last(buffer))
    guard buffer.timestamps[last] > start else { return nil }
    var (left, right) = (buffer.values[first], buffer.values[last])
    if isSmoothed, buffer.timestamps[first] < start {
      left = EdgedWindow.interpolate(buffer, first, first + 1, start, isCounter ? .counterStart : .gauge)
    }
    if isSmoothed, last > range.lowerBound, buffer.timestamps[last] > end {
      right = EdgedWindow.interpolate(buffer, last - 1, last, end, isCounter ? .counterEnd : .gauge)
    }
    return (left, first + 1..<max(first + 1, last), right)
  }

  func change(in buffer: SampleBuffer, isCounter: Bool) -> Double? {
    guard let (left, inner, right) = edges(buffer, isCounter: isCounter) else { return nil }
    var change = right - left
    guard isCounter else { return change }
    var previous = left
    for index in inner {
      if buffer.values[index] < previous { change += previous }
      previous = buffer.values[index]
    }
    if right < previous { change += previous }
    return change
  }

  func points(in buffer: SampleBuffer) -> [(time: Int64, value: Double)] {
    guard let (left, inner, right) = edges(buffer, isCounter: false) else { return [] }
    return [(start, left)] + inner.map { (buffer.timestamps[$0], buffer.values[$0]) } + [(end, right)]
  }

  /// The value at an instant on the line between two samples.
  static func interpolate(_ buffer: SampleBuffer, _ before: Int, _ after: Int, _ time: Int64, _ edge: Edge) -> Double {
    var left = buffer.values[before]
    var right = buffer.values[after]
    if right < left {
      // A counter's reset between the two: at the start it is taken to have begun at zero, at the end to have gone on.
      switch edge {
      case .gauge: break
      case .counterStart: left = 0
      case .counterEnd: right += left
      }
    }
    let span = Double(buffer.timestamps[after] - buffer.timestamps[before])
    return left + (right - left) * Double(time - buffer.timestamps[before]) / span
  }
}
