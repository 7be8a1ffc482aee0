import HTTPTypes
import Model
import Testing

@testable import API

/// Every route names the role that it needs, and every role gets through where it may and nowhere else.
@Suite struct RouteNeedsTests {
  @Test func namesEveryRouteOfTheServerAndNoOther() {
    let routes = Server.routes(ServerFixture().parts).entries.map { "\($0.method) \($0.path)" }.sorted()
    let named = RouteNeeds.table.map(\.call).sorted()
    #expect(named == routes)
    #expect(Set(named).count == named.count)
  }

  @Test func letsNobodyThroughWhereNothingIsNamed() {
    #expect(RouteNeeds.need(.post, "/api/v1/new", exporters: []) == .unnamed)
    #expect(RouteNeeds.need(.put, "/api/v1/pools", exporters: []).role == .admin)
    #expect(RouteNeeds.need(.head, "/metrics", exporters: []).role == .read)
    #expect(RouteNeeds.need(.get, "/demo/exporters/node", exporters: ["/demo/exporters/node"]).role == .read)
    #expect(RouteNeeds.need(.post, "/demo/exporters/node", exporters: ["/demo/exporters/node"]).role == .admin)
  }

  /// A call that changes something is a change, whatever its method; one that only looks is none.
  @Test func knowsWhatIsAChange() {
    for (call, need) in RouteNeeds.table {
      if call.hasPrefix("GET ") { #expect(!need.isChange, "\(call)") }
      if need.role == .operate || call.hasPrefix("DELETE ") { #expect(need.isChange, "\(call)") }
    }
  }

  /// Each role against each route: what is answered is 401 without a name, 403 without the role, and something else with it.
  @Test(arguments: Role.allCases)
  func answersEachRoleByItsRoute(role: Role) async throws {
    var fixture = ServerFixture()
    let token = fixture.require(["someone": role])["someone"] ?? ""
    try await fixture.test(.inProcess) { server async throws in
      // The stream has no end: it is asked for where it is refused.
      for (call, need) in RouteNeeds.table where call != "GET /api/v1/stream" || !role.allows(.read) {
        let parts = call.split(separator: " ").map(String.init)
        let method = try #require(HTTPRequest.Method(parts[0]))
        let path = parts[1].replacing("{pool}", with: "burst").replacing("{worker}", with: "worker-burst-001")
          .replacing("{name}", with: "job")
        let unnamed = try await server.call(method, path)
        #expect((unnamed.status == 401) == (need.role != nil), "\(call) without a name: \(unnamed.status)")
        let answer = try await server.call(method, path, headers: [.authorization: "Bearer \(token)"])
        let mayCall = need.role.map { role.allows($0) } ?? true
        #expect((answer.status == 403) == !mayCall, "\(call) as \(role.rawValue): \(answer.status) \(answer.text)")
        #expect(answer.status != 401 || call.contains("/session"), "\(call) as \(role.rawValue)")
      }
    }
    if role != .operate && role != .admin {
      #expect(fixture.operations.calls.allSatisfy { !$0.isOrder }, "no order of a \(role.rawValue) went through")
    }
  }
}

extension FakeOperations.Call {
  /// Whether it asks for workers, or takes them away.
  fileprivate var isOrder: Bool {
    switch self {
    case .scale, .remove, .extend: true
    default: false
    }
  }
}

@Suite struct RoleTests {
  @Test(arguments: [
    (Role.ingest, [Role.ingest]), (.read, [.read]), (.operate, [.read, .operate]),
    (.admin, [.ingest, .read, .operate, .admin]),
  ])
  func allowsItsOwnTaskAndNoMore(role: Role, allowed: [Role]) {
    #expect(Role.allCases.filter { role.allows($0) } == allowed)
  }
}
