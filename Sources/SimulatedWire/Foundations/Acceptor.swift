internal import NIOCore

/// Serves the connections of a listener until the task is cancelled.
///
/// When it is, the listener is closed first and what was accepted by then is taken off it: a connection that nobody takes
/// would end the process.
enum Acceptor {
  static func serve<Connection: Sendable>(
    _ listener: NIOAsyncChannel<Connection, Never>, _ connection: @escaping @Sendable (Connection) async -> Void
  ) async throws {
    let channel = listener.channel
    // A task of its own, which the caller's cancellation does not reach, so that the loop ends with the listener.
    let accepting = Task {
      try await listener.executeThenClose { connections in
        try await withThrowingDiscardingTaskGroup { group in
          for try await next in connections { group.addTask { await connection(next) } }
          group.cancelAll()
        }
      }
    }
    try await withTaskCancellationHandler {
      try await accepting.value
    } onCancel: {
      channel.close(promise: nil)
    }
  }
}
