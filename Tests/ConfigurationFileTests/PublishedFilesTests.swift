import ConfigurationFile
import Foundation
import Testing

/// What lies in `config` and `docs` must say the same as the code. `POOLKEEPER_RECORD=1` writes it anew.
@Suite struct PublishedFilesTests {
  static let isRecording = ProcessInfo.processInfo.environment["POOLKEEPER_RECORD"] != nil
  static let mark = "<!-- keys: made by the tests of Configuration -->\n"

  static func text(_ path: String) throws -> String { String(decoding: try Repository.bytes(path), as: UTF8.self) }

  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: Repository.root.appendingPathComponent(path))
  }

  @Test func schemaFileIsWhatTheTableOfKeysSays() throws {
    let path = "config/worker-pools.schema.json"
    if Self.isRecording { try Self.write(ConfigurationSchema.json(), to: path) }
    #expect(
      try Self.text(path) == ConfigurationSchema.json(), "run the tests with POOLKEEPER_RECORD=1 and look at the diff")
  }

  @Test func referencePageHasEveryKeyWithTypeUnitAndDefault() throws {
    let path = "docs/configuration.md"
    let page = try Self.text(path)
    let range = try #require(page.range(of: Self.mark))
    let wanted = page[..<range.upperBound] + "\n" + ConfigurationReference.markdown()
    if Self.isRecording { try Self.write(String(wanted), to: path) }
    #expect(
      try Self.text(path) == String(wanted), "run the tests with POOLKEEPER_RECORD=1 and look at the diff")
  }

  @Test func referenceNamesEachKeyOnceAndSaysWhatItIs() {
    let entries = ConfigurationReference.entries()
    #expect(Set(entries.map(\.path)).count == entries.count)
    #expect(entries.count > 300)
    #expect(entries.filter { !$0.meaning.hasSuffix(".") && !$0.meaning.hasSuffix(")") }.map(\.path) == [])
    #expect(entries.filter { $0.standard.isEmpty || $0.type.isEmpty }.map(\.path) == [])
  }

  @Test func schemaHasExactlyTheKeysOfTheReference() throws {
    let schema = try #require(
      try JSONSerialization.jsonObject(with: Data(ConfigurationSchema.json().utf8)) as? [String: Any])
    var paths: Set<String> = []
    func walk(_ schema: [String: Any], _ path: String) {
      for (name, value) in schema["properties"] as? [String: [String: Any]] ?? [:] {
        let below = path.isEmpty ? name : path + "." + name
        paths.insert(below)
        walk(value, below)
      }
      let named =
        (schema["patternProperties"] as? [String: [String: Any]])?.values.first
        ?? schema["additionalProperties"] as? [String: Any]
      if let named {
        paths.insert(path + ".*")
        walk(named, path + ".*")
      }
      if let items = schema["items"] as? [String: Any] { walk(items, path + "[]") }
    }
    walk(schema, "")
    let reference = ConfigurationReference.entries().map { entry in
      entry.path.split(separator: ".").map { part in
        part.contains("/") || part == "POOL_pool" || part == "levelN" || part.allSatisfy { $0.isUppercase } ? "*" : part
      }.joined(separator: ".")
    }
    #expect(Set(reference).subtracting(paths).sorted() == [])
    #expect(paths.subtracting(reference).sorted() == [])
  }

  @Test(arguments: ["config/worker-pools.json", "../shared/data/worker-pools.json"])
  func schemaAcceptsWhatTheReaderAccepts(path: String) throws {
    guard let bytes = try? Repository.bytes(path) else {
      #expect(path.hasPrefix("../"), "the example is missing")
      return
    }
    #expect(try SchemaValidator().faults(in: bytes) == [])
  }

  @Test(arguments: [
    (#""min_size": 2"#, #""min_size": "2""#, "type"), (#""min_size": 2"#, #""min_size": 2000"#, "maximum"),
    (#""min_size": 2"#, #""minsize": 2"#, "additionalProperties"),
    (#""pool_type": "gpu""#, #""pool_type": "fpga""#, "enum"),
    (#""cluster_name": "harbour","#, "", "required"), (#""burst": {"#, #""Burst!": {"#, "additionalProperties"),
  ])
  func schemaRefusesWhatTheReaderRefuses(old: String, new: String, keyword: String) throws {
    let text = try Self.text("config/worker-pools.json")
    let range = try #require(text.range(of: old))
    let changed = text.replacingCharacters(in: range, with: new)
    #expect(try SchemaValidator().faults(in: Array(changed.utf8)).contains { $0.hasSuffix(keyword) })
    #expect(ConfigurationReader().read(changed).problems.contains { $0.severity != .note })
  }
}

/// Validates by the few keywords that our schema uses.
struct SchemaValidator {
  let schema: [String: Any]

  init() throws {
    let bytes = Data(try Repository.bytes("config/worker-pools.schema.json"))
    schema = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
  }

  /// `POINTER KEYWORD` of all that is wrong.
  func faults(in bytes: [UInt8]) throws -> [String] {
    faults(in: try JSONSerialization.jsonObject(with: Data(bytes)), schema, at: "").sorted()
  }

  private func isType(_ name: String, _ value: Any) -> Bool {
    let number = value as? NSNumber
    let isBoolean = number.map { String(cString: $0.objCType) == "c" } ?? false
    switch name {
    case "object": return value is [String: Any]
    case "array": return value is [Any]
    case "string": return value is String
    case "boolean": return isBoolean
    case "number": return number != nil && !isBoolean
    case "integer": return number.map { !isBoolean && $0.doubleValue == $0.doubleValue.rounded() } ?? false
    default: return false
    }
  }

  private func faults(in value: Any, _ schema: [String: Any], at pointer: String) -> [String] {
    let types = schema["type"] as? [String] ?? [schema["type"] as? String ?? ""]
    guard types.contains(where: { isType($0, value) }) else { return ["\(pointer) type"] }
    var faults: [String] = []
    if let names = schema["enum"] as? [String], let text = value as? String, !names.contains(text) {
      faults.append("\(pointer) enum")
    }
    if let number = (value as? NSNumber)?.doubleValue {
      if let minimum = schema["minimum"] as? Double, number < minimum { faults.append("\(pointer) minimum") }
      if let maximum = schema["maximum"] as? Double, number > maximum { faults.append("\(pointer) maximum") }
    }
    if let list = value as? [Any], let items = schema["items"] as? [String: Any] {
      for (index, element) in list.enumerated() { faults += self.faults(in: element, items, at: "\(pointer)/\(index)") }
    }
    guard let object = value as? [String: Any] else { return faults }
    for name in schema["required"] as? [String] ?? [] where object[name] == nil { faults.append("\(pointer) required") }
    let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
    let patterns = schema["patternProperties"] as? [String: [String: Any]] ?? [:]
    for (name, element) in object {
      let below = "\(pointer)/\(name)"
      if let property = properties[name] {
        faults += self.faults(in: element, property, at: below)
      } else if let match = patterns.first(where: { name.range(of: $0.key, options: .regularExpression) != nil }) {
        faults += self.faults(in: element, match.value, at: below)
      } else if let other = schema["additionalProperties"] as? [String: Any] {
        faults += self.faults(in: element, other, at: below)
      } else {
        faults.append("\(below) additionalProperties")
      }
    }
    return faults
  }
}
