import Foundation
import HTTPTransport
import Synchronization
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite struct HTTPClientConnectionTests {
  private let patience = Duration.seconds(600)

  @Test func keepsAConnectionForTheNextRequest() async throws {
    let server = try LoopbackServer { .answer(answer(body: String($0.connection))) }
    defer { server.stop() }
    let client = HTTPClient()
    for _ in 0..<5 { _ = try await client.send(HTTPRequest("GET", server.url), deadline: patience) }
    #expect(server.accepted == 1)
    await client.shutdown()
  }

  /// The server acts on a request and dies before it answers. A second copy on a new connection would be a second
  /// virtual machine.
  @Test(arguments: [("POST", 2), ("PATCH", 2), ("GET", 3)])
  func repeatsOnlyWhatMayBeRepeated(method: String, requests: Int) async throws {
    let server = try LoopbackServer { request in
      request.path == "/first" ? .answer(answer()) : .hangUp(after: "")
    }
    defer { server.stop() }
    let client = HTTPClient()
    _ = try await client.send(HTTPRequest("GET", server.url + "/first"), deadline: patience)
    let error = await #expect(throws: HTTPTransportError.self) {
      try await client.send(HTTPRequest(method, server.url + "/second"), deadline: patience)
    }
    #expect(error?.code == .interrupted)
    await client.shutdown()
    #expect(server.requests == requests)
  }

  @Test func runsNoMoreAtOnceThanConfigured() async throws {
    struct Count {
      var inFlight = 0
      var most = 0
      var seen = 0
    }
    let count = Mutex(Count())
    // Nobody is answered before three have come, so that less concurrency than allowed would be seen as well.
    let server = try LoopbackServer { _ in
      count.withLock {
        $0.inFlight += 1
        $0.seen += 1
        $0.most = max($0.most, $0.inFlight)
      }
      while count.withLock({ $0.most < 3 && $0.seen < 100 }) { sched_yield() }
      count.withLock { $0.inFlight -= 1 }
      return .answer(answer(body: "x"))
    }
    defer { server.stop() }
    var configuration = HTTPClientConfiguration()
    configuration.maximumConcurrentRequests = 3
    let client = HTTPClient(configuration)
    let url = server.url
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<100 {
        group.addTask { try await client.send(HTTPRequest("POST", url), deadline: .seconds(600)).status }
      }
      for try await status in group { #expect(status == 200) }
    }
    #expect(server.requests == 100)
    #expect(count.withLock(\.most) == 3)
    await client.shutdown()
  }

  @Test func refusesMoreThanMayWait() async throws {
    let server = try LoopbackServer { _ in .silence }
    defer { server.stop() }
    var configuration = HTTPClientConfiguration()
    configuration.maximumConcurrentRequests = 1
    configuration.maximumWaitingRequests = 2
    let client = HTTPClient(configuration)
    let url = server.url
    await withTaskGroup(of: HTTPTransportError.Code?.self) { group in
      // One in flight, two waiting, and one too many: which of them that is depends on who comes first.
      for _ in 0..<4 {
        group.addTask {
          do throws(HTTPTransportError) {
            _ = try await client.send(HTTPRequest("GET", url), deadline: .seconds(600))
            return nil
          } catch { return error.code }
        }
      }
      #expect(await group.next() == .overloaded)
      await client.shutdown()
      for await code in group { #expect(code == .closed) }
    }
  }

  @Test func shutdownGivesUpWhatIsInFlightAndWhatComesLater() async throws {
    let server = try LoopbackServer { _ in .silence }
    defer { server.stop() }
    let client = HTTPClient()
    let url = server.url
    let task = Task { try await client.send(HTTPRequest("GET", url), deadline: .seconds(600)) }
    _ = await server.next { if case .requested = $0 { true } else { nil } }
    await client.shutdown()
    await client.shutdown()
    let inFlight = await #expect(throws: HTTPTransportError.self) { try await task.value }
    let later = await #expect(throws: HTTPTransportError.self) {
      try await client.send(HTTPRequest("GET", url), deadline: .seconds(600))
    }
    #expect(inFlight?.code == .closed)
    #expect(later?.code == .closed)
  }

  /// In a process of its own, where no other test opens files or takes memory.
  @Test func leavesNothingBehindAfterThousandsOfRequestsAndHundredsOfStreams() async {
    await #expect(processExitsWith: .success) {
      func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count }
      func burst(_ count: Int, _ client: HTTPClient, _ url: String) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<count {
            group.addTask {
              let method = number % 3 == 0 ? "POST" : "GET"
              let path = number % 10 == 0 ? "/break" : "/\(number)"
              let deadline: Duration = number % 50 == 1 ? .microseconds(1) : .seconds(600)
              _ = try? await client.send(HTTPRequest(method, url + path), deadline: deadline)
            }
          }
          try await group.waitForAll()
        }
      }
      // Some are read to their end, some break, some are let go, some are cancelled while they wait.
      func streams(_ count: Int, _ client: HTTPClient, _ url: String) async throws {
        for start in stride(from: 0, to: count, by: 20) {
          try await withThrowingTaskGroup(of: Void.self) { group in
            for number in start..<start + 20 {
              group.addTask {
                let path = number % 4 == 3 ? "/hold" : number % 4 == 2 ? "/break" : "/lines"
                let limits = HTTPStreamLimits(head: .seconds(600), idle: .seconds(600), maximumWaitingBytes: 64)
                guard let stream = try? await client.stream(HTTPRequest("GET", url + path), limits: limits) else {
                  return
                }
                if number % 4 == 1 { return }
                let task = Task { for try await _ in stream.lines(maximumBytes: 1000) {} }
                if number % 4 == 3 { task.cancel() }
                _ = await task.result
              }
            }
            try await group.waitForAll()
          }
        }
      }
      let server = try LoopbackServer { request in
        switch request.path {
        case "/break": .hangUp(after: "")
        case "/hold": .hold(after: "HTTP/1.1 200 OK\r\n\r\n")
        case "/lines": .answer(answer(body: String(repeating: "line\n", count: 200)))
        default: .answer(answer(body: "x"))
        }
      }
      // The server takes connections in their order: when the last one is answered, it has seen all before it. Then it
      // closes its ends when it has seen ours closed.
      func settle() async throws {
        let last = HTTPClient()
        _ = try await last.send(HTTPRequest("GET", server.url), deadline: .seconds(600))
        await last.shutdown()
        while server.open > 0 { await Task.yield() }
      }
      func round(_ requests: Int, _ streamCount: Int) async throws {
        let client = HTTPClient()
        try await burst(requests, client, server.url)
        try await streams(streamCount, client, server.url)
        await client.shutdown()
        try await settle()
      }
      // What the runtime takes at its first use, it keeps.
      try await round(500, 100)
      let (before, memoryBefore) = (try descriptors(), residentBytes())
      for _ in 0..<4 { try await round(500, 100) }
      let (after, memoryAfter) = (try descriptors(), residentBytes())
      precondition(after == before, "\(before) descriptors became \(after)")
      // A libcurl handle takes five kilobytes and more; 2,400 of them would be twelve megabytes.
      precondition(memoryAfter - memoryBefore < 6_000_000, "\(memoryBefore) bytes became \(memoryAfter)")
    }
  }
}

/// What the process has in memory; 0 where the system does not tell.
private func residentBytes() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
  return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * Int(getpagesize()) } ?? 0
}
