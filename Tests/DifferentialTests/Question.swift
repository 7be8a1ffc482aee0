import TimeSeries

@testable import PromQL

/// One expression with the times that it is evaluated at.
struct Question: Sendable {
  enum Times: Sendable, Hashable {
    /// Milliseconds since the Unix epoch.
    case instant(Int64)
    /// All in milliseconds.
    case range(start: Int64, end: Int64, step: Int64)

    var isRange: Bool { if case .range = self { true } else { false } }
  }

  var text: String
  var times: Times
  /// The tree that our parser reads; `nil` where it refuses the text.
  private(set) var tree: Expression?

  init(text: String, times: Times) {
    self.text = text
    self.times = times
    tree = (try? Query(parse: text))?.expression
  }

  /// The text under the names of 2.42.
  var spelledForPeer: String {
    text.replacing("double_exponential_smoothing", with: "holt_winters")
  }

  /// What our engine answers.
  func answer(_ engine: Engine, _ source: any SeriesSource) throws -> Answer {
    do {
      let query = try Query(parse: text)
      let result =
        switch times {
        case .instant(let time): try engine.instant(query, source, at: time)
        case .range(let start, let end, let step): try engine.range(query, source, start: start, end: end, step: step)
        }
      return try Answer(result)
    } catch let error as PromQLError {
      return .failure(type: error.code.rawValue, message: error.description)
    }
  }
}
