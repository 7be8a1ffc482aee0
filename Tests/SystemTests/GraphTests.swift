import Backtest
import Foundation
import Testing

@testable import poolkeeper

@Suite struct GraphTests {
  /// 2026-03-01 08:00 UTC.
  private static let start = 1_772_352_000.0

  /// A point a minute for an hour; `nil` leaves one out.
  private static func graph(_ series: [(String, (Int) -> Double?)]) -> Graph {
    var graph = Graph(
      series: series.map { name, value in
        Graph.Series(
          name: name,
          points: (0...60).compactMap { minute in value(minute).map { (start + Double(minute) * 60, $0) } })
      }, start: start, end: start + 3_600, step: 60)
    graph.columns = 44
    graph.rows = 6
    return graph
  }

  private static func plain(_ line: String) -> String { line.replacing(/\u{1b}\[[0-9;]*m/, with: "") }

  @Test func drawsOneSeriesWithDotsBetweenItsAxes() {
    let lines = Self.graph([("ramp", { Double($0) })]).lines
    #expect(lines.count == 10)
    #expect(lines[0].hasPrefix("100 ┤") && lines[5].hasPrefix("  0 ┤⣀"), "\(lines.joined(separator: "\n"))")
    #expect(lines[1...4].allSatisfy { $0.hasPrefix("    │") })
    #expect(lines[6].hasPrefix("    └┬") && lines[6].hasSuffix("┬"))
    #expect(lines[7].contains("08:00") && lines[7].hasSuffix("09:00"))
    #expect(lines[8].hasSuffix("2026-03-01 UTC"))
    #expect(lines[9] == "• ramp  last 60  min 0  max 60")
    // A rising line: no row begins further left than the one below it.
    let begins = lines[0...5].map { line in line.dropFirst(5).prefix { $0 == " " }.count }
    #expect(begins.dropFirst(2) == begins.dropFirst(2).sorted(by: >)[...])
  }

  @Test func tellsSeriesApartByLettersWithoutColoursAndByColoursWithThem() {
    var graph = Self.graph([("up", { _ in 10 }), ("down", { _ in 2 })])
    let letters = graph.lines
    #expect(letters.contains { $0.hasSuffix(String(repeating: "a", count: 39)) })
    #expect(letters.contains { $0.hasSuffix(String(repeating: "b", count: 39)) })
    #expect(letters.suffix(2) == ["a up    last 10  min 10  max 10", "b down  last 2  min 2  max 2"])
    #expect(!letters.joined().contains("\u{1b}"))
    graph.isColoured = true
    let colours = graph.lines
    #expect(colours.contains { $0.contains("\u{1b}[36m⠉") || $0.contains("\u{1b}[36m⠒") || $0.contains("\u{1b}[36m⣀") })
    #expect(colours.allSatisfy { !$0.contains("\u{1b}") || $0.contains("\u{1b}[0m") })
    #expect(Self.plain(colours[colours.count - 1]) == "• down  last 2  min 2  max 2")
  }

  @Test func breaksALineWherePointsAreMissing() throws {
    let row = try #require(
      Self.graph([("gap", { (20...40).contains($0) ? nil : 5 })]).lines.first {
        $0.contains("⠒") || $0.contains("⠉") || $0.contains("⠤") || $0.contains("⣀")
      })
    #expect(row.contains(/[^ ] {10,}[^ ]/), "\(row)")
  }

  @Test(arguments: [20, 40, 80, 200])
  func noLineIsLongerThanTheTerminal(columns: Int) {
    var graph = Self.graph(
      (0..<30).map { number in
        (String(repeating: "series", count: 40) + "\(number)", { Double($0 * number) * 1e9 })
      })
    graph.columns = columns
    graph.caption = String(repeating: "label", count: 100)
    graph.unit = .bytes
    let longest = graph.lines.map { Self.plain($0).count }.max() ?? 0
    #expect(longest <= max(columns, 60), "\(graph.lines.joined(separator: "\n"))")
    #expect(graph.lines.last == "… and 10 more series")
    #expect(graph.lines.contains { $0.hasPrefix("all: label") })
  }

