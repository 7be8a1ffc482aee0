import Foundation
import HTTPTypes
import Model
import Ports
import Testing
import TimeSeries

@testable import API

/// Who calls, by tokens and passwords, and how much they may ask.
@Suite struct AccessGuardTests {
  private static let retryAfter = HTTPField.Name("Retry-After")!

  private static func bearer(_ token: String?) -> HTTPFields { [.authorization: "Bearer \(token ?? "")"] }

  private static func basic(_ user: String, _ password: String) -> HTTPFields {
    [.authorization: "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"]
  }

  @Test(arguments: Way.allCases)
  func namesTheOneWhoAskedAndWhy(way: Way) async throws {
    var fixture = ServerFixture()
    let tokens = fixture.require(["alice": .operate])
    try await fixture.test(way) { server async throws in
      let answer = try await server.post(
        "/api/v1/pools/burst/scale", #"{"workers":1,"reason":"the  nightly\nbatch"}"#,
        headers: Self.bearer(tokens["alice"]))
      #expect(answer.status == 202)
      let removal = try await server.call(
        .delete, "/api/v1/workers/w?reason=it%20is%20slow", headers: Self.bearer(tokens["alice"]))
      #expect(removal.status == 202)
    }
    let order = ScaleOrder(pool: "burst", workers: 1)
    #expect(
      fixture.operations.calls == [
        .scale(order, actor: "alice, reason: the nightly batch"),
        .remove("w", force: false, actor: "alice, reason: it is slow"),
      ])
  }

  @Test func tellsWhatIsMissingInEachFormOfAnswer() async throws {
    var fixture = ServerFixture()
    let tokens = fixture.require(["prom": .ingest])
    try await fixture.test(.overSocket) { server async throws in
      let nobody = try await server.get("/api/v1/pools")
      #expect(nobody.status == 401)
      #expect(nobody.headers[.wwwAuthenticate] == #"Bearer realm="poolkeeper""#)
      #expect(
        nobody.text
          == #"{"error":{"code":"unauthenticated","message":"The call needs the role read: send a token (Authorization: Bearer …), or sign in."}}"#
      )
      let query = try await server.get("/api/v1/query?query=up")
      #expect(query.status == 401)
      #expect(query.text.hasPrefix(#"{"error":"The call needs the role read"#))
      #expect(query.text.hasSuffix(#""errorType":"unauthenticated","status":"error"}"#))
      let stranger = try await server.call(.get, "/api/v1/pools", headers: Self.bearer(tokens["prom"]))
      #expect(stranger.status == 403)
      #expect(
        stranger.text
          == #"{"error":{"code":"forbidden","message":"prom has the role ingest; the call needs the role read."}}"#)
      for wrong in ["Bearer pk_wrong", "Bearer", "Basic !!!", "Digest x", "Bearer \(tokens["prom"] ?? "")x"] {
        let answer = try await server.call(.get, "/api/v1/pools", headers: [.authorization: wrong])
        #expect(answer.status == 401, "\(wrong)")
      }
      // Who is not known does not learn what there is.
      #expect(try await server.get("/api/v1/nothing").status == 401)
      #expect(try await server.call(.get, "/api/v1/nothing", headers: Self.bearer(tokens["prom"])).status == 404)
      for path in ["/-/healthy", "/-/ready", "/api/v1/session"] { #expect(try await server.get(path).status == 200) }
    }
  }

  /// No spelling of a path leads around the role that it needs.
  @Test(arguments: [
    "/api/v1/pools/", "//api/v1/pools", "/api/v1//pools", "/api/v1/./pools", "/api/v1/x/../pools", "/api/v1/po%6Fls",
    "/API/v1/pools", "/api/v1/pools?x=/-/healthy", "/-/healthy/../../api/v1/pools", "/api/v1/pools;/-/healthy",
    "/-/healthy%2f..%2fapi/v1/pools", "/api/v1/pools/burst%2f..",
  ])
  func asksForEverySpelling(path: String) async throws {
    var fixture = ServerFixture()
    _ = fixture.require(["someone": .read])
    try await fixture.test(.overSocket) { server async throws in
      let answer = try await server.get(path)
      #expect(answer.status == 401, "\(path): \(answer.status)")
      #expect(!answer.text.contains("default_template"))
    }
  }

  @Test(arguments: Way.allCases)
  func takesSamplesOnlyFromWhomItKnows(way: Way) async throws {
    var fixture = ServerFixture()
    let tokens = fixture.require(["prom": .ingest, "grafana": .read, "root": .admin])
    let store = fixture.store
    try await fixture.test(way) { server async throws in
      let body = WireBytes.body(3, at: Samples.now.milliseconds)
      func write(_ headers: HTTPFields) async throws -> Int {
        var headers = headers
        headers[.contentType] = "application/x-protobuf"
        headers[.contentEncoding] = "snappy"
        return try await server.call(.post, "/api/v1/write", headers: headers, body: body).status
      }
      #expect(try await write([:]) == 401)
      #expect(try await write(Self.bearer("pk_wrong")) == 401)
      #expect(try await write(Self.bearer(tokens["grafana"])) == 403)
      #expect(store.statistics.samplesAppendedTotal == 0)
      #expect(try await write(Self.bearer(tokens["prom"])) == 204)
      #expect(store.statistics.samplesAppendedTotal == 3)
      #expect(try await write([:]) == 401)
      #expect(try await write(Self.bearer(tokens["root"])) != 401)
    }
  }

  @Test func knowsPasswordsAndAsksBrowsersForThem() async throws {
    var fixture = ServerFixture()
    let hash = try AccessSecrets.hash(ofPassword: "correct horse battery")
    _ = fixture.require([:], more: [AccessEntry(name: "bob", role: .ingest, proof: .password(hash))])
    let store = fixture.store
    try await fixture.test(.overSocket) { server async throws in
      let nobody = try await server.get("/metrics")
      #expect(
        nobody.headers[values: .wwwAuthenticate]
          == [#"Bearer realm="poolkeeper""#, #"Basic realm="poolkeeper", charset="UTF-8""#])
      // The console asks for itself.
      let console = try await server.call(.get, "/metrics", headers: [.poolkeeperConsole: "1"])
      #expect(console.headers[values: .wwwAuthenticate] == [#"Bearer realm="poolkeeper""#])
      #expect(try await server.call(.get, "/metrics", headers: Self.basic("bob", "wrong")).status == 401)
      #expect(
        try await server.call(.get, "/metrics", headers: Self.basic("eve", "correct horse battery")).status == 401)
      // The first write is checked on the way through the routes, the second is known where it arrives.
      for seconds: Int64 in [20, 10] {
        var headers = Self.basic("bob", "correct horse battery")
        headers[.contentType] = "application/x-protobuf"
        headers[.contentEncoding] = "snappy"
        let body = WireBytes.body(2, at: Samples.now.milliseconds - seconds * 1000)
        #expect(try await server.call(.post, "/api/v1/write", headers: headers, body: body).status == 204)
      }
    }
    #expect(store.statistics.samplesAppendedTotal == 4)
  }

  @Test func limitsGuessingByAddressAndLetsRightTokensThrough() async throws {
    var fixture = ServerFixture()
    let uptime = HandUptime()
    let hash = try AccessSecrets.hash(ofPassword: "correct horse battery")
    let tokens = fixture.require(
      ["alice": .read], more: [AccessEntry(name: "bob", role: .read, proof: .password(hash))], uptime: uptime
    ) { $0.failedAttemptsPerMinute = 6 }
    try await fixture.test(.overSocket) { server async throws in
      for _ in 0..<6 {
        #expect(try await server.call(.get, "/metrics", headers: Self.bearer("pk_guess")).status == 401)
      }
      let limited = try await server.call(.get, "/metrics", headers: Self.bearer("pk_guess"))
      #expect(limited.status == 429)
      #expect(limited.headers[Self.retryAfter] == "10")
      // Not even the right password is looked at: whoever guesses learns nothing.
      #expect(
        try await server.call(.get, "/metrics", headers: Self.basic("bob", "correct horse battery")).status == 429)
      // A token cannot be guessed, and its owner is not kept out by others.
      #expect(try await server.call(.get, "/metrics", headers: Self.bearer(tokens["alice"])).status == 200)
      uptime.pass(.seconds(10))
      #expect(
        try await server.call(.get, "/metrics", headers: Self.basic("bob", "correct horse battery")).status == 200)
      // What is known to be right costs no attempt any more.
      for _ in 0..<10 {
        #expect(
          try await server.call(.get, "/metrics", headers: Self.basic("bob", "correct horse battery")).status == 200)
      }
    }
  }

  @Test func limitsReadsAndChangesOfEachCallerByThemselves() async throws {
    var fixture = ServerFixture()
    let uptime = HandUptime()
    let tokens = fixture.require(["alice": .operate, "bert": .operate], uptime: uptime) {
      $0.readsPerSecond = 0.5
      $0.changesPerSecond = 0.2
    }
    try await fixture.test(.inProcess) { server async throws in
      for _ in 0..<5 {
        #expect(try await server.call(.get, "/metrics", headers: Self.bearer(tokens["alice"])).status == 200)
      }
      let read = try await server.call(.get, "/metrics", headers: Self.bearer(tokens["alice"]))
      #expect(read.status == 429)
      #expect(read.headers[Self.retryAfter] == "2")
      for _ in 0..<2 {
        #expect(
          try await server.call(.delete, "/api/v1/workers/w", headers: Self.bearer(tokens["alice"])).status == 202)
      }
      let change = try await server.call(.delete, "/api/v1/workers/w", headers: Self.bearer(tokens["alice"]))
      #expect(change.status == 429)
      #expect(change.text.contains("poolkeeper.server.rate_limits.changes_per_second"))
      #expect(try await server.call(.get, "/metrics", headers: Self.bearer(tokens["bert"])).status == 200)
      uptime.pass(.seconds(5))
      #expect(try await server.call(.delete, "/api/v1/workers/w", headers: Self.bearer(tokens["alice"])).status == 202)
    }
  }

  @Test func goesByAnotherPolicyAtOnce() async throws {
    var fixture = ServerFixture()
    let tokens = fixture.require(["alice": .read])
    let access = fixture.parts.access
    try await fixture.test(.overSocket) { server async throws in
      #expect(try await server.call(.get, "/metrics", headers: Self.bearer(tokens["alice"])).status == 200)
      access.replace(AccessPolicy(entries: []))
      #expect(try await server.call(.get, "/metrics", headers: Self.bearer(tokens["alice"])).status == 401)
    }
  }

  @Test func tellsBrowsersToTrustAnswersNoFurther() async throws {
    var fixture = ServerFixture()
    let tokens = fixture.require(["alice": .read])
    try await fixture.test(.overSocket) { server async throws in
      for (path, status) in [("/metrics", 200), ("/api/v1/pools", 200), ("/api/v1/nothing", 404), ("/-/healthy", 200)] {
        let answer = try await server.call(.get, path, headers: Self.bearer(tokens["alice"]))
        #expect(answer.status == status)
        #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        #expect(answer.headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
        #expect(answer.headers[.referrerPolicy] == "no-referrer")
        #expect(answer.headers[.cacheControl] == (path == "/-/healthy" ? nil : "no-store"))
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
      }
    }
  }
}
