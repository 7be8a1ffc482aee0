import Foundation
import HummingbirdTesting
import NIOCore
import Testing

@testable import API

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

#if os(Linux)
  /// Clients that ask and then take nothing.
  @Suite struct UnreadAnswerTests {
    @Test(.timeLimit(.minutes(2))) func whoTakesNothingIsCutOff() async throws {
      var fixture = ServerFixture()
      fixture.parts.unreadTime = .seconds(1)
      try await fixture.test(.overSocket) { caller in
        let client = try StubbornClient(port: try #require(caller.client.port))
        client.send(String(repeating: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", count: 200))
        while try client.isConnected { try await Task.sleep(for: .milliseconds(20)) }
        // Others are served.
        #expect(try await caller.get("/-/healthy").status == 200)
      }
    }
  }

  /// Asks and reads nothing; the system takes as little as it can for it.
  private final class StubbornClient: Sendable {
    private let socket: Int32
    /// Both ports as /proc writes them.
    private let server: String
    private let own: String

    init(port: Int) throws {
      var found: UnsafeMutablePointer<addrinfo>?
      var hints = addrinfo()
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      try #require(getaddrinfo("localhost", "\(port)", &hints, &found) == 0)
      defer { freeaddrinfo(found) }
      // The server listens at the first of them that it could have.
      for address in sequence(first: found, next: { $0?.pointee.ai_next }).compactMap({ $0?.pointee }) {
        let socket = Glibc.socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        var buffer: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<Int32>.size))
        if connect(socket, address.ai_addr, address.ai_addrlen) == 0 {
          var name = sockaddr_in6()
          var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
          withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(socket, $0, &length) }
          }
          // The port is at the same place in both kinds of address.
          (self.socket, server) = (socket, Self.hexadecimal(port))
          own = Self.hexadecimal(Int(UInt16(bigEndian: name.sin6_port)))
          return
        }
        close(socket)
      }
      throw POSIXError(.ECONNREFUSED)
    }

    deinit { close(socket) }

    private static func hexadecimal(_ port: Int) -> String {
      let text = String(port, radix: 16, uppercase: true)
      return String(repeating: "0", count: 4 - text.count) + text
    }

    func send(_ text: String) {
      _ = text.withCString { Glibc.send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }
    /// Whether the server's side of the connection is there, which the client does not hear of while it takes nothing.
    ///
    /// Source: proc(5), `net/tcp`: local and remote address with ports in hexadecimal, then the state.
    var isConnected: Bool {
      get throws {
        let rows = try ["tcp", "tcp6"].flatMap { table in
          try String(contentsOfFile: "/proc/self/net/\(table)", encoding: .utf8).split(separator: "\n").dropFirst()
        }
        return rows.contains { row in
          let cells = row.split(separator: " ")
          guard cells.count > 3 else { return false }
          return cells[1].hasSuffix(":" + server) && cells[2].hasSuffix(":" + own)
        }
      }
    }
  }
#endif
