/// One client's conversation: a line comes in, lines and calls come out. Knows no clock and touches nothing.
public struct ServerSession: Sendable {
  /// What the server says of itself.
  public struct Description: Sendable {
    public var name: String
    public var title: String
    public var version: String
    /// For the model: what the server is for and how it is to be used.
    public var instructions: String
    public var tools: [ToolDescription]
    public var resources: [ResourceDescription]

    public init(
      name: String, title: String, version: String, instructions: String, tools: [ToolDescription],
      resources: [ResourceDescription]
    ) {
      self.name = name
      self.title = title
      self.version = version
      self.instructions = instructions
      self.tools = tools
      self.resources = resources
    }
  }

  /// What a line leads to, in order.
  public enum Effect: Hashable, Sendable {
    /// A line for the client, without its end.
    case send(String)
    /// Call the tool, then `finish` with its answer.
    case call(RequestKey, tool: String, arguments: [String: JSONValue])
    /// Read the resource, then `finish` with its text.
    case read(RequestKey, uri: String)
    /// The client no longer waits for it; `finish` will say nothing.
    case cancel(RequestKey)
  }

  /// What became of a call or of a reading.
  public enum Outcome: Hashable, Sendable {
    case answered(ToolAnswer)
    case read(uri: String, text: String)
    case failed(RPCError)
  }

  /// Calls that run at one time; further ones are refused.
  public static let maximumCalls = 32
  /// Messages of one batch.
  public static let maximumBatch = 64
  /// Bytes of a line from the client.
  public static let maximumLine = 1 << 20

  private enum Phase {
    /// → open, by `initialize`. Only that and `ping` are answered.
    case new
    /// Stays so until the stream ends.
    case open(ProtocolVersion)
  }

  /// Answers that are sent together.
  private struct Batch {
    /// Calls without an answer yet.
    var open = 0
    var answers: [JSONValue] = []
  }

  private let description: Description
  private var phase = Phase.new
  /// Calls that run, each with the batch that it belongs to.
  private var running: [RequestKey: Int?] = [:]
  private var batches: [Int: Batch] = [:]
  private var nextBatch = 0

  public init(_ description: Description) { self.description = description }

  // MARK: - Lines

  public mutating func receive(_ line: LineSplitter.Line) -> [Effect] {
    guard case .whole(let bytes) = line else {
      return [refusal(nil, .invalidRequest("A message has \(Self.maximumLine) bytes at most; send less at a time."))]
    }
    guard let value = JSONValue(bytes) else {
      return [
        refusal(nil, .parse("This line is no JSON; each message is one line of JSON, and each line one message."))
      ]
    }
    if let messages = value.elements { return receive(batch: messages) }
    return receive(value, in: nil)
  }

  private mutating func receive(batch messages: [JSONValue]) -> [Effect] {
    guard case .open(let version) = phase, version.hasBatches else {
      return [refusal(nil, .invalidRequest("This version of the protocol has no batches; send one message a line."))]
    }
    guard (1...Self.maximumBatch).contains(messages.count) else {
      return [refusal(nil, .invalidRequest("A batch has 1 to \(Self.maximumBatch) messages."))]
    }
    let number = nextBatch
    nextBatch += 1
    // Held open until all of it has been read: a cancellation in it must not end it early.
    batches[number] = Batch(open: 1)
    var effects: [Effect] = []
    for message in messages { effects += receive(message, in: number) }
    batches[number]?.open -= 1
    return effects + send(whenComplete: number)
  }

  private mutating func receive(_ value: JSONValue, in batch: Int?) -> [Effect] {
    do throws(RPCMessage.Refusal) {
      switch try RPCMessage(value) {
      case .request(let key, let method, let parameters):
        return receive(key, method, parameters, in: batch)
      case .notification("notifications/cancelled", let parameters):
        return cancel(RequestKey(parameters["requestId"]))
      // The server asks the client nothing; what it is told beside that changes nothing.
      case .notification, .answer: return []
      }
    } catch {
      return answer(RPCMessage.failure(error.key, error.error), in: batch)
    }
  }

  // MARK: - Requests

  private mutating func receive(
    _ key: RequestKey, _ method: String, _ parameters: JSONValue, in batch: Int?
  ) -> [Effect] {
    do throws(RPCError) {
      if method == "ping" { return succeed(key, [:], in: batch) }
      guard case .open(let version) = phase else {
        guard method == "initialize" else { throw .invalidRequest("Send \"initialize\" first.") }
        return try initialize(key, parameters)
      }
      switch method {
      case "initialize": throw .invalidRequest("This connection is initialized already.")
      case "tools/list":
        try refuseCursor(parameters)
        return succeed(key, ["tools": .list(description.tools.map { $0.value(version) })], in: batch)
      case "resources/list":
        try refuseCursor(parameters)
        return succeed(key, ["resources": .list(description.resources.map(\.value))], in: batch)
      case "resources/templates/list": return succeed(key, ["resourceTemplates": []], in: batch)
      case "tools/call": return try call(key, parameters, in: batch)
      case "resources/read": return try read(key, parameters, in: batch)
      default: throw .methodNotFound("There is no method \"\(method.prefix(100))\".")
      }
    } catch {
      return answer(RPCMessage.failure(key, error), in: batch)
    }
  }

