/// Why bytes are not the message that they should be.
public struct TalosMessageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// Longer than `TalosMessageLimits.bytes`.
    case oversized
    /// Not the protobuf message that it should be.
    case malformed
    /// A text is not UTF-8.
    case notText
  }

  /// What is wrong.
  public var code: Code
  /// A sentence with the message's name.
  public var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

/// Bounds of what is read.
public enum TalosMessageLimits {
  /// The longest message: the list of services with their histories takes about a quarter of it.
  public static let bytes = 1 << 20
}
