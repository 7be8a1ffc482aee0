import Foundation
import HTTPTransport
import Ports

/// What a server answered to an instant query whose value is a vector, or to a range query.
struct QueryAnswer {
  /// What the answer must be.
  enum Kind: String {
    case vector, matrix
  }

  struct Element {
    var labels: [String: String]
    /// Of a vector.
    var value: Double
    /// Of a matrix: Unix seconds and values, in order of time.
    var points: [(time: Double, value: Double)]
  }

  /// Native histograms are left out: a reading is a number.
  var elements: [Element]
  var warnings: [String]

  /// - Throws: `PortError` for every answer that is not a complete one of this kind.
  init(_ response: HTTPResponse, as kind: Kind = .vector, from server: String) throws(PortError) {
    let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
    guard response.status == 200, let body, body.status == "success", let data = body.data else {
      throw Self.error(response, body, server)
    }
    guard data.resultType == kind.rawValue else {
      throw Self.failure(.failed, "\(server) answers with a \(data.resultType) where a \(kind.rawValue) was asked for.")
    }
    guard body.isPartial != true else {
      throw Self.failure(.failed, "\(server) has only a part of the data at the moment; that is no answer.")
    }
    elements = data.result.compactMap { element in
      switch kind {
      case .vector:
        guard let value = element.value else { return nil }
        return Element(labels: element.metric, value: value.number, points: [])
      case .matrix:
        guard let values = element.values else { return nil }
        return Element(labels: element.metric, value: .nan, points: values.map { ($0.time, $0.number) })
      }
    }
    warnings = body.warnings ?? []
  }

  private static func error(_ response: HTTPResponse, _ body: Body?, _ server: String) -> PortError {
    let said = body?.error ?? String(decoding: response.body.prefix(300), as: UTF8.self)
    let words = said.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(300)
    let detail = words.isEmpty ? "." : ": \(words)"
    switch response.status {
    case 200: return failure(.failed, "\(server) does not answer as the Prometheus API does; is the URL right?")
    case 300..<400:
      return failure(.invalid, "\(server) redirects to another address; write that address as the URL.")
    case 401, 403:
      return failure(.forbidden, "\(server) refuses the credentials (\(response.status)); check token, user or tenant.")
    case 404, 405:
      return failure(.notFound, "There is no Prometheus API at \(server); is a path such as /prometheus missing?")
    case 429: return failure(.throttled, "\(server) is asked too often\(detail)")
    case 400, 422: return failure(.invalid, "\(server) cannot evaluate the expression\(detail)")
    case 502, 503, 504: return failure(.busy, "\(server) cannot answer now (\(response.status))\(detail)")
    default: return failure(.failed, "\(server) answers \(response.status)\(detail)")
    }
  }

  private static func failure(_ code: PortError.Code, _ message: String) -> PortError {
    PortError(code, message, operation: PrometheusMetricSource.operation)
  }
}

/// The envelope of the Prometheus API.
private struct Body: Decodable {
  struct Result: Decodable {
    var resultType: String
    var result: [Element]

    enum CodingKeys: CodingKey { case resultType, result }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      resultType = try container.decode(String.self, forKey: .resultType)
      let isKnown = QueryAnswer.Kind(rawValue: resultType) != nil
      result = isKnown ? try container.decode([Element].self, forKey: .result) : []
    }
  }

  struct Element: Decodable {
    var metric: [String: String]
    /// `nil` for a native histogram and in a matrix.
    var value: Value?
    /// `nil` for native histograms and in a vector.
    var values: [Value]?
  }

  /// A time and a number as a text.
  struct Value: Decodable {
    /// Unix seconds.
    var time: Double
    var number: Double

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      time = try container.decode(Double.self)
      let text = try container.decode(String.self)
      guard let number = Double(text) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "a value is no number")
      }
      self.number = number
    }
  }

  var status: String
  var data: Result?
  var error: String?
  var warnings: [String]?
  /// VictoriaMetrics' word for an answer without the data of some of its stores.
  var isPartial: Bool?
}
