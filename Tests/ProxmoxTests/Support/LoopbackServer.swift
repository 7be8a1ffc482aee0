import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A small HTTP/1.1 server on loopback with a thread a connection. As Proxmox does, it closes the connection behind
/// every answer of 400 and above.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    var method: String
    /// With the query.
    var target: String
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]
    /// 1 for the first connection that was accepted.
    var connection: Int
  }

  enum Reaction: Sendable {
    case answer(status: Int, reason: String, body: String)
    /// No byte of an answer.
    case hangUp
    /// An answer, behind which the connection is closed without a word.
    case answerAndClose(body: String)
  }

  let url: String
  private let listener: Int32
  private let react: @Sendable (Request) -> Reaction
  private struct State {
    var open: Set<Int32> = []
    var accepted = 0
  }
  private let state = Mutex(State())

  init(_ react: @escaping @Sendable (Request) -> Reaction) throws {
    (listener, url) = try LoopbackSocket.bound(listens: true)
    self.react = react
    Thread { [self] in acceptConnections() }.start()
  }

  /// Connections accepted so far.
  var accepted: Int { state.withLock(\.accepted) }

  /// Closes the listener and every connection.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    state.withLock { for descriptor in $0.open { shutdown(descriptor, Int32(SHUT_RDWR)) } }
  }

  private func acceptConnections() {
    while true {
      let descriptor = accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      let number = state.withLock { state in
        state.open.insert(descriptor)
        state.accepted += 1
        return state.accepted
      }
      Thread { [self] in
        serve(descriptor, number)
        state.withLock { state in
          state.open.remove(descriptor)
          _ = close(descriptor)
        }
      }.start()
    }
  }

  private func serve(_ descriptor: Int32, _ number: Int) {
    var buffer: [UInt8] = []
    while let request = readRequest(descriptor, &buffer, number) {
      switch react(request) {
      case .answer(let status, let reason, let body):
        write(Self.text(status, reason, body), to: descriptor)
        if status >= 400 { return }
      case .answerAndClose(let body):
        write(Self.text(200, "OK", body), to: descriptor)
        return
      case .hangUp: return
      }
    }
  }

  private static func text(_ status: Int, _ reason: String, _ body: String) -> String {
    var lines = ["HTTP/1.1 \(status) \(reason)", "Content-Length: \(body.utf8.count)", "Server: pve-api-daemon/3.0"]
    if status >= 400 { lines.append("Connection: close") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  private func readRequest(_ descriptor: Int32, _ buffer: inout [UInt8], _ number: Int) -> Request? {
    let separator = Array("\r\n\r\n".utf8)
    while true {
      if let head = buffer.firstRange(of: separator) {
        let lines = String(decoding: buffer[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
          guard let colon = line.firstIndex(of: ":") else { return nil }
          let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
          return (line[..<colon].lowercased(), value)
        }
        let headers = Dictionary(fields, uniquingKeysWith: { first, _ in first })
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        if buffer.count >= head.upperBound + length {
          let start = lines[0].split(separator: " ").map(String.init)
          let body = Array(buffer[head.upperBound..<head.upperBound + length])
          buffer.removeFirst(head.upperBound + length)
          return Request(method: start[0], target: start[1], headers: headers, body: body, connection: number)
        }
      }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      buffer += chunk[..<count]
    }
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
      guard count > 0 else { return }
      sent += count
    }
  }
}

/// An address at which nobody listens, and nobody else can, for as long as this lives.
final class DeafAddress: Sendable {
  let url: String
  private let descriptor: Int32

  init() throws { (descriptor, url) = try LoopbackSocket.bound(listens: false) }

  deinit { close(descriptor) }
}

enum LoopbackSocket {
  /// A socket on a free port of loopback, and its address.
  static func bound(listens: Bool) throws -> (descriptor: Int32, url: String) {
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
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socketAddress in
        bind(descriptor, socketAddress, length) == 0 && (!listens || listen(descriptor, 128) == 0)
          && getsockname(descriptor, socketAddress, &length) == 0
      }
    }
    guard descriptor >= 0, isBound else { throw POSIXError(.EADDRNOTAVAIL) }
    return (descriptor, "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
  }
}
