import API
import HTTPTypes
import Model
import Ports
import Testing

/// Orders that wait for somebody's word, over HTTP.
@Suite struct ApprovalRouteTests {
  private static let waiting = """
    {"added_cost":4.8,"asked_at":"2026-03-01T07:00:00.000Z","asked_by":"ann","deadline":"2026-03-02T07:00:00.000Z",\
    "id":"a-1","kind":"scale","pool":"burst","request":"req-1",\
    "sentence":"ann asks for 5 medium workers of pool burst for 4h.","state":"waiting","subject":"burst"}
    """

  @Test(arguments: Way.allCases) func listsWhatWaits(way: Way) async throws {
    try await ServerFixture().test(way) { server async throws in
      let answer = try await server.get("/api/v1/approvals")
      #expect(answer.status == 200)
      #expect(answer.text == #"{"approvals":["# + Self.waiting + "]}")
    }
  }

  @Test(arguments: Way.allCases) func passesTheWordOn(way: Way) async throws {
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      let approved = try await server.call(.post, "/api/v1/approvals/a%2F1/approve")
      #expect(approved.status == 200)
      #expect(approved.text.contains(#""state":"approved""#))
      let rejected = try await server.post("/api/v1/approvals/a-1/reject", #"{"reason":"too dear"}"#)
      #expect(rejected.status == 200)
      #expect(rejected.text.contains(#""answer":"too dear""#))
    }
    guard case .approve(let first, _) = fixture.operations.calls.first,
      case .reject(let second, let actor) = fixture.operations.calls.last
    else {
      Issue.record("\(fixture.operations.calls)")
      return
    }
    #expect(first == "a/1")
    #expect(second == "a-1")
    #expect(actor.hasSuffix(", reason: too dear"))
  }

  @Test(arguments: [
    (#"{"why":"x"}"#, 400, "There is no key"), ("[]", 400, "must be"), ("{", 400, "not valid JSON"),
    (#"{"reason":7}"#, 400, "must be a text"),
    (#"{"reason":"\#(String(repeating: "x", count: 1_001))"}"#, 400, "more than 1000 bytes"),
  ]) func refusesOtherBodies(_ body: String, _ status: Int, _ text: String) async throws {
    let fixture = ServerFixture()
    try await fixture.test(.inProcess) { server async throws in
      for call in ["approve", "reject"] {
        let answer = try await server.post("/api/v1/approvals/a-1/\(call)", body)
        #expect(answer.status == status)
        #expect(answer.text.contains(text), "\(answer.text)")
      }
    }
    #expect(fixture.operations.calls.isEmpty)
  }

  @Test(arguments: [(OperationError.Code.notFound, 404), (.conflict, 409), (.refused, 422), (.unavailable, 503)])
  func tellsWhyAnOrderCannotBeAnswered(_ code: OperationError.Code, _ status: Int) async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.failure = OperationError(code, "It does not go.") }
    try await fixture.test(.inProcess) { server async throws in
      for call in ["approve", "reject"] {
        let answer = try await server.call(.post, "/api/v1/approvals/a-1/\(call)")
        #expect(answer.status == status)
        #expect(answer.text.contains("It does not go."))
      }
    }
  }
}
