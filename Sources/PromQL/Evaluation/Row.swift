import TimeSeries

/// The instants at which an expression is evaluated: `count` of them from `start` on, `step` apart (milliseconds).
struct StepGrid: Sendable {
  var start: Int64
  var step: Int64
  var count: Int

  /// The grid of one instant.
  static func instant(_ time: Int64) -> StepGrid { StepGrid(start: time, step: 1, count: 1) }

  /// The grid from `start` to `end` inclusive; empty when the end is before the start.
  static func range(start: Int64, end: Int64, step: Int64) -> StepGrid {
    StepGrid(start: start, step: step, count: end < start ? 0 : Int((end - start) / step) + 1)
  }

  @inline(__always)
  func time(_ index: Int) -> Int64 { start + Int64(index) * step }

  var end: Int64 { time(max(0, count - 1)) }
}

/// One series of a vector over all steps of the grid.
///
/// Where there is no sample, `values` holds the stale marker, which no computation can produce (it is a signalling
/// NaN). `histograms` is empty for series of floats; otherwise it has one entry a step, and where that entry is not
/// `nil`, `values` holds 0.
struct Row: Sendable {
  var labels: Labels
  /// Whether the metric's name goes away at the end; until then functions on labels still see it.
  var dropsName = false
  var values: [Double]
  var histograms: [NativeHistogram?] = []

  var hasHistograms: Bool { !histograms.isEmpty }

  func histogram(_ step: Int) -> NativeHistogram? { histograms.isEmpty ? nil : histograms[step] }

  /// Whether a step has a float.
  func isFloat(_ step: Int) -> Bool { !values[step].isAbsent && (histograms.isEmpty || histograms[step] == nil) }

  /// Whether any step has a sample.
  var isPopulated: Bool { values.contains { !$0.isAbsent } }

  mutating func remove(_ step: Int) {
    values[step] = .absent
    if hasHistograms { histograms[step] = nil }
  }

  mutating func set(_ step: Int, _ histogram: NativeHistogram) {
    if histograms.isEmpty { histograms = Array(repeating: nil, count: values.count) }
    histograms[step] = histogram
    values[step] = 0
  }

  /// Drops all histograms, as functions of floats do.
  mutating func removeHistograms() {
    guard hasHistograms else { return }
    for step in histograms.indices where histograms[step] != nil { values[step] = .absent }
    histograms = []
  }

  static func empty(_ labels: Labels, dropsName: Bool = false, count: Int) -> Row {
    Row(labels: labels, dropsName: dropsName, values: Array(repeating: .absent, count: count))
  }
}

extension Double {
  /// Marks a step without sample.
  static var absent: Double { staleMarker }

  @inline(__always)
  var isAbsent: Bool { isStaleMarker }
}

/// What an expression is worth over the grid.
enum Value: Sendable {
  /// One number a step.
  case scalar([Double])
  case string(String)
  case vector([Row])
}

extension Labels {
  /// Prometheus's notation of a whole set, the name among the labels: `{__name__="up", job="node"}`.
  var setNotation: String {
    "{"
      + entries.map { entry in
        let name = Quoting.isPlainLabelName(entry.name) ? entry.name : Quoting.quoted(entry.name)
        return "\(name)=\(Quoting.quoted(entry.value))"
      }.joined(separator: ", ") + "}"
  }

  /// Whether a label tells what a metric is. Such labels go when the values are something else than the metric's.
  @inline(__always)
  static func isMetadata(_ name: String) -> Bool {
    name.utf8.count == 8 && name.utf8.first == UInt8(ascii: "_")
      && (name == Labels.metricName || name == "__type__" || name == "__unit__")
  }

  var hasTypeOrUnit: Bool { self["__type__"] != nil || self["__unit__"] != nil }

  /// Without the metric's name, type and unit.
  var withoutMetadata: Labels {
    guard entries.contains(where: { Labels.isMetadata($0.name) }) else { return self }
    return Labels(sortedUnique: entries.filter { !Labels.isMetadata($0.name) })
  }

  /// Without the metric's name.
  var withoutName: Labels { self[Labels.metricName] == nil ? self : removing([Labels.metricName]) }
}
