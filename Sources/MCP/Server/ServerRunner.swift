import Synchronization

/// Runs one client's conversation: reads lines, calls tools side by side, and sends what comes of it.
public final class ServerRunner: Sendable {
  private let session: Mutex<ServerSession>
  private let toolbox: Toolbox
  private let running = Mutex<[RequestKey: Task<Void, Never>]>([:])
  private let send: @Sendable (String) -> Void
  /// One line at a time.
  private let sending = Mutex(())

  /// - Parameter send: writes a line to the client, with its end; called by one task at a time.
  public init(
    _ toolbox: Toolbox, name: String, title: String, version: String, send: @escaping @Sendable (String) -> Void
  ) {
    self.toolbox = toolbox
    self.send = send
    session = Mutex(
      ServerSession(
        ServerSession.Description(
          name: name, title: title, version: version, instructions: toolbox.instructions, tools: toolbox.tools,
          resources: toolbox.resources)))
  }

  /// Returns when the lines have ended and the calls that ran then have been answered.
  public func run(_ lines: some AsyncSequence<LineSplitter.Line, Never>) async {
    await withDiscardingTaskGroup { group in
      for await line in lines {
        for effect in session.withLock({ $0.receive(line) }) {
          switch effect {
          case .send(let line): write(line)
          case .cancel(let key): running.withLock { $0[key] }?.cancel()
          case .call(let key, let tool, let arguments):
            start(key, in: &group) { () async throws(RPCError) in
              .answered(try await self.toolbox.call(tool, arguments))
            }
          case .read(let key, let uri):
            start(key, in: &group) { () async throws(RPCError) in
              .read(uri: uri, text: try await self.toolbox.read(uri))
            }
          }
        }
      }
    }
  }

  private func start(
    _ key: RequestKey, in group: inout DiscardingTaskGroup,
    _ body: @escaping @Sendable () async throws(RPCError) -> ServerSession.Outcome
  ) {
    let task = Task {
      let outcome: ServerSession.Outcome
      do throws(RPCError) { outcome = try await body() } catch { outcome = .failed(error) }
      for line in self.session.withLock({ $0.finish(key, outcome) }) { self.write(line) }
    }
    running.withLock { $0[key] = task }
    group.addTask {
      await task.value
      // A new request may bear the id again since its answer has left.
      self.running.withLock { if $0[key] == task { $0[key] = nil } }
    }
  }

  private func write(_ line: String) { sending.withLock { _ in send(line) } }
}
