import ArgumentParser
import Foundation
import Model

struct Query: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluate PromQL over the samples that the server keeps.",
    discussion: "With --range it is evaluated at every --step up to --time.")

  @Argument(help: "The expression, for example 'sum(rate(node_cpu_seconds_total[5m]))'.")
  var expression: String
  @Option(name: .long, help: "The instant: Unix seconds or RFC 3339; now when not given.")
  var time: String?
  @Option(name: .long, help: "How far back to begin, for example 1h.")
  var range: LengthOfTime?
  @Option(name: .long, help: "Between two points of a range.")
  var step: LengthOfTime = LengthOfTime(argument: "1m")!
  @OptionGroup var server: ServerOptions

  func run() async throws {
    var parameters = [("query", expression)]
    var path = "/api/v1/query"
    if let range {
      let end = try instant()
      path += "_range"
      parameters += [("start", "\(end - Double(range.seconds))"), ("end", "\(end)"), ("step", "\(step.seconds)")]
    } else if let time {
      parameters.append(("time", time))
    }
    let bytes = try await server.client.query(path, parameters)
    let answer: QueryAnswer
    do { answer = try JSONDecoder().decode(QueryAnswer.self, from: Data(bytes)) } catch {
      throw Failure(.failed, "The server's answer is no Prometheus answer: is \(server.url) a poolkeeper?")
    }
    for note in (answer.warnings ?? []) + (answer.infos ?? []) { Console.error("note: \(note)") }
    if server.output == .json { Console.out(String(decoding: bytes, as: UTF8.self)) }
    guard let data = answer.data else { throw Failure(.failed, answer.error ?? "The query failed.") }
    if server.output == .table { Console.out(data.table) }
  }

  /// Unix seconds of `--time`.
  private func instant() throws -> Double {
    guard let time else { return Date().timeIntervalSince1970 }
    if let seconds = Double(time) { return seconds }
    guard let instant = Instant(rfc3339: time) else {
      throw Failure(.usage, "--time is Unix seconds or RFC 3339, for example 2026-01-31T08:00:00Z, not \"\(time)\".")
    }
    return instant.seconds
  }
}

/// The Prometheus API's answer to a query.
private struct QueryAnswer: Decodable {
  var status: String
  var data: QueryData?
  var error: String?
  var warnings: [String]?
  var infos: [String]?
}

/// A result of any type.
private struct QueryData: Decodable {
  /// A time and a value.
  struct Point: Decodable {
    var time: Double
    var text: String

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      time = try container.decode(Double.self)
      text = try container.decode(String.self)
    }

    var clock: String { String(Instant(milliseconds: Int64(time * 1000)).description.prefix(19)) + "Z" }
  }

  struct Series: Decodable {
    var metric: [String: String]
    var value: Point?
    var values: [Point]?

    var name: String {
      let labels = metric.filter { $0.key != "__name__" }.sorted { $0.key < $1.key }
      let body = labels.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ", ")
      return (metric["__name__"] ?? "") + (body.isEmpty && metric["__name__"] != nil ? "" : "{\(body)}")
    }
  }

  var series: [Series] = []
  var point: Point?

  enum CodingKeys: CodingKey { case resultType, result }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(String.self, forKey: .resultType) {
    case "vector", "matrix": series = try container.decode([Series].self, forKey: .result)
    default: point = try container.decode(Point.self, forKey: .result)
    }
  }

  var table: String {
    if let point { return point.text }
    if series.isEmpty { return "(no data)" }
    var table = Table(["SERIES", "TIME", "VALUE"])
    for one in series {
      for point in one.values ?? [one.value].compactMap({ $0 }) { table.add([one.name, point.clock, point.text]) }
      // Native histograms come in other fields; the JSON output has them whole.
      if one.value == nil && one.values == nil { table.add([one.name, "", "(histogram; see --output json)"]) }
    }
    return table.text
  }
}
