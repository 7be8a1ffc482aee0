internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import SwiftASN1
internal import Synchronization
internal import X509

/// One connection of a client: its requests one after the other.
struct KubernetesConnection {
  typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
  typealias Writer = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

  /// Bytes of a request's body, as of the real API server.
  static let bodyLimit = 3 * 1024 * 1024
  /// Bytes of an answer that are handed on at once.
  static let pieceSize = 256 * 1024

  private let face: KubernetesFace
  private let connection: Connection

  init(_ face: KubernetesFace, _ connection: Connection) {
    self.face = face
    self.connection = connection
  }

  /// Whether the connection can be used for another request.
  private enum Ending { case keep, close }

  func serve() async {
    // Whatever ends a connection concerns its client alone.
    try? await connection.executeThenClose { inbound, outbound in
      var head: HTTPRequestHead?
      var body: [UInt8] = []
      for try await part in inbound {
        switch part {
        case .head(let value): (head, body) = (value, [])
        case .body(var buffer):
          guard body.count + buffer.readableBytes <= Self.bodyLimit else { return }
          body += buffer.readBytes(length: buffer.readableBytes) ?? []
        case .end:
          guard let request = head else { return }
          guard try await answer(request, body, outbound) == .keep, request.isKeepAlive else { return }
        }
      }
    }
  }

  // MARK: - One request

  private func answer(_ head: HTTPRequestHead, _ body: [UInt8], _ writer: Writer) async throws -> Ending {
    switch face.away.withLock({ $0 }) {
    case .refusing: return .close
    case .unavailable:
      let status = APIStatus(
        503, "ServiceUnavailable", "the server is currently unable to handle the request")
      try await write(.status(status), to: head, writer)
      return .keep
    case nil: break
    }
    let request = APIRequest(
      method: head.method.rawValue, uri: head.uri,
      accept: head.headers[canonicalForm: "accept"].joined(separator: ","),
      contentType: head.headers.first(name: "content-type") ?? "", body: body, user: try await user(head))
    let call = face.api.call(request, port: face.port)
    if let right = call.right { face.faults.note(right: right) }
    return try await carryOut(call, under: face.faults.meet(call.operation), head, writer)
  }

  private func carryOut(
    _ call: KubernetesAPI.Call, under fault: WireFault.Effect?, _ head: HTTPRequestHead, _ writer: Writer
  ) async throws -> Ending {
    switch fault {
    case .lostRequest: return .close
    case .killBefore(let process):
      WireFaults.kill(process)
      return .close
    case .refused(let status, let text):
      try await write(.status(Self.refusal(status, text)), to: head, writer)
      return .keep
    default: break
    }
    let response = call.perform()
    switch fault {
    case .lostAnswer: return .close
    case .killAfter(let process):
      WireFaults.kill(process)
      return .close
    case .late(let milliseconds): try await Task.sleep(for: .milliseconds(milliseconds))
    default: break
    }
    if case .watch(let plan) = response { return try await stream(plan, writer) }
    try await write(response, to: head, writer)
    if case .killAnswered(let process) = fault {
      // What was written before has gone to the system when the loop gets to this.
      try await connection.channel.eventLoop.submit {}.get()
      WireFaults.kill(process)
    }
    return .keep
  }

  private static func refusal(_ status: Int, _ text: String) -> APIStatus {
    let reasons = [
      400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 410: "Expired",
      422: "Invalid", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout",
    ]
    return APIStatus(status, reasons[status] ?? "Unknown", text)
  }

  /// Who the client is, by its certificate or its token.
  private func user(_ head: HTTPRequestHead) async throws -> APIRequest.User? {
    if let field = head.headers.first(name: "authorization") {
      guard field == "Bearer \(face.token)" else { return nil }
      return .init(name: "operator", groups: ["system:masters", "system:authenticated"])
    }
    guard let shown = try await connection.channel.nioSSL_peerCertificate().get() else { return nil }
    let certificate = try Certificate(derEncoded: try shown.toDERBytes())
    var user = APIRequest.User(name: "", groups: [])
    for names in certificate.subject {
      for attribute in names {
        let text = String(describing: attribute.value)
        if attribute.type == .RDNAttributeType.commonName { user.name = text }
        if attribute.type == .RDNAttributeType.organizationName { user.groups.append(text) }
      }
    }
    user.groups.append("system:authenticated")
    return user
  }

  private func write(_ response: APIResponse, to head: HTTPRequestHead, _ writer: Writer) async throws {
    guard case .whole(let status, let contentType, let extra, let body) = response else { return }
    var headers = HTTPHeaders([("Content-Type", contentType), ("Content-Length", String(body.count))])
    headers.add(contentsOf: extra)
    headers.add(name: "Audit-Id", value: UUID().uuidString.lowercased())
    let version = HTTPVersion.http1_1
    try await writer.write(
      .head(HTTPResponseHead(version: version, status: .init(statusCode: status), headers: headers)))
    if head.method != .HEAD {
      for start in stride(from: 0, to: body.count, by: Self.pieceSize) {
        try await writer.write(
          .body(.byteBuffer(ByteBuffer(bytes: body[start..<min(start + Self.pieceSize, body.count)]))))
      }
    }
    try await writer.write(.end(nil))
  }

  // MARK: - Watches

  private func stream(_ plan: WatchPlan, _ writer: Writer) async throws -> Ending {
    let (signals, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let number = face.api.addWatcher(plan.kind.table, wake)
    defer { face.api.removeWatcher(number) }
    connection.channel.closeFuture.whenComplete { _ in wake.finish() }
    let cuts = face.api.cuts
    let clock = ContinuousClock()
    let end = clock.now + .seconds(plan.timeout)
    var nextBookmark = clock.now + face.options.bookmarkInterval
    var printer = WatchPrinter(plan, now: face.api.now)
    var version = plan.version
    try await writer.write(
      .head(HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": "application/json"])))
    try await send(plan.initial, writer)
    wake.yield()
    for await _ in signals {
      guard face.api.cuts == cuts else { return .close }
      printer.now = face.api.now
      var step = face.api.nextStep(of: plan, after: version, &printer)
      try await send(step.events, writer)
      version = step.version
      while step.hasMore {
        step = face.api.nextStep(of: plan, after: version, &printer)
        try await send(step.events, writer)
        version = step.version
      }
      let isOver = step.isOver || clock.now >= end
      if plan.wantsBookmarks, !step.isOver, isOver || clock.now >= nextBookmark {
        try await send([printer.bookmark(version)], writer)
        nextBookmark = clock.now + face.options.bookmarkInterval
      }
      guard !isOver else { break }
    }
    try await writer.write(.end(nil))
    return .keep
  }

  private func send(_ events: [[UInt8]], _ writer: Writer) async throws {
    var piece: [UInt8] = []
    for event in events {
      piece += event
      guard piece.count >= Self.pieceSize else { continue }
      try await writer.write(.body(.byteBuffer(ByteBuffer(bytes: piece))))
      piece = []
    }
    if !piece.isEmpty { try await writer.write(.body(.byteBuffer(ByteBuffer(bytes: piece)))) }
  }
}
