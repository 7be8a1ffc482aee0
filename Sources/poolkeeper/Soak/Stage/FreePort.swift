import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Ports for servers that are started here and must know theirs before they start.
enum FreePort {
  /// A TCP port of the loopback that was free a moment ago.
  static func find() throws -> Int {
    let (socket, port) = try boundSocket()
    close(socket)
    return port
  }

  /// A socket that is bound to a port of the system's choice.
  static func boundSocket() throws -> (socket: Int32, port: Int) {
    #if canImport(Darwin)
      let socket = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard bound else {
      close(socket)
      throw Failure(.environment, "No port of 127.0.0.1 can be had: \(String(cString: strerror(errno)))")
    }
    return (socket, Int(UInt16(bigEndian: address.sin_port)))
  }
}
