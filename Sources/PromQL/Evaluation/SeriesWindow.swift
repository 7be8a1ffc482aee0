import TimeSeries

/// The samples of one series that the windows of all steps are cut from, without stale markers.
struct SeriesSamples {
  var labels: Labels
  var dropsName: Bool
  var buffer: SampleBuffer

  /// Takes stale markers out, in place.
  static func removeStaleMarkers(_ buffer: inout SampleBuffer) {
    guard buffer.values.contains(where: \.isStaleMarker) else { return }
    var kept = 0
    let hasHistograms = !buffer.histograms.isEmpty
    let hasStarts = !buffer.startTimestamps.isEmpty
    for index in 0..<buffer.count where !buffer.values[index].isStaleMarker {
      buffer.timestamps[kept] = buffer.timestamps[index]
      buffer.values[kept] = buffer.values[index]
      if hasHistograms { buffer.histograms[kept] = buffer.histograms[index] }
      if hasStarts { buffer.startTimestamps[kept] = buffer.startTimestamps[index] }
      kept += 1
    }
    buffer.timestamps.removeLast(buffer.count - kept)
    buffer.values.removeLast(buffer.values.count - kept)
    if hasHistograms { buffer.histograms.removeLast(buffer.histograms.count - kept) }
    if hasStarts { buffer.startTimestamps.removeLast(buffer.startTimestamps.count - kept) }
  }
}

/// The float samples of one window, as plain memory.
struct FloatWindow {
  let times: UnsafePointer<Int64>
  let values: UnsafePointer<Double>
  let count: Int
  /// The window's edges: after `start`, up to and including `end`.
  let start: Int64
  let end: Int64
  /// Whether the series has any decrease at all; when not, counters need no scan for resets.
  let hasDecrease: Bool

  @inline(__always) var first: Double { values[0] }
  @inline(__always) var last: Double { values[count - 1] }
}

/// Where a range function gets its windows from: samples of a selector, or the values of a subquery.
struct WindowGeometry {
  /// Length of the window in milliseconds.
  var window: Int64
  var offset: Int64
  /// The instant fixed by `@`.
  var fixed: Int64?
  var mode = RangeMode.plain

  func end(_ time: Int64) -> Int64 { (fixed ?? time) - offset }
}
