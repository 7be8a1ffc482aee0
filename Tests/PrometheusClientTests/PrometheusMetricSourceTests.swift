import Foundation
import HTTPTypes
import Model
import Ports
import PrometheusClient
import Synchronization
import Testing

@Suite struct PrometheusMetricSourceTests {
  /// What a query failed with.
  private static func error(
    _ source: PrometheusMetricSource, _ expression: String = "up", at now: Instant = Times.now
  ) async -> PortError? {
    do {
      _ = try await source.query(expression, at: now)
      return nil
    } catch { return error as? PortError }
  }

  @Test func asksForTheValueAndItsFreshnessInOneForm() async throws {
    let server = ServerDouble(.number("2.5"))
    try await server.run { url async throws in
      var settings = PrometheusSettings(url: url + "/prometheus/")
      settings.tenant = "team-a"
      settings.timeout = .seconds(20)
      let source = PrometheusMetricSource(settings)
      let elements = try await source.query(#"sum(rate(a{b="ü+&"}[5m])) / count(c) # why"#, at: Times.now)
      #expect(elements == [MetricElement(labels: [:], value: 2.5, at: Times.now)])
    }
    let asked = try #require(server.asked.first)
    #expect(server.asked.count == 1)
    #expect(asked.path == "/prometheus/api/v1/query")
    #expect(asked.headers[.contentType] == "application/x-www-form-urlencoded")
    #expect(asked.headers[HTTPField.Name("X-Scope-OrgID")!] == "team-a")
    #expect(asked.headers[.authorization] == nil)
    #expect(
      asked.form == [
        "query": "(sum(rate(a{b=\"ü+&\"}[5m])) / count(c) # why\n) and on () "
          + "(count(last_over_time(a{b=\"ü+&\"}[1m])) or count(last_over_time(c[1m])))",
        "time": "1772352000.25", "timeout": "20s", "lookback_delta": "1m", "max_lookback": "1m",
        "partial_response": "false", "deny_partial_response": "1",
      ])
  }

  @Test(arguments: [
    ("1 + 1", "vector(1 + 1\n)"), ("vector(1)", "(vector(1)\n)"),
    ("a + a", "(a + a\n) and on () (count(last_over_time(a[1m])))"),
    ("scalar(a)", "vector(scalar(a)\n) and on () (count(last_over_time(a[1m])))"),
    (
      #"rate({__name__=~"a|b",c!="d"}[5m:1m] offset 1h)"#,
      #"(rate({__name__=~"a|b",c!="d"}[5m:1m] offset 1h)"# + "\n) and on () "
        + #"(count(last_over_time({__name__=~"a|b",c!="d"}[1m])))"#
    ),
  ])
  func putsTheConditionOnEverySelector(expression: String, query: String) async throws {
    let server = ServerDouble(.number("1"))
    try await server.run { url async throws in
      _ = try await PrometheusMetricSource(PrometheusSettings(url: url)).query(expression, at: Times.now)
    }
    #expect(server.asked.first?.form["query"] == query)
  }

  @Test(arguments: ["up[5m]", "\"text\"", "up(", ""])
  func refusesExpressionsThatAreNoReadingWithoutAsking(expression: String) async throws {
    let server = ServerDouble(.number("1"))
    try await server.run { url async throws in
      let error = await Self.error(PrometheusMetricSource(PrometheusSettings(url: url)), expression)
      #expect(error?.code == .invalid)
    }
    #expect(server.asked.isEmpty)
  }

  @Test func readsElementsWithNumbersThatJSONDoesNotHave() async throws {
    let server = ServerDouble(
      .init(
        text: """
          {"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"a":"1"},"value":[1772352000.25,"NaN"]},{"metric":{"a":"2"},"value":[1,"+Inf"]},
            {"metric":{"a":"3"},"value":[1,"-Inf"]},{"metric":{"a":"4"},"histogram":[1,{"count":"1","sum":"1"}]},
            {"metric":{"a":"5","b":"x"},"value":[1,"1e-07"]}]}}
          """))
    try await server.run { url async throws in
      let found = try await PrometheusMetricSource(PrometheusSettings(url: url)).query("up", at: Times.now)
      #expect(found.map(\.labels) == [["a": "1"], ["a": "2"], ["a": "3"], ["a": "5", "b": "x"]])
      #expect(found[0].value.isNaN)
      #expect(found.dropFirst().map(\.value) == [.infinity, -.infinity, 1e-7])
      #expect(found.allSatisfy { $0.at == Times.now })
    }
  }

