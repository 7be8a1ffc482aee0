import Foundation
import HTTPTypes
import Model
import Testing

@testable import API

/// Signing in to the console, and what its cookie may do.
@Suite struct SessionRouteTests {
  private static func view(_ answer: Caller.Answer) throws -> SessionView {
    try JSONFormat.decoder().decode(SessionView.self, from: Data(answer.bytes))
  }

  /// What the browser would send back.
  private static func cookie(_ answer: Caller.Answer) -> String {
    String(answer.headers[.setCookie]?.prefix { $0 != ";" } ?? "")
  }

  @Test func asksNobodyWhereNothingIsConfigured() async throws {
    try await ServerFixture().test(.overSocket) { server async throws in
      let answer = try await server.get("/api/v1/session")
      #expect(answer.text == #"{"authentication":"none","role":"admin","signed_in":false}"#)
      let signedIn = try await server.post("/api/v1/session", #"{"token":"x"}"#)
      #expect(signedIn.status == 200)
      #expect(signedIn.headers[.setCookie] == nil)
    }
  }

  @Test func signsInAndOutByToken() async throws {
    var fixture = ServerFixture()
    let tokens = fixture.require(["alice": .operate])
    try await fixture.test(.overSocket) { server async throws in
      #expect(try await server.get("/api/v1/session").text == #"{"authentication":"required","signed_in":false}"#)
      let answer = try await server.post("/api/v1/session", #"{"token":"\#(tokens["alice"] ?? "")"}"#)
      #expect(answer.text == #"{"authentication":"required","name":"alice","role":"operate","signed_in":true}"#)
      #expect(answer.headers[.cacheControl] == "no-store")
      let set = try #require(answer.headers[.setCookie])
      #expect(set.hasPrefix("poolkeeper_session="))
      #expect(set.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"))
      #expect(!set.contains(tokens["alice"] ?? "-"))
      let cookie: HTTPFields = [.cookie: "theme=dark; \(Self.cookie(answer))"]
      #expect(try Self.view(try await server.call(.get, "/api/v1/session", headers: cookie)).name == "alice")
      #expect(try await server.call(.get, "/api/v1/pools", headers: cookie).status == 200)
      let out = try await server.call(.delete, "/api/v1/session", headers: cookie)
      #expect(out.status == 200)
      #expect(out.headers[.setCookie]?.contains("Max-Age=0") == true)
      #expect(try await server.call(.get, "/api/v1/pools", headers: cookie).status == 401)
    }
  }

  /// A page of another site can make a browser send a form, but no header of its own.
  @Test func changesByCookieNeedTheConsolesHeader() async throws {
    var fixture = ServerFixture()
    let tokens = fixture.require(["alice": .operate])
    try await fixture.test(.overSocket) { server async throws in
      let answer = try await server.post("/api/v1/session", #"{"token":"\#(tokens["alice"] ?? "")"}"#)
      var headers: HTTPFields = [.cookie: Self.cookie(answer)]
      let refused = try await server.call(.delete, "/api/v1/workers/w", headers: headers)
      #expect(refused.status == 403)
      #expect(refused.text.contains(#""code":"not_from_console""#))
      headers[.poolkeeperConsole] = "1"
      headers[.origin] = "http://evil.example"
      #expect(try await server.call(.delete, "/api/v1/workers/w", headers: headers).status == 403)
      headers[.origin] = nil
      #expect(try await server.call(.delete, "/api/v1/workers/w", headers: headers).status == 202)
      // A dry run changes nothing.
      #expect(try await server.call(.post, "/api/v1/plan", headers: [.cookie: Self.cookie(answer)]).status == 200)
    }
    #expect(fixture.operations.calls.filter { if case .remove = $0 { true } else { false } }.count == 1)
  }

  @Test func signsInByPasswordAndRefusesEverythingElse() async throws {
    var fixture = ServerFixture()
    let hash = try AccessSecrets.hash(ofPassword: "correct horse battery")
    _ = fixture.require([:], more: [AccessEntry(name: "bob", role: .read, proof: .password(hash))])
    try await fixture.test(.overSocket) { server async throws in
      let right = try await server.post("/api/v1/session", #"{"user":"bob","password":"correct horse battery"}"#)
      #expect(try Self.view(right).name == "bob")
      let wrong = try await server.post("/api/v1/session", #"{"user":"bob","password":"wrong"}"#)
      #expect(wrong.status == 401)
      #expect(wrong.headers[.setCookie] == nil)
      for body in ["", "x", "{}", #"{"user":"bob"}"#, #"{"token":"a","user":"b","password":"c"}"#, #"{"token":1}"#] {
        let answer = try await server.post("/api/v1/session", body)
        #expect(answer.status == 400, "\(body)")
        #expect(answer.text.contains(#""code":"invalid""#))
      }
    }
  }

  @Test func cookiesOfEncryptedConnectionsStayOnThem() async throws {
    var fixture = ServerFixture()
    let tokens = fixture.require(["alice": .operate])
    try await fixture.test(.overSocket) { server async throws in
      let answer = try await server.post(
        "/api/v1/session", #"{"token":"\#(tokens["alice"] ?? "")"}"#, headers: [.forwardedProtocol: "https"])
      let set = try #require(answer.headers[.setCookie])
      #expect(set.hasPrefix("__Host-poolkeeper_session="))
      #expect(set.hasSuffix("; Secure"))
      #expect(try await server.call(.get, "/api/v1/pools", headers: [.cookie: Self.cookie(answer)]).status == 200)
    }
  }

  @Test func sessionsEndByTimeAndWithTheirEntry() async throws {
    var fixture = ServerFixture()
    let uptime = HandUptime()
    let tokens = fixture.require(["alice": .operate], uptime: uptime)
    let access = fixture.parts.access
    try await fixture.test(.inProcess) { server async throws in
      func signIn() async throws -> HTTPFields {
        [.cookie: Self.cookie(try await server.post("/api/v1/session", #"{"token":"\#(tokens["alice"] ?? "")"}"#))]
      }
      func isIn(_ cookie: HTTPFields) async throws -> Bool {
        try await server.call(.get, "/api/v1/pools", headers: cookie).status == 200
      }
      let cookie = try await signIn()
      for _ in 0..<12 {
        uptime.pass(.seconds(3_590))
        #expect(try await isIn(cookie))
      }
      // Twelve hours are over, however busy it was.
      uptime.pass(.seconds(200))
      #expect(try await !isIn(cookie))
      let idle = try await signIn()
      uptime.pass(.seconds(3_600))
      #expect(try await !isIn(idle))
      let removed = try await signIn()
      #expect(try await isIn(removed))
      access.replace(AccessPolicy(entries: []))
      #expect(try await !isIn(removed))
    }
  }
}

@Suite struct SessionsTests {
  @Test func keepsABoundedNumberAndForgetsTheOneUsedLongestAgo() {
    var sessions = Sessions(idleTime: .seconds(3_600), lifetime: .seconds(36_000))
    let entry = AccessEntry(name: "a", role: .read, proof: .certificate("a"))
    for number in 0..<Sessions.capacity { sessions.begin(Digest("\(number)"), entry, now: .seconds(number)) }
    #expect(sessions.use(Digest("0"), now: .seconds(1_100)) == entry)
    sessions.begin(Digest("new"), entry, now: .seconds(1_200))
    #expect(sessions.count == Sessions.capacity)
    #expect(sessions.use(Digest("1"), now: .seconds(1_201)) == nil)
    #expect(sessions.use(Digest("0"), now: .seconds(1_201)) == entry)
    #expect(sessions.use(Digest("new"), now: .seconds(1_201)) == entry)
  }
}
