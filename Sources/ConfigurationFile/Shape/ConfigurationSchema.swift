/// The JSON Schema (draft 2020-12) of a configuration, for editors; made of the same table as the reader.
public enum ConfigurationSchema {
  /// The schema as JSON with an indentation of two spaces and a last line break.
  public static func json() -> String {
    var members: [Member] = [
      ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
      ("title", .text("Configuration of Poolkeeper")),
      ("description", .text("Pools of Kubernetes workers, their templates, limits and budgets.")),
    ]
    if case .object(let rest) = schema(of: Keys.root) { members += rest }
    return Value.object(members).rendered(indent: 0) + "\n"
  }

  private typealias Member = (name: String, value: Value)

  /// A value of the schema; members keep their order.
  private indirect enum Value {
    case text(String)
    case raw(String)
    case list([Value])
    case object([Member])

    func rendered(indent: Int) -> String {
      let inner = String(repeating: "  ", count: indent + 1)
      let outer = String(repeating: "  ", count: indent)
      switch self {
      case .text(let text): return JSONText.quoted(text)
      case .raw(let text): return text
      case .list(let values):
        return "[" + values.map { $0.rendered(indent: indent) }.joined(separator: ", ") + "]"
      case .object(let members):
        if members.isEmpty { return "{}" }
        let lines = members.map { inner + JSONText.quoted($0.name) + ": " + $0.value.rendered(indent: indent + 1) }
        return "{\n" + lines.joined(separator: ",\n") + "\n" + outer + "}"
      }
    }
  }

  private static func schema(of field: Field) -> Value {
    guard case .object(let rest) = schema(of: field.shape) else { return .object([]) }
    let unit = field.unit.map { " Unit: \($0.rawValue)." } ?? ""
    let note = field.standardNote.map { " Default: \($0)." } ?? ""
    var members: [Member] = [("description", .text(field.meaning + unit + note))]
    if let standard = field.standard { members.append(("default", .raw(standard.text))) }
    return .object(members + rest)
  }

  private static func schema(of shape: Shape) -> Value {
    switch shape {
    case .object(let fields, let others): return schema(of: fields, others)
    case .list(let element): return .object([("type", .text("array")), ("items", schema(of: element))])
    case .text: return .object([("type", .text("string"))])
    case .choice(let names):
      return .object([("type", .text("string")), ("enum", .list(names.map { .text($0) }))])
    case .integer(let range):
      return .object([
        ("type", .text("integer")), ("minimum", .raw(String(range.lowerBound))),
        ("maximum", .raw(String(range.upperBound))),
      ])
    case .number(let range):
      return .object([
        ("type", .text("number")), ("minimum", .raw(JSONText.number(range.lowerBound))),
        ("maximum", .raw(JSONText.number(range.upperBound))),
      ])
    case .boolean: return .object([("type", .text("boolean"))])
    case .scalar:
      return .object([("type", .list([.text("string"), .text("number"), .text("boolean")]))])
    }
  }

  private static func schema(of fields: [Field], _ others: OtherKeys?) -> Value {
    var members: [Member] = [("type", .text("object"))]
    if !fields.isEmpty { members.append(("properties", .object(fields.map { ($0.name, schema(of: $0)) }))) }
    let required = fields.filter(\.required).map(\.name)
    if !required.isEmpty { members.append(("required", .list(required.map { .text($0) }))) }
    guard let others else { return .object(members + [("additionalProperties", .raw("false"))]) }
    guard case .object(let rest) = schema(of: others.shape) else { return .object(members) }
    let described = Value.object([("description", .text(others.meaning))] + rest)
    if let pattern = others.rule.pattern {
      members.append(("patternProperties", .object([(pattern, described)])))
      members.append(("additionalProperties", .raw("false")))
    } else {
      members.append(("additionalProperties", described))
    }
    return .object(members)
  }
}
