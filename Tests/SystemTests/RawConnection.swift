import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A TCP connection on which a test says what it likes; closed with the value.
final class RawConnection: Sendable {
  private let socket: Int32

  init(port: Int) throws {
    #if canImport(Darwin)
      socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
    #else
      socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else {
      close(socket)
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .ECONNREFUSED)
    }
    // Writing to a connection that the server has closed is an answer, not an end of the test.
    #if !canImport(Darwin)
      signal(SIGPIPE, SIG_IGN)
    #endif
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(socket) }

  func send(_ text: String) throws { _ = send(Array(text.utf8)) }

  /// - Returns: whether all was taken.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  /// Says that nothing more will come.
  func finish() { _ = shutdown(socket, Int32(SHUT_WR)) }

  /// All that comes until the server closes, up to a bound; `nil` when nothing came and nothing ended within 30 s.
  func receiveAll(atMost limit: Int = 1 << 24) -> [UInt8]? {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while all.count < limit {
      let count = buffer.withUnsafeMutableBytes { read(socket, $0.baseAddress, $0.count) }
      if count == 0 { return all }
      // The server closed with bytes of ours unread.
      if count < 0 { return errno == EAGAIN || errno == EWOULDBLOCK ? nil : all }
      all += buffer[..<count]
    }
    return all
  }
}

/// A datagram socket as systemd has one for its services.
final class DatagramSocket: Sendable {
  let path: String
  private let socket: Int32
  private let heard = Mutex<[String]>([])

  init(_ path: String) throws {
    self.path = path
    #if canImport(Darwin)
      socket = Darwin.socket(AF_UNIX, SOCK_DGRAM, 0)
    #else
      socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    #endif
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { throw POSIXError(.ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    let bound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL) }
  }

  deinit { close(socket) }

  /// What was heard so far.
  var messages: [String] {
    heard.withLock { heard in
      var buffer = [UInt8](repeating: 0, count: 4_096)
      while true {
        let count = buffer.withUnsafeMutableBytes { read(socket, $0.baseAddress, $0.count) }
        guard count > 0 else { return heard }
        heard.append(String(decoding: buffer[..<count], as: UTF8.self))
      }
    }
  }

  func forget() {
    _ = messages
    heard.withLock { $0 = [] }
  }
}
