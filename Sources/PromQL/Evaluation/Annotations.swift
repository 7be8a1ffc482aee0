/// Notes that travel beside a result, each once, in the order in which they arose.
public struct Annotations: Sendable, Hashable {
  /// Something is probably wrong with the query or the data.
  public private(set) var warnings: [String] = []
  /// Something that the reader may want to know.
  public private(set) var infos: [String] = []

  /// No notes.
  public init() {}

  /// Whether there are no notes at all.
  public var isEmpty: Bool { warnings.isEmpty && infos.isEmpty }

  /// The most notes of each kind that are kept.
  private static let limit = 100

  mutating func warn(_ message: String) { Annotations.insert("PromQL warning: " + message, into: &warnings) }
  mutating func inform(_ message: String) { Annotations.insert("PromQL info: " + message, into: &infos) }

  private static func insert(_ message: String, into list: inout [String]) {
    if list.count < limit, !list.contains(message) { list.append(message) }
  }
}
