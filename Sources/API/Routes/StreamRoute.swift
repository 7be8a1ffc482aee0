import Foundation
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import Ports
import ServiceLifecycle

/// `/api/v1/stream`: Server-Sent Events that tell when there is something new to be asked for.
///
/// Source: HTML, "Server-sent events".
struct StreamRoute: Sendable {
  let feed: ChangeFeed
  let operations: any Operations
  /// Real time: it keeps a connection alive, whatever clock the program decides by.
  var heartbeat = ServerLimits.streamHeartbeat
  var pause = ServerLimits.streamPause

  func add(to group: some RouterMethods<ServerContext>) {
    group.get("/stream") { _, _ in try answer() }
  }

  private func answer() throws -> Response {
    guard let place = feed.join() else {
      var response = try JSONAnswer.error(
        .serviceUnavailable, code: "busy",
        message:
          "\(ServerLimits.watchers) watch already, and no more can. Ask /api/v1/overview every few seconds instead.")
      response.headers[.retryAfter] = "30"
      return response
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .xAccelBuffering: "no"],
      body: ResponseBody { writer in
        var writer = writer
        try await write(to: &writer, at: place)
        try await writer.finish(nil)
      })
  }

  /// Until the client has gone or the program is to stop.
  private func write(to writer: inout any ResponseBodyWriter, at place: ChangeFeed.Place) async throws {
    var told = feed.revision
    try await writer.write(await message("hello", told))
    let alarm = Alarm(every: heartbeat, place)
    defer { alarm.stop() }
    while await Self.isWoken(place) {
      let revision = feed.revision
      try await writer.write(await message(revision == told ? "beat" : "change", revision))
      guard revision != told else { continue }
      told = revision
      // What comes in the meantime is told together.
      guard await Self.rests(pause) else { return }
    }
  }

  /// - Returns: `false` when the program is to stop, or nobody reads any more.
  private static func isWoken(_ place: ChangeFeed.Place) async -> Bool {
    await cancelWhenGracefulShutdown {
      for await _ in place.wakes { return !Task.isCancelled }
      return false
    }
  }

  private static func rests(_ pause: Duration) async -> Bool {
    await cancelWhenGracefulShutdown { (try? await Task.sleep(for: pause)) != nil }
  }

  private func message(_ event: String, _ revision: Int) async -> ByteBuffer {
    let status = await operations.status()
    let news = StreamNews(
      revision: revision, now: status.now, startedAt: status.startedAt, version: status.version, ticks: status.ticks)
    // A value of texts and numbers can always be written.
    let json = (try? JSONFormat.encoder().encode(news)) ?? Data("{}".utf8)
    return ByteBuffer(string: "event: \(event)\nid: \(revision)\ndata: \(String(decoding: json, as: UTF8.self))\n\n")
  }
}

/// Wakes a place again and again, so that a connection on which nothing happens is not taken for a dead one.
private struct Alarm {
  private let task: Task<Void, Never>

  init(every interval: Duration, _ place: ChangeFeed.Place) {
    task = Task { [weak place] in
      while (try? await Task.sleep(for: interval)) != nil { place?.wake() }
    }
  }

  func stop() { task.cancel() }
}

/// What each event of the stream carries.
struct StreamNews: Codable, Sendable, Equatable {
  /// Counts changes since the start of the program.
  var revision: Int
  var now: Instant
  /// Another than before: the program was started anew.
  var startedAt: Instant
  var version: String
  var ticks: Int
}

extension HTTPField.Name {
  /// Asks proxies (nginx) to pass on each event at once.
  static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
