public import TimeSeries

/// The notation of series in test scripts and in rule tests.
public enum SeriesText {
  /// What is wrong with a text.
  public struct Fault: Error, Sendable, CustomStringConvertible {
    /// The mistake and its place.
    public let description: String
  }

  /// Labels written as `name{label="value"}`.
  /// - Throws: `Fault`.
  public static func labels(_ text: String) throws -> Labels {
    try reading { try SeriesNotation.labels(Array(text.trimmed().utf8)) }
  }

  /// Points written as `1 _ stale 1+2x3 {{schema:0 count:1}}`; `nil` is a gap.
  /// - Throws: `Fault`.
  public static func points(_ text: String) throws -> [SampleValue?] {
    try reading {
      var notation = SeriesNotation(text.replacing("\n", with: " ").trimmed())
      return try notation.points().map { $0?.value }
    }
  }

  /// A value as messages show it; of histograms that have seen the same it is the same.
  public static func text(of value: SampleValue) -> String {
    switch value {
    case .float(let value): FloatFormat.general(value)
    case .histogram(let histogram): histogram.compacted().notation
    }
  }

  private static func reading<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as ScriptSyntaxError { throw Fault(description: error.message) }
  }
}
