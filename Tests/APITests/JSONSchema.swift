import Foundation
import Model
import Yams

/// A value of JSON or YAML.
indirect enum Value: Equatable, CustomStringConvertible {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([Value])
  case object([String: Value])

  /// Reads YAML, of which JSON is a part.
  init(yaml: String) throws { self.init(any: try Yams.load(yaml: yaml) ?? NSNull()) }

  init(any: Any) {
    switch any {
    case let bool as Bool: self = .bool(bool)
    case let number as Int: self = .number(Double(number))
    case let number as Double: self = .number(number)
    case let text as String: self = .text(text)
    case let list as [Any]: self = .list(list.map(Value.init(any:)))
    case let object as [AnyHashable: Any]:
      self = .object(
        Dictionary(object.map { ("\($0.key)", Value(any: $0.value)) }) { first, _ in first })
    case is NSNull: self = .null
    default: self = .text("\(any)")
    }
  }

  subscript(_ key: String) -> Value? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  var text: String? { if case .text(let text) = self { text } else { nil } }
  var list: [Value]? { if case .list(let list) = self { list } else { nil } }
  var members: [String: Value]? { if case .object(let members) = self { members } else { nil } }
  var number: Double? { if case .number(let number) = self { number } else { nil } }

  var description: String {
    switch self {
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .number(let number): "\(number)"
    case .text(let text): "\"\(text)\""
    case .list(let list): "\(list)"
    case .object(let members): "{" + members.keys.sorted().joined(separator: ",") + "}"
    }
  }
}

/// Holds values against the schemas of one description.
///
/// Stricter than the standard where that finds mistakes: a key of an answer that the schema does not name is one, and so
/// is a keyword of the schema that is not looked at here.
struct JSONSchema {
  /// The whole description, in which references are looked up.
  let document: Value

  private static let known: Set<String> = [
    "$ref", "type", "enum", "const", "required", "properties", "additionalProperties", "items", "prefixItems",
    "minItems", "maxItems", "minimum", "exclusiveMinimum", "maximum", "minLength", "maxLength", "pattern", "anyOf",
    "allOf", "propertyNames", "format", "description", "example", "default", "contentMediaType",
  ]

  /// What a reference stands for; the value itself when it is none.
  func resolved(_ value: Value) -> Value? {
    guard let reference = value["$ref"]?.text else { return value }
    guard reference.hasPrefix("#/") else { return nil }
    var place: Value? = document
    for part in reference.dropFirst(2).split(separator: "/") { place = place?[String(part)] }
    return place.flatMap(resolved)
  }

  /// - Returns: what is wrong with a value, each with its place; empty when nothing is.
  func problems(_ value: Value, _ schema: Value, at place: String = "", isStrict: Bool = true) -> [String] {
    guard let schema = resolved(schema) else { return ["\(place): the reference in \(schema) leads nowhere"] }
    guard let keywords = schema.members else { return ["\(place): \(schema) is no schema"] }
    var problems = keywords.keys.filter { !Self.known.contains($0) }.sorted().map { "\(place): unknown keyword \($0)" }
    problems += simple(value, schema, at: place)
    switch value {
    case .list(let elements): problems += listed(elements, schema, at: place)
    case .object(let members): problems += keyed(members, schema, at: place, isStrict: isStrict)
    default: break
    }
    for part in schema["allOf"]?.list ?? [] {
      problems += self.problems(value, part, at: place, isStrict: false)
    }
    if let ways = schema["anyOf"]?.list {
      let outcomes = ways.map { self.problems(value, $0, at: place, isStrict: isStrict) }
      if !outcomes.contains(where: \.isEmpty) {
        problems.append("\(place): \(value) fits none of the ways: \(outcomes.map { $0.first ?? "" })")
      }
    }
    return problems
  }

  // MARK: - Kinds of values

  private func simple(_ value: Value, _ schema: Value, at place: String) -> [String] {
    var problems: [String] = []
    func hold(_ holds: Bool, _ what: String) { if !holds { problems.append("\(place): \(value) \(what)") } }
    if let type = schema["type"] {
      let types = type.list?.compactMap(\.text) ?? [type.text ?? ""]
      hold(types.contains { Self.isOf($0, value) }, "is not of type \(types)")
    }
    if let values = schema["enum"]?.list { hold(values.contains(value), "is none of \(values)") }
    if let only = schema["const"] { hold(value == only, "is not \(only)") }
    if let number = value.number {
      if let least = schema["minimum"]?.number { hold(number >= least, "is less than \(least)") }
      if let below = schema["exclusiveMinimum"]?.number { hold(number > below, "is not more than \(below)") }
      if let most = schema["maximum"]?.number { hold(number <= most, "is more than \(most)") }
    }
    if let text = value.text {
      if let least = schema["minLength"]?.number { hold(Double(text.count) >= least, "is too short") }
      if let most = schema["maxLength"]?.number { hold(Double(text.count) <= most, "is too long") }
      if let pattern = schema["pattern"]?.text {
        hold((try? Regex(pattern).wholeMatch(in: text)) != nil, "does not fit \(pattern)")
      }
      if schema["format"]?.text == "date-time" { hold(Instant(rfc3339: text) != nil, "is no time") }
    }
    return problems
  }

  private static func isOf(_ type: String, _ value: Value) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .text), ("array", .list),
      ("object", .object):
      true
    case ("integer", .number(let number)): number == number.rounded()
    default: false
    }
  }

  private func listed(_ elements: [Value], _ schema: Value, at place: String) -> [String] {
    var problems: [String] = []
    if let least = schema["minItems"]?.number, Double(elements.count) < least { problems.append("\(place): too short") }
    if let most = schema["maxItems"]?.number, Double(elements.count) > most { problems.append("\(place): too long") }
    let first = schema["prefixItems"]?.list ?? []
    for (index, element) in elements.enumerated() {
      guard let schema = index < first.count ? first[index] : schema["items"] else { continue }
      problems += self.problems(element, schema, at: "\(place)/\(index)")
    }
    return problems
  }

  private func keyed(_ members: [String: Value], _ schema: Value, at place: String, isStrict: Bool) -> [String] {
    var problems = (schema["required"]?.list ?? []).compactMap(\.text).filter { members[$0] == nil }
      .map { "\(place): lacks \($0)" }
    let properties = schema["properties"]?.members ?? [:]
    for (key, member) in members.sorted(by: { $0.key < $1.key }) {
      if let names = schema["propertyNames"] { problems += self.problems(.text(key), names, at: "\(place)/\(key)") }
      if let property = properties[key] {
        problems += self.problems(member, property, at: "\(place)/\(key)")
      } else if let others = schema["additionalProperties"], others.members != nil {
        problems += self.problems(member, others, at: "\(place)/\(key)")
      } else if schema["additionalProperties"] == .bool(false) {
        problems.append("\(place): must not have \(key)")
      } else if isStrict, let declared = declared(schema), !declared.contains(key) {
        problems.append("\(place): has \(key), which the schema does not name")
      }
    }
    return problems
  }

  /// The keys that a schema names; `nil` when it is open, or says nothing of keys.
  private func declared(_ schema: Value) -> Set<String>? {
    guard let schema = resolved(schema), schema["additionalProperties"] == nil, schema["anyOf"] == nil else {
      return nil
    }
    var keys = schema["properties"]?.members.map { Set($0.keys) }
    for part in schema["allOf"]?.list ?? [] {
      guard let more = declared(part) else { return nil }
      keys = (keys ?? []).union(more)
    }
    return keys
  }
}
