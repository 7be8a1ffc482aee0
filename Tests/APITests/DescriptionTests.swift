import Foundation
import HTTPTypes
import Model
import Ports
import Testing

@testable import API

/// `docs/openapi.yaml`, which the program carries, against the routes and their answers.
@Suite struct DescriptionTests {
  /// One operation of the description.
  private struct Operation {
    let method: String
    let path: String
    let members: Value
    var name: String { "\(method) \(path)" }
  }

  private static let text = String(decoding: APIDescription.bytes, as: UTF8.self)

  /// Read once: a test has an instance of its own.
  private static let parsed = Result { try Value(yaml: text) }

  private let document: Value
  private let schema: JSONSchema
  private let operations: [Operation]

  init() throws {
    let document = try Self.parsed.get()
    self.document = document
    schema = JSONSchema(document: document)
    operations = (document["paths"]?.members ?? [:]).sorted { $0.key < $1.key }.flatMap { path, item in
      (item.members ?? [:]).sorted { $0.key < $1.key }.map {
        Operation(method: $0.key.uppercased(), path: path, members: $0.value)
      }
    }
  }

  private static func file(_ name: String) throws -> String {
    var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
      folder.deleteLastPathComponent()
    }
    return try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  @Test func itNamesEveryRouteAndNoOther() {
    let routes = Server.routes(ServerFixture().parts).entries.map { "\($0.method) \($0.path)" }
    #expect(operations.map(\.name).sorted() == routes.sorted())
    #expect(routes.count > 40)
  }

  @Test(arguments: Way.allCases) func theServerHandsOutTheFile(way: Way) async throws {
    try await ServerFixture().test(way) { server async throws in
      let answer = try await server.get("/openapi.yaml")
      #expect(answer.status == 200)
      #expect(answer.type == "application/yaml")
      #expect(try answer.text == Self.file("docs/openapi.yaml"))
    }
  }

  @Test func everyOperationSaysWhatItIsForAndWhoMayCallIt() throws {
    let roles: Set = ["none", "ingest", "read", "operate", "admin"]
    for operation in operations {
      #expect(operation.members["summary"]?.text?.hasSuffix(".") == true, "\(operation.name)")
      #expect(operation.members["tags"]?.list?.count == 1, "\(operation.name)")
      let role = try #require(operation.members["x-role"]?.text, "\(operation.name)")
      #expect(roles.contains(role), "\(operation.name): \(role)")
      #expect((role == "none") == (operation.members["security"] == .list([])), "\(operation.name)")
    }
    let names = operations.compactMap { $0.members["operationId"]?.text }
    #expect(Set(names).count == operations.count)
  }

  @Test func everyOperationNeedsTheRoleThatTheServerAsksFor() {
    let needs = Dictionary(RouteNeeds.table.map { ($0.call, $0.need) }) { first, _ in first }
    for operation in operations {
      let need = needs[operation.name] ?? .unnamed
      #expect(operation.members["x-role"]?.text == need.role?.rawValue ?? "none", "\(operation.name)")
      // Whoever may be refused for it is told so, in the form of the call.
      guard need.role != nil else { continue }
      let refusal = operation.members["responses"]?["401"]?["$ref"]?.text ?? ""
      #expect(refusal.contains("/Prometheus") == (need.form == .prometheus), "\(operation.name)")
      for status in ["401", "403", "429", "503"] {
        #expect(operation.members["responses"]?[status] != nil, "\(operation.name): \(status)")
      }
    }
  }

