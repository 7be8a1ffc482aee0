/// A tool as `tools/list` shows it.
public struct ToolDescription: Hashable, Sendable {
  public var name: String
  /// For people.
  public var title: String
  /// For the model: what it does and when to use it.
  public var summary: String
  /// JSON schema of its arguments.
  public var schema: JSONValue
  /// Whether it leaves everything as it is.
  public var isReadOnly: Bool
  /// Whether it may take something away that is there.
  public var isDestructive: Bool

  public init(
    _ name: String, title: String, summary: String, schema: JSONValue, isReadOnly: Bool = true,
    isDestructive: Bool = false
  ) {
    self.name = name
    self.title = title
    self.summary = summary
    self.schema = schema
    self.isReadOnly = isReadOnly
    self.isDestructive = isDestructive
  }

  func value(_ version: ProtocolVersion) -> JSONValue {
    var members: [String: JSONValue] = ["name": .text(name), "description": .text(summary), "inputSchema": schema]
    if version.hasStructuredContent { members["title"] = .text(title) }
    if version.hasAnnotations {
      members["annotations"] = [
        "title": .text(title), "readOnlyHint": .bool(isReadOnly), "destructiveHint": .bool(isDestructive),
        "idempotentHint": .bool(isReadOnly), "openWorldHint": false,
      ]
    }
    return .object(members)
  }
}

/// What a tool answers.
public struct ToolAnswer: Hashable, Sendable {
  /// For people and models.
  public var text: String
  /// An object with the same facts for programs.
  public var structured: JSONValue?
  /// The tool did not do what was asked; the text says why and what would help.
  public var isError: Bool

  public init(_ text: String, structured: JSONValue? = nil) {
    self.text = text
    self.structured = structured
    isError = false
  }

  public static func failed(_ sentence: String) -> ToolAnswer {
    var answer = ToolAnswer(sentence)
    answer.isError = true
    return answer
  }

  /// Clients of older versions know no structured part; for them it follows as a text of its own.
  func value(_ version: ProtocolVersion) -> JSONValue {
    var content: [JSONValue] = [["type": "text", "text": .text(text)]]
    if let structured, !version.hasStructuredContent {
      content.append(["type": "text", "text": .text(structured.line)])
    }
    var members: [String: JSONValue] = ["content": .list(content), "isError": .bool(isError)]
    if let structured, version.hasStructuredContent { members["structuredContent"] = structured }
    return .object(members)
  }
}

/// Something that can be read by its address.
public struct ResourceDescription: Hashable, Sendable {
  public var uri: String
  public var name: String
  public var summary: String

  public init(_ uri: String, name: String, summary: String) {
    self.uri = uri
    self.name = name
    self.summary = summary
  }

  var value: JSONValue {
    [
      "uri": .text(uri), "name": .text(name), "description": .text(summary), "mimeType": "application/json",
    ]
  }
}
