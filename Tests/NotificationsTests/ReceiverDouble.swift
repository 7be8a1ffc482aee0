import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A port at which connections are made and nothing is ever said.
final class SilentPort: Sendable {
  let number: Int
  private let socket: Int32

  init() throws {
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    let opened = openSocket(AF_INET, kind, 0)
    socket = opened
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(opened, $0, length) == 0 && listen(opened, 8) == 0 && getsockname(opened, $0, &length) == 0
      }
    }
    guard isListening else { throw CocoaError(.fileNoSuchFile) }
    number = Int(UInt16(bigEndian: address.sin_port))
  }

  deinit { close(socket) }
}

private func openSocket(_ family: Int32, _ kind: Int32, _ number: Int32) -> Int32 { socket(family, kind, number) }

/// A receiver whose every answer a test decides, and which writes down what it got.
final class ReceiverDouble: Sendable {
  struct Got: Sendable {
    var path: String
    /// By their names in lower case.
    var headers: [String: String]
    var body: String
  }

  struct Reply: Sendable {
    var status = HTTPResponse.Status.ok
    var text = "ok"
  }

  private let state = Mutex<(reply: Reply, got: [Got])>((Reply(), []))

  var got: [Got] { state.withLock { $0.got } }
  func answer(_ reply: Reply) { state.withLock { $0.reply = reply } }

  /// Runs `body` with the receiver's address.
  func run(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
    let router = Router()
    router.post("**") { [self] request, _ -> Response in
      let text = String(buffer: try await request.body.collect(upTo: 1 << 20))
      let headers = Dictionary(
        request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { first, _ in first })
      let reply = state.withLock { state in
        state.got.append(Got(path: request.uri.path, headers: headers, body: text))
        return state.reply
      }
      return Response(
        status: reply.status, body: ResponseBody(byteBuffer: ByteBuffer(string: reply.text)))
    }
    try await Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0))).test(.live) {
      client in
      try await body("http://127.0.0.1:\(client.port ?? 0)")
    }
  }
}
