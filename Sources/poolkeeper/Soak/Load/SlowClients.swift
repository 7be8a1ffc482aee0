import Foundation
import Synchronization

/// Clients that take or send a byte a second, or stop altogether, on a thread of their own until they are ended.
final class SlowClients: Sendable {
  /// What a client asks for, and how it goes on.
  enum Habit: CaseIterable {
    /// Watches changes and takes nothing.
    case watchesAndStops
    /// Watches changes and takes a byte a second.
    case watchesSlowly
    /// Has said that it sends nothing more, and takes nothing.
    case watchesHalfClosed
    /// Asks for /metrics a hundred times at once and takes nothing.
    case asksAndStops
    /// The same, and takes a byte a second.
    case asksSlowly
    /// Sends a remote-write request a byte a second.
    case writesSlowly

    fileprivate var request: String {
      switch self {
      case .watchesAndStops, .watchesSlowly, .watchesHalfClosed:
        "GET /api/v1/stream HTTP/1.1\r\nHost: soak\r\n\r\n"
      case .asksAndStops, .asksSlowly:
        String(repeating: "GET /metrics HTTP/1.1\r\nHost: soak\r\n\r\n", count: 100)
      case .writesSlowly:
        "POST /api/v1/write HTTP/1.1\r\nHost: soak\r\nContent-Encoding: snappy\r\nContent-Length: 500\r\n\r\n"
      }
    }
  }

  /// Of each habit.
  static let each = 2
  /// Between two bytes.
  static let pause: TimeInterval = 1

  private let isEnded = Atomic<Bool>(false)

  /// Connects and begins.
  /// - Returns: those that could not connect are not there; `nil` when none could.
  init?(port: Int) {
    let clients = Habit.allCases.flatMap { habit in
      (0..<Self.each).compactMap { _ -> (Habit, RawConnection)? in
        guard let connection = try? RawConnection(port: port, patience: 1, buffer: 4_096) else { return nil }
        connection.send(Array(habit.request.utf8))
        if habit == .watchesHalfClosed { connection.finish() }
        return (habit, connection)
      }
    }
    guard !clients.isEmpty else { return nil }
    let thread = Thread { [self] in
      while !isEnded.load(ordering: .relaxed) {
        for (habit, connection) in clients {
          switch habit {
          case .watchesSlowly, .asksSlowly: connection.skim()
          case .writesSlowly: connection.send([0])
          case .watchesAndStops, .watchesHalfClosed, .asksAndStops: break
          }
        }
        Thread.sleep(forTimeInterval: Self.pause)
      }
      // The connections end with the thread.
    }
    thread.name = "slow clients"
    thread.start()
  }

  /// They go away within a second or two.
  func end() { isEnded.store(true, ordering: .relaxed) }
}
