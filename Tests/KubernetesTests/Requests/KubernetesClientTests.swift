import Foundation
import Model
import Synchronization
import Testing

@testable import Kubernetes

@Suite struct KubernetesClientTests {
  private let time = LeapingTime()

  private func client(
    _ server: ScriptedServer, bearer: ClusterAccess.Bearer = .none,
    _ edit: (inout KubernetesClientOptions) -> Void = { _ in }
  ) -> KubernetesClient {
    var options = KubernetesClientOptions()
    options.deadline = .seconds(60)
    edit(&options)
    return KubernetesClient(ClusterAccess(server: server.url, bearer: bearer), time: time, options: options)
  }

  private func failure(_ body: () async throws(KubernetesError) -> Void) async -> KubernetesError? {
    do throws(KubernetesError) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  @Test func sendsEachCallAsTheServerWantsIt() async throws {
    let server = try ScriptedServer { _ in .ok("{}") }
    defer { server.stop() }
    let client = client(server, bearer: .token(Secret("hush")))
    _ = try await client.get(.nodes, namespace: nil, name: "a")
    _ = try await client.create(.leases, namespace: "n", object: Array("{}".utf8))
    _ = try await client.replace(.leases, namespace: "n", name: "l", object: Array("{}".utf8))
    _ = try await client.mergePatch(.nodes, namespace: nil, name: "a", patch: Array(#"{"a":1}"#.utf8))
    try await client.delete(.nodes, namespace: nil, name: "a", uid: "u")
    let requests = server.requests
    #expect(requests.map(\.method) == ["GET", "POST", "PUT", "PATCH", "DELETE"])
    #expect(
      requests.map(\.path) == [
        "/api/v1/nodes/a", "/apis/coordination.k8s.io/v1/namespaces/n/leases",
        "/apis/coordination.k8s.io/v1/namespaces/n/leases/l", "/api/v1/nodes/a", "/api/v1/nodes/a",
      ])
    #expect(requests.allSatisfy { $0.headers["authorization"] == "Bearer hush" })
    #expect(requests.allSatisfy { $0.headers["user-agent"] == "poolkeeper" })
    #expect(requests[3].headers["content-type"] == "application/merge-patch+json")
    #expect(
      requests[4].body == #"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u"}}"#)
  }

  @Test func waitsAndRepeatsWhatTheServerPutsOff() async throws {
    let count = Mutex(0)
    let server = try ScriptedServer { _ in
      let number = count.withLock {
        $0 += 1
        return $0
      }
      switch number {
      case 1: return .status(429, reason: "TooManyRequests", details: #"{"retryAfterSeconds":3}"#)
      case 2: return .answer(503, "busy", headers: ["Retry-After: 2"])
      default: return .ok("{}")
      }
    }
    defer { server.stop() }
    _ = try await client(server).create(.leases, namespace: "n", object: [])
    #expect(server.requests.count == 3)
    #expect(time.pauses == [.seconds(3), .seconds(2)])
  }

  @Test func stopsAskingAServerThatPutsOffForEver() async throws {
    let server = try ScriptedServer { _ in .answer(503, "busy", headers: ["Retry-After: 1"]) }
    defer { server.stop() }
    let client = client(server)
    let error = await failure { () throws(KubernetesError) in
      _ = try await client.get(.nodes, namespace: nil, name: "a")
    }
    #expect(error?.code == .server)
    #expect(server.requests.count == 6)
  }

  @Test(arguments: [(true, 6), (false, 1)])
  func repeatsReadsWhoseConnectionBreaksAndNothingElse(isRead: Bool, requests: Int) async throws {
    let server = try ScriptedServer { _ in .hangUp }
    defer { server.stop() }
    let client = client(server)
    let error = await failure { () throws(KubernetesError) in
      if isRead {
        _ = try await client.get(.nodes, namespace: nil, name: "a")
      } else {
        _ = try await client.replace(.nodes, namespace: nil, name: "a", object: [])
      }
    }
    #expect(error?.code == .uncertain)
    #expect(server.requests.count == requests)
  }

  @Test func tellsThatNobodyListens() async throws {
    let server = try ScriptedServer { _ in .hangUp }
    server.stop()
    let client = client(server)
    let error = await failure { () throws(KubernetesError) in
      _ = try await client.create(.leases, namespace: "n", object: [])
    }
    #expect(error?.code == .unreachable)
  }

  @Test func readsTheTokenAnewOnceWhenItIsRefused() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("old".utf8).write(to: file)
    let server = try ScriptedServer { request in
      if request.headers["authorization"] == "Bearer new" { return .ok("{}") }
      try? Data((request.path.hasSuffix("/a") ? "new" : "bad").utf8).write(to: file)
      return .status(401, reason: "Unauthorized", message: "Unauthorized")
    }
    defer { server.stop() }
    let client = client(server, bearer: .tokenFile(file.path))
    _ = try await client.get(.nodes, namespace: nil, name: "a")
    #expect(server.requests.count == 2)
    time.advance(by: .seconds(120))
    try Data("old".utf8).write(to: file)
    let error = await failure { () throws(KubernetesError) in
      _ = try await client.get(.nodes, namespace: nil, name: "b")
    }
    #expect(error?.code == .unauthorized)
    #expect(error?.message.contains("check the token") == true)
    #expect(server.requests.count == 4)
  }

  @Test func joinsPagesAndBeginsAnewWhenAContinuationIsTooOld() async throws {
    let isFirst = Mutex(true)
    let server = try ScriptedServer { request in
      switch request.query["continue"] {
      case nil:
        return .ok(
          #"{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"x"},"items":[{"a":1}]}"#)
      case "x"
      where isFirst.withLock({ value in
        defer { value = false }
        return value
      }):
        return .status(410, reason: "Expired")
      default:
        return .ok(#"{"kind":"NodeList","metadata":{"resourceVersion":"7"},"items":[{"b":[2]},{"c":"}"}]}"#)
      }
    }
    defer { server.stop() }
    let list = try await client(server) { $0.pageSize = 2 }.list(.nodes, namespace: nil, labelSelector: "a=b,c")
    #expect(
      String(decoding: list, as: UTF8.self)
        == #"{"apiVersion":"v1","kind":"NodeList","metadata":{"resourceVersion":"7"},"items":[{"a":1},{"b":[2]},{"c":"}"}]}"#
    )
    #expect(server.requests.map { $0.query["continue"] } == [nil, "x", nil, "x"])
    #expect(server.requests.allSatisfy { $0.query["limit"] == "2" && $0.query["labelSelector"] == "a=b,c" })
  }

  @Test func keepsToItsRate() async throws {
    let server = try ScriptedServer { _ in .ok("{}") }
    defer { server.stop() }
    let client = client(server) {
      $0.requestsPerSecond = 10
      $0.requestsAtOnce = 2
    }
    for _ in 0..<4 { _ = try await client.get(.nodes, namespace: nil, name: "a") }
    #expect(time.pauses == [.milliseconds(100), .milliseconds(100)])
  }
}
