/// A text with actions in `{{ … }}`, as labels and annotations of rules have: Go's templates, as far as rules use them.
///
/// There are pipelines, `if`, `else if`, `else`, `with`, `end`, variables, comments, the trim markers `{{-` and `-}}`,
/// and the functions of `TemplateFunctions`. Loops and queries are refused when the template is read.
public struct Template: Sendable {
  indirect enum Node: Sendable {
    case text(String)
    /// A pipeline whose value is written, or that only sets a variable.
    case action(Pipeline)
    /// The first branch whose condition holds; the last one's may be missing.
    case branches([Branch])
  }

  struct Branch: Sendable {
    /// `nil`: `else`.
    var condition: Pipeline?
    /// Whether `.` stands for the condition's value inside.
    var setsDot = false
    var body: [Node]
  }

  /// Commands, each of which gets the value of the one before as its last argument.
  struct Pipeline: Sendable {
    /// The variable that takes the value, with its `$`.
    var variable: String?
    var commands: [Command]
  }

  enum Command: Sendable {
    case operand(Operand)
    case call(function: String, arguments: [Operand])
  }

  enum Operand: Sendable {
    case number(Double)
    case integer(Int64)
    case string(String)
    case boolean(Bool)
    /// `$name.field.field`, or `.field.field` with an empty name.
    case variable(String, fields: [String])
    case parenthesized(Pipeline)
    /// A function without arguments in the place of an argument.
    case function(String)
  }

  let nodes: [Node]

  /// Reads a template.
  /// - Throws: `RulesError` of code `template`.
  public init(_ text: String) throws(RulesError) {
    var parser = TemplateParser(text)
    do { nodes = try parser.template() } catch let error as RulesError { throw error } catch {
      throw RulesError(.template, "\(error)")
    }
  }

  /// The text for an element.
  /// - Throws: `RulesError` of code `template`.
  public func expanded(_ data: TemplateData) throws(RulesError) -> String {
    var run = TemplateRun(data)
    do { return try run.text(nodes) } catch let error as RulesError { throw error } catch {
      throw RulesError(.template, "\(error)")
    }
  }
}

/// What a template is expanded with.
public struct TemplateData: Sendable {
  /// `$labels`.
  public var labels: [String: String]
  /// `$value`.
  public var value: Double
  /// `$externalLabels`.
  public var externalLabels: [String: String] = [:]
  /// `$externalURL`.
  public var externalURL = ""

  /// The data of an element.
  public init(labels: [String: String], value: Double) {
    self.labels = labels
    self.value = value
  }
}

/// What an operand is worth.
enum TemplateValue: Sendable, Hashable {
  case number(Double)
  case integer(Int64)
  case text(String)
  case boolean(Bool)
  case map([String: String])
  /// The whole of a template's data.
  case data

  /// As it is written into the text.
  var text: String {
    switch self {
    case .number(let value): GoFormat.plain(value)
    case .integer(let value): String(value)
    case .text(let text): text
    case .boolean(let value): String(value)
    case .map(let map): "map[\(map.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: " "))]"
    case .data: "{data}"
    }
  }

  /// Whether a condition of this value holds: it does unless the value is empty or zero.
  var holds: Bool {
    switch self {
    case .number(let value): value != 0
    case .integer(let value): value != 0
    case .text(let text): !text.isEmpty
    case .boolean(let value): value
    case .map(let map): !map.isEmpty
    case .data: true
    }
  }
}

/// One expansion of a template.
struct TemplateRun {
  private let data: TemplateData
  private var variables: [String: TemplateValue] = [:]
  private var dot = TemplateValue.data

  init(_ data: TemplateData) {
    self.data = data
    variables = [
      "$labels": .map(data.labels), "$value": .number(data.value), "$externalLabels": .map(data.externalLabels),
      "$externalURL": .text(data.externalURL),
    ]
  }

  mutating func text(_ nodes: [Template.Node]) throws -> String {
    var out = ""
    for node in nodes {
      switch node {
      case .text(let text): out += text
      case .action(let pipeline):
        let value = try self.value(pipeline)
        if pipeline.variable == nil { out += value.text }
      case .branches(let branches):
        for branch in branches {
          guard let condition = branch.condition else {
            out += try text(branch.body)
            break
          }
          let value = try self.value(condition)
          guard value.holds else { continue }
          let outer = dot
          if branch.setsDot { dot = value }
          out += try text(branch.body)
          dot = outer
          break
        }
      }
    }
    return out
  }

  private mutating func value(_ pipeline: Template.Pipeline) throws -> TemplateValue {
    var last: TemplateValue?
    for command in pipeline.commands {
      switch command {
      case .operand(let operand): last = try value(operand)
      case .call(let function, let arguments):
        var values: [TemplateValue] = []
        for argument in arguments { values.append(try value(argument)) }
        if let last { values.append(last) }
        last = try TemplateFunctions.call(function, values, externalURL: data.externalURL)
      }
    }
    let value = last ?? .text("")
    if let variable = pipeline.variable { variables[variable] = value }
    return value
  }

  private mutating func value(_ operand: Template.Operand) throws -> TemplateValue {
    switch operand {
    case .number(let value): return .number(value)
    case .integer(let value): return .integer(value)
    case .string(let text): return .text(text)
    case .boolean(let value): return .boolean(value)
    case .parenthesized(let pipeline): return try value(pipeline)
    case .function(let name): return try TemplateFunctions.call(name, [], externalURL: data.externalURL)
    case .variable(let name, let fields):
      var value = dot
      if !name.isEmpty {
        guard let known = variables[name] else { throw RulesError(.template, "there is no variable \(name)") }
        value = known
      }
      for field in fields { value = try self.field(field, of: value) }
      return value
    }
  }

  private func field(_ name: String, of value: TemplateValue) throws -> TemplateValue {
    switch value {
    case .map(let map): return .text(map[name] ?? "")
    case .data:
      switch name {
      case "Labels": return .map(data.labels)
      case "Value": return .number(data.value)
      case "ExternalLabels": return .map(data.externalLabels)
      case "ExternalURL": return .text(data.externalURL)
      default:
        throw RulesError(.template, "there is no .\(name); there are .Labels, .Value, .ExternalLabels, .ExternalURL")
      }
    default: throw RulesError(.template, "\"\(value.text)\" has no field \(name)")
    }
  }
}
