import HTTPTransport
import Model
import Ports
import Synchronization
import Testing

@testable import Proxmox

@Suite struct ProxmoxClientTests {
  private let time = SteppedTime()

  private func client(
    _ urls: [String], _ credentials: ProxmoxCredentials = .token(id: "keeper@pve!pool", secret: "s3cret"),
    notice: @escaping @Sendable (String) -> Void = { _ in }
  ) -> ProxmoxClient {
    var options = ProxmoxOptions(endpoints: urls.map { ProxmoxEndpoint($0) }, credentials: credentials, cluster: "prod")
    options.timeout = .seconds(60)
    return ProxmoxClient(options, time: time, notice: notice)
  }

  private static func ok(_ data: String = "null") -> LoopbackServer.Reaction {
    .answer(status: 200, reason: "OK", body: "{\"data\":\(data)}")
  }

  private func failure(_ body: () async throws -> Void) async -> ProxmoxFailure? {
    do {
      try await body()
      return nil
    } catch { return error as? ProxmoxFailure }
  }

  private final class Recorder: Sendable {
    private let kept = Mutex<[LoopbackServer.Request]>([])
    func add(_ request: LoopbackServer.Request) -> Int {
      kept.withLock {
        $0.append(request)
        return $0.count
      }
    }
    var all: [LoopbackServer.Request] { kept.withLock { $0 } }
  }

  // MARK: Requests

