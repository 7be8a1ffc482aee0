import MCP
import Testing

@Suite struct ToolboxTests {
  private let api = FakeOperator()
  private let bench = Bench()

  private func toolbox(allowsChanges: Bool = true) -> Toolbox {
    Toolbox(api: api, allowsChanges: allowsChanges, now: { [bench] in bench.now }, token: { [bench] in bench.token() })
  }

  @Test func listsOnlyReadingToolsUnlessChangesAreAllowed() {
    let reading = ["status", "plan", "explain", "query", "list_workers", "list_events", "list_approvals"]
    #expect(toolbox(allowsChanges: false).tools.map(\.name) == reading)
    #expect(toolbox(allowsChanges: false).tools.allSatisfy { $0.isReadOnly && !$0.isDestructive })
    #expect(toolbox().tools.map(\.name) == reading + ["provision", "extend", "remove", "approve", "reject"])
    #expect(toolbox().tools.filter(\.isDestructive).map(\.name) == ["remove"])
    let changing = ["provision", "extend", "remove", "approve", "reject"]
    #expect(toolbox().tools.filter { !$0.isReadOnly }.map(\.name) == changing)
  }

  @Test func describesEachArgumentAndRefusesOthersBySchema() {
    for tool in toolbox().tools {
      #expect(tool.schema["type"] == "object" && tool.schema["additionalProperties"] == false, "\(tool.name)")
      for (name, schema) in tool.schema["properties"]?.members ?? [:] {
        #expect(schema["type"] != nil && schema["description"]?.string?.isEmpty == false, "\(tool.name) \(name)")
      }
    }
  }

  @Test(
    arguments: [
      ("status", [:], .status),
      ("plan", [:], .plan),
      ("explain", [:], .explain(subject: nil)),
      ("explain", ["subject": "burst"], .explain(subject: "burst")),
      ("explain", ["subject": .null], .explain(subject: nil)),
      ("list_workers", ["pool": "burst"], .workers(pool: "burst")),
      ("list_events", ["limit": 7], .events(limit: 7)), ("list_approvals", [:], .approvals),
      ("query", ["expression": "up"], .query(MetricQuestion("up", limit: 100))),
    ] as [(String, [String: JSONValue], OperatorQuestion)])
  func asksTheProgram(tool: String, arguments: [String: JSONValue], question: OperatorQuestion) async throws {
    let answer = try await toolbox(allowsChanges: false).call(tool, arguments)
    #expect(answer == ToolAnswer("All is well.", structured: ["well": true]))
    #expect(api.now.questions == [question])
  }

  @Test func takesTimesAsNumbersAndAsTexts() async throws {
    for (time, text) in [
      (1_772_352_000, "1772352000"), (.number(1.5), "1.5"), ("2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z"),
    ]
      as [(JSONValue, String)]
    {
      _ = try await toolbox().call("query", ["expression": "up", "time": time, "range": "6h", "step": "5m"])
      guard case .query(let question)? = api.now.questions.last else {
        Issue.record("no query was asked")
        continue
      }
      #expect(question.time == text && question.range == "6h" && question.step == "5m")
    }
  }

  @Test(
    arguments: [
      ("status", ["x": 1], "There is no argument \"x\". This tool takes none."),
      ("explain", ["subjekt": "burst"], "There is no argument \"subjekt\". Known are subject."),
      ("explain", ["subject": ""], "\"subject\" must be a text"),
      ("query", [:], "Give \"expression\""),
      ("query", ["expression": "up", "limit": 0], "\"limit\" must be a whole number of 1 to 1000."),
      ("query", ["expression": "up", "step": "5m"], "\"step\" needs a \"range\""),
      ("query", ["expression": 1], "\"expression\" must be a text"),
      ("query", ["expression": "up", "time": true], "\"time\" must be a text"),
      ("list_events", ["limit": "7"], "\"limit\" must be a whole number"),
      ("list_events", ["limit": .number(1.5)], "\"limit\" must be a whole number"),
      ("provision", [:], "Give \"pool\", for example \"burst\"."),
      ("provision", ["pool": "burst", "workers": -1], "\"workers\" must be a whole number"),
      ("provision", ["pool": "burst", "ttl_hours": "4h"], "\"ttl_hours\" must be a number of hours"),
      ("provision", ["pool": "burst", "ttl_hours": 0], "\"ttl_hours\" must be a number of hours"),
      ("remove", ["worker": "w", "force": "yes"], "\"force\" must be true or false."),
      ("extend", ["hours": 1], "Give \"worker\""),
    ] as [(String, [String: JSONValue], String)])
  func saysHowArgumentsWouldBeRight(tool: String, arguments: [String: JSONValue], sentence: String) async throws {
    let answer = try await toolbox().call(tool, arguments)
    #expect(answer.isError && answer.text.contains(sentence), "\(answer.text)")
    #expect(api.now.questions.isEmpty && api.now.foreseen.isEmpty)
  }

