import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A small HTTP/1.1 server on loopback with a thread a connection, whose every answer a test decides.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    var method: String
    var path: String
    /// Lines of the head after the first.
    var headers: [String]
    var body: [UInt8]
    /// 1 for the first connection that was accepted.
    var connection: Int
  }

  enum Reaction: Sendable {
    /// These bytes, and the connection stays.
    case answer(String)
    /// Nothing until the client hangs up.
    case silence
    /// These bytes, then the connection is closed.
    case hangUp(after: String)
    /// What the closure writes, for as long as writing works; then the connection is closed.
    case feed(@Sendable (_ write: (String) -> Bool) -> Void)
    /// These bytes, then nothing until the client hangs up.
    case hold(after: String)
  }

  enum Event: Sendable {
    case requested(Request)
    /// A connection was closed, by either side.
    case closed
  }

  let url: String
  let events: AsyncStream<Event>
  private let report: AsyncStream<Event>.Continuation
  private let listener: Int32
  private let react: @Sendable (Request) -> Reaction
  private struct State {
    var open: Set<Int32> = []
    var accepted = 0
    var requests = 0
  }
  private let state = Mutex(State())

  /// Connections accepted so far.
  var accepted: Int { state.withLock(\.accepted) }
  /// Connections open now.
  var open: Int { state.withLock(\.open.count) }
  /// Requests read so far.
  var requests: Int { state.withLock(\.requests) }

  init(_ react: @escaping @Sendable (Request) -> Reaction) throws {
    #if canImport(Darwin)
      let stream = SOCK_STREAM
    #else
      let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socketAddress in
        bind(descriptor, socketAddress, length) == 0 && listen(descriptor, 128) == 0
          && getsockname(descriptor, socketAddress, &length) == 0
      }
    }
    guard descriptor >= 0, isListening else { throw POSIXError(.EADDRNOTAVAIL) }
    listener = descriptor
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    self.react = react
    (events, report) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .unbounded)
    Thread { [self] in acceptConnections() }.start()
  }

  /// Closes the listener and every connection.
  func stop() {
    // Closed by the thread that accepts: a number that is given out anew must not be accepted from.
    shutdown(listener, Int32(SHUT_RDWR))
    state.withLock { for descriptor in $0.open { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    report.finish()
  }

  /// The next event that `matching` maps to a value.
  func next<Value: Sendable>(_ matching: (Event) -> Value?) async -> Value? {
    for await event in events {
      if let value = matching(event) { return value }
    }
    return nil
  }

  private func acceptConnections() {
    defer { close(listener) }
    while true {
      let descriptor = accept(listener, nil, nil)
      // A child of another test that ends interrupts what waits.
      if descriptor < 0 && errno == EINTR { continue }
      guard descriptor >= 0 else { return }
      let number = state.withLock { state in
        state.open.insert(descriptor)
        state.accepted += 1
        return state.accepted
      }
      Thread { [self] in
        serve(descriptor, number)
        // Closed under the lock, so that `stop` never meets a number that has been given out anew.
        state.withLock { state in
          state.open.remove(descriptor)
          _ = close(descriptor)
        }
        report.yield(.closed)
      }.start()
    }
  }

  private func serve(_ descriptor: Int32, _ number: Int) {
    var buffer: [UInt8] = []
    while let request = readRequest(descriptor, &buffer, number) {
      state.withLock { $0.requests += 1 }
      report.yield(.requested(request))
      switch react(request) {
      case .answer(let text): write(text, to: descriptor)
      case .silence:
        while let more = read(descriptor), !more.isEmpty {}
        return
      case .hangUp(let text):
        write(text, to: descriptor)
        return
      case .feed(let body):
        body { write($0, to: descriptor) }
        return
      case .hold(let text):
        write(text, to: descriptor)
        while let more = read(descriptor), !more.isEmpty {}
        return
      }
    }
  }

  private func readRequest(_ descriptor: Int32, _ buffer: inout [UInt8], _ number: Int) -> Request? {
    let separator = Array("\r\n\r\n".utf8)
    while true {
      if let head = buffer.firstRange(of: separator) {
        let lines = String(decoding: buffer[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let length =
          lines.first { $0.lowercased().hasPrefix("content-length:") }
          .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        if buffer.count >= head.upperBound + length {
          let start = lines[0].split(separator: " ").map(String.init)
          let body = Array(buffer[head.upperBound..<head.upperBound + length])
          buffer.removeFirst(head.upperBound + length)
          return Request(
            method: start[0], path: start[1], headers: Array(lines.dropFirst()), body: body, connection: number)
        }
      }
      guard let more = read(descriptor), !more.isEmpty else { return nil }
      buffer += more
    }
  }

  /// Empty at the end, `nil` when the connection broke.
  private func read(_ descriptor: Int32) -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var count = recv(descriptor, &chunk, chunk.count, 0)
    while count < 0 && errno == EINTR { count = recv(descriptor, &chunk, chunk.count, 0) }
    return count < 0 ? nil : Array(chunk[..<count])
  }

  /// - Returns: whether all of it could be written.
  @discardableResult
  private func write(_ text: String, to descriptor: Int32) -> Bool {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      #if canImport(Darwin)
        let flags: Int32 = 0
      #else
        let flags = Int32(MSG_NOSIGNAL)
      #endif
      let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, flags) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
}

/// An answer with its length.
func answer(_ status: String = "200 OK", headers: [String] = [], body: String = "") -> String {
  let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
  return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}
