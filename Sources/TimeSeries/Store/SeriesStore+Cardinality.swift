import Synchronization

/// Where a store's series come from: what an operator looks at when there are too many of them.
public struct StoreCardinality: Sendable {
  /// A name with what was counted of it.
  public struct Count: Sendable, Hashable {
    /// A metric, a label's name, or `name=value`.
    public var name: String
    /// Series, values or bytes.
    public var value: Int
  }

  /// Series by metric.
  public var seriesByMetric: [Count] = []
  /// Different values by the label's name.
  public var valuesByLabel: [Count] = []
  /// Bytes of these values.
  public var bytesByLabel: [Count] = []
  /// Series by `name=value`.
  public var seriesByPair: [Count] = []
}

extension SeriesStore {
  /// The names that count most in each respect, the largest first.
  /// - Parameter limit: names in each list.
  public func cardinality(limit: Int) -> StoreCardinality {
    state.withLock { state in
      var result = StoreCardinality()
      for name in state.head.labels.names where !name.labels.isEmpty {
        var bytes = 0
        for number in name.labels {
          let value = state.head.labels.entries[Int(number)].valueBytes
          bytes += value.count
          let series = state.head.labels.postings[Int(number)].count
          let isMetric = name.text == Labels.metricName
          guard series > 1 || isMetric else { continue }
          let text = String(decoding: value, as: UTF8.self)
          if isMetric { result.seriesByMetric.append(.init(name: text, value: series)) }
          result.seriesByPair.append(.init(name: "\(name.text)=\(text)", value: series))
        }
        result.valuesByLabel.append(.init(name: name.text, value: name.labels.count))
        result.bytesByLabel.append(.init(name: name.text, value: bytes))
      }
      result.seriesByMetric.keepLargest(limit)
      result.valuesByLabel.keepLargest(limit)
      result.bytesByLabel.keepLargest(limit)
      result.seriesByPair.keepLargest(limit)
      return result
    }
  }
}

extension [StoreCardinality.Count] {
  fileprivate mutating func keepLargest(_ limit: Int) {
    sort { $0.value != $1.value ? $0.value > $1.value : Labels.precedes($0.name, $1.name) }
    if count > limit { removeSubrange(limit...) }
  }
}
