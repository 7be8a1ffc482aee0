import API
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Model
import Testing
import TimeSeries

/// Pages of other origins in an operator's browser give no orders. In process, the Host field is `localhost`.
@Suite struct OriginGuardTests {
  private static let site = HTTPField.Name("Sec-Fetch-Site")!

  private func statuses(_ headers: HTTPFields, hostNames: Set<String> = []) async throws -> [Int] {
    var fixture = ServerFixture()
    fixture.parts.hostNames = hostNames
    return try await fixture.test(.inProcess) { server async throws in
      [
        try await server.post("/api/v1/pools/burst/scale", #"{"workers":1}"#, headers: headers).status,
        try await server.call(.delete, "/api/v1/workers/w", headers: headers).status,
        try await server.post("/api/v1/workers/w/extend", "{}", headers: headers).status,
        try await server.call(.post, "/api/v1/plan", headers: headers).status,
      ]
    }
  }

  @Test(
    arguments: [
      [:], [.origin: "http://localhost"], [.origin: "https://LOCALHOST"], [site: "same-origin"], [site: "none"],
      [.origin: "http://localhost", site: "same-origin"],
    ] as [HTTPFields])
  func takesOrdersFromProgramsAndFromItsOwnPages(headers: HTTPFields) async throws {
    #expect(try await statuses(headers) == [202, 202, 200, 200])
  }

  @Test(
    arguments: [
      [.origin: "http://evil.example"], [.origin: "null"], [.origin: ""], [.origin: "http://localhost:8080"],
      [.origin: "http://localhost.evil.example"], [.origin: "http://127.0.0.1"], [site: "cross-site"],
      [site: "same-site"],
      [.origin: "http://localhost", site: "cross-site"],
    ] as [HTTPFields])
  func refusesOrdersFromForeignPages(headers: HTTPFields) async throws {
    #expect(try await statuses(headers) == [403, 403, 403, 403])
  }

  @Test func refusesForeignPagesBeforeAnythingIsAskedAndSaysWhy() async throws {
    let fixture = ServerFixture()
    try await fixture.test(.overSocket) { server async throws in
      let answer = try await server.call(
        .delete, "/api/v1/workers/w", headers: [.origin: "http://evil.example"])
      #expect(answer.status == 403)
      #expect(answer.text.hasPrefix(#"{"error":{"code":"foreign_origin","message":"Orders and samples from web pages"#))
    }
    #expect(fixture.operations.calls.isEmpty)
  }

  /// Reading stays open, so that a Grafana or a bookmark elsewhere goes on working; nobody but a page of ours can read
  /// the answer, because no CORS header is sent.
  @Test func letsForeignPagesReadWithoutHandingThemTheAnswer() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      let answer = try await server.call(.get, "/api/v1/pools", headers: [.origin: "http://evil.example"])
      #expect(answer.status == 200)
      #expect(answer.headers[.accessControlAllowOrigin] == nil)
    }
  }

  /// A page under a name that was turned on us would be of one origin with our answers.
  @Test(arguments: ["/api/v1/snapshot", "/metrics", "/api/v1/query?query=up", "/"])
  func answersNothingUnderForeignNamesWhereNobodyIsAsked(path: String) async throws {
    var fixture = ServerFixture()
    fixture.parts.hostNames = ["keeper.internal"]
    let open = Server.router(fixture.parts).buildResponder()
    for (authority, isAnswered) in [
      ("rebound.example:9095", false), ("keeper.internal:9095", true), ("127.0.0.1:9095", true), ("localhost", true),
    ] {
      let status = try await OneRequest.answer(open, .get, path, authority: authority, headers: [:])
      #expect((status != 403) == isAnswered, "\(authority)")
    }
    // With a token it does not matter how the server is called: no page has one.
    let token = fixture.require(["alice": .read])["alice"] ?? ""
    let asking = Server.router(fixture.parts).buildResponder()
    let status = try await OneRequest.answer(
      asking, .get, path, authority: "rebound.example:9095", headers: [.authorization: "Bearer \(token)"])
    #expect(status != 403)
  }

  /// Samples of a page are no samples: what is on the way through the routes, and what is taken before them.
  @Test func takesNoSamplesFromPages() async throws {
    let fixture = ServerFixture()
    let responder = Server.router(fixture.parts).buildResponder()
    let headers: HTTPFields = [.origin: "http://rebound.example:9095", .contentType: "application/x-protobuf"]
    let status = try await OneRequest.answer(
      responder, .post, "/api/v1/write", authority: "rebound.example:9095", headers: headers)
    #expect(status == 403)
    try await fixture.test(.overSocket) { server async throws in
      var fields = headers
      fields[.contentEncoding] = "snappy"
      fields[.origin] = "http://evil.example"
      let body = WireBytes.body(1, at: Samples.now.milliseconds)
      #expect(try await server.call(.post, "/api/v1/write", headers: fields, body: body).status == 403)
    }
    #expect(fixture.store.statistics.samplesAppendedTotal == 0)
  }

  /// A name that a foreign name server has turned on our address agrees with itself, and is refused all the same.
  @Test(arguments: [
    ("rebound.example:9095", false), ("keeper.internal:9095", true), ("KEEPER.internal:9095", true),
    ("10.0.0.5:9095", true), ("[::1]:9095", true), ("10.0.0.5.rebound.example", false), ("10.0.0:9095", false),
  ])
  func trustsOnlyAddressesAndConfiguredNames(authority: String, isTrusted: Bool) async throws {
    var fixture = ServerFixture()
    fixture.parts.hostNames = ["keeper.internal"]
    let responder = Server.router(fixture.parts).buildResponder()
    let response = try await OneRequest.answer(
      responder, .delete, "/api/v1/workers/w", authority: authority, headers: [.origin: "http://\(authority)"])
    #expect(response == (isTrusted ? 202 : 403))
  }
}
