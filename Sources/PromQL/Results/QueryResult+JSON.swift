extension QueryResult {
  /// The `data` object of Prometheus's API: `{"resultType":…,"result":…}`, as UTF-8.
  public func encodedJSON() -> [UInt8] {
    var out = JSONBytes()
    var encoder = QueryResultEncoder(self)
    while encoder.append(to: &out, until: .max) {}
    return out.bytes
  }
}

/// Writes a result's `data` object piece by piece, so that an answer of any size can be sent from a small buffer.
public struct QueryResultEncoder: Sendable {
  /// JSON that is written as `stats` behind the result; `nil`: none.
  public var statistics: [UInt8]?

  private let value: QueryResult.Value
  /// Whether the head has been written.
  private var hasBegun = false
  /// The element of a vector, or the series of a matrix, that is next or under way.
  private var element = 0
  /// The next point of that series.
  private var point = 0
  /// Points of the present kind that were written of that series.
  private var written = 0
  /// What of that series is under way; a series' floats and its histograms stand in separate lists.
  private var part = Part.labels

  private enum Part { case labels, floats, histograms }

  /// An encoder that has written nothing yet.
  public init(_ result: QueryResult) { value = result.value }

  /// Goes on until `out` holds at least `count` bytes (one label set or histogram more at most), or all is written.
  /// - Returns: whether there is more.
  public mutating func append(to out: inout JSONBytes, until count: Int) -> Bool {
    switch value {
    case .scalar(let timestamp, let value):
      // Unlike those of series, scalars have no exponents.
      out.raw("{\"resultType\":\"scalar\",\"result\":[")
      out.timestamp(timestamp)
      out.raw(",")
      out.scalar(value)
      out.raw("]")
    case .string(let timestamp, let value):
      out.raw("{\"resultType\":\"string\",\"result\":[")
      out.timestamp(timestamp)
      out.raw(",")
      out.string(value)
      out.raw("]")
    case .vector(let timestamp, let samples):
      if !hasBegun { out.raw("{\"resultType\":\"vector\",\"result\":[") }
      hasBegun = true
      while element < samples.count {
        if out.count >= count { return true }
        Self.append(samples[element], timestamp, isFirst: element == 0, to: &out)
        element += 1
      }
      out.raw("]")
    case .matrix(let series):
      if !hasBegun { out.raw("{\"resultType\":\"matrix\",\"result\":[") }
      hasBegun = true
      while element < series.count {
        if append(series[element], to: &out, until: count) { return true }
        element += 1
      }
      out.raw("]")
    }
    if let statistics {
      out.raw(",\"stats\":")
      out.raw(statistics)
    }
    out.raw("}")
    return false
  }

  private static func append(_ sample: VectorSample, _ timestamp: Int64, isFirst: Bool, to out: inout JSONBytes) {
    out.raw(isFirst ? "{\"metric\":" : ",{\"metric\":")
    out.labels(sample.labels)
    switch sample.value {
    case .float(let value):
      out.raw(",\"value\":")
      out.point(timestamp, value)
    case .histogram(let histogram):
      out.raw(",\"histogram\":")
      out.point(timestamp, histogram)
    }
    out.raw("}")
  }

  private mutating func append(_ series: MatrixSeries, to out: inout JSONBytes, until count: Int) -> Bool {
    if part == .labels {
      if out.count >= count { return true }
      out.raw(element == 0 ? "{\"metric\":" : ",{\"metric\":")
      out.labels(series.labels)
      part = .floats
    }
    let points = series.points
    if part == .floats {
      while point < points.count {
        if out.count >= count { return true }
        if case .float(let value) = points[point].value {
          out.raw(written == 0 ? ",\"values\":[" : ",")
          out.point(points[point].timestamp, value)
          written += 1
        }
        point += 1
      }
      if written > 0 { out.raw("]") }
      // Most series have floats only, and need not be looked at twice.
      (point, part) = (written == points.count ? points.count : 0, .histograms)
      written = 0
    }
    while point < points.count {
      if out.count >= count { return true }
      if case .histogram(let histogram) = points[point].value {
        out.raw(written == 0 ? ",\"histograms\":[" : ",")
        out.point(points[point].timestamp, histogram)
        written += 1
      }
      point += 1
    }
    if written > 0 { out.raw("]") }
    out.raw("}")
    (point, written, part) = (0, 0, .labels)
    return false
  }
}
