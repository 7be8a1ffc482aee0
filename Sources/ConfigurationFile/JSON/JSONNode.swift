/// A place in a text. Both count from 1; a column counts bytes of UTF-8.
public struct TextPosition: Hashable, Sendable, Codable {
  /// From 1.
  public var line: Int
  /// From 1, in bytes of UTF-8.
  public var column: Int

  /// A place by its line and column, both counted from 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// A parsed JSON value that remembers where it stood. Members keep their order and their repetitions.
struct JSONNode: Sendable {
  enum Content: Sendable {
    case null
    case boolean(Bool)
    case number(JSONNumber)
    case text(String)
    case list([JSONNode])
    case object([JSONMember])
  }

  var content: Content
  var position: TextPosition

  /// The kind of value with its article, for messages.
  var kind: String {
    switch content {
    case .null: "null"
    case .boolean: "a boolean"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .object: "an object"
    }
  }

  /// The last member of that name: what most readers of JSON take when a name is repeated.
  subscript(name: String) -> JSONNode? {
    guard case .object(let members) = content else { return nil }
    return members.last { $0.name == name }?.value
  }
}

/// A number with its own spelling, so that messages can quote what was written.
struct JSONNumber: Sendable {
  var spelling: String
  var value: Double

  /// The number when it is whole and exactly representable.
  var integer: Int? { value.magnitude <= 9_007_199_254_740_992 ? Int(exactly: value) : nil }
}

/// One name and value of an object.
struct JSONMember: Sendable {
  var name: String
  var position: TextPosition
  var value: JSONNode
}