  @Test func refusesAToolThatDoesNotExistAsTheProtocolHasIt() async {
    await #expect(
      throws: RPCError(
        code: -32_602,
        "There is no tool \"dance\"; there are status, plan, explain, query, list_workers, list_events, list_approvals."
      )
    ) {
      try await self.toolbox(allowsChanges: false).call("dance", [:])
    }
  }

  @Test func passesTheProgramsSentencesOn() async throws {
    api.change { $0.fault = OperatorFault("The server at http://127.0.0.1:1 did not answer.") }
    let answer = try await toolbox().call("status", [:])
    #expect(answer.isError && answer.text == "The server at http://127.0.0.1:1 did not answer.")
  }

  @Test func refusesAnAnswerThatIsTooLargeForAModel() async throws {
    api.change { $0.answer = OperatorAnswer("Much.", ["much": .text(String(repeating: "x", count: 1 << 20))]) }
    let answer = try await toolbox().call("plan", [:])
    #expect(answer.isError && answer.structured == nil && answer.text.contains("Ask for less"))
    await #expect(throws: RPCError.self) { try await self.toolbox().read("poolkeeper://report") }
  }

  @Test func readsResources() async throws {
    #expect(toolbox().resources.map(\.name) == ["status", "report", "workers"])
    for resource in toolbox().resources { #expect(try await toolbox().read(resource.uri) == #"{"well":true}"#) }
    #expect(api.now.questions == [.status, .explain(subject: nil), .workers(pool: nil)])
    await #expect(throws: RPCError.self) { try await self.toolbox().read("poolkeeper://secrets") }
  }

  // MARK: - Changes

  private let order: [String: JSONValue] = ["pool": "burst", "workers": 2, "ttl_hours": 4]

  private func confirmed(_ token: String, _ arguments: [String: JSONValue]? = nil) -> [String: JSONValue] {
    (arguments ?? order).merging(["confirmation": .text(token)]) { $1 }
  }

  @Test(arguments: ["provision", "extend", "remove", "approve", "reject"])
  func changesNothingUnlessAllowedAndSaysHowToAllowIt(tool: String) async throws {
    for arguments in [[:], order, confirmed("token-1")] {
      let answer = try await toolbox(allowsChanges: false).call(tool, arguments)
      #expect(answer.isError && answer.text.contains("poolkeeper mcp --allow-changes"))
    }
    #expect(api.now.foreseen.isEmpty && api.now.done.isEmpty)
  }

  @Test func tellsFirstAndActsOnlyOnTheSecondCallWithTheToken() async throws {
    let toolbox = toolbox()
    let expected = OperatorOrder.provision(pool: "burst", workers: 2, template: nil, timeToLiveHours: 4)
    let first = try await toolbox.call("provision", order)
    #expect(!first.isError && first.text.contains("Nothing has been done yet.") && first.text.contains("token-1"))
    #expect(first.structured?["confirmation"] == "token-1" && first.structured?["done"] == false)
    #expect(first.structured?["well"] == true)
    #expect(api.now.foreseen == [expected] && api.now.done.isEmpty)
    let second = try await toolbox.call("provision", confirmed("token-1"))
    #expect(!second.isError)
    #expect(api.now.done == [expected] && api.now.ids == ["mcp-token-1"])
  }

  @Test func usesATokenOnce() async throws {
    let toolbox = toolbox()
    _ = try await toolbox.call("provision", order)
    _ = try await toolbox.call("provision", confirmed("token-1"))
    let again = try await toolbox.call("provision", confirmed("token-1"))
    #expect(again.isError && again.text.contains("was used"))
    #expect(api.now.done.count == 1)
  }

  @Test(
    arguments: [
      ("provision", ["pool": "burst", "workers": 3, "ttl_hours": 4]),
      ("provision", ["pool": "spot", "workers": 2, "ttl_hours": 4]),
      ("provision", ["pool": "burst", "workers": 2]),
      ("provision", ["pool": "burst", "workers": 2, "ttl_hours": 4, "template": "large"]),
      ("remove", ["worker": "burst"]), ("approve", ["id": "burst"]),
    ] as [(String, [String: JSONValue])])
  func bindsATokenToExactlyItsArguments(tool: String, other: [String: JSONValue]) async throws {
    let toolbox = toolbox()
    _ = try await toolbox.call("provision", order)
    let answer = try await toolbox.call(tool, confirmed("token-1", other))
    #expect(answer.isError && answer.text.contains("other arguments"))
    #expect(api.now.done.isEmpty)
    #expect(try await toolbox.call("provision", confirmed("token-1")).isError == false)
  }

  @Test func forgetsATokenAfterFiveMinutes() async throws {
    let toolbox = toolbox()
    _ = try await toolbox.call("provision", order)
    bench.pass(.seconds(299))
    _ = try await toolbox.call("remove", ["worker": "w", "force": true])
    bench.pass(.seconds(1))
    #expect(try await toolbox.call("provision", confirmed("token-1")).isError)
    #expect(try await toolbox.call("remove", confirmed("token-2", ["worker": "w", "force": true])).isError == false)
    #expect(api.now.done == [.remove(worker: "w", force: true)])
  }

  @Test func keepsSixtyFourOpenTokensAtMost() async throws {
    let toolbox = toolbox()
    for _ in 0..<65 { _ = try await toolbox.call("provision", order) }
    #expect(try await toolbox.call("provision", confirmed("token-1")).isError)
    #expect(try await toolbox.call("provision", confirmed("token-2")).isError == false)
  }

  @Test func givesNoTokenForAnOrderThatWouldBeRefused() async throws {
    api.change { $0.fault = OperatorFault("There is no pool \"brust\".") }
    let answer = try await toolbox().call("provision", ["pool": "brust"])
    #expect(answer.isError && answer.structured == nil && answer.text == "There is no pool \"brust\".")
  }

  @Test func saysThatAnOrderWhoseAnswerWasLostMayHaveBeenCarriedOut() async throws {
    let toolbox = toolbox()
    _ = try await toolbox.call("provision", order)
    api.change { $0.fault = OperatorFault("The server did not answer.", isOutcomeUnknown: true) }
    let answer = try await toolbox.call("provision", confirmed("token-1"))
    #expect(answer.isError && answer.text.contains("not known: look with list_workers"))
  }
}
