import Foundation
import PromQL
import TimeSeries

/// What a server makes of a question, in a form in which two of them can be compared.
enum Answer: Sendable {
  case failure(type: String, message: String)
  case scalar(AnsweredSeries.Value)
  case string(String)
  /// Instant vectors in the order of the answer; each series has one point.
  case vector([AnsweredSeries])
  case matrix([AnsweredSeries])

  var isFailure: Bool { if case .failure = self { true } else { false } }
}

/// One series of an answer.
struct AnsweredSeries: Sendable {
  enum Value: Sendable {
    /// With its spelling in the answer.
    case float(Double, String)
    case histogram(AnsweredHistogram)
  }

  var labels: Labels
  /// Milliseconds since the Unix epoch, and the value; floats before histograms.
  var points: [(time: Int64, value: Value)]
}

/// A native histogram as the HTTP API shows it.
struct AnsweredHistogram: Sendable {
  /// Bounds and count of a bucket; `boundaries` tells which bounds belong to it.
  struct Bucket: Sendable {
    var boundaries: Int
    var numbers: [Double]
  }

  var count: Double
  var sum: Double
  var buckets: [Bucket]
}

// MARK: - From the API

extension Answer {
  /// By way of the API's own JSON, which is compared thereby, too.
  init(_ result: QueryResult) throws {
    try self.init(json: Data("{\"data\":".utf8) + Data(result.encodedJSON()) + Data("}".utf8))
  }
  init(json: Data) throws {
    let envelope = try JSONDecoder().decode(Envelope.self, from: json)
    guard let data = envelope.data else {
      self = .failure(type: envelope.errorType ?? "", message: envelope.error ?? "")
      return
    }
    self = data.answer
  }

  private struct Envelope: Decodable {
    var data: Body?
    var errorType: String?
    var error: String?
  }

  private struct Body: Decodable {
    var answer: Answer

    enum Key: CodingKey { case resultType, result }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      switch try container.decode(String.self, forKey: .resultType) {
      case "scalar": answer = .scalar(try container.decode(Point.self, forKey: .result).value)
      case "string": answer = .string(try container.decode(TextPoint.self, forKey: .result).text)
      case "vector": answer = .vector(try container.decode([Element].self, forKey: .result).map(\.series))
      default: answer = .matrix(try container.decode([Element].self, forKey: .result).map(\.series))
      }
    }
  }

  private struct Element: Decodable {
    var metric: [String: String]
    var value: Point?
    var values: [Point]?
    var histogram: HistogramPoint?
    var histograms: [HistogramPoint]?

    var series: AnsweredSeries {
      let floats = values ?? value.map { [$0] } ?? []
      let others = histograms ?? histogram.map { [$0] } ?? []
      return AnsweredSeries(
        labels: Labels(metric.map { Label(name: $0.key, value: $0.value) }),
        points: floats.map { ($0.time, $0.value) } + others.map { ($0.time, .histogram($0.value)) })
    }
  }

  private struct Point: Decodable {
    var time: Int64
    var value: AnsweredSeries.Value

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      time = Int64((try container.decode(Double.self) * 1000).rounded())
      let text = try container.decode(String.self)
      value = .float(try Number(text).value, text)
    }
  }

  private struct TextPoint: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      _ = try container.decode(Double.self)
      text = try container.decode(String.self)
    }
  }

  private struct HistogramPoint: Decodable {
    var time: Int64
    var value: AnsweredHistogram

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      time = Int64((try container.decode(Double.self) * 1000).rounded())
      value = try container.decode(AnsweredHistogram.self)
    }
  }

  /// A number as the API spells it.
  fileprivate struct Number {
    var value: Double

    init(_ text: String) throws {
      guard let number = Double(text) else { throw PeerPrometheus.Failure(text: "\"\(text)\" is no number") }
      value = number
    }
  }
}

extension AnsweredHistogram: Decodable {
  enum Key: CodingKey { case count, sum, buckets }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    count = try Answer.Number(container.decode(String.self, forKey: .count)).value
    sum = try Answer.Number(container.decode(String.self, forKey: .sum)).value
    buckets = try container.decodeIfPresent([Bucket].self, forKey: .buckets) ?? []
  }
}

extension AnsweredHistogram.Bucket: Decodable {
  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    boundaries = try container.decode(Int.self)
    numbers = []
    while !container.isAtEnd { numbers.append(try Answer.Number(container.decode(String.self)).value) }
  }
}

// MARK: - Text

extension Answer: CustomStringConvertible {
  /// At most so much of it is shown.
  private static let shownLength = 1_500

  var description: String {
    let text =
      switch self {
      case .failure(let type, let message): "\(type): \(message)"
      case .scalar(let value): "scalar \(value)"
      case .string(let value): "string \"\(value)\""
      case .vector(let series): "vector\n" + series.map { "  \($0)\n" }.joined()
      case .matrix(let series): "matrix\n" + series.map { "  \($0)\n" }.joined()
      }
    return text.count > Answer.shownLength ? text.prefix(Answer.shownLength) + "…" : text
  }
}

extension AnsweredSeries: CustomStringConvertible {
  var description: String {
    "\(labels) " + points.map { "\($0.value)@\($0.time)" }.joined(separator: " ")
  }
}

extension AnsweredSeries.Value: CustomStringConvertible {
  var description: String {
    switch self {
    case .float(_, let text): text
    case .histogram(let value):
      "{count \(value.count) sum \(value.sum) "
        + value.buckets.map { "[\($0.boundaries) \($0.numbers)]" }.joined(separator: " ") + "}"
    }
  }
}
