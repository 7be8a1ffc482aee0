public import TimeSeries

/// One value: a float or a native histogram.
public enum SampleValue: Sendable, Hashable {
  /// An ordinary sample.
  case float(Double)
  /// A native histogram.
  case histogram(NativeHistogram)

  /// The float, if it is one.
  public var float: Double? {
    if case .float(let value) = self { value } else { nil }
  }
}

/// A value at a time.
public struct Point: Sendable, Hashable {
  /// Milliseconds since the Unix epoch.
  public var timestamp: Int64
  /// The value.
  public var value: SampleValue

  /// Makes a point.
  public init(timestamp: Int64, value: SampleValue) {
    self.timestamp = timestamp
    self.value = value
  }
}

/// One element of an instant vector.
public struct VectorSample: Sendable, Hashable {
  /// The series' labels.
  public var labels: Labels
  /// The value at the instant of evaluation.
  public var value: SampleValue

  /// Makes an element.
  public init(labels: Labels, value: SampleValue) {
    self.labels = labels
    self.value = value
  }
}

/// One series of a matrix.
public struct MatrixSeries: Sendable, Hashable {
  /// The series' labels.
  public var labels: Labels
  /// The points in order of time.
  public var points: [Point]

  /// Makes a series.
  public init(labels: Labels, points: [Point]) {
    self.labels = labels
    self.points = points
  }
}

/// The answer to a query.
public struct QueryResult: Sendable {
  /// What the expression is worth.
  public enum Value: Sendable, Hashable {
    /// A number at an instant (milliseconds).
    case scalar(timestamp: Int64, value: Double)
    /// A text at an instant (milliseconds).
    case string(timestamp: Int64, value: String)
    /// One value a series, all at the same instant (milliseconds).
    case vector(timestamp: Int64, samples: [VectorSample])
    /// Many values a series, sorted by labels.
    case matrix([MatrixSeries])
  }

  /// The value.
  public var value: Value
  /// Notes about the query or the data.
  public var annotations: Annotations

  /// Makes an answer.
  public init(value: Value, annotations: Annotations = Annotations()) {
    self.value = value
    self.annotations = annotations
  }
}
