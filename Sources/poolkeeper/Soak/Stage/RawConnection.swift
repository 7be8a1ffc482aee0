import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A TCP connection on which anything can be said; closed with the value.
final class RawConnection: Sendable {
  private let socket: Int32

  /// - Parameters:
  ///   - patience: seconds for which sending and receiving wait.
  ///   - buffer: bytes that the system takes for us unread; its own choice when absent.
  init(port: Int, patience: Int = 30, buffer: Int32? = nil) throws {
    #if canImport(Darwin)
      socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
    #else
      socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    if var buffer {
      setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<Int32>.size))
    }
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
    // Writing to a connection that the server has closed is an answer, not an end of the program.
    #if !canImport(Darwin)
      signal(SIGPIPE, SIG_IGN)
    #endif
    var limit = timeval(tv_sec: patience, tv_usec: 0)
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

  /// Takes one byte, if one is there.
  func skim() {
    var byte: UInt8 = 0
    #if canImport(Darwin)
      _ = recv(socket, &byte, 1, MSG_DONTWAIT)
    #else
      _ = recv(socket, &byte, 1, Int32(MSG_DONTWAIT))
    #endif
  }

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
