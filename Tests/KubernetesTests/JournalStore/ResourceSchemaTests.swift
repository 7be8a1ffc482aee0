import Foundation
import Model
import Ports
import TestSupport
import Testing
import Yams

@testable import Kubernetes

/// The resources that we ship describe the objects that we write.
@Suite struct ResourceSchemaTests {
  private struct Definition {
    var kind: String
    var schema: [String: Any]
    var columns: [[String: Any]]
  }

  /// `config/kubernetes/base/crds.yaml`, by plural.
  private static func definitions() throws -> [String: Definition] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("config/kubernetes/base/crds.yaml")
    var definitions: [String: Definition] = [:]
    for document in try Yams.load_all(yaml: String(contentsOf: file, encoding: .utf8)) {
      let object = try #require(document as? [String: Any])
      #expect(object["apiVersion"] as? String == "apiextensions.k8s.io/v1")
      let spec = try #require(object["spec"] as? [String: Any])
      let names = try #require(spec["names"] as? [String: Any])
      let versions = try #require(spec["versions"] as? [[String: Any]])
      let plural = try #require(names["plural"] as? String)
      let metadata = try #require(object["metadata"] as? [String: Any])
      #expect(metadata["name"] as? String == "\(plural).\(spec["group"] as? String ?? "")")
      #expect(spec["scope"] as? String == "Namespaced")
      #expect(versions.count == 1 && versions[0]["name"] as? String == "v1")
      let schema = try #require(
        (versions[0]["schema"] as? [String: Any])?["openAPIV3Schema"] as? [String: Any])
      definitions[plural] = Definition(
        kind: names["kind"] as? String ?? "", schema: schema,
        columns: versions[0]["additionalPrinterColumns"] as? [[String: Any]] ?? [])
    }
    return definitions
  }

  /// What a value has against its schema. A field that the schema does not name is a fault: the API server would drop it.
  private static func faults(of value: Any, _ schema: [String: Any], at path: String) -> [String] {
    switch schema["type"] as? String {
    case "object":
      guard let value = value as? [String: Any] else { return ["\(path) is no object"] }
      guard let properties = schema["properties"] as? [String: [String: Any]] else { return [] }
      let missing = (schema["required"] as? [String] ?? []).filter { value[$0] == nil }.map {
        "\(path).\($0) is missing"
      }
      return missing
        + value.sorted { $0.key < $1.key }.flatMap { key, part in
          properties[key].map { faults(of: part, $0, at: "\(path).\(key)") } ?? ["\(path).\(key) is not described"]
        }
    case "array":
      guard let value = value as? [Any] else { return ["\(path) is no array"] }
      let items = schema["items"] as? [String: Any] ?? [:]
      let tooMany = (schema["maxItems"] as? Int).map { value.count > $0 } ?? false
      return (tooMany ? ["\(path) has \(value.count) items"] : [])
        + value.enumerated().flatMap { faults(of: $1, items, at: "\(path)[\($0)]") }
    case "string":
      guard let value = value as? String else { return ["\(path) is no string"] }
      var faults: [String] = []
      if let values = schema["enum"] as? [String], !values.contains(value) { faults.append("\(path) is \(value)") }
      if let most = schema["maxLength"] as? Int, value.unicodeScalars.count > most {
        faults.append("\(path) is too long")
      }
      if schema["format"] as? String == "date-time", Instant(rfc3339: value) == nil {
        faults.append("\(path) is no time")
      }
      return faults
    case "integer":
      guard let value = value as? Int else { return ["\(path) is no integer"] }
      return (schema["minimum"] as? Int).map { value < $0 } ?? false ? ["\(path) is \(value)"] : []
    case let type: return ["\(path) has a schema of type \(type ?? "none")"]
    }
  }

  /// Structural: every part says its type.
  private static func untyped(_ schema: [String: Any], at path: String) -> [String] {
    var found = schema["type"] == nil ? [path] : []
    for (key, part) in schema["properties"] as? [String: [String: Any]] ?? [:] {
      found += untyped(part, at: "\(path).\(key)")
    }
    if let items = schema["items"] as? [String: Any] { found += untyped(items, at: "\(path)[]") }
    return found
  }

  private static let kinds: [ResourceKind] = [.workers, .ledgers, .ledgerPages]

  @Test func describesEachKindAndEveryPartOfIt() throws {
    let definitions = try Self.definitions()
    #expect(definitions.keys.sorted() == Self.kinds.map(\.plural).sorted())
    for (plural, definition) in definitions {
      #expect(Self.untyped(definition.schema, at: plural).isEmpty)
    }
    let worker = try #require(definitions["workers"])
    let names = worker.columns.compactMap { $0["name"] as? String }
    #expect(Set(["Pool", "State", "Template", "Machine", "Cost", "Age"]).isSubset(of: names))
    let schema = worker.schema["properties"] as? [String: Any]
    let spec = (schema?["spec"] as? [String: Any])?["properties"] as? [String: Any] ?? [:]
    for path in worker.columns.compactMap({ $0["jsonPath"] as? String }) {
      #expect(spec[String(path.dropFirst(".spec.".count))] != nil, "\(path) shows nothing")
    }
    let states = (spec["state"] as? [String: Any])?["enum"] as? [String]
    #expect(states == WorkerState.allCases.map(\.rawValue))
  }

  @Test func everythingThatIsWrittenIsDescribed() async throws {
    let definitions = try Self.definitions()
    let bench = JournalBench()
    let journal = bench.journal(leadership: JournalBench.Lead())
    _ = try await journal.load()
    var entry = JournalSamples.entry(
      WorkerState.allCases.enumerated().map { number, state in
        var record = JournalSamples.worker(number, state: state)
        record.machine = MachineID(200 + number)
        record.host = "pve-01"
        record.address = "10.0.0.\(number)"
        record.step = StepRecord(name: "clone_vm_from_template", startedAt: JournalSamples.start)
        record.readyAt = JournalSamples.start
        record.billedFrom = JournalSamples.start
        record.billedUntil = JournalSamples.start
        record.removal = RemovalRecord(reason: Reason("idle", "Idle."), askedAt: JournalSamples.start)
        record.lastError = String(repeating: "e", count: 30_000)
        return record
      })
    entry.requests = [JournalSamples.request("a")]
    entry.memory = JournalSamples.memory()
    entry.events = (1...120).map(JournalSamples.event)
    try await journal.write(entry)
    try await journal.write(JournalSamples.entry([JournalSamples.worker(20)]))
    // The large entry's pages as they are while it is the newest.
    try await journal.write(entry)
    for kind in Self.kinds {
      let definition = try #require(definitions[kind.plural])
      let names = bench.server.names(kind)
      #expect(!names.isEmpty)
      for name in names {
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(bench.server.object(kind, name) ?? [])) as? [String: Any])
        #expect(object["kind"] as? String == definition.kind && object["apiVersion"] as? String == kind.apiVersion)
        let faults = Self.faults(of: object, definition.schema, at: name)
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
      }
    }
    #expect(bench.server.names(.ledgerPages).contains { !$0.contains("events") }, "a body in pages is among them")
  }
}