  /// The parameters in braces are declared, and no other that stand in the path.
  @Test func everyPartOfAPathIsDeclared() {
    for operation in operations {
      let inPath = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.dropFirst().dropLast() }
      let declared = parameters(operation).filter { $0["in"] == .text("path") }.compactMap { $0["name"]?.text }
      #expect(inPath.map(String.init).sorted() == declared.sorted(), "\(operation.name)")
    }
  }

  private func parameters(_ operation: Operation) -> [Value] {
    (operation.members["parameters"]?.list ?? []).compactMap(schema.resolved)
  }

  /// Every reference leads somewhere, and what stands under `components` is used.
  @Test func everyReferenceLeadsSomewhere() {
    var used: Set<String> = []
    func walk(_ value: Value) {
      if let reference = value["$ref"]?.text {
        used.insert(reference)
        #expect(schema.resolved(value) != nil, "\(reference)")
      }
      for member in value.members?.values.map({ $0 }) ?? value.list ?? [] { walk(member) }
    }
    walk(document)
    for (kind, components) in document["components"]?.members ?? [:] where kind != "securitySchemes" {
      for name in (components.members ?? [:]).keys {
        #expect(used.contains("#/components/\(kind)/\(name)"), "nothing uses \(kind)/\(name)")
      }
    }
  }

  @Test func everyExampleFitsItsSchema() {
    func walk(_ value: Value, _ place: String) {
      if let example = value["example"] {
        let problems = schema.problems(example, value["schema"] ?? value)
        #expect(problems.isEmpty, "\(place): \(problems)")
      }
      for (key, member) in (value.members ?? [:]).sorted(by: { $0.key < $1.key })
      where key != "example" && key != "properties" {
        walk(member, "\(place)/\(key)")
      }
    }
    walk(document, "")
  }

  // MARK: - Answers

  /// What the description says of an answer, against the answer.
  private func problems(_ answer: Caller.Answer, to operation: Operation) throws -> [String] {
    let status = "\(answer.status)"
    guard let response = operation.members["responses"]?[status].flatMap(schema.resolved) else {
      return ["\(operation.name) answers \(status), which it does not say: \(answer.text.prefix(300))"]
    }
    guard let content = response["content"]?.members else {
      return answer.bytes.isEmpty ? [] : ["\(operation.name) answers \(status) with a body"]
    }
    let type = String(answer.type.prefix { $0 != ";" })
    guard let media = content[type]?["schema"] else {
      return ["\(operation.name) answers \(status) as \(type); known are \(content.keys.sorted())"]
    }
    guard type == "application/json" else { return [] }
    return schema.problems(try Value(yaml: answer.text), media, at: "\(operation.name) \(status)")
  }

  /// The call that the examples of an operation make; parameters that need not be there are left out.
  private func call(_ operation: Operation) -> (uri: String, headers: HTTPFields, body: [UInt8]?) {
    var path = operation.path
    var query: [String] = []
    for parameter in parameters(operation) where parameter["required"] == .bool(true) {
      let name = parameter["name"]?.text ?? ""
      let example = parameter["example"] ?? .text("")
      let value = example.list?.first?.text ?? example.text ?? "\(example)"
      if parameter["in"] == .text("path") {
        path = path.replacing("{\(name)}", with: value)
      } else {
        query.append("\(name)=\(value)")
      }
    }
    var headers: HTTPFields = [:]
    var body: [UInt8]?
    if let (type, media) = operation.members["requestBody"]?["content"]?.members?.first {
      headers[.contentType] = type
      let example = media["example"] ?? .object([:])
      body = Array((type == "application/json" ? Self.json(example) : Self.form(example)).utf8)
    }
    return (path + (query.isEmpty ? "" : "?" + query.joined(separator: "&")), headers, body)
  }

  private static func form(_ value: Value) -> String {
    (value.members ?? [:]).sorted { $0.key < $1.key }.map { name, value in
      let text = value.list?.first?.text ?? value.text ?? ""
      return "\(name)=\(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
    }.joined(separator: "&")
  }

  private static func json(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .number(let number): number == number.rounded() ? "\(Int(number))" : "\(number)"
    case .text(let text): "\"\(text)\""
    case .list(let list): "[" + list.map(json).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\(json($0.value))" }.joined(separator: ",") + "}"
    }
  }

  /// The way of one answer: by its status, a success where the examples are right.
  private func expectAnswers(
    _ fixture: ServerFixture, succeeds: Bool, from isAsked: (Operation) -> Bool = { _ in true }
  ) async throws {
    // The stream has no end; its own tests watch it.
    for operation in operations where isAsked(operation) && operation.path != "/api/v1/stream" {
      let call = call(operation)
      let (method, name) = (HTTPRequest.Method(operation.method), operation.name)
      let answer = try await fixture.test(.inProcess) {
        try await $0.call(method ?? .get, call.uri, headers: call.headers, body: call.body)
      }
      if succeeds, operation.path != "/api/v1/write" { #expect(answer.status < 300, "\(name): \(answer.text)") }
      let problems = try problems(answer, to: operation)
      #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }
  }

  @Test func everyAnswerIsAsDescribed() async throws {
    var fixture = ServerFixture()
    fixture.parts.reload = { _ in ReloadRouteTests.answer(.applied) }
    try fixture.fill()
    try await expectAnswers(fixture, succeeds: true)
  }

  @Test func everyAnswerIsAsDescribedBeforeTheFirstDecision() async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.report = nil }
    try await expectAnswers(fixture, succeeds: false)
  }

  @Test(arguments: [OperationCase.invalid, .notFound, .conflict, .refused, .unavailable])
  func everyRefusalIsAsDescribed(refusal: OperationCase) async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.failure = refusal.error }
    // Whatever is asked may be unavailable; the other refusals belong to orders.
    try await expectAnswers(fixture, succeeds: false) {
      refusal.error.code == .unavailable || $0.members["x-role"] == .text("operate")
    }
  }

  /// Where access is configured, nobody gets further than what the description says of strangers.
  @Test func strangersAreRefusedAsDescribed() async throws {
    var fixture = ServerFixture()
    fixture.parts.access = AccessControl(AccessPolicy(entries: []))
    for operation in operations where operation.members["x-role"] != .text("none") {
      let call = call(operation)
      let method = try #require(HTTPRequest.Method(operation.method))
      let answer = try await fixture.test(.inProcess) {
        try await $0.call(method, call.uri, headers: call.headers, body: call.body)
      }
      // After ten changes by nobody the address is made to wait.
      #expect(answer.status == 401 || answer.status == 429, "\(operation.name)")
      let problems = try problems(answer, to: operation)
      #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }
  }

  @Test func theGoldensFitTheirSchemas() throws {
    for (name, golden) in [
      ("Worker", Golden.worker), ("Pool", Golden.pool), ("Plan", Golden.plan), ("Report", Golden.report),
    ] {
      let media = try #require(document["components"]?["schemas"]?[name])
      let problems = schema.problems(try Value(yaml: golden), media)
      #expect(problems.isEmpty, "\(name): \(problems)")
    }
  }

  /// The holder itself: what is wrong is found.
  @Test func aSchemaFindsWhatIsWrong() throws {
    let worker = try #require(document["components"]?["schemas"]?["Worker"])
    for (right, wrong) in [
      (#""state": "joining""#, #""state": "resting""#), (#""machine": 201"#, #""machine": "201""#),
      (#""attempt": 2"#, #""attempts": 2"#), (#""name": "worker-burst-001","#, ""),
      (#""ready_at": "2026"#, #""ready_at": "soon 2026"#),
    ] {
      let text = Golden.worker.replacing(right, with: wrong)
      #expect(text != Golden.worker)
      #expect(!schema.problems(try Value(yaml: text), worker).isEmpty, "\(wrong)")
    }
  }
}
