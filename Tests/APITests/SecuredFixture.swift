import API
import HTTPTypes
import Hummingbird
import Logging
import Model
import Synchronization

/// A clock that a test moves.
final class HandUptime: Sendable {
  private let time = Mutex(Duration.zero)
  var now: Duration { time.withLock { $0 } }
  func pass(_ duration: Duration) { time.withLock { $0 += duration } }
}

extension ServerFixture {
  /// Asks callers from now on who they are.
  /// - Returns: a token for each name.
  mutating func require(
    _ roles: [String: Role], more: [AccessEntry] = [], uptime: HandUptime? = nil,
    _ change: (inout AccessPolicy) -> Void = { _ in }
  ) -> [String: String] {
    var tokens: [String: String] = [:]
    var entries = more
    for (name, role) in roles.sorted(by: { $0.key < $1.key }) {
      let token = AccessSecrets.newToken()
      tokens[name] = token
      entries.append(
        AccessEntry(name: name, role: role, proof: .token(Hexadecimal.bytes(AccessSecrets.hash(ofToken: token)))))
    }
    var policy = AccessPolicy(entries: entries)
    change(&policy)
    let clock: (@Sendable () -> Duration)? = if let uptime { { uptime.now } } else { nil }
    parts.access = AccessControl(policy, uptime: clock)
    return tokens
  }

  /// Runs the server on a port of loopback while `body` runs.
  func serve<Value: Sendable>(_ body: @escaping @Sendable (Int) async throws -> Value) async throws -> Value {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let (ports, port) = AsyncStream<Int>.makeStream()
    let server = Server.application(
      parts, host: "127.0.0.1", port: 0, logger: logger, onRunning: { number in _ = port.yield(number) })
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        try await server.run()
        return nil
      }
      group.addTask {
        for await port in ports { return try await body(port) }
        throw CancellationError()
      }
      while let value = try await group.next() {
        if let value {
          group.cancelAll()
          return value
        }
      }
      throw CancellationError()
    }
  }
}

/// The bytes of hexadecimal digits.
enum Hexadecimal {
  static func bytes(_ text: String) -> [UInt8] {
    let digits = Array(text)
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
  }
}
