import MCP
import Synchronization
import Testing

@Suite struct ServerRunnerTests {
  private static let greeting =
    #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}"#

  /// What is answered to some lines, by id; the lines end after them.
  private func answers(_ api: any OperatorAPI, _ lines: [String]) async throws -> [JSONValue] {
    let said = Mutex<[String]>([])
    let toolbox = Toolbox(api: api, allowsChanges: false, now: { .now }, token: { "token" })
    let runner = ServerRunner(toolbox, name: "house", title: "House", version: "1") { line in
      said.withLock { $0.append(line) }
    }
    let (stream, continuation) = AsyncStream.makeStream(of: LineSplitter.Line.self)
    for line in [Self.greeting] + lines { continuation.yield(.whole(Array(line.utf8))) }
    continuation.finish()
    await runner.run(stream)
    return try said.withLock { try $0.dropFirst().map { try #require(JSONValue(Array($0.utf8))) } }
  }

  private func call(_ tool: String, _ arguments: String = "{}", id: Int) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)}}"#
  }

  @Test func answersAllCallsThoughTheLinesEnd() async throws {
    let answers = try await answers(FakeOperator(), (1...20).map { call("status", id: $0) })
    #expect(answers.compactMap { $0["id"]?.wholeNumber }.sorted() == Array(1...20))
    #expect(answers.allSatisfy { $0["result"]?["structuredContent"] == ["well": true] })
  }

  @Test func answersAnUnknownToolByTheProtocolAndAFailureByTheTool() async throws {
    let api = FakeOperator()
    api.change { $0.fault = OperatorFault("It is not there.") }
    let answers = try await answers(
      api,
      [
        call("dance", id: 1), call("status", id: 2),
        #"{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"poolkeeper://status"}}"#,
      ]
    ).sorted { ($0["id"]?.wholeNumber ?? 0) < ($1["id"]?.wholeNumber ?? 0) }
    #expect(answers[0]["error"]?["code"] == -32_602)
    #expect(answers[1]["result"]?["isError"] == true)
    #expect(answers[2]["error"]?["code"] == -32_603)
  }

  @Test func cancelsACallAndAnswersTheNext() async throws {
    let answers = try await answers(
      PatientOperator(),
      [
        call("plan", id: 1), #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        call("status", id: 2),
      ])
    #expect(answers.map { $0["id"] } == [2])
  }
}

/// Answers a question for a plan only when nobody waits for it any more.
private struct PatientOperator: OperatorAPI {
  func ask(_ question: OperatorQuestion) async throws(OperatorFault) -> OperatorAnswer {
    if question == .plan {
      let (stream, _) = AsyncStream.makeStream(of: Void.self)
      // Ends with the task's cancellation.
      for await _ in stream {}
    }
    return OperatorAnswer("All is well.", [:])
  }

  func foresee(_ order: OperatorOrder) async throws(OperatorFault) -> OperatorAnswer { try await ask(.status) }
  func carryOut(_ order: OperatorOrder, id: String) async throws(OperatorFault) -> OperatorAnswer {
    try await ask(.status)
  }
}
