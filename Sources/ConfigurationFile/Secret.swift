/// A text that never shows in descriptions, dumps, logs or JSON.
public struct Secret: Hashable, Sendable {
  /// The text itself: hand it to the one call that needs it and to nothing else.
  public let exposed: String

  /// Wraps a text.
  public init(_ text: String) { exposed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Always `‹secret›`.
  public var description: String { "‹secret›" }
  /// Always `‹secret›`.
  public var debugDescription: String { description }
  /// Shows no children, so that `dump` and test failures do not print the text.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
