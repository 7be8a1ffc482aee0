/// Values of metrics by descriptor and labels: a plain value to fill at each scrape, or to keep behind a lock.
///
/// Label values are given in the order of the descriptor's `labels`; a different number of them, or an operation that
/// does not suit the metric's type, is a mistake of the program and traps.
public struct MetricTable: Sendable {
  private struct Entry: Sendable {
    var descriptor: MetricDescriptor
    var values: [[String]: MetricValue] = [:]
  }

  private var entries: [String: Entry] = [:]

  /// A table without values.
  public init() {}

  /// Sets a gauge or an info metric, or a counter that is kept elsewhere (a ledger, the kernel).
  public mutating func set(_ metric: MetricDescriptor, _ value: Double, labels: [String] = []) {
    precondition(metric.type != .histogram, "\(metric.name) is a histogram: observe it")
    update(metric, labels) { $0 = .number(value) }
  }

  /// Adds to a counter. Adding 0 makes it visible before the first event, so that its first increase is seen.
  public mutating func increment(_ metric: MetricDescriptor, by amount: Double = 1, labels: [String] = []) {
    precondition(metric.type == .counter, "\(metric.name) is no counter: set or observe it")
    precondition(amount >= 0, "\(metric.name) was to grow by \(amount): a counter never falls")
    update(metric, labels) { value in
      if case .number(let before)? = value { value = .number(before + amount) } else { value = .number(amount) }
    }
  }

  /// Counts one observation of a histogram.
  public mutating func observe(_ metric: MetricDescriptor, _ observation: Double, labels: [String] = []) {
    precondition(metric.type == .histogram, "\(metric.name) is no histogram: set or increment it")
    update(metric, labels) { value in
      var histogram = HistogramValue(bounds: metric.buckets)
      if case .histogram(let before)? = value {
        histogram = before
        // Releases the table's own reference, so that the counts are changed in place.
        value = nil
      }
      histogram.observe(observation)
      value = .histogram(histogram)
    }
  }

  /// Makes a counter or a histogram visible before its first event, so that its first increase is seen.
  public mutating func begin(_ metric: MetricDescriptor, labels: [String] = []) {
    precondition(metric.type == .counter || metric.type == .histogram, "\(metric.name) neither counts nor is observed")
    update(metric, labels) { value in
      guard value == nil else { return }
      value = metric.type == .histogram ? .histogram(HistogramValue(bounds: metric.buckets)) : .number(0)
    }
  }

  /// All families that have a value, sorted by name; their points sorted by label values.
  public func families() -> [MetricFamily] {
    entries.keys.sorted().map { name in
      let entry = entries[name]!
      let points = entry.values.map { MetricPoint(labels: $0.key, value: $0.value) }
      return MetricFamily(entry.descriptor, points: points.sorted { $0.labels.lexicographicallyPrecedes($1.labels) })
    }
  }

  /// The value of a series; `nil` when it was never set.
  public func value(of metric: MetricDescriptor, labels: [String] = []) -> MetricValue? {
    entries[metric.name]?.values[labels]
  }

  private mutating func update(
    _ metric: MetricDescriptor, _ labels: [String], _ change: (inout MetricValue?) -> Void
  ) {
    precondition(
      labels.count == metric.labels.count, "\(metric.name) has the labels \(metric.labels), but was given \(labels)")
    change(&entries[metric.name, default: Entry(descriptor: metric)].values[labels])
  }
}