  /// Nothing that is not a whole and certain answer may pass for one.
  @Test(arguments: [
    (ServerDouble.Reply.failure(.badRequest, "parse error"), PortError.Code.invalid, "parse error"),
    (.failure(.unprocessableContent, "too many samples"), .invalid, "too many samples"),
    (.failure(.unauthorized, "no"), .forbidden, "credentials"), (.failure(.forbidden, "no"), .forbidden, "tenant"),
    (.failure(.notFound, "no"), .notFound, "path"), (.failure(.tooManyRequests, "slowly"), .throttled, "slowly"),
    (.failure(.serviceUnavailable, "later"), .busy, "later"), (.failure(.badGateway, "x"), .busy, "502"),
    (.failure(.internalServerError, "broken"), .failed, "broken"), (.failure(.ok, "odd"), .failed, "API"),
    (.init(status: .movedPermanently, text: ""), .invalid, "redirects"), (.init(text: "hello"), .failed, "API"),
    (.init(text: #"{"status":"success"}"#), .failed, "API"),
    (.init(text: #"{"status":"success","data":{"resultType":"matrix","result":[]}}"#), .failed, "matrix"),
    (
      .init(text: #"{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}}"#), .failed, "part"
    ),
    (.number("one"), .failed, "API"), (.init(text: String(repeating: " ", count: 3_000)), .invalid, "longer than 2048"),
  ])
  func refusesEveryAnswerThatIsNotAWholeOne(reply: ServerDouble.Reply, code: PortError.Code, words: String) async throws
  {
    let server = ServerDouble(reply)
    try await server.run { url async throws in
      var settings = PrometheusSettings(url: url)
      settings.maximumAnswerBytes = 2_048
      let error = await Self.error(PrometheusMetricSource(settings))
      #expect(error?.code == code, "\(error?.message ?? "no error")")
      #expect(error?.operation == "metrics.query")
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
  }

  @Test func passesWarningsOn() async throws {
    let server = ServerDouble(
      .init(
        text: #"{"status":"success","warnings":["store-1 is slow"],"data":{"resultType":"vector","result":[]}}"#))
    let warnings = Mutex<[String]>([])
    try await server.run { url async throws in
      let source = PrometheusMetricSource(PrometheusSettings(url: url)) { expression, texts in
        warnings.withLock { $0 += texts.map { "\(expression): \($0)" } }
      }
      #expect(try await source.query("up", at: Times.now).isEmpty)
    }
    #expect(warnings.withLock { $0 } == ["up: store-1 is slow"])
  }

  @Test func readsATokenAnewWhenItsFileChanges() async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let server = ServerDouble(.number("1"))
    try await server.run { url async throws in
      var settings = PrometheusSettings(url: url)
      settings.credentials = .bearer(.file(file.path))
      let source = PrometheusMetricSource(settings)
      let missing = await Self.error(source)
      #expect(missing?.code == .forbidden)
      #expect(missing?.message.contains(file.path) == true)
      for token in ["first", "second"] {
        try Data((token + "\n").utf8).write(to: file)
        _ = try await source.query("up", at: Times.now)
      }
      try Data(" \n".utf8).write(to: file)
      #expect(await Self.error(source)?.message.contains("empty") == true)
    }
    #expect(server.asked.map { $0.headers[.authorization] } == ["Bearer first", "Bearer second"])
  }

  @Test func neverShowsASecret() async throws {
    let server = ServerDouble(.failure(.badRequest, "I was sent Bearer hush-hush, and dTpodXNo"))
    try await server.run { url async throws in
      for (credentials, secret) in [
        (PrometheusCredentials.bearer(.text("hush-hush")), "hush-hush"),
        (.basic(user: "u", password: .text("hush")), "dTpodXNo"),
      ] {
        var settings = PrometheusSettings(url: url)
        settings.credentials = credentials
        let error = try #require(await Self.error(PrometheusMetricSource(settings)))
        #expect(!error.message.contains(secret))
        #expect(error.message.contains("‹secret›"))
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("hush"))
        #expect(!"\(settings)".contains("hush"))
      }
    }
    #expect(server.asked.map { $0.headers[.authorization] } == ["Bearer hush-hush", "Basic dTpodXNo"])
  }

  /// While the server is away, a decision with many triggers waits for it once.
  @Test func asksAServerThatIsAwayOnceAnInstant() async throws {
    let server = ServerDouble(.broken)
    try await server.run { url async throws in
      let source = PrometheusMetricSource(PrometheusSettings(url: url))
      let first = await Self.error(source)
      #expect(first?.code == .unreachable)
      #expect(first?.message.contains(url) == true)
      #expect(await Self.error(source, "other") == first)
      #expect(server.asked.count == 1)
      #expect(await Self.error(source, at: Times.later)?.code == .unreachable)
      #expect(server.asked.count == 2)
      server.answer(.number("1"))
      #expect(try await source.query("up", at: Times.muchLater).first?.value == 1)
    }
  }

  @Test func tellsAServerThatIsNotThereFromOneWithoutData() async {
    let error = await Self.error(PrometheusMetricSource(PrometheusSettings(url: "http://127.0.0.1:1")))
    #expect(error?.code == .unreachable)
    #expect(error?.retryable == true)
  }
}
