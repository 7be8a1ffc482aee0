import TimeSeries

extension Evaluation {
  /// The windows of a series that has histograms, perhaps among floats.
  func slideMixed(
    _ function: RangeFunction, _ buffer: SampleBuffer, _ geometry: WindowGeometry, _ grid: StepGrid,
    _ parameters: [[Double]], _ origin: (call: Call, labels: Labels), _ row: inout Row
  ) {
    var low = 0
    var high = 0
    row.histograms = Array(repeating: nil, count: grid.count)
    for step in 0..<grid.count {
      row.values[step] = .absent
      let end = geometry.end(grid.time(step))
      while high < buffer.count && buffer.timestamps[high] <= end { high += 1 }
      while low < high && buffer.timestamps[low] <= end - geometry.window { low += 1 }
      guard high > low else { continue }
      let window = MixedWindow(buffer: buffer, range: low..<high, start: end - geometry.window, end: end)
      switch mixed(function, window, origin) {
      case .float(let value): row.values[step] = value
      case .histogram(let histogram): row.set(step, histogram)
      case .none: break
      case .floatsOnly:
        if window.hasBoth {
          annotations.inform(
            "ignored histograms in a range containing both floats and histograms for metric name "
              + "\(Quoting.quoted(origin.labels.metric)) \(place(origin.call.range))")
        }
        row.values[step] = window.applyToFloats(function, parameters, step: step, time: grid.time(step))
      }
    }
  }

  fileprivate enum MixedResult {
    case float(Double)
    case histogram(NativeHistogram)
    case none
    /// The function looks at the floats of the window only.
    case floatsOnly
  }

  private func mixed(_ function: RangeFunction, _ window: MixedWindow, _ origin: (call: Call, labels: Labels))
    -> MixedResult
  {
    switch function {
    case .count: return .float(Double(window.range.count))
    case .present: return .float(1)
    case .last: return window.sample(window.range.upperBound - 1)
    case .first: return window.sample(window.range.lowerBound)
    case .timeOfFirst: return .float(Double(window.buffer.timestamps[window.range.lowerBound]) / 1000)
    case .timeOfLast: return .float(Double(window.buffer.timestamps[window.range.upperBound - 1]) / 1000)
    case .changes: return .float(window.changes)
    case .resets: return .float(window.resets)
    case .rate, .increase, .delta, .sum, .average, .irate, .idelta:
      if !window.hasHistograms { return .floatsOnly }
      let isLastTwo = function == .irate || function == .idelta
      let relevant = isLastTwo ? window.lastTwo : window
      if relevant.hasBoth {
        annotations.warn(
          "encountered a mix of histograms and floats for metric name "
            + "\(Quoting.quoted(origin.labels.metric)) \(place(origin.call.arguments[0].range))")
        return .none
      }
      if !relevant.hasHistograms { return .floatsOnly }
      guard let result = histogramResult(function, relevant, origin) else { return .none }
      return .histogram(result.compacted())
    default: return .floatsOnly
    }
  }

  private func histogramResult(
    _ function: RangeFunction, _ window: MixedWindow, _ origin: (call: Call, labels: Labels)
  ) -> NativeHistogram? {
    let histograms = window.histograms
    let warning: String
    switch function {
    case .sum, .average:
      var sum = histograms[0]
      for next in histograms.dropFirst() {
        noteAddition(sum, next, "aggregation", place(origin.call.arguments[0].range))
        guard let added = sum.adding(next) else {
          warnSchemas(origin)
          return nil
        }
        sum = added
      }
      return function == .sum ? sum : sum.scaled(by: 1 / Double(histograms.count))
    case .rate, .increase, .irate: warning = "this native histogram metric is not a counter:"
    default: warning = "this native histogram metric is not a gauge:"
    }
    guard histograms.count > 1 else { return nil }
    let isCounter = function != .delta && function != .idelta
    let gauges = histograms.count { $0.counterResetHint == .gauge }
    if isCounter ? gauges > 0 : gauges < histograms.count {
      annotations.warn("\(warning) \(Quoting.quoted(origin.labels.metric)) \(place(origin.call.arguments[0].range))")
    }
    guard let change = window.change(isCounter: isCounter) else {
      warnSchemas(origin)
      return nil
    }
    return change.scaled(by: window.factor(function, change))
  }

