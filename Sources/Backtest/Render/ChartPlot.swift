import Foundation
import Model

/// A chart's picture as inline SVG. Sizes are in units that are a pixel on a phone and somewhat more on a wide screen.
struct ChartPlot {
  static let width = 360.0
  static let height = 210.0
  private static let margin = (left: 52.0, right: 10.0, top: 10.0, bottom: 26.0)
  /// Points of a line, and steps of an area.
  private static let parts = 280

  private let chart: Chart
  private let scale: ValueScale
  /// Of `stacked`: upper edges, from the lowest area to the highest.
  private let edges: [[Double]]

  init(_ chart: Chart) {
    self.chart = chart
    var edges: [[Double]] = []
    if chart.form == .stacked {
      var below = [Double](repeating: 0, count: Self.parts)
      for series in chart.series {
        below = zip(below, chart.sampled(series, parts: Self.parts)).map(+)
        edges.append(below)
      }
    }
    self.edges = edges
    let values =
      chart.form == .stacked ? edges.flatMap { $0 } : chart.series.flatMap { $0.points.map(\.value) }
    let finite = (values + chart.levels.map(\.value)).filter(\.isFinite)
    // What is counted begins at nothing.
    scale = ValueScale(min(0, finite.min() ?? 0), max(finite.max() ?? 0, 1e-9), most: 5, .none)
  }

  /// - Parameter id: of the element that names the picture.
  func svg(labelledBy id: String) -> String {
    var parts = valueAxis()
    switch chart.form {
    case .bars: parts += bars() + categoryAxis()
    case .stacked: parts += areas() + timeAxis()
    case .lines, .steps: parts += lines() + timeAxis()
    }
    parts += levels()
    return Markup.element(
      "svg",
      [
        ("viewBox", "0 0 \(Markup.number(Self.width)) \(Markup.number(Self.height))"), ("role", "img"),
        ("aria-labelledby", id),
      ], parts.joined())
  }

  // MARK: - Places

  private static var plotWidth: Double { width - margin.left - margin.right }
  private static var plotHeight: Double { height - margin.top - margin.bottom }

  private func x(_ at: Instant) -> Double {
    let length = Double(chart.end.milliseconds - chart.start.milliseconds)
    let share = length > 0 ? Double(at.milliseconds - chart.start.milliseconds) / length : 0
    return Self.margin.left + min(1, max(0, share)) * Self.plotWidth
  }

  private func y(_ value: Double) -> Double {
    Self.margin.top + min(1, max(0, scale.place(of: value))) * Self.plotHeight
  }

  // MARK: - Axes

  private func valueAxis() -> [String] {
    scale.ticks.flatMap { tick in
      let place = y(tick)
      return [
        line(Self.margin.left, place, Self.width - Self.margin.right, place, "grid"),
        text(scale.text(of: tick), Self.margin.left - 5, place + 4, "end"),
      ]
    }
  }

  private func timeAxis() -> [String] {
    let times = TimeScale(chart.start.seconds, chart.end.seconds, most: 5, .gmt)
    let bottom = Self.height - Self.margin.bottom
    var parts: [String] = []
    for tick in times.ticks {
      let place = x(Instant(milliseconds: Int64(tick * 1000)))
      let label = times.text(of: tick)
      let half = Double(label.count) * 3
      let middle = min(max(place, Self.margin.left + half), Self.width - half)
      parts.append(line(place, bottom, place, bottom + 4, "axis"))
      parts.append(text(label, middle, Self.height - 8, "middle"))
    }
    return parts + [line(Self.margin.left, bottom, Self.width - Self.margin.right, bottom, "axis")]
  }

  private func categoryAxis() -> [String] {
    let bottom = Self.height - Self.margin.bottom
    let group = Self.plotWidth / Double(max(chart.categories.count, 1))
    let labels = chart.categories.enumerated().map { number, category in
      text(category, Self.margin.left + group * (Double(number) + 0.5), Self.height - 8, "middle")
    }
    return labels + [line(Self.margin.left, bottom, Self.width - Self.margin.right, bottom, "axis")]
  }

  private func levels() -> [String] {
    chart.levels.map { level in
      line(Self.margin.left, y(level.value), Self.width - Self.margin.right, y(level.value), "level")
    }
  }

  // MARK: - Marks

  /// The first series is drawn last, so that it lies on top.
  private func lines() -> [String] {
    chart.series.enumerated().reversed().compactMap { number, series in
      let points = chart.thinned(series.points.filter(\.value.isFinite), parts: Self.parts)
      guard let first = points.first else { return nil }
      var path = "M" + place(first.at, first.value)
      for point in points.dropFirst() {
        if chart.form == .steps { path += "H" + Markup.number(x(point.at)) + "V" + Markup.number(y(point.value)) }
        if chart.form == .lines { path += "L" + place(point.at, point.value) }
      }
      if chart.form == .steps { path += "H" + Markup.number(x(chart.end)) }
      return Markup.empty("path", [("class", "line s\(number % Chart.looks)"), ("d", path)])
    }
  }

  private func areas() -> [String] {
    let step = Self.plotWidth / Double(Self.parts)
    return edges.indices.reversed().map { number in
      let base = Markup.number(y(0))
      var path = "M\(Markup.number(Self.margin.left)) \(base)"
      var last: String?
      for (part, value) in edges[number].enumerated() {
        let top = Markup.number(y(value))
        if top != last { path += "H\(Markup.number(Self.margin.left + step * Double(part)))V\(top)" }
        last = top
      }
      path += "H\(Markup.number(Self.width - Self.margin.right))V\(base)Z"
      return Markup.empty("path", [("class", "area s\(number % Chart.looks)"), ("d", path)])
    }
  }

  private func bars() -> [String] {
    let group = Self.plotWidth / Double(max(chart.categories.count, 1))
    let bar = group * 0.8 / Double(max(chart.series.count, 1))
    let base = y(0)
    return chart.series.enumerated().flatMap { number, series in
      series.points.prefix(chart.categories.count).enumerated().compactMap { category, point -> String? in
        guard point.value.isFinite, point.value > 0 else { return nil }
        let left = Self.margin.left + group * (Double(category) + 0.1) + bar * Double(number)
        return Markup.empty(
          "rect",
          [
            ("class", "bar s\(number % Chart.looks)"), ("x", Markup.number(left)), ("y", Markup.number(y(point.value))),
            ("width", Markup.number(max(bar - 0.6, 0.4))), ("height", Markup.number(max(base - y(point.value), 0.5))),
          ])
      }
    }
  }

  private func place(_ at: Instant, _ value: Double) -> String { "\(Markup.number(x(at))) \(Markup.number(y(value)))" }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ look: String) -> String {
    Markup.empty(
      "line",
      [
        ("class", look), ("x1", Markup.number(x1)), ("y1", Markup.number(y1)), ("x2", Markup.number(x2)),
        ("y2", Markup.number(y2)),
      ])
  }

  private func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
    Markup.text("text", [("x", Markup.number(x)), ("y", Markup.number(y)), ("text-anchor", anchor)], text)
  }
}
