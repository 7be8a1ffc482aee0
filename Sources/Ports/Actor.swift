/// Who asks for a change, and why: what the journal's events and the audit log say of an operator's command.
public struct Actor: Hashable, Sendable {
  /// As the configuration's access entries name them, or where the call came from when nobody needs a name.
  public var name: String
  /// In the operator's own words, one line; `nil` when none was given.
  public var reason: String?

  /// Characters of a reason; the rest of a longer one is cut off.
  public static let reasonLength = 500

  /// An actor; control characters of the reason become spaces, and one without any text is none.
  public init(_ name: String, reason: String? = nil) {
    self.name = name
    let line = String(
      String.UnicodeScalarView(
        (reason ?? "").unicodeScalars.lazy.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
    let words = line.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    self.reason = words.isEmpty ? nil : String(words.prefix(Self.reasonLength))
  }

  /// For the end of a sentence: `, reason: …`; empty without a reason.
  public var because: String { reason.map { ", reason: \($0)" } ?? "" }
}

extension Actor: ExpressibleByStringLiteral {
  /// An actor without a reason.
  public init(stringLiteral name: String) { self.init(name) }
}

extension Actor: CustomStringConvertible {
  /// The name, and the reason behind it.
  public var description: String { name + because }
}
