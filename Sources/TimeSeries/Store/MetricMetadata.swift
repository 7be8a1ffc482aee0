/// What is known of a metric family beside its samples.
public struct MetricMetadata: Sendable, Hashable {
  /// The kinds of Prometheus metric, as `/api/v1/metadata` names them.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case unknown, counter, gauge, histogram, gaugehistogram, summary, info, stateset
  }

  /// Bytes that are kept of a help text.
  static let helpBytes = 2_048

  /// The metric's name without the suffixes of its samples.
  public let family: String
  /// The type.
  public let kind: Kind
  /// What the metric means, for people.
  public let help: String
  /// The unit, empty when unknown.
  public let unit: String

  /// Metadata of a family; a long help text is cut off.
  public init(family: String, kind: Kind, help: String, unit: String) {
    self.family = family
    self.kind = kind
    self.help =
      help.utf8.count <= Self.helpBytes ? help : String(decoding: help.utf8.prefix(Self.helpBytes), as: UTF8.self)
    self.unit = unit
  }
}
