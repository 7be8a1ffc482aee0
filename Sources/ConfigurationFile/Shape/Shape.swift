/// What a value of the configuration may look like. The one table of keys that the reader, the JSON Schema and the
/// reference page are made of.
indirect enum Shape: Sendable {
  /// Named keys, and possibly keys that the author names.
  case object([Field], others: OtherKeys?)
  case list(Shape)
  case text(TextRule)
  case choice([String])
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case boolean
  /// A text, a number or a boolean that is handed on as it is.
  case scalar

  static func object(_ fields: [Field]) -> Shape { .object(fields, others: nil) }

  /// An object all of whose keys the author names.
  static func map(_ placeholder: String, _ rule: NameRule, of shape: Shape, _ meaning: String) -> Shape {
    .object([], others: OtherKeys(placeholder: placeholder, rule: rule, shape: shape, meaning: meaning))
  }

  static let anyText = Shape.text(.any)
  static let anyTexts = Shape.list(.text(.any))

  /// The type in words, for messages and the reference page.
  var type: String {
    switch self {
    case .object: "object"
    case .list(let element): "list of \(element.type)s"
    case .text(let rule): rule.typeName
    case .choice: "choice"
    case .integer: "integer"
    case .number: "number"
    case .boolean: "boolean"
    case .scalar: "text, number or boolean"
    }
  }
}

/// Keys that the author of a configuration names, such as the names of pools.
struct OtherKeys: Sendable {
  /// Stands for such a key in the reference: `POOL`.
  var placeholder: String
  var rule: NameRule
  var shape: Shape
  var meaning: String
}

/// One key of an object.
struct Field: Sendable {
  var name: String
  var shape: Shape
  var meaning: String
  var unit: Unit?
  /// What holds when the key is absent; `nil`: nothing, or `standardNote` says what.
  var standard: Literal?
  /// In words, where the default depends on something else.
  var standardNote: String?
  var required = false
  /// Its text is never shown, and a `NAME_file` key beside it may name a file that holds it.
  var secret = false

  init(
    _ name: String, _ shape: Shape, _ meaning: String, unit: Unit? = nil, standard: Literal? = nil,
    note: String? = nil
  ) {
    self.name = name
    self.shape = shape
    self.meaning = meaning
    self.unit = unit
    self.standard = standard
    standardNote = note
  }

  /// The same key, which must be present.
  var asRequired: Field {
    var field = self
    field.required = true
    return field
  }

  /// The same key, whose text is secret.
  var asSecret: Field {
    var field = self
    field.secret = true
    return field
  }

  /// The default in words, for the reference page.
  var standardText: String {
    if let standardNote { return standardNote }
    return standard?.text ?? (required ? "required" : "none")
  }
}

/// What a number counts.
enum Unit: String, Sendable {
  case seconds, minutes, hours, percent, workers, pods, cores, millicores, bytes, samples, series, labels, restarts
  case attempts, evictions, currency
  case mebibytes = "MiB"
  case gibibytes = "GiB"
  case gigabytes = "GB"
  case gigabits = "Gbit/s"
  case currencyPerHour = "currency/hour"
}

/// A default value.
enum Literal: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
  case text(String)
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  case texts([String])

  init(stringLiteral text: String) { self = .text(text) }
  init(integerLiteral number: Int) { self = .integer(number) }
  init(floatLiteral number: Double) { self = .number(number) }
  init(booleanLiteral value: Bool) { self = .boolean(value) }
  init(arrayLiteral texts: String...) { self = .texts(texts) }

  /// As it would stand in JSON.
  var text: String {
    switch self {
    case .text(let text): JSONText.quoted(text)
    case .integer(let number): String(number)
    case .number(let number): JSONText.number(number)
    case .boolean(let value): String(value)
    case .texts(let texts): "[" + texts.map(JSONText.quoted).joined(separator: ", ") + "]"
    }
  }
}
