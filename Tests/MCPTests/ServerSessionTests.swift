import MCP
import Testing

@Suite struct ServerSessionTests {
  private static let tool = ToolDescription(
    "look", title: "Look", summary: "Looks.", schema: ["type": "object"], isReadOnly: true)

  private func session(_ version: String? = "2025-06-18") -> ServerSession {
    var session = ServerSession(
      ServerSession.Description(
        name: "house", title: "House", version: "1", instructions: "Look first.",
        tools: [
          Self.tool,
          ToolDescription(
            "burn", title: "Burn", summary: "Burns.", schema: ["type": "object"], isReadOnly: false, isDestructive: true
          ),
        ], resources: [ResourceDescription("house://state", name: "state", summary: "The state.")]))
    if let version {
      _ = tell(
        &session,
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"\#(version)","capabilities":{}}}"#)
      _ = tell(&session, #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    }
    return session
  }

  private func tell(_ session: inout ServerSession, _ line: String) -> [ServerSession.Effect] {
    session.receive(.whole(Array(line.utf8)))
  }

  /// The only line that is sent, read.
  private func answer(_ session: inout ServerSession, _ line: String) throws -> JSONValue {
    let effects = tell(&session, line)
    guard effects.count == 1, case .send(let text) = effects[0] else {
      Issue.record("\(line) leads to \(effects)")
      throw CancellationError()
    }
    return try #require(JSONValue(Array(text.utf8)))
  }

  private func request(_ method: String, _ parameters: String = "{}", id: String = "1") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(parameters)}"#
  }

  // MARK: - Greeting

  @Test(arguments: [
    ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
    ("2031-01-01", "2025-06-18"), ("", "2025-06-18"),
  ])
  func agreesOnTheClientsVersionOrOffersTheLatest(wanted: String, agreed: String) throws {
    var session = session(nil)
    let answer = try answer(&session, request("initialize", #"{"protocolVersion":"\#(wanted)"}"#))
    let result = try #require(answer["result"])
    #expect(result["protocolVersion"]?.string == agreed)
    #expect(result["serverInfo"]?["name"]?.string == "house")
    #expect(result["instructions"]?.string == "Look first.")
    #expect(result["capabilities"]?["tools"]?["listChanged"] == false)
    #expect((result["serverInfo"]?["title"] != nil) == (agreed == "2025-06-18"))
  }

  @Test func answersOnlyPingBeforeTheGreeting() throws {
    var session = session(nil)
    #expect(try answer(&session, request("ping"))["result"] == [:])
    #expect(try answer(&session, request("tools/list"))["error"]?["code"] == -32_600)
    #expect(try answer(&session, request("initialize"))["error"]?["code"] == -32_602)
    #expect(try answer(&session, request("initialize", #"{"protocolVersion":"2025-06-18"}"#))["result"] != nil)
    #expect(try answer(&session, request("initialize", #"{"protocolVersion":"2025-06-18"}"#))["error"] != nil)
  }

  @Test func listsToolsAsTheVersionHasThem() throws {
    for (version, hasTitle, hasAnnotations) in [
      ("2024-11-05", false, false), ("2025-03-26", false, true), ("2025-06-18", true, true),
    ] {
      var session = session(version)
      let tools = try #require(try answer(&session, request("tools/list"))["result"]?["tools"]?.elements)
      #expect(tools.map { $0["name"]?.string } == ["look", "burn"])
      #expect((tools[0]["title"] != nil) == hasTitle)
      #expect((tools[0]["annotations"] != nil) == hasAnnotations)
      guard hasAnnotations else { continue }
      #expect(tools[0]["annotations"]?["readOnlyHint"] == true)
      #expect(tools[1]["annotations"]?["readOnlyHint"] == false)
      #expect(tools[1]["annotations"]?["destructiveHint"] == true)
    }
  }

  // MARK: - Errors

  @Test(
    arguments: [
      ("{", -32_700, nil),
      ("\u{1}", -32_700, nil),
      ("1", -32_600, nil),
      ("{}", -32_600, nil),
      (#"{"id":1,"method":"ping"}"#, -32_600, "1"),
      (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32_600, "1"),
      (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32_600, nil),
      (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32_600, nil),
      (#"{"jsonrpc":"2.0","id":"x","method":3}"#, -32_600, "\"x\""),
      (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32_602, "1"),
      (#"{"jsonrpc":"2.0","id":1}"#, -32_600, "1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"prompts/list"}"#, -32_601, "1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}"#, -32_602, "1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, -32_602, "1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"look","arguments":[1]}}"#, -32_602, "1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{}}"#, -32_602, "1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"house://x"}}"#, -32_002, "1"),
      (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32_600, nil),
    ] as [(String, Int64, String?)])
  func answersWhatIsWrongByItsCode(line: String, code: Int64, id: String?) throws {
    var session = session()
    let answer = try answer(&session, line)
    #expect(answer["error"]?["code"]?.wholeNumber == code)
    #expect(answer["id"]?.line == id ?? "null")
    #expect(answer["error"]?["message"]?.string?.hasSuffix(".") == true)
  }

  @Test func refusesALineThatIsTooLongAndGoesOn() throws {
    var session = session()
    guard case .send(let text) = session.receive(.tooLong).first else {
      Issue.record("nothing is said")
      return
    }
    #expect(text.contains("-32600") && text.contains("1048576 bytes"))
    #expect(try answer(&session, request("ping"))["result"] == [:])
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#, #"{"jsonrpc":"2.0","method":"ping"}"#,
    #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#,
    #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
  ])
  func answersNothingToNotificationsAndAnswers(line: String) {
    var session = session()
    #expect(tell(&session, line) == [])
  }

  // MARK: - Calls

  private let look = #"{"name":"look","arguments":{"at":1}}"#

  @Test func callsAToolAndAnswersUnderItsId() throws {
    var session = session()
    #expect(
      tell(&session, request("tools/call", look, id: #""a""#)) == [
        .call(.text("a"), tool: "look", arguments: ["at": 1])
      ])
    let lines = session.finish(.text("a"), .answered(ToolAnswer("Seen.", structured: ["seen": true])))
    let answer = try #require(JSONValue(Array((lines.first ?? "").utf8)))
    #expect(lines.count == 1 && answer["id"]?.string == "a")
    #expect(answer["result"]?["content"] == [["type": "text", "text": "Seen."]])
    #expect(answer["result"]?["structuredContent"] == ["seen": true])
    #expect(answer["result"]?["isError"] == false)
    #expect(session.finish(.text("a"), .answered(ToolAnswer("Again."))) == [])
  }

  @Test func givesOlderClientsTheStructuredPartAsText() throws {
    var session = session("2025-03-26")
    _ = tell(&session, request("tools/call", look))
    let line = try #require(
      session.finish(.integer(1), .answered(ToolAnswer("Seen.", structured: ["seen": true]))).first)
    let result = try #require(JSONValue(Array(line.utf8))?["result"])
    #expect(result["structuredContent"] == nil)
    #expect(result["content"]?.elements?.map { $0["text"]?.string } == ["Seen.", #"{"seen":true}"#])
  }

  @Test func refusesASecondCallUnderAnIdThatIsUsedAndTooManyAtOnce() throws {
    var session = session()
    _ = tell(&session, request("tools/call", look))
    #expect(try answer(&session, request("tools/call", look))["error"]?["code"] == -32_600)
    for id in 2...ServerSession.maximumCalls {
      #expect(tell(&session, request("tools/call", look, id: "\(id)")).count == 1)
    }
    #expect(try answer(&session, request("tools/call", look, id: "999"))["error"]?["code"] == -32_000)
    _ = session.finish(.integer(1), .answered(ToolAnswer("Seen.")))
    #expect(
      tell(&session, request("tools/call", look, id: "999")) == [
        .call(.integer(999), tool: "look", arguments: ["at": 1])
      ])
  }

  @Test func saysNothingMoreOfACallThatWasCancelled() {
    var session = session()
    _ = tell(&session, request("tools/call", look))
    let cancelled = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
    #expect(tell(&session, cancelled) == [.cancel(.integer(1))])
    #expect(tell(&session, cancelled) == [])
    #expect(session.finish(.integer(1), .answered(ToolAnswer("Seen."))) == [])
  }

  @Test func readsAResource() throws {
    var session = session()
    #expect(
      tell(&session, request("resources/read", #"{"uri":"house://state"}"#)) == [
        .read(.integer(1), uri: "house://state")
      ])
    let line = try #require(session.finish(.integer(1), .read(uri: "house://state", text: "{}")).first)
    #expect(
      JSONValue(Array(line.utf8))?["result"]?["contents"]
        == [["uri": "house://state", "mimeType": "application/json", "text": "{}"]])
  }

  // MARK: - Batches

  @Test func answersABatchTogetherWhereTheVersionHasBatches() throws {
    var session = session("2025-03-26")
    let effects = tell(
      &session,
      "[\(request("ping")),\(request("tools/call", look, id: "2")),3,"
        + #"{"jsonrpc":"2.0","method":"notifications/initialized"}]"#)
    #expect(effects == [.call(.integer(2), tool: "look", arguments: ["at": 1])])
    let lines = session.finish(.integer(2), .answered(ToolAnswer("Seen.")))
    let answers = try #require(JSONValue(Array((lines.first ?? "").utf8))?.elements)
    #expect(lines.count == 1 && answers.map { $0["id"] } == [1, .null, 2])
  }

  @Test func answersNothingToABatchOfNotificationsOrOfCancelledCalls() {
    var session = session("2025-03-26")
    #expect(tell(&session, #"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#) == [])
    let cancelled = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#
    let effects = tell(&session, "[\(request("tools/call", look, id: "2")),\(cancelled)]")
    #expect(effects == [.call(.integer(2), tool: "look", arguments: ["at": 1]), .cancel(.integer(2))])
    #expect(session.finish(.integer(2), .answered(ToolAnswer("Seen."))) == [])
  }

  @Test func refusesABatchThatIsEmptyOrTooLarge() throws {
    var session = session("2025-03-26")
    #expect(try answer(&session, "[]")["error"]?["code"] == -32_600)
    let many = Array(repeating: request("ping"), count: ServerSession.maximumBatch + 1).joined(separator: ",")
    #expect(try answer(&session, "[\(many)]")["error"]?["code"] == -32_600)
  }

  @Test func survivesEveryPrefixOfAConversation() {
    let whole = request("tools/call", look)
    for length in 0..<whole.utf8.count {
      var session = session()
      let effects = session.receive(.whole(Array(whole.utf8.prefix(length))))
      #expect(effects.count == 1, "\(length) bytes lead to \(effects)")
    }
  }

  /// Bytes of valid lines, changed, doubled and cut by a generator that draws the same in every run.
  @Test func answersEveryMutilatedLineWithMessagesAndNeverBreaks() throws {
    var state: UInt64 = 1
    func draw(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    let seeds = [
      request("tools/call", look), request("resources/read", #"{"uri":"house://state"}"#),
      request("initialize", #"{"protocolVersion":"2025-03-26"}"#),
      "[\(request("ping")),\(request("tools/list", id: "7"))]",
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
    ].map { Array($0.utf8) }
    var session = session("2025-03-26")
    for _ in 0..<20_000 {
      var line = seeds[draw(seeds.count)]
      for _ in 0...draw(4) {
        let place = draw(line.count)
        switch draw(4) {
        case 0: line[place] = UInt8(draw(256))
        case 1: line.remove(at: place)
        case 2: line.insert(contentsOf: line[place..<min(line.count, place + draw(8))], at: place)
        default: line = Array(line.prefix(max(1, place)))
        }
        if line.isEmpty { line = [0x20] }
      }
      for effect in session.receive(.whole(line)) {
        var sent: [String] = []
        switch effect {
        case .send(let text): sent = [text]
        case .call(let key, _, _): sent = session.finish(key, .answered(ToolAnswer("Seen.")))
        case .read(let key, let uri): sent = session.finish(key, .read(uri: uri, text: "{}"))
        case .cancel: break
        }
        for text in sent {
          let answer = try #require(JSONValue(Array(text.utf8)), "\(text)")
          #expect((answer.elements ?? [answer]).allSatisfy { ($0["result"] != nil) != ($0["error"] != nil) })
        }
      }
    }
  }
}
