import API
import Foundation
import HTTPTypes
import Model
import Ports
import Synchronization
import Testing

@Suite struct ReloadRouteTests {
  static func answer(_ result: ReloadAnswer.Result) -> ReloadAnswer {
    var answer = ReloadAnswer(result, at: Samples.now, by: "api", sentence: "So it went.")
    answer.changed = ["/worker_pool_definitions/burst/max_size"]
    answer.needsRestart = ["/poolkeeper/listen"]
    var problem = ReloadAnswer.Problem(
      severity: "error", code: "out_of_range", pointer: "/a", message: "It is too much.", remedy: "Write less.")
    (problem.line, problem.column) = (3, 7)
    answer.problems = result == .refused ? [problem] : []
    return answer
  }

  @Test(arguments: Way.allCases, [HTTPRequest.Method.post, .put])
  func tellsWhatWasTakenOverAndWhatNeedsARestart(way: Way, method: HTTPRequest.Method) async throws {
    var fixture = ServerFixture()
    fixture.parts.reload = { _ in Self.answer(.applied) }
    try await fixture.test(way) { server async throws in
      let answer = try await server.call(method, "/-/reload")
      #expect(answer.status == 200 && answer.type == "application/json")
      #expect(try JSONFormat.decoder().decode(ReloadAnswer.self, from: Data(answer.bytes)) == Self.answer(.applied))
    }
  }

  @Test func refusesWithEveryProblemAndItsPointer() async throws {
    var fixture = ServerFixture()
    fixture.parts.reload = { _ in Self.answer(.refused) }
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.call(.post, "/-/reload")
      #expect(answer.status == 422)
      let refused = try JSONFormat.decoder().decode(RefusedReload.self, from: Data(answer.bytes))
      #expect(refused.reload == Self.answer(.refused))
      let error = try JSONFormat.decoder().decode(ErrorView.self, from: Data(answer.bytes)).error
      #expect(error.code == "invalid_configuration" && error.message == "So it went.")
    }
  }

  @Test func saysSoWhereTheProgramReadsNothingAgain() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      #expect(try await server.call(.post, "/-/reload").status == 503)
      #expect(try await server.get("/-/reload").status == 405)
    }
  }

  @Test func takesNoReloadFromPagesOfOtherOrigins() async throws {
    let count = Mutex(0)
    var fixture = ServerFixture()
    fixture.parts.reload = { _ in
      count.withLock { $0 += 1 }
      return Self.answer(.unchanged)
    }
    try await fixture.test(.inProcess) { server async throws in
      #expect(try await server.call(.post, "/-/reload", headers: [.origin: "http://evil.example"]).status == 403)
      #expect(count.withLock { $0 } == 0)
      #expect(try await server.call(.post, "/-/reload").status == 200)
      #expect(count.withLock { $0 } == 1)
    }
  }

  @Test(arguments: Way.allCases) func isHealthyButNotReadyWhileItStops(way: Way) async throws {
    var fixture = ServerFixture()
    fixture.parts.isStopping = { true }
    try await fixture.test(way) { server async throws in
      #expect(try await server.get("/-/healthy").status == 200)
      let ready = try await server.get("/-/ready")
      #expect(ready.status == 503 && ready.text == "Poolkeeper is stopping.\n")
    }
  }
}
