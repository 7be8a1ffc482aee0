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
    @Test(.timeLimit(.minutes(2)), arguments: [false, true])
    func whoTakesNothingIsCutOff(isHalfClosed: Bool) async throws {
      var fixture = ServerFixture()
      fixture.parts.unreadTime = .seconds(1)
      try await fixture.test(.overSocket) { caller in
        let client = try StubbornClient(port: try #require(caller.client.port))
        client.send(String(repeating: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", count: 200))
        if isHalfClosed { client.finish() }
        while !client.isCutOff { try await Task.sleep(for: .milliseconds(20)) }
        // Others are served.
        #expect(try await caller.get("/-/healthy").status == 200)
      }
    }

    @Test(.timeLimit(.minutes(2))) func aWatcherThatTakesNothingGivesItsPlaceBack() async throws {
      var fixture = ServerFixture()
      fixture.parts.unreadTime = .seconds(1)
      let changes = fixture.parts.changes
      try await fixture.test(.overSocket) { caller in
        let client = try StubbornClient(port: try #require(caller.client.port))
        client.send("GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        client.finish()
        while changes.watchers == 0 { try await Task.sleep(for: .milliseconds(20)) }
        while changes.watchers > 0 {
          changes.changed()
          try await Task.sleep(for: .milliseconds(20))
        }
      }
    }
  }

  /// Asks and reads nothing; the system takes as little as it can for it.
  private final class StubbornClient: Sendable {
    private let socket: Int32

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
          self.socket = socket
          return
        }
        close(socket)
      }
      throw POSIXError(.ECONNREFUSED)
    }

    deinit { close(socket) }

    func send(_ text: String) {
      _ = text.withCString { Glibc.send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }
    func finish() { _ = shutdown(socket, Int32(SHUT_WR)) }

    /// Whether the other side has ended the connection, which is seen without reading.
    var isCutOff: Bool {
      var entry = pollfd(fd: socket, events: 0, revents: 0)
      return poll(&entry, 1, 0) > 0 && Int32(entry.revents) & Int32(POLLERR) != 0
    }
  }
#endif