  private mutating func initialize(_ key: RequestKey, _ parameters: JSONValue) throws(RPCError) -> [Effect] {
    guard let wanted = parameters["protocolVersion"]?.string else {
      throw .invalidParameters(
        "\"protocolVersion\" must be a text, for example \"\(ProtocolVersion.latest.rawValue)\".")
    }
    let version = ProtocolVersion.negotiated(wanted)
    phase = .open(version)
    var server: [String: JSONValue] = ["name": .text(description.name), "version": .text(description.version)]
    if version.hasStructuredContent { server["title"] = .text(description.title) }
    return succeed(
      key,
      [
        "protocolVersion": .text(version.rawValue), "serverInfo": .object(server),
        "capabilities": [
          "tools": ["listChanged": false], "resources": ["listChanged": false, "subscribe": false],
        ],
        "instructions": .text(description.instructions),
      ], in: nil)
  }

  private func refuseCursor(_ parameters: JSONValue) throws(RPCError) {
    if let cursor = parameters["cursor"], cursor != .null {
      throw .invalidParameters("There is no such cursor; the list has one page.")
    }
  }

  private mutating func call(
    _ key: RequestKey, _ parameters: JSONValue, in batch: Int?
  ) throws(RPCError) -> [Effect] {
    guard let tool = parameters["name"]?.string else { throw .invalidParameters("\"name\" must name a tool.") }
    let arguments = parameters["arguments"] ?? .null
    guard arguments == .null || arguments.members != nil else {
      throw .invalidParameters("\"arguments\" must be an object.")
    }
    try begin(key, in: batch)
    return [.call(key, tool: tool, arguments: arguments.members ?? [:])]
  }

  private mutating func read(
    _ key: RequestKey, _ parameters: JSONValue, in batch: Int?
  ) throws(RPCError) -> [Effect] {
    guard let uri = parameters["uri"]?.string else { throw .invalidParameters("\"uri\" must be a text.") }
    guard description.resources.contains(where: { $0.uri == uri }) else {
      let known = description.resources.map(\.uri).joined(separator: ", ")
      throw .resourceNotFound("There is no resource \"\(uri.prefix(200))\"; there are \(known).")
    }
    try begin(key, in: batch)
    return [.read(key, uri: uri)]
  }

  private mutating func begin(_ key: RequestKey, in batch: Int?) throws(RPCError) {
    guard running[key] == nil else { throw .invalidRequest("A request with this id has no answer yet.") }
    guard running.count < Self.maximumCalls else {
      throw .overloaded("\(Self.maximumCalls) calls run already; wait for an answer.")
    }
    running[key] = .some(batch)
    if let batch { batches[batch]?.open += 1 }
  }

  private mutating func cancel(_ key: RequestKey?) -> [Effect] {
    guard let key, let batch = running.removeValue(forKey: key) else { return [] }
    if let batch { batches[batch]?.open -= 1 }
    return [.cancel(key)] + (batch.map { send(whenComplete: $0) } ?? [])
  }

  // MARK: - Answers

  /// The lines that the end of a call leads to; none when its client no longer waits for it.
  public mutating func finish(_ key: RequestKey, _ outcome: Outcome) -> [String] {
    guard case .open(let version) = phase, let batch = running.removeValue(forKey: key) else { return [] }
    let result: Result<JSONValue, RPCError> =
      switch outcome {
      case .answered(let answer): .success(answer.value(version))
      case .read(let uri, let text):
        .success(["contents": [["uri": .text(uri), "mimeType": "application/json", "text": .text(text)]]])
      case .failed(let error): .failure(error)
      }
    if let batch { batches[batch]?.open -= 1 }
    var effects = answer(RPCMessage.answer(key, result).value, in: batch)
    if let batch { effects += send(whenComplete: batch) }
    return effects.compactMap { if case .send(let line) = $0 { line } else { nil } }
  }

  private mutating func succeed(_ key: RequestKey, _ result: JSONValue, in batch: Int?) -> [Effect] {
    answer(RPCMessage.answer(key, .success(result)).value, in: batch)
  }

  private func refusal(_ key: RequestKey?, _ error: RPCError) -> Effect {
    .send(RPCMessage.failure(key, error).line)
  }

  private mutating func answer(_ message: JSONValue, in batch: Int?) -> [Effect] {
    guard let batch else { return [.send(message.line)] }
    batches[batch]?.answers.append(message)
    return []
  }

  /// A batch of notifications alone is answered by nothing.
  private mutating func send(whenComplete number: Int) -> [Effect] {
    guard let batch = batches[number], batch.open == 0 else { return [] }
    batches[number] = nil
    return batch.answers.isEmpty ? [] : [.send(JSONValue.list(batch.answers).line)]
  }
}
