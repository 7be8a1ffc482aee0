/// The versions of the Model Context Protocol that are spoken, in the order of their dates.
enum ProtocolVersion: String, CaseIterable, Comparable, Sendable {
  case november2024 = "2024-11-05"
  case march2025 = "2025-03-26"
  case june2025 = "2025-06-18"

  static let latest = ProtocolVersion.june2025

  /// The version for a client that asks for this one: the same, or else the latest, which the client may decline.
  static func negotiated(_ wanted: String) -> ProtocolVersion { ProtocolVersion(rawValue: wanted) ?? latest }

  static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool { left.rawValue < right.rawValue }

  /// Several messages in one line came with one version and went with the next.
  var hasBatches: Bool { self == .march2025 }
  /// Whether tools tell how dangerous they are.
  var hasAnnotations: Bool { self >= .march2025 }
  /// Whether results have a structured part, and tools a title.
  var hasStructuredContent: Bool { self >= .june2025 }
}
