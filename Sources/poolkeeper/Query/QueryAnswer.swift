import Foundation
import Model

/// The Prometheus API's answer to a query.
struct QueryAnswer: Decodable {
  var status: String
  var data: QueryData?
  var error: String?
  var warnings: [String]?
  var infos: [String]?
}

/// A result of any type.
struct QueryData: Decodable {
  /// A time and a value, or a time and a native histogram.
  struct Point: Decodable {
    /// Unix seconds.
    var time: Double
    var value: Value

    enum Value {
      case text(String)
      case histogram(HistogramAnswer)
    }

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      time = try container.decode(Double.self)
      if let text = try? container.decode(String.self) {
        value = .text(text)
      } else {
        value = .histogram(try container.decode(HistogramAnswer.self))
      }
    }

    var text: String {
      switch value {
      case .text(let text): text
      case .histogram(let histogram): histogram.text
      }
    }

    /// The number, unless it is none or a histogram.
    var number: Double? {
      if case .text(let text) = value { Double(text) } else { nil }
    }

    /// RFC 3339 in UTC, to the second.
    var clock: String { String(Instant(milliseconds: Int64(time * 1000)).description.prefix(19)) + "Z" }
  }

  struct Series: Decodable {
    var metric: [String: String]
    /// In order of time.
    var points: [Point]

    private enum CodingKeys: CodingKey { case metric, value, values, histogram, histograms }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      metric = try container.decode([String: String].self, forKey: .metric)
      points = try container.decodeIfPresent([Point].self, forKey: .values) ?? []
      points += try container.decodeIfPresent([Point].self, forKey: .histograms) ?? []
      for key in [CodingKeys.value, .histogram] {
        if let point = try container.decodeIfPresent(Point.self, forKey: key) { points.append(point) }
      }
      points.sort { $0.time < $1.time }
    }

    /// In Prometheus's notation.
    var name: String { name(without: []) }

    /// In Prometheus's notation, some labels left out.
    func name(without hidden: Set<String>) -> String {
      let labels = metric.filter { $0.key != "__name__" && !hidden.contains($0.key) }.sorted { $0.key < $1.key }
      let body = labels.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ", ")
      return (metric["__name__"] ?? "") + (body.isEmpty && metric["__name__"] != nil ? "" : "{\(body)}")
    }
  }

  var series: [Series] = []
  /// A scalar or a string.
  var point: Point?

  private enum CodingKeys: CodingKey { case resultType, result }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(String.self, forKey: .resultType) {
    case "vector", "matrix": series = try container.decode([Series].self, forKey: .result)
    default: point = try container.decode(Point.self, forKey: .result)
    }
  }

  /// Labels beside the name that all of several series share, sorted.
  var sharedLabels: [(name: String, value: String)] {
    guard let first = series.first, series.count > 1 else { return [] }
    return first.metric.filter { label in
      label.key != "__name__" && series.allSatisfy { $0.metric[label.key] == label.value }
    }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  var table: String {
    if let point { return point.text }
    if series.isEmpty { return "(no data)" }
    var table = Table(["SERIES", "TIME", "VALUE"])
    for one in series {
      for point in one.points { table.add([one.name, point.clock, point.text]) }
    }
    return table.text
  }

  /// One column a label, then the time and the value. Source: RFC 4180.
  var commaSeparated: String {
    let labels = Set(series.flatMap(\.metric.keys)).sorted()
    var lines = [labels + ["time", "value"]]
    if let point { lines.append([point.clock, point.text]) }
    for one in series {
      for point in one.points { lines.append(labels.map { one.metric[$0] ?? "" } + [point.clock, point.text]) }
    }
    return lines.map { $0.map(Self.field).joined(separator: ",") }.joined(separator: "\n")
  }

  private static func field(_ text: String) -> String {
    let needsQuotes = text.contains { ",\"\n\r".contains($0) }
    return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}

/// A native histogram.
struct HistogramAnswer: Decodable {
  struct Bucket: Decodable {
    /// 0 upper bound inclusive, 1 lower, 2 neither, 3 both.
    var bounds: Int
    var lower: String
    var upper: String
    var count: String

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      bounds = try container.decode(Int.self)
      lower = try container.decode(String.self)
      upper = try container.decode(String.self)
      count = try container.decode(String.self)
    }

    var text: String {
      let opening = bounds == 1 || bounds == 3 ? "[" : "("
      let closing = bounds == 0 || bounds == 3 ? "]" : ")"
      return "\(opening)\(lower),\(upper)\(closing):\(count)"
    }
  }

  var count: String
  var sum: String
  var buckets: [Bucket]?

  /// In Prometheus's notation: `{count:3, sum:5, (1,2]:3}`.
  var text: String {
    "{" + (["count:\(count)", "sum:\(sum)"] + (buckets ?? []).map(\.text)).joined(separator: ", ") + "}"
  }
}
