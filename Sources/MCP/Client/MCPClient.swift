/// Why a call to a server had no answer that could be used.
public struct MCPCallError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// It never left: nothing was done.
    case notSent
    /// It left, and no answer came: it may have been carried out.
    case lost
    /// The server answered that it cannot take such a call: nothing was done.
    case refused
    /// The caller no longer waits: it may have been carried out.
    case cancelled
  }

  public var kind: Kind
  /// A sentence. Holds no secret of the server's.
  public var sentence: String

  public init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  public var description: String { sentence }
}

/// What a server answers to a call of one of its tools.
public struct ToolResult: Hashable, Sendable {
  /// The texts of its content, one after another.
  public var text: String
  public var structured: JSONValue?
  /// The server says that the tool failed. Some do not say so and tell it in the text.
  public var isError: Bool
}

/// What a server says that it is.
public struct ServerIdentity: Hashable, Sendable {
  public struct Tool: Hashable, Sendable {
    /// JSON schemas of its arguments, by name.
    public var arguments: [String: JSONValue]
  }

  public var name: String
  public var version: String
  public var tools: [String: Tool]
}

/// A client of one server that runs as a child process and speaks JSON over its pipes, a message a line.
///
/// Calls may come from any task, several at a time. The child is started by the first call, and again by the next one after
/// it has ended, five times within five minutes at most. What it writes to its error stream is noted with its secrets taken
/// out. `stop` ends it; so does letting the client go.
public actor MCPClient {
  /// Bytes of one answer: a list of all machines of a large cluster has some MiB.
  public static let maximumAnswer = 32 << 20
  /// Bytes of a line of the error stream.
  static let maximumNote = 4_096
  /// Calls that wait for their answers at one time.
  static let maximumCalls = 64
  /// Pages of a list of tools.
  static let maximumPages = 100
  /// For the whole of a start: the greeting and the list of tools.
  static let startDeadline: Duration = .seconds(60)

  private struct Waiting {
    var continuation: CheckedContinuation<Result<JSONValue, MCPCallError>, Never>
    var timer: Task<Void, Never>
  }

  private let command: ServerCommand
  private let redactor: Redactor
  private let clientVersion: String
  private let now: @Sendable () -> ContinuousClock.Instant
  private let note: @Sendable (String) -> Void
  private var budget = RestartBudget()
  private var child: ServerProcess?
  /// Counts starts, so that what an earlier child still says is not taken for the present one's.
  private var generation = 0
  private var identity: Task<Result<ServerIdentity, MCPCallError>, Never>?
  private var nextID: Int64 = 1
  private var waiting: [Int64: Waiting] = [:]
  /// The number of the last request when the child was last heard.
  private var heardAt: Int64 = 0
  private var lastNote = ""

  /// - Parameters:
  ///   - version: this program's, for the greeting.
  ///   - now: by which starts are counted.
  ///   - note: told what the child writes to its error stream, and when it ends.
  public init(
    _ command: ServerCommand, version: String, now: @escaping @Sendable () -> ContinuousClock.Instant,
    note: @escaping @Sendable (String) -> Void
  ) {
    self.command = command
    redactor = Redactor(command.secrets.values)
    clientVersion = version
    self.now = now
    self.note = note
  }

  deinit { child?.kill() }

  // MARK: - Calls

  /// What the server is; starts it when it does not run.
  public func server() async throws(MCPCallError) -> ServerIdentity {
    if child == nil { identity = nil }
    if identity == nil {
      try start()
      identity = Task { await self.greet() }
    }
    return try await identity!.value.get()
  }

  /// Calls a tool.
  /// - Parameter deadline: for its answer; when it passes the outcome is unknown.
  public func call(
    _ tool: String, _ arguments: [String: JSONValue], deadline: Duration
  ) async throws(MCPCallError) -> ToolResult {
    _ = try await server()
    let answer = try await request(
      "tools/call", ["name": .text(tool), "arguments": .object(arguments)], deadline: deadline)
    guard let content = answer["content"]?.elements else {
      throw MCPCallError(.lost, "The answer of the tool \(tool) has no content.")
    }
    let texts = content.filter { $0["type"]?.string == "text" }.compactMap { $0["text"]?.string }
    return ToolResult(
      text: redactor.redacted(texts.joined(separator: "\n")), structured: answer["structuredContent"],
      isError: answer["isError"]?.truth ?? false)
  }

  /// Ends the child; the next call starts another.
  public func stop() { finish(generation, "It was told to end.") }

  // MARK: - Start and end

  private func start() throws(MCPCallError) {
    guard budget.take(at: now()) else {
      throw MCPCallError(
        .notSent,
        "\(command.program) has ended \(RestartBudget.maximum) times within "
          + "\(RestartBudget.window.components.seconds / 60) minutes and is not started again yet. It said last: "
          + "\(lastNote.isEmpty ? "nothing" : lastNote)")
    }
    let process: ServerProcess
    do throws(ServerProcess.StartFault) { process = try ServerProcess(command) } catch {
      throw MCPCallError(.notSent, error.sentence)
    }
    child = process
    generation += 1
    let generation = generation
    Task { [weak self] in
      for await line in process.output.lines(limit: Self.maximumAnswer) {
        guard let self else { return }
        await self.receive(line, from: generation)
      }
      await self?.finish(generation, "It ended.")
    }
    Task { [weak self] in
      for await line in process.errors.lines(limit: Self.maximumNote) {
        guard let self else { return }
        await self.take(note: line)
      }
    }
  }

  private func greet() async -> Result<ServerIdentity, MCPCallError> {
    do throws(MCPCallError) {
      let answer = try await request(
        "initialize",
        [
          "protocolVersion": .text(ProtocolVersion.latest.rawValue), "capabilities": [:],
          "clientInfo": ["name": "poolkeeper", "version": .text(clientVersion)],
        ], deadline: Self.startDeadline)
      let version = answer["protocolVersion"]?.string ?? "none"
      guard ProtocolVersion(rawValue: version) != nil else {
        let known = ProtocolVersion.allCases.map(\.rawValue).joined(separator: ", ")
        throw MCPCallError(
          .notSent, "The server speaks the protocol of version \(version.prefix(40)), and not \(known).")
      }
      child?.send(RPCMessage.notification(method: "notifications/initialized", parameters: [:]).value.line)
      var identity = ServerIdentity(
        name: answer["serverInfo"]?["name"]?.string ?? "", version: answer["serverInfo"]?["version"]?.string ?? "",
        tools: [:])
      try await readTools(into: &identity)
      return .success(identity)
    } catch {
      finish(generation, "It could not be greeted.")
      // Nothing of what the caller wants has left yet.
      return .failure(MCPCallError(.notSent, error.sentence))
    }
  }

  private func readTools(into identity: inout ServerIdentity) async throws(MCPCallError) {
    var cursor: JSONValue?
    for _ in 0..<Self.maximumPages {
      let page = try await request(
        "tools/list", cursor.map { .object(["cursor": $0]) } ?? [:], deadline: Self.startDeadline)
      for tool in page["tools"]?.elements ?? [] {
        guard let name = tool["name"]?.string else { continue }
        identity.tools[name] = ServerIdentity.Tool(
          arguments: tool["inputSchema"]?["properties"]?.members ?? [:])
      }
      guard let next = page["nextCursor"], next != .null else { return }
      cursor = next
    }
    throw MCPCallError(.notSent, "The server's list of tools has no end.")
  }

  /// Ends the child of a generation, and with it all that waits for an answer of it.
  private func finish(_ ended: Int, _ why: String) {
    guard ended == generation, let child else { return }
    child.end()
    self.child = nil
    note("\(command.program): \(why)")
    let unanswered = waiting
    waiting = [:]
    for id in unanswered.keys.sorted() {
      let message =
        "\(command.program) ended before it answered; it said last: \(lastNote.isEmpty ? "nothing" : lastNote)"
      resolve(unanswered[id]!, .failure(MCPCallError(.lost, message)))
    }
  }

  // MARK: - Messages

  private func request(
    _ method: String, _ parameters: JSONValue, deadline: Duration
  ) async throws(MCPCallError) -> JSONValue {
    guard let child else { throw MCPCallError(.notSent, "\(command.program) has ended.") }
    guard waiting.count < Self.maximumCalls else {
      throw MCPCallError(.notSent, "\(Self.maximumCalls) calls wait for \(command.program) already.")
    }
    let id = nextID
    nextID += 1
    let result: Result<JSONValue, MCPCallError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard !Task.isCancelled else {
          continuation.resume(returning: .failure(MCPCallError(.cancelled, "The call was given up before it left.")))
          return
        }
        let timer = Task { [weak self] in
          do { try await Task.sleep(for: deadline) } catch { return }
          await self?.expire(id, after: deadline)
        }
        waiting[id] = Waiting(continuation: continuation, timer: timer)
        child.send(RPCMessage.request(.integer(id), method: method, parameters: parameters).value.line)
      }
    } onCancel: {
      Task { await self.giveUp(id) }
    }
    return try result.get()
  }

  private func receive(_ line: LineSplitter.Line, from sender: Int) {
    guard sender == generation, let child else { return }
    heardAt = nextID - 1
    guard case .whole(let bytes) = line, let value = JSONValue(bytes), let message = try? RPCMessage(value) else {
      // Whose answer it was cannot be told; its caller's deadline will end the wait.
      return note("\(command.program) wrote a line that is no message.")
    }
    switch message {
    case .answer(.integer(let id), let result):
      guard let waiting = waiting.removeValue(forKey: id) else { return }
      resolve(
        waiting,
        result.mapError { error in
          // Only these say for sure that the request was not taken.
          MCPCallError(
            (-32_602 ... -32_600).contains(error.code) ? .refused : .lost,
            "\(redactor.redacted(error.message)) (code \(error.code))")
        })
    case .answer(.text, _), .notification: return
    case .request(let key, "ping", _): child.send(RPCMessage.answer(key, .success([:])).value.line)
    case .request(let key, let method, _):
      child.send(RPCMessage.answer(key, .failure(.methodNotFound("No \(method) here."))).value.line)
    }
  }

  private func take(note line: LineSplitter.Line) {
    guard case .whole(let bytes) = line else { return }
    let text = redactor.redacted(String(decoding: bytes, as: UTF8.self))
    lastNote = text
    note("\(command.program): \(text)")
  }

  private func resolve(_ waiting: Waiting, _ result: Result<JSONValue, MCPCallError>) {
    waiting.timer.cancel()
    waiting.continuation.resume(returning: result)
  }

  private func expire(_ id: Int64, after deadline: Duration) {
    guard let expired = waiting.removeValue(forKey: id) else { return }
    resolve(expired, .failure(MCPCallError(.lost, "\(command.program) did not answer within \(deadline.seconds) s.")))
    tellCancelled(id)
    // One that has said nothing at all since then hangs; the others' calls are lost as well.
    if heardAt < id { finish(generation, "It did not answer.") }
  }

  private func giveUp(_ id: Int64) {
    guard let given = waiting.removeValue(forKey: id) else { return }
    resolve(given, .failure(MCPCallError(.cancelled, "The call was given up.")))
    tellCancelled(id)
  }

  private func tellCancelled(_ id: Int64) {
    child?.send(
      RPCMessage.notification(method: "notifications/cancelled", parameters: ["requestId": .integer(id)]).value.line)
  }
}

extension Duration {
  /// Whole seconds.
  fileprivate var seconds: Int64 { components.seconds }
}
