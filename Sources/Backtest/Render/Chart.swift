public import Model

/// Values over time or over categories, as a figure of a page.
public struct Chart: Sendable {
  /// How values become marks.
  public enum Form: Sendable, Equatable {
    /// A line from point to point.
    case lines
    /// A value holds until the next.
    case steps
    /// Areas above one another; each value holds until the next.
    case stacked
    /// Bars side by side, one group a category.
    case bars
  }

  /// What is shown in one colour.
  public struct Series: Sendable {
    public var name: String
    /// Of `bars`: one point a category, at any instant.
    public var points: [Point]

    public init(_ name: String, _ points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  public struct Point: Sendable, Hashable {
    public var at: Instant
    public var value: Double

    public init(_ at: Instant, _ value: Double) {
      self.at = at
      self.value = value
    }
  }

  /// A level that values are held against, such as a budget.
  public struct Level: Sendable, Hashable {
    public var name: String
    public var value: Double

    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  public var title: String
  /// What it shows, in a sentence for people who do not see it.
  public var summary: String
  public var form: Form
  /// What values count: `USD`, `pods`; empty: nothing.
  public var unit: String
  public var start: Instant
  public var end: Instant
  public var series: [Series]
  /// Of `bars`.
  public var categories: [String] = []
  public var levels: [Level] = []

  public init(_ title: String, _ summary: String, form: Form, from start: Instant, to end: Instant) {
    self.title = title
    self.summary = summary
    self.form = form
    self.start = start
    self.end = end
    unit = ""
    series = []
  }

  /// Series that have a colour and a dash of their own; further ones begin anew.
  static let looks = 8
}

extension Chart {
  /// The value that holds at the end of each of so many equal parts of the time; before the first point 0.
  func sampled(_ series: Series, parts: Int) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(parts)
    let length = Double(end.milliseconds - start.milliseconds)
    var next = 0
    var last = 0.0
    for part in 1...max(parts, 1) {
      let until = Double(start.milliseconds) + length * Double(part) / Double(parts)
      while next < series.points.count, Double(series.points[next].at.milliseconds) <= until {
        last = series.points[next].value
        next += 1
      }
      values.append(last)
    }
    return values
  }

  /// No more points than can be told apart: of each of so many equal parts of the time the lowest and the highest value,
  /// in the order in which they came.
  func thinned(_ points: [Point], parts: Int) -> [Point] {
    guard points.count > parts * 2, end > start else { return points }
    let length = Double(end.milliseconds - start.milliseconds)
    var kept: [Point] = []
    var current: (part: Int, low: Point, high: Point)?
    func flush(into kept: inout [Point]) {
      guard let current else { return }
      let (low, high) = (current.low, current.high)
      kept += low == high ? [low] : low.at <= high.at ? [low, high] : [high, low]
    }
    for point in points {
      let part = Int(Double(point.at.milliseconds - start.milliseconds) / length * Double(parts))
      if let known = current, known.part == part {
        if point.value < known.low.value { current?.low = point }
        if point.value >= known.high.value { current?.high = point }
      } else {
        flush(into: &kept)
        current = (part, point, point)
      }
    }
    flush(into: &kept)
    if let last = points.last, kept.last != last { kept.append(last) }
    return kept
  }
}
