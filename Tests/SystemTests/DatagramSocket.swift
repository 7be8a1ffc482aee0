import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

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
