public import TimeSeries

/// Series in memory, as test scripts load them.
public struct TableSource: SeriesSource {
  /// The samples of one series.
  public struct Series: SelectedSeries {
    /// The series' labels.
    public var labels: Labels
    /// The samples in order of time.
    public var samples: SampleBuffer

    /// Makes a series.
    public init(labels: Labels, samples: SampleBuffer) {
      self.labels = labels
      self.samples = samples
    }

    /// Appends the samples of a time range.
    public func read(from: Int64, through: Int64, into buffer: inout SampleBuffer) {
      let times = samples.timestamps
      var low = 0
      var high = times.count
      while low < high {
        let middle = (low + high) / 2
        if times[middle] < from { low = middle + 1 } else { high = middle }
      }
      var end = low
      while end < times.count, times[end] <= through { end += 1 }
      guard end > low else { return }
      buffer.timestamps += times[low..<end]
      buffer.values += samples.values[low..<end]
      if !samples.histograms.isEmpty { buffer.histograms += samples.histograms[low..<end] }
      if !samples.startTimestamps.isEmpty { buffer.startTimestamps += samples.startTimestamps[low..<end] }
    }
  }

  /// All series, in the order in which they were first loaded.
  public private(set) var series: [Series] = []
  private var places: [Labels: Int] = [:]

  /// An empty table.
  public init() {}

  /// Adds a sample; one at a known time replaces it.
  public mutating func add(_ labels: Labels, at time: Int64, _ value: SampleValue) {
    let place = places[labels] ?? series.count
    if place == series.count {
      places[labels] = place
      series.append(Series(labels: labels, samples: SampleBuffer()))
    }
    series[place].samples.insert(value, at: time)
  }

  /// The series that fit all matchers.
  public func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [any SelectedSeries] {
    series.filter { one in matchers.allSatisfy { $0.fits(one.labels[$0.name] ?? "") } }
  }
}

extension SampleBuffer {
  /// Inserts a sample at its place in time.
  mutating func insert(_ value: SampleValue, at time: Int64) {
    var float = 0.0
    var histogram: NativeHistogram?
    switch value {
    case .float(let number): float = number
    case .histogram(let given): histogram = given
    }
    if histogram != nil && histograms.isEmpty { histograms = Array(repeating: nil, count: count) }
    var index = count
    while index > 0, timestamps[index - 1] >= time { index -= 1 }
    if index < count, timestamps[index] == time {
      values[index] = float
      if !histograms.isEmpty { histograms[index] = histogram }
      return
    }
    timestamps.insert(time, at: index)
    values.insert(float, at: index)
    if histogram != nil || !histograms.isEmpty { histograms.insert(histogram, at: index) }
    guard histograms.indices.contains(index), let added = histograms[index] else { return }
    // What a store knows of neighbouring samples, it tells with them.
    let hint = added.hint(storedAfter: index > 0 ? histograms[index - 1] : nil)
    histograms[index]?.counterResetHint = hint
  }
}
