import TimeSeries

/// Reads one series of a range vector after another into memory that is used again for the next one.
struct WindowReader: ~Copyable {
  /// Where the samples of the series are that was read last.
  enum Place {
    case nothing
    /// Floats in `columns`.
    case columns
    case samples
  }

  let geometry: WindowGeometry
  private let series: any SeriesSelection
  /// The same series where they are a store's, which has a shorter way.
  private let stored: StoredSelection?
  private let from: Int64
  private let through: Int64
  private(set) var columns = FloatColumns()
  var samples = SeriesSamples(labels: Labels(), dropsName: false, buffer: SampleBuffer())

  init(_ series: any SeriesSelection, _ geometry: WindowGeometry, from: Int64, through: Int64) {
    self.series = series
    self.geometry = geometry
    self.from = from
    self.through = through
    stored = geometry.mode == .plain ? series as? StoredSelection : nil
    count = series.count
  }

  let count: Int

  func labels(_ index: Int) -> Labels { stored?.labels(index) ?? series.labels(index) }

  /// A number that series share which have the same metric's name; `nil` when that is not known.
  func metricNumber(_ index: Int) -> UInt32? { stored?.metricNumber(index) }

  mutating func read(_ index: Int, isQuick: Bool) -> Place {
    if isQuick, let stored, stored.readFloats(index, from: from, through: through, into: &columns) {
      return columns.count > 0 ? .columns : .nothing
    }
    samples.buffer.removeAll()
    series.read(index, from: from, through: through, into: &samples.buffer)
    if samples.buffer.isEmpty { return .nothing }
    samples.labels = series.labels(index)
    return .samples
  }

  mutating func removeStaleMarkers(_ place: Place) -> Place {
    if place == .columns {
      columns.removeStaleMarkers()
      return columns.count > 0 ? .columns : .nothing
    }
    SeriesSamples.removeStaleMarkers(&samples.buffer)
    return samples.buffer.isEmpty ? .nothing : .samples
  }
}
