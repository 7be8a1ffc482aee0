import NIOCore
import Synchronization

/// What the server knows of one connection beyond its requests. Thread-safe.
final class ClientConnection: Sendable {
  let address: CallerAddress
  /// Whether it is encrypted up to this program.
  let isSecure: Bool
  private let names = Mutex<[String]>([])

  init(address: CallerAddress, isSecure: Bool) {
    self.address = address
    self.isSecure = isSecure
  }

  /// The connection whose request the current task answers; `nil` in process.
  @TaskLocal static var current: ClientConnection?

  /// Names that the client's certificate proves: the common name first. Empty without one.
  var certificateNames: [String] { names.withLock { $0 } }

  /// To be called when the handshake is over.
  func prove(_ certificateNames: [String]) { names.withLock { $0 = certificateNames } }
}

/// How many connections each address has open. Thread-safe.
final class ConnectionCounts: Sendable {
  /// The address has all connections that it may have.
  struct TooMany: Error {}

  private let counts = Mutex<[CallerAddress: Int]>([:])

  /// Counts one more, unless there are `limit` already; addresses of this machine are not limited.
  func add(_ address: CallerAddress, limit: Int) throws(TooMany) {
    let isAdded = counts.withLock { counts in
      let count = counts[address, default: 0]
      guard count < limit || address.isLoopback else { return false }
      counts[address] = count + 1
      return true
    }
    if !isAdded { throw TooMany() }
  }

  /// Counts one less; to be called when a connection that was added has ended.
  func remove(_ address: CallerAddress) {
    counts.withLock { counts in
      let count = counts[address, default: 0]
      counts[address] = count > 1 ? count - 1 : nil
    }
  }

  func count(of address: CallerAddress) -> Int { counts.withLock { $0[address, default: 0] } }
}