  @Test func leavesOutWhatIsNoNumberAndSaysWhenThereIsNothing() {
    #expect(Self.graph([("odd", { $0 == 30 ? .infinity : $0 == 40 ? .nan : 1 })]).lines.last?.contains("max 1") == true)
    #expect(Self.graph([("none", { _ in .nan })]).lines == ["(no data)"])
    #expect(Self.graph([]).lines == ["(no data)"])
  }

  @Test(arguments: [
    (0.0, 0.0, GraphUnit.none, ["1", "0.5", "0"]), (5, 5, .none, ["10", "5", "0"]), (0, 60, .none, ["100", "50", "0"]),
    (90, 99, .none, ["100", "95", "90"]), (-3, 4, .none, ["5", "0", "-5"]), (0, 0.003, .none, ["0.004", "0.002", "0"]),
    (0, 3_000_000, .none, ["4M", "2M", "0M"]), (0, 1.5e9, .bytes, ["2GiB", "1GiB", "0GiB"]),
    (0, 0.00002, .named("s"), ["20µs", "10µs", "0µs"]), (-60, -50, .none, ["-50", "-55", "-60"]),
  ])
  func choosesRoundValuesWithOnePrefix(low: Double, high: Double, unit: GraphUnit, labels: [String]) {
    let scale = ValueScale(low, high, most: 3, unit)
    #expect(scale.ticks.map { scale.text(of: $0) } == labels)
    #expect(scale.place(of: high) >= -1e-9 && scale.place(of: low) <= 1 + 1e-9)
  }

  @Test(arguments: [
    ("process_resident_memory_bytes", GraphUnit.bytes), ("rate(node_network_receive_bytes_total[5m])", .named("B/s")),
    ("a_bytes / b_bytes", .none), ("count(a_bytes)", .none), ("up", .none), ("sum by (job) (a_bytes)", .bytes),
  ])
  func guessesBytes(expression: String, unit: GraphUnit) {
    #expect(GraphUnit.guessed(from: expression) == unit)
  }

  @Test func ticksLieAtRoundLocalTimes() throws {
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    let hours = TimeScale(Self.start, Self.start + 21_600, most: 6, berlin)
    #expect(hours.ticks.map { hours.text(of: $0) } == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"])
    let days = TimeScale(Self.start, Self.start + 4 * 86_400, most: 5, berlin)
    #expect(days.ticks.map { days.text(of: $0) } == ["Mar 2", "Mar 3", "Mar 4", "Mar 5"])
    let seconds = TimeScale(Self.start, Self.start + 20, most: 4, .gmt)
    #expect(seconds.ticks.map { seconds.text(of: $0) } == ["08:00:00", "08:00:05", "08:00:10", "08:00:15", "08:00:20"])
  }

  @Test func leavesOutOfTheLegendWhatAllSeriesShare() throws {
    let json = """
      {"resultType": "matrix", "result": [
        {"metric": {"__name__": "m", "a": "1", "b": "x"}, "values": [[1, "2"]]},
        {"metric": {"__name__": "m", "a": "1", "b": "y"}, "values": [[1, "3"]], "histograms": [[2, {"count": "1",
          "sum": "2", "buckets": [[0, "1", "2", "1"], [3, "-0.5", "0.5", "4"]]}]]}]}
      """
    let data = try JSONDecoder().decode(QueryData.self, from: Data(json.utf8))
    #expect(data.sharedLabels.map(\.name) == ["a"])
    #expect(data.series.map { $0.name(without: ["a"]) } == [#"m{b="x"}"#, #"m{b="y"}"#])
    #expect(data.table.hasSuffix("{count:1, sum:2, (1,2]:1, [-0.5,0.5]:4}"), "\(data.table)")
    #expect(data.commaSeparated.split(separator: "\n").first == "__name__,a,b,time,value")
  }
}
