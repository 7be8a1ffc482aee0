import Foundation
import Model
import Testing

@testable import Backtest

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ReportPageTests {
  private static let start = Instant(rfc3339: "2026-10-01T00:00:00Z")!
  private static let end = start.advanced(by: .hours(48))

  private static func chart(_ form: Chart.Form, series: Int = 3, points: Int = 400) -> Chart {
    var chart = Chart("Cost <b>", "What it \"costs\" & when", form: form, from: start, to: end)
    chart.unit = "USD"
    chart.categories = form == .bars ? ["under 1m", "1m to 5m", "over 5m"] : []
    chart.levels = [Chart.Level("budget", 120)]
    let count = form == .bars ? 3 : points
    for number in 0..<series {
      var line = Chart.Series("policy \(number)", [])
      for point in 0..<count {
        let value = Double((point * 37 + number * 11) % 100)
        line.points.append(Chart.Point(start.advanced(by: .seconds(432 * point)), value))
      }
      chart.series.append(line)
    }
    return chart
  }

  static let page: ReportPage = {
    var page = ReportPage("Backtest of <October>", lead: ["From a & b", "\u{1}"])
    page.tables = [
      ReportPage.Table(
        "Comparison", columns: ["policy", "cost"], rows: [["a", "1"], ["b & c", "2"]], note: "note <1>")
    ]
    page.groups = [
      ReportPage.Group("Over time", [chart(.lines), chart(.steps), chart(.stacked), chart(.bars)]),
      ReportPage.Group("Nothing", []),
      ReportPage.Group("Empty", [chart(.lines, series: 0), chart(.stacked, series: 0), chart(.steps, points: 0)]),
    ]
    page.notes = ("What is not known", ["Nothing < everything."])
    page.colophon = "made by a test"
    return page
  }()

  /// What is in a page.
  private final class Content: NSObject, XMLParserDelegate {
    var elements: [String: Int] = [:]
    var ids: [String] = []
    var references: [String] = []
    var sources: [String] = []
    var texts: [String] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements[name, default: 0] += 1
      if let id = attributes["id"] { ids.append(id) }
      if let reference = attributes["aria-labelledby"] { references.append(reference) }
      for (name, value) in attributes where name == "src" || name == "href" { sources.append(value) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { texts.append(string) }
  }

  private static func content(_ html: String) throws -> Content {
    let parser = XMLParser(data: Data(html.utf8))
    let content = Content()
    parser.delegate = content
    try #require(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") at line \(parser.lineNumber)")
    return content
  }

  @Test func isWellFormedAndNeedsNothingFromElsewhere() throws {
    let html = Self.page.html
    let content = try Self.content(html)
    #expect(content.elements["figure"] == 7)
    #expect(content.elements["script"] == nil && content.elements["link"] == nil && content.elements["img"] == nil)
    #expect(content.sources.isEmpty)
    #expect(!html.contains("http") && !html.contains("url(") && !html.contains("@import"))
    #expect(content.texts.joined().contains("Backtest of <October>"))
    #expect(html == Self.page.html)
  }

  @Test func aComparisonHasItsTableChartsAndCauses() throws {
    let html = ReportPage(ComparisonFixture.comparison, colophon: "made by a test").html
    let content = try Self.content(html)
    // Cost, workers, pending pods, CPU; waits; budgets; three fleets.
    #expect(content.elements["figure"] == 9)
    let text = content.texts.joined()
    for words in [
      "5 pods <wait> & fit.", "125% burst, exceeded 1×", "Waiting times", "to 10m", "floor of the whole time",
      "Metrics tell no affinities.", "made by a test", "It is as large as the peak needs.",
    ] { #expect(text.contains(words), "\(words)") }
    #expect(html.utf8.count < 300_000)
  }

  @Test func namesEveryPictureAndTableForThoseWhoDoNotSeeThem() throws {
    let content = try Self.content(Self.page.html)
    #expect(Set(content.ids).count == content.ids.count)
    #expect(Set(content.references).subtracting(content.ids).isEmpty)
    // One data table for each chart, and the page's own.
    #expect(content.elements["table"] == 8)
    #expect(content.elements["details"] == 7)
  }

  @Test func coordinatesStayWithinThePicture() throws {
    for form in [Chart.Form.lines, .steps, .stacked] {
      let svg = ChartPlot(Self.chart(form)).svg(labelledBy: "x")
      let paths = svg.matches(of: /d="([^"]*)"/).map { String($0.1) }
      #expect(paths.count == 3)
      for path in paths {
        #expect(!path.contains("nan") && !path.contains("inf"))
        let numbers = path.matches(of: /-?[0-9.]+/).compactMap { Double($0.0) }
        #expect(numbers.count > 20)
        #expect(numbers.allSatisfy { $0 >= 0 && $0 <= ChartPlot.width })
      }
    }
  }

  @Test func thinningKeepsPeaksAndEnds() {
    let chart = Self.chart(.lines)
    var points = (0..<20_000).map { Chart.Point(Self.start.advanced(by: .seconds(8 * $0)), 1) }
    points[7_777].value = 99
    points[7_778].value = -5
    let kept = chart.thinned(points, parts: 280)
    #expect(kept.count <= 561)
    #expect(kept.contains(points[7_777]) && kept.contains(points[7_778]) && kept.last == points.last)
    #expect(kept.map(\.at) == kept.map(\.at).sorted())
    #expect(chart.thinned(Array(points.prefix(10)), parts: 280).count == 10)
  }

  @Test func samplesHoldUntilTheNextPoint() {
    let chart = Self.chart(.steps)
    let series = Chart.Series(
      "a", [.init(Self.start, 1), .init(Self.start.advanced(by: .hours(13)), 4), .init(Self.end, 9)])
    #expect(chart.sampled(series, parts: 4) == [1, 4, 4, 9])
  }

  @Test(arguments: [
    ("a<b>&\"c\"", "a&lt;b&gt;&amp;&quot;c&quot;"), ("\u{0}\u{1f}\u{ffff}", "\u{fffd}\u{fffd}\u{fffd}"), ("ü\n", "ü\n"),
  ])
  func escapesText(text: String, escaped: String) { #expect(Markup.escaped(text) == escaped) }

  @Test(arguments: [
    (0.0, "0"), (1.26, "1.3"), (-0.04, "0"), (-2.5, "-2.5"), (12, "12"), (Double.nan, "0"), (.infinity, "0"),
  ])
  func writesCoordinates(value: Double, text: String) { #expect(Markup.number(value) == text) }

  // MARK: - Colours

  /// Source: WCAG 2.2, relative luminance.
  private static func luminance(_ colour: String) -> Double {
    let parts = stride(from: 1, to: 7, by: 2).map { offset -> Double in
      let first = colour.index(colour.startIndex, offsetBy: offset)
      let value = Double(Int(colour[first...colour.index(after: first)], radix: 16) ?? 0) / 255
      return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  @Test func coloursAreTellableFromThePaper() {
    for colours in [ReportPage.lightColours, ReportPage.darkColours] {
      let table = Dictionary(uniqueKeysWithValues: colours.map { ($0.name, $0.value) })
      let paper = Self.luminance(table["paper"] ?? "")
      for (name, value) in colours where name != "paper" && name != "rule" {
        let other = Self.luminance(value)
        let contrast = (max(paper, other) + 0.05) / (min(paper, other) + 0.05)
        #expect(contrast >= (["ink", "muted"].contains(name) ? 4.5 : 3), "\(name) \(value): \(contrast)")
      }
    }
  }
}
