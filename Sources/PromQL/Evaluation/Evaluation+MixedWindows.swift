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
        if window.hasBoth, function != .irate, function != .idelta {
          annotations.inform(
            "ignored histograms in a range containing both floats and histograms for metric name "
              + "\(Quoting.quoted(origin.labels.metric)) \(place(origin.call.arguments[0].range))")
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
    if function == .sum || function == .average { return histogramSum(function, histograms, origin) }
    guard histograms.count > 1 else { return nil }
    noteKind(function, histograms, origin)
    let isLastTwo = function == .irate || function == .idelta
    let change = isLastTwo ? lastChange(function, histograms, origin) : wholeChange(function, histograms, origin)
    guard var change else { return nil }
    change.counterResetHint = .gauge
    return change.scaled(by: window.factor(function, change))
  }

  private func histogramSum(
    _ function: RangeFunction, _ histograms: [NativeHistogram], _ origin: (call: Call, labels: Labels)
  ) -> NativeHistogram? {
    var total = HistogramAccumulator(histograms[0], isMean: function == .average)
    for next in histograms.dropFirst() { total.add(next) }
    let place = place(origin.call.arguments[0].range)
    if total.isIncompatible { warnSchemas(origin) }
    if total.hasConflictingResets { noteConflictingResets("aggregation", place) }
    if total.hasReconciledBounds { noteReconciledBounds("aggregation", place) }
    return total.isIncompatible ? nil : total.value
  }

  /// Warns where a function of counters meets gauges, or one of gauges counters.
  private func noteKind(
    _ function: RangeFunction, _ histograms: [NativeHistogram], _ origin: (call: Call, labels: Labels)
  ) {
    let isCounter = function != .delta && function != .idelta
    let ends = [histograms[0], histograms[histograms.count - 1]]
    let isWrong =
      isCounter
      ? histograms.contains { $0.counterResetHint == .gauge } : ends.contains { $0.counterResetHint != .gauge }
    guard isWrong else { return }
    annotations.warn(
      "this native histogram metric is not a \(isCounter ? "counter" : "gauge"): "
        + "\(Quoting.quoted(origin.labels.metric)) \(place(origin.call.arguments[0].range))")
  }

  /// The change between the last two samples; after a reset all of the last one.
  private func lastChange(
    _ function: RangeFunction, _ histograms: [NativeHistogram], _ origin: (call: Call, labels: Labels)
  ) -> NativeHistogram? {
    let (previous, last) = (histograms[histograms.count - 2], histograms[histograms.count - 1])
    if function == .irate, last.isReset(after: previous) { return last }
    return difference(last, previous, origin)
  }

  /// The change from the first to the last histogram; for counters what was lost at resets is put back.
  private func wholeChange(
    _ function: RangeFunction, _ histograms: [NativeHistogram], _ origin: (call: Call, labels: Labels)
  ) -> NativeHistogram? {
    let last = histograms[histograms.count - 1]
    let isCounter = function != .delta
    var previous = histograms[0]
    if isCounter && histograms[1].isReset(after: previous) {
      // All of the first sample is gone by the second, so that its buckets need not fit the others.
      previous = NativeHistogram()
      previous.schema = histograms[1].schema
      previous.customValues = histograms[1].customValues
    }
    let isMixed = isCounter && histograms.dropFirst().contains { $0.usesCustomBuckets != previous.usesCustomBuckets }
    if isMixed || previous.usesCustomBuckets != last.usesCustomBuckets {
      warnSchemas(origin)
      return nil
    }
    guard var result = difference(last, previous, origin) else { return nil }
    guard isCounter else { return result }
    for next in histograms.dropFirst() {
      if next.isReset(after: previous) {
        if result.hasOtherCustomBounds(than: previous) {
          noteReconciledBounds("addition", place(origin.call.arguments[0].range))
        }
        guard let added = result.adding(previous) else {
          warnSchemas(origin)
          return nil
        }
        result = added
      } else if next.schema < result.schema, !next.usesCustomBuckets {
        result = result.reduced(to: next.schema)
      }
      previous = next
    }
    return result
  }

  private func difference(
    _ last: NativeHistogram, _ first: NativeHistogram, _ origin: (call: Call, labels: Labels)
  ) -> NativeHistogram? {
    if last.hasOtherCustomBounds(than: first) {
      noteReconciledBounds("subtraction", place(origin.call.arguments[0].range))
    }
    guard let result = last.subtracting(first) else {
      warnSchemas(origin)
      return nil
    }
    return result
  }

  private func warnSchemas(_ origin: (call: Call, labels: Labels)) {
    warnSchemas(origin.labels.metric, place(origin.call.arguments[0].range))
  }

  func warnSchemas(_ metric: String, _ place: String) {
    annotations.warn(
      "vector contains a mix of histograms with exponential and custom buckets schemas for metric name "
        + "\(Quoting.quoted(metric)) \(place)")
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
