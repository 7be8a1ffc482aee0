import Model

/// A page of tables and charts that needs no other file: what `backtest --html` writes.
public struct ReportPage: Sendable {
  /// Columns with a row for each thing that is compared.
  public struct Table: Sendable, Equatable {
    public var title: String
    public var columns: [String]
    /// The first cell names the row.
    public var rows: [[String]]
    /// What is to be known of it, below.
    public var note: String
    /// Whether the last column holds sentences instead of figures.
    public var endsInWords = false

    public init(_ title: String, columns: [String], rows: [[String]] = [], note: String = "") {
      self.title = title
      self.columns = columns
      self.rows = rows
      self.note = note
    }
  }

  /// Charts that belong together.
  public struct Group: Sendable {
    public var title: String
    public var charts: [Chart]

    public init(_ title: String, _ charts: [Chart]) {
      self.title = title
      self.charts = charts
    }
  }

  public var title: String
  /// Below the title, a line each.
  public var lead: [String]
  public var tables: [Table] = []
  public var groups: [Group] = []
  /// Tables that come after the charts.
  public var details: [Table] = []
  /// Under a heading of their own.
  public var notes: (title: String, sentences: [String]) = ("", [])
  /// At the end.
  public var colophon = ""

  public init(_ title: String, lead: [String]) {
    self.title = title
    self.lead = lead
  }

  /// Rows of the table that goes with a chart.
  static let dataRows = 24

  /// The page; also well-formed XML. Equal pages give equal texts.
  public var html: String {
    let head =
      Markup.empty("meta", [("charset", "utf-8")])
      + Markup.empty("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
      + Markup.text("title", [], title) + Markup.element("style", [], "\n" + Self.style)
    var sections = tables.enumerated().map { table($1, "table-\($0)") }
    var number = 0
    for group in groups where !group.charts.isEmpty {
      let figures = group.charts.map { chart -> String in
        number += 1
        return figure(chart, "chart-\(number)")
      }
      sections.append(
        Markup.element(
          "section", [],
          Markup.text("h2", [], group.title)
            + Markup.element("div", [("class", "charts")], figures.joined(separator: "\n"))))
    }
    sections += details.enumerated().map { table($1, "details-\($0)") }
    if !notes.sentences.isEmpty {
      let list = notes.sentences.map { Markup.text("li", [], $0) }.joined()
      sections.append(
        Markup.element("section", [], Markup.text("h2", [], notes.title) + Markup.element("ul", [], list)))
    }
    let header = Markup.element(
      "header", [], Markup.text("h1", [], title) + lead.map { Markup.text("p", [], $0) }.joined())
    let footer = colophon.isEmpty ? "" : Markup.element("footer", [], Markup.text("p", [], colophon))
    let body = [header, Markup.element("main", [], sections.joined(separator: "\n")), footer].joined(separator: "\n")
    return "<!DOCTYPE html>\n"
      + Markup.element("html", [("lang", "en")], Markup.element("head", [], head) + Markup.element("body", [], body))
      + "\n"
  }

  // MARK: - Tables

  private func table(_ table: Table, _ id: String) -> String {
    let note = table.note.isEmpty ? "" : Markup.text("p", [("class", "note")], table.note)
    return Markup.element(
      "section", [],
      Markup.text("h2", [("id", id)], table.title)
        + scrolling(grid(table.columns, table.rows, endsInWords: table.endsInWords), labelledBy: id) + note)
  }

  private func grid(_ columns: [String], _ rows: [[String]], endsInWords: Bool = false) -> String {
    let words = endsInWords ? columns.count - 1 : -1
    func look(_ column: Int) -> [(String, String)] { column == words ? [("class", "words")] : [] }
    let head = columns.enumerated().map { Markup.text("th", [("scope", "col")] + look($0), $1) }.joined()
    let body = rows.map { row in
      let cells = row.enumerated().map { number, cell in
        number == 0 ? Markup.text("th", [("scope", "row")], cell) : Markup.text("td", look(number), cell)
      }
      return Markup.element("tr", [], cells.joined())
    }
    return Markup.element(
      "table", [],
      Markup.element("thead", [], Markup.element("tr", [], head))
        + Markup.element("tbody", [], body.joined(separator: "\n")))
  }

  /// What is wider than the screen moves by itself, also by keys.
  private func scrolling(_ content: String, labelledBy id: String) -> String {
    Markup.element(
      "div", [("class", "wide"), ("role", "region"), ("tabindex", "0"), ("aria-labelledby", id)], content)
  }

  // MARK: - Charts

  private func figure(_ chart: Chart, _ id: String) -> String {
    let name = Markup.element(
      "figcaption", [("id", id)],
      Markup.text("strong", [], chart.title + (chart.unit.isEmpty ? "" : ", \(chart.unit)")) + " "
        + Markup.text("span", [], chart.summary))
    let data = Markup.element(
      "details", [],
      Markup.text("summary", [], "The data of this chart")
        + scrolling(dataTable(chart), labelledBy: id))
    return Markup.element("figure", [], name + ChartPlot(chart).svg(labelledBy: id) + legend(chart) + data)
  }

  private func legend(_ chart: Chart) -> String {
    let isFilled = chart.form == .stacked || chart.form == .bars
    var items = chart.series.enumerated().map { number, series in
      Markup.element("li", [], swatch("s\(number % Chart.looks)", isFilled) + Markup.text("span", [], series.name))
    }
    items += chart.levels.map { Markup.element("li", [], swatch("level", false) + Markup.text("span", [], $0.name)) }
    return Markup.element("ul", [("class", "legend")], items.joined())
  }

  private func swatch(_ look: String, _ isFilled: Bool) -> String {
    let mark =
      isFilled
      ? Markup.empty("rect", [("class", "bar \(look)"), ("x", "1"), ("y", "1"), ("width", "22"), ("height", "10")])
      : Markup.empty(
        "line", [("class", "line \(look)"), ("x1", "0"), ("y1", "6"), ("x2", "24"), ("y2", "6")])
    return Markup.element("svg", [("viewBox", "0 0 24 12"), ("class", "swatch"), ("aria-hidden", "true")], mark)
  }

  private func dataTable(_ chart: Chart) -> String {
    let names = chart.series.map(\.name)
    if chart.form == .bars {
      let rows = chart.categories.enumerated().map { number, category in
        [category] + chart.series.map { number < $0.points.count ? Self.text($0.points[number].value) : "" }
      }
      return grid(["range"] + names, rows)
    }
    let columns = chart.series.map { chart.sampled($0, parts: Self.dataRows) }
    let length = chart.end.milliseconds - chart.start.milliseconds
    let rows = (0..<Self.dataRows).map { row in
      let at = Instant(milliseconds: chart.start.milliseconds + length * Int64(row + 1) / Int64(Self.dataRows))
      return [String(at.description.prefix(16)).replacing("T", with: " ")] + columns.map { Self.text($0[row]) }
    }
    return grid(["until (UTC)"] + names, rows)
  }

  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return "" }
    return value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : Markup.number(value)
  }
}
