import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An HTTP/1.1 server on a free port of this machine that answers as its script says.
final class ScriptedServer: Sendable {
  struct Request: Sendable {
    var method: String
    /// Without the query.
    var path: String
    /// Decoded.
    var query: [String: String]
    var headers: [String: String]
    var body: String
  }

  enum Reaction: Sendable {
    case answer(Int, String, headers: [String] = [])
    /// A head, these lines, and then either the end or nothing until somebody hangs up.
    case lines([String], isHeld: Bool)
    /// The connection is closed without a word.
    case hangUp

    static func ok(_ body: String) -> Reaction { .answer(200, body) }
    static func status(_ code: Int, reason: String = "", message: String = "", details: String = "{}") -> Reaction {
      .answer(
        code,
        #"{"kind":"Status","status":"Failure","code":\#(code),"reason":"\#(reason)","message":"\#(message)","details":\#(details)}"#
      )
    }
  }

  let url: String
  private let listener: Int32
  private let react: @Sendable (Request) -> Reaction
  private struct State {
    var open: Set<Int32> = []
    var requests: [Request] = []
  }
  private let state = Mutex(State())

  /// Requests so far.
  var requests: [Request] { state.withLock(\.requests) }

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
    Thread { [self] in acceptConnections() }.start()
  }

  /// Closes the listener and every connection.
  func stop() {
    // Closed by the thread that accepts: a number that is given out anew must not be accepted from.
    shutdown(listener, Int32(SHUT_RDWR))
    cut()
  }

  /// Closes every connection that is open.
  func cut() { state.withLock { for descriptor in $0.open { shutdown(descriptor, Int32(SHUT_RDWR)) } } }

  private func acceptConnections() {
    defer { close(listener) }
    while true {
      let descriptor = accept(listener, nil, nil)
      // A child of another test that ends interrupts what waits.
      if descriptor < 0 && errno == EINTR { continue }
      guard descriptor >= 0 else { return }
      state.withLock { _ = $0.open.insert(descriptor) }
      Thread { [self] in
        serve(descriptor)
        state.withLock { state in
          state.open.remove(descriptor)
          _ = close(descriptor)
        }
      }.start()
    }
  }

  private func serve(_ descriptor: Int32) {
    var buffer: [UInt8] = []
    while let request = readRequest(descriptor, &buffer) {
      state.withLock { $0.requests.append(request) }
      switch react(request) {
      case .answer(let status, let body, let headers):
        let lines = ["HTTP/1.1 \(status) Answer", "Content-Length: \(body.utf8.count)"] + headers
        write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body, to: descriptor)
      case .lines(let lines, let isHeld):
        write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + lines.map { $0 + "\n" }.joined(), to: descriptor)
        if isHeld { while let more = read(descriptor), !more.isEmpty {} }
        return
      case .hangUp: return
      }
    }
  }

  private func readRequest(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Request? {
    let separator = Array("\r\n\r\n".utf8)
    while true {
      if let head = buffer.firstRange(of: separator) {
        let lines = String(decoding: buffer[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          guard let colon = line.firstIndex(of: ":") else { continue }
          headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        if buffer.count >= head.upperBound + length {
          let start = lines[0].split(separator: " ").map(String.init)
          let body = String(decoding: buffer[head.upperBound..<head.upperBound + length], as: UTF8.self)
          buffer.removeFirst(head.upperBound + length)
          let parts = URLComponents(string: start[1])
          let query = (parts?.queryItems ?? []).map { ($0.name, $0.value ?? "") }
          return Request(
            method: start[0], path: parts?.path ?? start[1], query: Dictionary(query) { _, last in last },
            headers: headers, body: body)
        }
      }
      guard let more = read(descriptor), !more.isEmpty else { return nil }
      buffer += more
    }
  }

  private func read(_ descriptor: Int32) -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var count = recv(descriptor, &chunk, chunk.count, 0)
    while count < 0 && errno == EINTR { count = recv(descriptor, &chunk, chunk.count, 0) }
    return count < 0 ? nil : Array(chunk[..<count])
  }

  private func write(_ text: String, to descriptor: Int32) {
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
      guard count > 0 else { return }
      sent += count
    }
  }
}
