import Model
import Ports
import Synchronization
import Testing

@testable import Kubernetes

@Suite struct ReflectorTests {
  private let time = LeapingTime()

  private static func namespace(_ name: String, _ version: Int, _ labels: String = "{}") -> String {
    #"{"metadata":{"name":"\#(name)","resourceVersion":"\#(version)","labels":\#(labels)}}"#
  }

  private static func list(_ version: Int, _ items: [String]) -> ScriptedServer.Reaction {
    .ok(#"{"metadata":{"resourceVersion":"\#(version)"},"items":[\#(items.joined(separator: ","))]}"#)
  }

  private static func event(_ type: String, _ object: String) -> String { #"{"type":"\#(type)","object":\#(object)}"# }

  /// Runs a reflector of namespaces until `body` returns; `next` gives the names as they were at each change in turn.
  private func withReflector(
    _ server: ScriptedServer,
    _ body: (Reflector<[String: String]>, _ next: () async -> [String]?) async throws -> Void
  ) async throws {
    let (changes, change) = AsyncStream.makeStream(of: [String].self)
    let running = Mutex<Reflector<[String: String]>?>(nil)
    var options = KubernetesClientOptions()
    options.deadline = .seconds(60)
    let client = KubernetesClient(ClusterAccess(server: server.url), time: time, options: options)
    let reflector = Reflector(.namespaces, of: client, read: WorkloadReaders.namespace) {
      guard let reflector = running.withLock({ $0 }) else { return }
      change.yield(((try? reflector.objects("x").objects.keys.map(\.name)) ?? []).sorted())
    }
    running.withLock { $0 = reflector }
    let task = Task { await reflector.run() }
    var iterator = changes.makeAsyncIterator()
    try await body(reflector) { await iterator.next(isolation: nil) }
    task.cancel()
    server.cut()
    await task.value
    running.withLock { $0 = nil }
  }

  @Test func listsThenFollowsAndGoesOnWhereItWasCut() async throws {
    let server = try ScriptedServer { request in
      guard request.query["watch"] == "1" else {
        return Self.list(10, [Self.namespace("a", 1), Self.namespace("b", 2)])
      }
      switch request.query["resourceVersion"] {
      case "10": return .lines([Self.event("ADDED", Self.namespace("c", 11))], isHeld: false)
      case "11":
        return .lines(
          [
            Self.event("BOOKMARK", #"{"metadata":{"resourceVersion":"20"}}"#), Self.event("UNHEARD", "{}"),
            Self.event("DELETED", Self.namespace("a", 21)),
          ], isHeld: false)
      default: return .lines([], isHeld: true)
      }
    }
    defer { server.stop() }
    try await withReflector(server) { _, next in
      #expect(await next() == ["a", "b"])
      #expect(await next() == ["a", "b", "c"])
      #expect(await next() == ["b", "c"])
    }
    let watches = server.requests.filter { $0.query["watch"] == "1" }
    #expect(Array(watches.map { $0.query["resourceVersion"] }.prefix(2)) == ["10", "11"])
    #expect(watches.allSatisfy { $0.query["allowWatchBookmarks"] == "true" })
    #expect(watches.allSatisfy { (300...600).contains(Int($0.query["timeoutSeconds"] ?? "") ?? 0) })
  }

  @Test(arguments: [true, false])
  func listsAnewWhenTheHistoryIsCompacted(asEvent: Bool) async throws {
    let lists = Mutex(0)
    let server = try ScriptedServer { request in
      guard request.query["watch"] == "1" else {
        let number = lists.withLock {
          $0 += 1
          return $0
        }
        return number == 1 ? Self.list(10, [Self.namespace("a", 1)]) : Self.list(30, [Self.namespace("b", 2)])
      }
      if request.query["resourceVersion"] == "30" { return .lines([], isHeld: true) }
      if !asEvent { return .status(410, reason: "Expired", message: "too old resource version") }
      return .lines(
        [Self.event("ERROR", #"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#)], isHeld: true)
    }
    defer { server.stop() }
    try await withReflector(server) { _, next in
      #expect(await next() == ["a"])
      #expect(await next() == ["b"])
    }
  }

  /// The server is away for ten minutes by the clock: what was seen is not shown any more, and comes back by itself.
  @Test func showsNothingWhileTheServerIsAwayForLong() async throws {
    let time = time
    let start = time.now()
    let returnsAt = start.advanced(by: .minutes(10))
    let server = try ScriptedServer { request in
      if time.now() >= returnsAt {
        if request.query["watch"] != "1" { return Self.list(50, [Self.namespace("b", 40)]) }
        if request.query["resourceVersion"] == "50" { return .lines([], isHeld: true) }
        return .status(410, reason: "Expired")
      }
      if request.query["watch"] == "1" { return .hangUp }
      return Self.list(10, [Self.namespace("a", 1)])
    }
    defer { server.stop() }
    let problems = Mutex<[PortError]>([])
    try await withReflector(server) { reflector, next in
      #expect(await next() == ["a"])
      // Whenever it rests, the clock leaps; meanwhile it is asked again and again.
      while time.now() < returnsAt {
        do throws(PortError) { _ = try reflector.objects("cluster.test") } catch {
          problems.withLock { $0.append(error) }
          #expect(time.now() - start > .seconds(200))
        }
        await Task.yield()
      }
      #expect(await next() == ["b"])
    }
    #expect(problems.withLock { $0.last?.code } == .unreachable)
    #expect(problems.withLock { $0.last?.message.contains("have not been confirmed for") } == true)
    #expect(time.pauses.allSatisfy { $0 <= .seconds(30) })
  }

  @Test func tellsThatItMayNotList() async throws {
    let (asked, ask) = AsyncStream.makeStream(of: Void.self)
    let server = try ScriptedServer { _ in
      ask.yield()
      return .status(403, reason: "Forbidden", message: "namespaces is forbidden")
    }
    defer { server.stop() }
    try await withReflector(server) { reflector, _ in
      var count = 0
      for await _ in asked {
        count += 1
        if count == 2 { break }
      }
      let error = #expect(throws: PortError.self) { try reflector.objects("cluster.test") }
      #expect(error?.code == .forbidden)
      #expect(error?.message == "The cluster's namespaces are not known yet: namespaces is forbidden")
    }
  }
}
