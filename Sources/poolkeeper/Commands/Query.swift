import ArgumentParser
import Backtest
import Foundation
import Model

struct Query: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluate PromQL over the samples that the server keeps.",
    discussion: """
      With --range it is evaluated at every --step up to --time; --graph draws such a range, an hour when no other is \
      given.
      """)

  @Argument(help: "The expression, for example 'sum(rate(node_cpu_seconds_total[5m]))'.")
  var expression: String
  @Option(name: .long, help: "The instant: Unix seconds or RFC 3339; now when not given.")
  var time: String?
  @Option(name: .long, help: "How far back to begin, for example 1h.")
  var range: LengthOfTime?
  @Option(name: .long, help: "Between two points of a range; 1m, or for a graph what fits its width.")
  var step: LengthOfTime?
  @Flag(name: .long, help: "Draw the range.")
  var graph = false
  @Option(name: .long, help: "What a graph's numbers count, for example s or B; guessed for bytes.")
  var unit: String?
  @Option(name: .long, help: "Lines of a graph's plot.")
  var height = 16
  @Flag(name: .long, help: "Show a graph's times in UTC instead of the local time.")
  var utc = false
  @Option(name: .shortAndLong, help: "How to show the answer.")
  var output: QueryOutput = .table
  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    if graph, output != .table { throw ValidationError("--graph draws; leave --output out.") }
    guard (4...200).contains(height) else { throw ValidationError("--height is 4 to 200 lines.") }
  }

  func run() async throws {
    var parameters = [("query", expression)]
    var path = "/api/v1/query"
    let length = range ?? (graph ? LengthOfTime(argument: "1h") : nil)
    var end = 0.0
    let columns = Console.columns
    let step = step?.seconds ?? (graph ? Self.fittingStep(length?.seconds ?? 60, columns: columns) : 60)
    if let length {
      end = try await instant()
      path += "_range"
      parameters += [("start", "\(end - Double(length.seconds))"), ("end", "\(end)"), ("step", "\(step)")]
    } else if let time {
      parameters.append(("time", time))
    }
    let (answer, bytes) = try await ask(path, parameters)
    for note in (answer.warnings ?? []) + (answer.infos ?? []) { Console.error("note: \(note)") }
    if output == .json { Console.out(String(decoding: bytes, as: UTF8.self)) }
    let data = try Self.data(of: answer)
    if output == .csv { Console.out(data.commaSeparated) }
    guard output == .table else { return }
    guard graph, let length else { return Console.out(data.table) }
    Console.out(drawing(of: data, through: end, length: length, step: step, columns: columns).joined(separator: "\n"))
  }

  private func drawing(
    of data: QueryData, through end: Double, length: LengthOfTime, step: Int, columns: Int
  ) -> [String] {
    let shared = data.sharedLabels
    let hidden = Set(shared.map(\.name))
    let series = data.series.map { one in
      Graph.Series(
        name: one.name(without: hidden),
        points: one.points.compactMap { point in point.number.map { (point.time, $0) } })
    }
    if series.contains(where: \.points.isEmpty) {
      Console.error("note: native histograms are not drawn; apply e.g. histogram_quantile, or leave --graph out")
    }
    var graph = Graph(
      series: series.filter { !$0.points.isEmpty }, start: end - Double(length.seconds), end: end, step: Double(step))
    graph.columns = columns
    graph.rows = height
    graph.isColoured = Console.isColoured
    graph.timeZone = utc ? .gmt : .current
    graph.unit = unit.map { GraphUnit($0) } ?? GraphUnit.guessed(from: expression)
    graph.caption = shared.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ", ")
    return graph.lines
  }

  /// Seconds between two points so that each column of dots has one, rounded to what people would choose.
  private static func fittingStep(_ seconds: Int, columns: Int) -> Int {
    let wish = Double(seconds) / Double(max(10, columns - 10) * 2)
    let steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400]
    return steps.first { Double($0) >= wish } ?? Int(wish.rounded(.up))
  }

  private func ask(_ path: String, _ parameters: [(String, String)]) async throws -> (QueryAnswer, [UInt8]) {
    let bytes = try await connection.client.query(path, parameters)
    do { return (try JSONDecoder().decode(QueryAnswer.self, from: Data(bytes)), bytes) } catch {
      throw Failure(.failed, "The server's answer is no Prometheus answer: is \(connection.url) a poolkeeper?")
    }
  }

  private static func data(of answer: QueryAnswer) throws -> QueryData {
    guard let data = answer.data else { throw Failure(.failed, answer.error ?? "The query failed.") }
    return data
  }

  /// Unix seconds of `--time`, or of the server's own clock, which is a fast one in the demonstration.
  private func instant() async throws -> Double {
    guard let time else {
      let now = try Self.data(of: try await ask("/api/v1/query", [("query", "time()")]).0)
      return now.point?.time ?? 0
    }
    if let seconds = Double(time) { return seconds }
    guard let instant = Instant(rfc3339: time) else {
      throw Failure(.usage, "--time is Unix seconds or RFC 3339, for example 2026-01-31T08:00:00Z, not \"\(time)\".")
    }
    return instant.seconds
  }
}

/// How an answer to a query is shown.
enum QueryOutput: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv
}