  private func warnSchemas(_ origin: (call: Call, labels: Labels)) {
    annotations.warn(
      "vector contains a mix of histograms with exponential and custom buckets schemas for metric name "
        + "\(Quoting.quoted(origin.labels.metric)) \(place(origin.call.arguments[0].range))")
  }
}

extension Evaluation.MixedResult {
  fileprivate init(_ window: MixedWindow, _ index: Int) {
    if let histogram = window.buffer.histograms[index] {
      self = .histogram(histogram)
    } else {
      self = .float(window.buffer.values[index])
    }
  }
}

/// A window in which samples may be histograms.
private struct MixedWindow {
  let buffer: SampleBuffer
  let range: Range<Int>
  let start: Int64
  let end: Int64

  var hasHistograms: Bool { range.contains { buffer.histograms[$0] != nil } }
  var hasFloats: Bool { range.contains { buffer.histograms[$0] == nil } }
  var hasBoth: Bool { hasHistograms && hasFloats }
  var histograms: [NativeHistogram] { range.compactMap { buffer.histograms[$0] } }

  var lastTwo: MixedWindow {
    MixedWindow(
      buffer: buffer, range: max(range.lowerBound, range.upperBound - 2)..<range.upperBound, start: start, end: end)
  }

  func sample(_ index: Int) -> Evaluation.MixedResult { Evaluation.MixedResult(self, index) }

  var changes: Double {
    var changes = 0.0
    for index in range.dropFirst() {
      switch (buffer.histograms[index - 1], buffer.histograms[index]) {
      case (let a?, let b?): if !a.isEquivalent(to: b) { changes += 1 }
      case (nil, nil):
        let (a, b) = (buffer.values[index - 1], buffer.values[index])
        if a != b && !(a.isNaN && b.isNaN) { changes += 1 }
      default: changes += 1
      }
    }
    return changes
  }

  var resets: Double {
    var resets = 0.0
    for index in range.dropFirst() {
      switch (buffer.histograms[index - 1], buffer.histograms[index]) {
      case (let a?, let b?): if b.isReset(after: a) { resets += 1 }
      case (nil, nil): if buffer.values[index] < buffer.values[index - 1] { resets += 1 }
      default: resets += 1
      }
    }
    return resets
  }

  /// The change from the first to the last histogram, with what was lost at resets put back.
  func change(isCounter: Bool) -> NativeHistogram? {
    let histograms = histograms
    guard var result = histograms[histograms.count - 1].subtracting(histograms[0]) else { return nil }
    if isCounter {
      for (previous, next) in zip(histograms, histograms.dropFirst()) where next.isReset(after: previous) {
        guard let added = result.adding(previous) else { return nil }
        result = added
      }
    }
    result.counterResetHint = .gauge
    return result
  }

  /// What the change is multiplied by: extrapolation and, for rates, the time.
  func factor(_ function: RangeFunction, _ change: NativeHistogram) -> Double {
    let (first, last) = (buffer.timestamps[range.lowerBound], buffer.timestamps[range.upperBound - 1])
    switch function {
    case .idelta: return 1
    case .irate: return 1000 / Double(last - first)
    default: break
    }
    let isCounter = function != .delta
    let factor = FloatKernels.extrapolationFactor(
      first: (first, isCounter ? buffer.histograms[range.lowerBound]?.count : nil), last: last, count: range.count,
      change: change.count, edges: (start, end))
    return function == .rate ? factor / (Double(end - start) / 1000) : factor
  }

  func applyToFloats(_ function: RangeFunction, _ parameters: [[Double]], step: Int, time: Int64) -> Double {
    let floats = range.filter { buffer.histograms[$0] == nil }
    guard !floats.isEmpty else { return .absent }
    let times = floats.map { buffer.timestamps[$0] }
    let values = floats.map { buffer.values[$0] }
    return times.withUnsafeBufferPointer { times in
      values.withUnsafeBufferPointer { values in
        guard let timesBase = times.baseAddress, let valuesBase = values.baseAddress else { return .absent }
        let window = FloatWindow(
          times: timesBase, values: valuesBase, count: values.count, start: start, end: end,
          hasDecrease: FloatKernels.hasDecrease(values))
        return FloatKernels.apply(function, window, parameters, step: step, time: time)
      }
    }
  }
}