  @Test func tokensGoWithEveryRequestAndParametersWhereTheyBelong() async throws {
    let recorder = Recorder()
    let server = try LoopbackServer { request in
      _ = recorder.add(request)
      return Self.ok()
    }
    defer { server.stop() }
    let client = client([server.url + "/"])
    _ = try await client.get(["nodes", "pve1", "tasks", "UPID:a:"], ["limit": 5])
    _ = try await client.post(["access", "x"], ["full": true, "name": "a b"])
    _ = try await client.put(["access", "x"], ["size": "40G"])
    _ = try await client.delete(["access", "x"], ["purge": true])
    let all = recorder.all
    #expect(all.allSatisfy { $0.headers["authorization"] == "PVEAPIToken=keeper@pve!pool=s3cret" })
    #expect(
      all.map { "\($0.method) \($0.target) \(String(decoding: $0.body, as: UTF8.self))" } == [
        "GET /api2/json/nodes/pve1/tasks/UPID%3Aa%3A?limit=5 ", "POST /api2/json/access/x full=1&name=a%20b",
        "PUT /api2/json/access/x size=40G", "DELETE /api2/json/access/x?purge=1 ",
      ])
    #expect(all.map { $0.headers["content-length"] } == [nil, "17", "8", nil])
    #expect(all.allSatisfy { $0.headers["transfer-encoding"] == nil && $0.headers["csrfpreventiontoken"] == nil })
    await client.shutdown()
  }

  @Test func oneTicketServesManyCallsAndIsRenewedWithItself() async throws {
    let recorder = Recorder()
    let server = try LoopbackServer { request in
      _ = recorder.add(request)
      guard request.target.hasSuffix("/access/ticket") else { return Self.ok() }
      let isFirst = String(decoding: request.body, as: UTF8.self).contains("password=pass")
      return Self.ok("{\"ticket\":\"PVE:\(isFirst ? "first" : "second")=\",\"CSRFPreventionToken\":\"guard\"}")
    }
    defer { server.stop() }
    let client = client([server.url], .password(user: "keeper@pve", password: "pass word"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<5 { group.addTask { _ = try await client.get(["version"]) } }
      try await group.waitForAll()
    }
    _ = try await client.post(["cluster", "x"])
    #expect(recorder.all.filter { $0.target.hasSuffix("ticket") }.count == 1)
    let last = try #require(recorder.all.last)
    #expect(last.headers["cookie"] == "PVEAuthCookie=PVE%3Afirst%3D")
    #expect(last.headers["csrfpreventiontoken"] == "guard")
    #expect(recorder.all.filter { $0.method == "GET" }.allSatisfy { $0.headers["csrfpreventiontoken"] == nil })
    time.advance(by: .minutes(91))
    _ = try await client.get(["version"])
    let logins = recorder.all.filter { $0.target.hasSuffix("ticket") }.map { String(decoding: $0.body, as: UTF8.self) }
    #expect(logins == ["password=pass%20word&username=keeper%40pve", "password=PVE%3Afirst%3D&username=keeper%40pve"])
    #expect(recorder.all.last?.headers["cookie"] == "PVEAuthCookie=PVE%3Asecond%3D")
    await client.shutdown()
  }

  @Test func aRefusedTicketIsRenewedOnceForAChangeToo() async throws {
    let recorder = Recorder()
    let server = try LoopbackServer { request in
      let count = recorder.add(request)
      if request.target.hasSuffix("/access/ticket") {
        return Self.ok("{\"ticket\":\"PVE:\(count)\",\"CSRFPreventionToken\":\"c\"}")
      }
      return count == 2 ? .answer(status: 401, reason: "permission denied - invalid PVE ticket", body: "") : Self.ok()
    }
    defer { server.stop() }
    let client = client([server.url], .password(user: "keeper@pve", password: "p"))
    _ = try await client.post(["nodes", "pve1"])
    #expect(recorder.all.map(\.method) == ["POST", "POST", "POST", "POST"])
    #expect(recorder.all.last?.headers["cookie"] == "PVEAuthCookie=PVE%3A3")
    await client.shutdown()
  }

  @Test func aTokenThatIsRefusedIsNotTriedAgain() async throws {
    let recorder = Recorder()
    let server = try LoopbackServer { request in
      _ = recorder.add(request)
      return .answer(status: 401, reason: "Authentication failed! s3cret", body: "")
    }
    defer { server.stop() }
    let client = client([server.url])
    let found = await failure { _ = try await client.get(["version"]) }
    #expect(found?.meaning == .unauthenticated)
    #expect(found?.text == "Authentication failed! ‹secret›")
    #expect(recorder.all.count == 1)
    await client.shutdown()
  }

  @Test func loginsThatNeedASecondFactorSaySo() async throws {
    let server = try LoopbackServer { _ in Self.ok("{\"ticket\":null,\"NeedTFA\":1}") }
    defer { server.stop() }
    let client = client([server.url], .password(user: "keeper@pve", password: "p"))
    let found = await failure { _ = try await client.get(["version"]) }
    #expect(found?.text.contains("an API token is needed") == true)
    await client.shutdown()
  }

  @Test(arguments: [(200, "<html>", "is the URL right?"), (302, "", "port 8006")])
  func tellsWhenTheServerIsNotProxmox(status: Int, body: String, words: String) async throws {
    let server = try LoopbackServer { _ in .answer(status: status, reason: "x", body: body) }
    defer { server.stop() }
    let client = client([server.url])
    let found = await failure { _ = try await client.get(["version"]) }
    #expect(found?.text.contains(words) == true)
    await client.shutdown()
  }

  // MARK: Connections

  @Test func aReadWhoseKeptConnectionDiedIsMadeOnceMore() async throws {
    let recorder = Recorder()
    let server = try LoopbackServer { request in
      recorder.add(request) == 2 ? .hangUp : Self.ok("1")
    }
    defer { server.stop() }
    let client = client([server.url])
    _ = try await client.get(["version"])
    try await expectEqual(client.get(["version"]).integer, 1)
    await client.shutdown()
  }

  @Test func aReadThatNeverAnswersIsGivenUp() async throws {
    let recorder = Recorder()
    let server = try LoopbackServer { request in
      _ = recorder.add(request)
      return .hangUp
    }
    defer { server.stop() }
    let client = client([server.url])
    let found = await failure { _ = try await client.get(["version"]) }
    #expect(found?.meaning == .noEndpoint)
    #expect(recorder.all.count <= 3)
    await client.shutdown()
  }

  @Test(arguments: [ProxmoxClient.Method.post, .put, .delete])
  func aChangeWhoseAnswerIsLostIsNeverSentAgain(method: ProxmoxClient.Method) async throws {
    let recorder = Recorder()
    let server = try LoopbackServer { request in
      _ = recorder.add(request)
      return request.method == "GET" ? Self.ok() : .hangUp
    }
    let spare = try LoopbackServer { request in
      _ = recorder.add(request)
      return Self.ok()
    }
    defer {
      server.stop()
      spare.stop()
    }
    let client = client([server.url, spare.url])
    _ = try await client.get(["version"])
    let found = await failure {
      switch method {
      case .post: _ = try await client.post(["x"])
      case .put: _ = try await client.put(["x"], [:])
      default: _ = try await client.delete(["x"], [:])
      }
    }
    #expect(found?.meaning == .uncertain)
    #expect(recorder.all.filter { $0.method != "GET" }.count == 1)
    await client.shutdown()
  }

  // MARK: Several hosts

  @Test func anotherHostIsAskedWhileOneCannotBeReached() async throws {
    let gone = try DeafAddress()
    let recorder = Recorder()
    let server = try LoopbackServer { request in
      _ = recorder.add(request)
      return Self.ok()
    }
    defer { server.stop() }
    let notices = Stage.Notices()
    let client = client([gone.url, server.url]) { notices.add($0) }
    _ = try await client.post(["x"])
    _ = try await client.get(["x"])
    #expect(recorder.all.map(\.method) == ["POST", "GET"])
    #expect(notices.all.count == 1)
    #expect(notices.all.first?.hasPrefix("\(server.url) is asked from now on: \(gone.url) cannot be used") == true)
    await client.shutdown()
  }

  @Test(arguments: [
    (500, "cluster not ready - no quorum?"), (595, "No route to host"), (596, "Connection timed out"),
    (401, "No ticket"),
  ])
  func anAnswerIsNoReasonToAskAnotherHost(status: Int, reason: String) async throws {
    let server = try LoopbackServer { _ in .answer(status: status, reason: reason, body: "{\"data\":null}") }
    let recorder = Recorder()
    let spare = try LoopbackServer { request in
      _ = recorder.add(request)
      return Self.ok()
    }
    defer {
      server.stop()
      spare.stop()
    }
    let client = client([server.url, spare.url])
    #expect(await failure { _ = try await client.get(["x"]) }?.status == status)
    #expect(await failure { _ = try await client.post(["x"]) }?.status == status)
    #expect(recorder.all.isEmpty)
    await client.shutdown()
  }

  @Test func everyHostsReasonIsToldWhenNoneAnswers() async throws {
    let gone = try (0..<2).map { _ in try DeafAddress() }
    let client = client(gone.map(\.url))
    let found = await failure { _ = try await client.get(["x"]) }
    #expect(found?.meaning == .noEndpoint)
    #expect(gone.allSatisfy { found?.text.contains($0.url) == true })
    await client.shutdown()
  }

  // MARK: Trust

  @Test(.enabled(if: SecureServer.isAvailable, "python3 and openssl are needed for a server with TLS."))
  func trustsByAuthorityOrFingerprintAndByNothingElse() async throws {
    let server = try SecureServer()
    let wrong = try #require(CertificateFingerprint(String(repeating: "0", count: 64)))
    let right = try #require(CertificateFingerprint(server.fingerprint))
    for (trust, works) in [
      (ServerTrust.authorities(.bytes(server.certificate)), true), (.fingerprint(right), true), (.system, false),
      (.fingerprint(wrong), false),
    ] {
      let options = ProxmoxOptions(
        endpoints: [ProxmoxEndpoint(server.url, trust: trust)], credentials: .token(id: "a@pve!b", secret: "s3cret"),
        cluster: "prod")
      let client = ProxmoxClient(options, time: time, notice: { _ in })
      let found = await failure {
        let version = try await client.get(["version"])
        #expect(version["release"]?.text == "9.1")
      }
      #expect(found?.meaning == (works ? nil : .untrusted), "\(trust)")
      #expect(found?.text.contains("s3cret") != true)
      await client.shutdown()
    }
  }
}
