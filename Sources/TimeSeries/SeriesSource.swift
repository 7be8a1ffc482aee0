/// How a matcher compares a label's value. Regular expressions are RE2, anchored at both ends, and `.` matches newline.
public enum MatchOperation: String, Sendable, Hashable {
  case equal = "="
  case notEqual = "!="
  case matches = "=~"
  case notMatches = "!~"
}

/// Samples of one series within a window, oldest first, as parallel arrays so that functions run over plain memory.
///
/// `histograms` is empty for a series of floats. Otherwise it has one entry a sample, and where that entry is not
/// `nil` the sample is a native histogram and `values` holds 0 at its place.
public struct SampleBuffer: Sendable {
  /// Milliseconds since the Unix epoch, strictly ascending.
  public var timestamps: [Int64] = []
  /// Parallel to `timestamps`.
  public var values: [Double] = []
  /// Empty, or parallel to `timestamps`.
  public var histograms: [NativeHistogram?] = []
  /// Empty where nothing is known of it; otherwise parallel to `timestamps`: when the counting that a sample continues
  /// began, in milliseconds since the Unix epoch, or 0 when that is unknown.
  public var startTimestamps: [Int64] = []

  /// An empty buffer.
  public init() {}

  /// Number of samples.
  public var count: Int { timestamps.count }
  /// Whether there are no samples.
  public var isEmpty: Bool { timestamps.isEmpty }

  /// Appends float samples.
  mutating func append(_ times: UnsafeBufferPointer<Int64>, _ floats: UnsafeBufferPointer<Double>) {
    timestamps.append(contentsOf: times)
    values.append(contentsOf: floats)
    if !histograms.isEmpty { histograms.append(contentsOf: repeatElement(nil, count: times.count)) }
  }

  /// Drops all samples.
  public mutating func removeAll(keepingCapacity: Bool = true) {
    timestamps.removeAll(keepingCapacity: keepingCapacity)
    values.removeAll(keepingCapacity: keepingCapacity)
    histograms.removeAll(keepingCapacity: keepingCapacity)
    if !startTimestamps.isEmpty { startTimestamps.removeAll(keepingCapacity: keepingCapacity) }
  }
}

/// One selected series: its labels, and its samples on demand.
public protocol SelectedSeries: Sendable {
  var labels: Labels { get }
  /// Appends the samples with `from <= timestamp <= through` to `buffer`, stale markers included.
  func read(from: Int64, through: Int64, into buffer: inout SampleBuffer)
}

/// What is known of a series' latest sample in a window without reading the window.
public enum LatestSample: Sendable, Hashable {
  /// There is none.
  case none
  /// A float, perhaps the stale marker. Timestamp in milliseconds.
  case float(timestamp: Int64, value: Double)
  /// The window has to be read.
  case unknown
}

/// The selected series by number (`0 ..< count`): their labels and samples on demand, without an object for each.
public protocol SeriesSelection: Sendable {
  var count: Int { get }
  func labels(_ index: Int) -> Labels
  /// The latest sample of a series with `from <= timestamp <= through`, as far as that is known at once.
  func latest(_ index: Int, from: Int64, through: Int64) -> LatestSample
  /// Appends the samples of a series with `from <= timestamp <= through` to `buffer`, stale markers included.
  func read(_ index: Int, from: Int64, through: Int64, into buffer: inout SampleBuffer)
}

/// A selection out of a list of series.
struct ListedSelection: SeriesSelection {
  let series: [any SelectedSeries]

  var count: Int { series.count }

  func labels(_ index: Int) -> Labels { series[index].labels }

  func latest(_ index: Int, from: Int64, through: Int64) -> LatestSample { .unknown }

  func read(_ index: Int, from: Int64, through: Int64, into buffer: inout SampleBuffer) {
    series[index].read(from: from, through: through, into: &buffer)
  }
}

/// Where PromQL gets its series from: the embedded store, a test's table, or a remote server's answer.
///
/// A selection is a consistent view: samples that arrive later do not appear in it. Callers may use it from any thread.
public protocol SeriesSource: Sendable {
  /// The series that fit all `matchers` and may have samples in `from ... through` (milliseconds), in any order.
  /// - Throws: `TimeSeriesError` when a regular expression is invalid or a limit is reached.
  func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [any SelectedSeries]

  /// The same series by number, which costs less where there are many.
  /// - Parameter latestOnly: whether nothing but the latest sample at `through` will be asked of each; reading then may
  ///   leave out older ones.
  /// - Throws: as `select` does.
  func selection(
    _ matchers: [LabelMatcher], from: Int64, through: Int64, latestOnly: Bool
  ) throws -> any SeriesSelection
}

extension SeriesSource {
  /// What `select` returns, by number.
  public func selection(
    _ matchers: [LabelMatcher], from: Int64, through: Int64, latestOnly: Bool
  ) throws -> any SeriesSelection {
    ListedSelection(series: try select(matchers, from: from, through: through))
  }
}

extension Double {
  /// The NaN by which Prometheus marks the end of a series.
  public static let staleMarker = Double(bitPattern: 0x7ff0_0000_0000_0002)

  /// Whether this is the stale marker (any other NaN is an ordinary value).
  @inlinable
  public var isStaleMarker: Bool { bitPattern == 0x7ff0_0000_0000_0002 }
}
