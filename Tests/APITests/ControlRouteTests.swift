import API
import HTTPTypes
import Model
import Ports
import Testing

@Suite struct ControlRouteTests {
  /// Who asks, as the journal has it.
  private static func actor(_ way: Way) -> [String] { way == .inProcess ? ["api"] : ["api@127.0.0.1", "api@::1"] }

  @Test(arguments: Way.allCases)
  func passesAnOrderForWorkersOn(way: Way) async throws {
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      let answer = try await server.post(
        "/api/v1/pools/burst/scale", #"{"workers":5,"template":"medium","ttl_hours":4}"#)
      #expect(answer.status == 202)
      #expect(
        answer.text
          == #"{"asked_at":"2026-03-01T08:00:00.250Z","id":"req-1","pool":"burst","served":0,"template":"medium","time_to_live_seconds":14400,"workers":5}"#
      )
    }
    guard case .scale(let order, let actor) = fixture.operations.calls.first else {
      Issue.record("no order arrived")
      return
    }
    #expect(order == ScaleOrder(pool: "burst", workers: 5, template: "medium", timeToLive: .hours(4)))
    #expect(Self.actor(way).contains(actor))
  }

  @Test func passesTheOrdersOwnIdAndFractionsOfHoursOn() async throws {
    let fixture = ServerFixture()
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.call(
        .post, "/api/v1/pools/gpuLarge%5fv2/scale",
        body: Array(#"{"workers":1,"ttl_hours":0.5,"request_id":"Batch_7"}"#.utf8)
      )
      #expect(answer.status == 202)
      #expect(answer.text.contains(#""id":"Batch_7""#))
    }
    var order = ScaleOrder(pool: "gpuLarge_v2", workers: 1, timeToLive: .minutes(30))
    order.id = "Batch_7"
    #expect(fixture.operations.calls == [.scale(order, actor: "api")])
  }

  private static let badOrders: [(body: String, text: String)] = [
    ("", "The body is empty."),
    ("five", "not valid JSON"),
    ("[5]", "must be an object"),
    ("{}", #"lacks \"workers\""#),
    (#"{"workers":-5}"#, "1 to 10000, not -5"),
    (#"{"workers":0}"#, "1 to 10000, not 0"),
    (#"{"workers":9223372036854775807}"#, "1 to 10000"),
    (#"{"workers":92233720368547758070}"#, "/workers is not valid"),
    (#"{"workers":2.5}"#, "/workers is not valid: the number is too large, or has a fraction"),
    (#"{"workers":"5"}"#, "/workers must be a whole number"),
    (#"{"workers":null}"#, "/workers must be a whole number"),
    (#"{"workers":true}"#, "/workers must be a whole number"),
    (#"{"workers":5,"template":7}"#, "/template must be a text"),
    (#"{"workers":5,"ttl_hours":"4h"}"#, "/ttl_hours must be a number"),
    (#"{"workers":5,"ttl_hours":0}"#, #"\"ttl_hours\" must be more than 0"#),
    (#"{"workers":5,"ttl_hours":-4}"#, #"\"ttl_hours\" must be more than 0"#),
    (#"{"workers":5,"ttl_hours":1e9}"#, "at most 8784 hours"),
    (#"{"workers":5,"ttl_hours":1e999}"#, "/ttl_hours is not valid"),
    (
      #"{"workers":5,"ttl":4}"#,
      #"There is no key \"ttl\"; known are reason, request_id, template, ttl_hours, workers."#
    ),
    (#"{"workers":5,"ttlHours":4}"#, #"There is no key \"ttlHours\""#),
  ]

  @Test(arguments: Way.allCases)
  func refusesBadOrdersWithTheirPlaceAndAnExample(way: Way) async throws {
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      for (body, text) in Self.badOrders {
        let answer = try await server.post("/api/v1/pools/burst/scale", body)
        #expect(answer.status == 400, "\(body)")
        #expect(answer.text.hasPrefix(#"{"error":{"code":"invalid","message":""#), "\(body): \(answer.text)")
        #expect(answer.text.contains(text), "\(body): \(answer.text)")
      }
    }
    #expect(fixture.operations.calls.isEmpty)
  }

  @Test(arguments: Way.allCases)
  func refusesABodyThatIsTooLargeAndAnswersTheNextCall(way: Way) async throws {
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      let answer = try await server.post(
        "/api/v1/pools/burst/scale", #"{"workers":1,"template":"\#(String(repeating: "x", count: 200_000))"}"#)
      #expect(answer.status == 413)
      #expect(answer.text.hasPrefix(#"{"error":{"code":"too_large","message":"The body is larger than 65536 bytes."#))
      #expect(try await server.get("/api/v1/pools").status == 200)
    }
    #expect(fixture.operations.calls.isEmpty)
  }

  /// What `Operations` refuses arrives with its own sentence (the nearest name, the maximum), its word and its status.
  @Test(arguments: [
    (OperationError.Code.invalid, 400, "invalid"), (.notFound, 404, "not_found"), (.conflict, 409, "conflict"),
    (.refused, 422, "refused"), (.unavailable, 503, "unavailable"),
  ])
  func answersRefusalsOfTheProgram(code: OperationError.Code, status: Int, word: String) async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.failure = OperationError(code, "There is no pool \"brust\". Did you mean burst?") }
    try await fixture.test(.inProcess) { server async throws in
      let answers = [
        try await server.post("/api/v1/pools/brust/scale", #"{"workers":1}"#),
        try await server.call(.delete, "/api/v1/workers/worker-brust-001"),
        try await server.post("/api/v1/workers/worker-brust-001/extend", "{}"),
        try await server.call(.post, "/api/v1/plan"),
        try await server.get("/api/v1/snapshot"),
        try await server.get("/api/v1/events"),
      ]
      for answer in answers {
        #expect(answer.status == status)
        #expect(
          answer.text
            == #"{"error":{"code":"\#(word)","message":"There is no pool \"brust\". Did you mean burst?"}}"#)
      }
    }
  }

  @Test func answersFailuresOfTheOutsideWorldAndOfOurOwn() async throws {
    let fixture = ServerFixture()
    fixture.operations.change {
      $0.failure = PortError(.notOurs, "Machine 7 is not ours.", operation: "hypervisor.delete")
    }
    try await fixture.test(.inProcess) { server async throws in
      let foreign = try await server.call(.delete, "/api/v1/workers/a")
      #expect(foreign.status == 503)
      #expect(foreign.text == #"{"error":{"code":"not_ours","message":"Machine 7 is not ours."}}"#)
      struct Defect: Error {}
      fixture.operations.change { $0.failure = Defect() }
      let own = try await server.call(.delete, "/api/v1/workers/a")
      #expect(own.status == 500)
      #expect(own.text.hasPrefix(#"{"error":{"code":"internal","message":"#))
      #expect(!own.text.contains("Defect"))
    }
  }

  @Test(arguments: Way.allCases)
  func removesAWorkerByForceOnlyWhenAsked(way: Way) async throws {
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      let uri = "/api/v1/workers/worker-burst-001"
      for query in ["", "?force=false", "?force=0", "?force=true", "?force=1", "?%66orce=tru%65"] {
        let answer = try await server.call(.delete, uri + query)
        #expect(answer.status == 202)
        #expect(answer.text.contains(#""state":"draining""#))
      }
      for query in ["?force", "?force=yes", "?force=TRUE", "?force=%ff"] {
        #expect(try await server.call(.delete, uri + query).status == 400, "\(query)")
      }
    }
    let forces = fixture.operations.calls.map { call in
      if case .remove("worker-burst-001", let force, _) = call { force } else { nil as Bool? }
    }
    #expect(forces == [false, false, false, true, true, true])
  }

  @Test func extendsByTheHoursGivenOrByTheConfiguredLength() async throws {
    let fixture = ServerFixture()
    try await fixture.test(.inProcess) { server async throws in
      let uri = "/api/v1/workers/worker-burst-001/extend"
      #expect(try await server.post(uri, #"{"hours":2}"#).status == 200)
      #expect(try await server.post(uri, "{}").status == 200)
      #expect(try await server.call(.post, uri).status == 200)
      #expect(try await server.post(uri, #"{"hours":-1}"#).status == 400)
      #expect(try await server.post(uri, #"{"hour":1}"#).text.contains(#"known are hours, reason."#))
    }
    let name: WorkerName = "worker-burst-001"
    #expect(
      fixture.operations.calls == [
        .extend(name, .hours(2), actor: "api"), .extend(name, nil, actor: "api"), .extend(name, nil, actor: "api"),
      ])
  }

  @Test func tellsPoolsAndWorkersByName() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      #expect(try await server.get("/api/v1/pools/burst").text.contains(#""name":"burst""#))
      #expect(try await server.get("/api/v1/pools/gpuLarge%5Fv2").text.contains(#""name":"gpuLarge_v2""#))
      #expect(try await server.get("/api/v1/workers/worker%2Dburst%2D001").text.contains(#""name":"worker-burst-001""#))
      let pool = try await server.get("/api/v1/pools/brust%22")
      #expect(pool.status == 404)
      #expect(
        pool.text
          == #"{"error":{"code":"not_found","message":"There is no pool \"brust\"\"; there are: burst, gpuLarge_v2."}}"#
      )
      let worker = try await server.get("/api/v1/workers/worker-burst-009")
      #expect(worker.status == 404)
      #expect(worker.text.contains("GET /api/v1/workers lists"))
    }
  }

  @Test func tellsEventsUpToALimit() async throws {
    let fixture = ServerFixture()
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.get("/api/v1/events")
      #expect(
        answer.text
          == #"{"events":[{"at":"2026-03-01T08:00:00.250Z","code":"worker_requested","name":"worker-burst-001","sentence":"worker-burst-001 was asked for.","subject":"worker"}]}"#
      )
      #expect(try await server.get("/api/v1/events?limit=10000").status == 200)
      for limit in ["0", "-1", "10001", "many", ""] {
        let refused = try await server.get("/api/v1/events?limit=\(limit)")
        #expect(refused.status == 400, "\(limit)")
        #expect(refused.text.contains("1 to 10000"))
      }
    }
    #expect(fixture.operations.calls == [.events(limit: 100), .events(limit: 10_000)])
  }

  @Test func hasNoPlanOrReportBeforeTheFirstDecision() async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.report = nil }
    try await fixture.test(.inProcess) { server async throws in
      for path in ["plan", "report"] {
        let answer = try await server.get("/api/v1/\(path)")
        #expect(answer.status == 503)
        #expect(answer.text.contains("No decision has been made yet"))
      }
      #expect(try await server.get("/api/v1/pools").status == 200)
      #expect(try await server.get("/api/v1/status").text.contains("No decision has been made yet"))
    }
  }

  @Test(arguments: Way.allCases)
  func answersUnknownPathsAndWrongMethodsInTheSameForm(way: Way) async throws {
    try await ServerFixture().test(way) { server async throws in
      for path in ["/nothing", "/api/v1", "/api/v1/pools/burst/shrink", "/api/v2/query", "//", "/api/v1/workers/a/b/c"]
      {
        let answer = try await server.get(path)
        #expect(answer.status == 404 || path == "//", "\(path)")
        #expect(answer.text.hasPrefix(#"{"error":{"code":"not_found""#) || path == "//", "\(path)")
      }
      let methods: [(HTTPRequest.Method, String, String)] = [
        (.get, "/api/v1/write", "POST"), (.delete, "/api/v1/pools", "GET, HEAD"),
        (.put, "/api/v1/plan", "GET, HEAD, POST"),
        (.options, "/api/v1/pools/burst/scale", "POST"), (.post, "/api/v1/workers/w", "DELETE, GET, HEAD"),
        (.post, "/metrics", "GET, HEAD"), (.patch, "/", "GET, HEAD"), (.head, "/api/v1/write", "POST"),
      ]
      for (method, path, allowed) in methods {
        let answer = try await server.call(method, path)
        #expect(answer.status == 405, "\(method) \(path)")
        #expect(answer.headers[.allow] == allowed, "\(method) \(path)")
        if method != .head { #expect(answer.text.contains(#""code":"method_not_allowed""#)) }
      }
    }
  }
}
