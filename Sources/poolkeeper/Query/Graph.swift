import Backtest
import Foundation

/// A plot of series over time, in the characters of a terminal.
///
/// With colours each series is a line of braille dots in its own colour; without them each is drawn with its own
/// letter, and a single one with dots.
struct Graph {
  struct Series {
    var name: String
    /// Unix seconds and values, in order of time.
    var points: [(time: Double, value: Double)]
  }

  var series: [Series]
  /// Unix seconds.
  var start: Double
  var end: Double
  /// Seconds between two points; a line is broken where one is missing.
  var step: Double
  /// Characters of a line.
  var columns = 80
  /// Lines of the plot itself.
  var rows = 16
  var isColoured = false
  var timeZone = TimeZone.gmt
  var unit = GraphUnit.none
  /// What all series have in common, shown above the legend; empty: nothing.
  var caption = ""

  /// Lines of the legend; further series are counted.
  static let legendLines = 20
  private static let colours = [36, 33, 32, 35, 34, 31, 96, 93, 92, 95, 94, 91]
  private static let letters = Array("abcdefghijklmnopqrstuvwxyz")

  /// The lines, from top to bottom; none is longer than `columns`.
  var lines: [String] {
    let values = series.flatMap { $0.points.map(\.value) }.filter(\.isFinite)
    guard let low = values.min(), let high = values.max() else { return ["(no data)"] }
    let scale = ValueScale(low, high, most: max(2, rows / 3), unit)
    let labels = scale.ticks.map { scale.text(of: $0) }
    let margin = labels.map(\.count).max() ?? 0
    let canvas = plot(scale, columns: max(10, columns - margin - 2))
    var labelOfRow: [Int: String] = [:]
    for (tick, label) in zip(scale.ticks, labels) {
      labelOfRow[Int((scale.place(of: tick) * Double(rows - 1)).rounded())] = label
    }
    var lines: [String] = []
    for row in 0..<rows {
      let label = labelOfRow[row] ?? ""
      let axis = label.isEmpty ? "│" : "┤"
      lines.append(padded(label, margin) + " " + axis + canvas.line(row))
    }
    return lines + timeAxis(margin, columns: canvas.columns) + legend
  }

  // MARK: The plot

  private func plot(_ scale: ValueScale, columns: Int) -> GraphCanvas {
    let usesDots = isColoured || series.count == 1
    var canvas = GraphCanvas(columns: columns, rows: rows)
    let width = Double(usesDots ? columns * 2 - 1 : columns - 1)
    let height = Double(usesDots ? rows * 4 - 1 : rows - 1)
    // The first series is drawn last, so that it lies on top.
    for (number, one) in series.enumerated().reversed() {
      let mark: GraphCanvas.Mark =
        usesDots
        ? .dots(colour: isColoured ? Self.colours[number % Self.colours.count] : nil)
        : .letter(Self.letters[number % Self.letters.count])
      var last: (time: Double, x: Int, y: Int)?
      for point in one.points where point.value.isFinite {
        let x = Int(((point.time - start) / max(end - start, 1e-9) * width).rounded())
        let y = Int((scale.place(of: point.value) * height).rounded())
        if let last, point.time - last.time <= step * 1.5 {
          canvas.draw(from: (last.x, last.y), to: (x, y), mark)
        } else {
          canvas.draw(from: (x, y), to: (x, y), mark)
        }
        last = (point.time, x, y)
      }
    }
    return canvas
  }

  // MARK: The axis of time

  private func timeAxis(_ margin: Int, columns: Int) -> [String] {
    let scale = TimeScale(start, end, most: max(1, columns / 12), timeZone)
    var axis = [Character](repeating: "─", count: columns)
    var labels = [Character](repeating: " ", count: columns)
    var free = 0
    for tick in scale.ticks {
      let x = Int(((tick - start) / max(end - start, 1e-9) * Double(columns - 1)).rounded())
      guard axis.indices.contains(x) else { continue }
      axis[x] = "┬"
      let text = Array(scale.text(of: tick))
      let from = min(max(0, x - text.count / 2), columns - text.count)
      guard from >= free else { continue }
      labels.replaceSubrange(from..<(from + text.count), with: text)
      free = from + text.count + 1
    }
    let space = String(repeating: " ", count: margin + 1)
    let zone = timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: end)) == 0 ? "UTC" : timeZone.identifier
    let day = scale.day(of: end)
    return [
      space + "└" + String(axis), trimmed(space + " " + String(labels)),
      trimmed(space + " " + padded("\(day) \(zone)", columns)),
    ]
  }

  // MARK: The legend

  private var legend: [String] {
    let names = series.prefix(Self.legendLines)
    let figures = names.map { one -> String in
      let values = one.points.map(\.value).filter(\.isFinite)
      guard let low = values.min(), let high = values.max(), let last = values.last else { return "no number" }
      return "last \(unit.text(of: last))  min \(unit.text(of: low))  max \(unit.text(of: high))"
    }
    let width = figures.map(\.count).max() ?? 0
    let room = max(10, columns - width - 4)
    let longest = min(room, names.map(\.name.count).max() ?? 0)
    var lines = zip(names.indices, zip(names, figures)).map { number, pair in
      let (one, figure) = pair
      var mark = "•"
      if isColoured {
        mark = "\u{1b}[\(Self.colours[number % Self.colours.count])m•\u{1b}[0m"
      } else if series.count > 1 {
        mark = String(Self.letters[number % Self.letters.count])
      }
      let name = shortened(one.name, room)
      return "\(mark) \(name)\(String(repeating: " ", count: max(0, longest - name.count)))  \(figure)"
    }
    if !caption.isEmpty { lines.insert(shortened("all: " + caption, columns), at: 0) }
    if series.count > names.count { lines.append("… and \(series.count - names.count) more series") }
    return lines
  }

  private func shortened(_ text: String, _ width: Int) -> String {
    text.count > width ? text.prefix(width - 1) + "…" : text
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private func trimmed(_ text: String) -> String {
    String(text.reversed().drop { $0 == " " }.reversed())
  }
}
