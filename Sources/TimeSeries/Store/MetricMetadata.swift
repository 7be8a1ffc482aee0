/// What is known of a metric family beside its samples.
public struct MetricMetadata: Sendable, Hashable {
  /// The kinds of Prometheus metric, as `/api/v1/metadata` names them.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case unknown, counter, gauge, histogram, gaugehistogram, summary, info, stateset
  }

  /// Bytes that are kept of a help text.
  static let helpBytes = 2_048

  public let family: String
  public let kind: Kind
  public let help: String
  public let unit: String

  public init(family: String, kind: Kind, help: String, unit: String) {
    self.family = family
    self.kind = kind
    self.help =
      help.utf8.count <= Self.helpBytes ? help : String(decoding: help.utf8.prefix(Self.helpBytes), as: UTF8.self)
    self.unit = unit
  }
}
