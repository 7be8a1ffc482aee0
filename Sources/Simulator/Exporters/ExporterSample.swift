/// One sample that an exporter of the simulated cluster shows.
public struct ExporterSample: Hashable, Sendable {
  /// The family's type, as in the exposition format.
  public enum Kind: String, Hashable, Sendable {
    case gauge, counter
  }

  /// The metric's name.
  public var family: String
  /// The metric's help text.
  public var help: String
  /// The metric's type.
  public var kind: Kind
  /// Name and value, in the exporter's own order.
  public var labels: [Label]
  /// The value.
  public var value: Double

  /// A label's name and value.
  public struct Label: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String
  }

  /// The value of a label; `nil` without it.
  public func label(_ name: String) -> String? { labels.first { $0.name == name }?.value }
}

/// Collects samples family by family, as an exporter shows them.
struct ExporterPage {
  private(set) var samples: [ExporterSample] = []

  mutating func add(
    _ family: ExporterFamily, _ value: Double, _ labels: KeyValuePairs<String, String>
  ) {
    add(family, value, labels.map { ExporterSample.Label(name: $0.key, value: $0.value) })
  }

  mutating func add(_ family: ExporterFamily, _ value: Double, _ labels: [ExporterSample.Label]) {
    samples.append(
      ExporterSample(family: family.name, help: family.help, kind: family.kind, labels: labels, value: value))
  }
}

/// A family's name, help and type.
struct ExporterFamily {
  var name: String
  var help: String
  var kind: ExporterSample.Kind = .gauge

  /// A name that the exposition format allows: everything else becomes an underscore.
  static func sanitised(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }
}
