/// Compares a document with a shape: reports what does not fit and leaves it out, so that what remains has the shape.
struct StructureChecker {
  /// A variable that is missing under a section that may not be needed.
  struct MissingVariable {
    var name: String
    var pointer: JSONPointer
  }

  var expander: VariableExpander
  /// Sections whose variables matter only when the infrastructure uses them.
  var deferredSections: [String]
  var problems = ProblemList()
  private(set) var missingVariables: [MissingVariable] = []

  init(expander: VariableExpander, deferredSections: [String]) {
    self.expander = expander
    self.deferredSections = deferredSections
  }

  /// The value without what does not fit; `nil` when it does not fit as a whole.
  mutating func check(_ node: JSONNode, _ shape: Shape, at pointer: JSONPointer, secret: Bool = false) -> JSONNode? {
    var result = node
    switch (shape, node.content) {
    case (.object(let fields, let others), .object(let members)):
      result.content = .object(check(members, fields, others, at: pointer))
      return result
    case (.list(let element), .list(let nodes)):
      var kept: [JSONNode] = []
      for (index, node) in nodes.enumerated() {
        if let checked = check(node, element, at: pointer.appending(String(index))) { kept.append(checked) }
      }
      result.content = .list(kept)
      return kept.count == nodes.count ? result : nil
    case (.text(let rule), .text(let text)):
      return check(text, rule, at: pointer, secret: secret).map {
        JSONNode(content: .text($0), position: node.position)
      }
    case (.choice(let names), .text(let text)):
      return check(text, among: names, at: pointer) ? node : nil
    case (.integer(let range), .number(let number)):
      guard let integer = number.integer, range.contains(integer) else {
        problems.add(
          .error, "out_of_range", at: pointer,
          "\(number.spelling) is not an integer from \(range.lowerBound) to "
            + "\(range.upperBound).", "Write an integer from \(range.lowerBound) to \(range.upperBound).")
        return nil
      }
      return node
    case (.number(let range), .number(let number)):
      guard range.contains(number.value) else {
        let bounds = "\(JSONText.number(range.lowerBound)) to \(JSONText.number(range.upperBound))"
        problems.add(
          .error, "out_of_range", at: pointer, "\(number.spelling) does not lie within \(bounds).",
          "Write a number from \(bounds).")
        return nil
      }
      return node
    case (.boolean, .boolean), (.scalar, .number), (.scalar, .boolean): return node
    case (.scalar, .text(let text)):
      return check(text, .any, at: pointer, secret: secret).map {
        JSONNode(content: .text($0), position: node.position)
      }
    default:
      addTypeProblem(node, shape, at: pointer)
      return nil
    }
  }

  private mutating func addTypeProblem(_ node: JSONNode, _ shape: Shape, at pointer: JSONPointer) {
    var remedy = "Write \(shape.exampleText)."
    if case .text(let text) = node.content {
      switch shape {
      case .integer where Int(text) != nil: remedy = "Remove the quotes."
      case .number where Double(text) != nil: remedy = "Remove the quotes."
      case .boolean where text == "true" || text == "false": remedy = "Remove the quotes."
      case .list: remedy = "Put the text into brackets: [\"…\"]."
      default: break
      }
    } else if case .null = node.content {
      remedy = "Remove the key where the default is meant."
    }
    problems.add(.error, "wrong_type", at: pointer, "\(shape.articleType) is expected, not \(node.kind).", remedy)
  }
}

// MARK: - Objects

extension StructureChecker {
  private mutating func check(
    _ members: [JSONMember], _ fields: [Field], _ others: OtherKeys?, at pointer: JSONPointer
  ) -> [JSONMember] {
    var lastIndex: [String: Int] = [:]
    for (index, member) in members.enumerated() {
      if lastIndex.updateValue(index, forKey: member.name) != nil {
        problems.add(
          .error, "duplicate_key", at: pointer.appending(member.name),
          "The key \(JSONText.shown(member.name)) stands more than once in the same object.",
          "Keep one of them; which one counts would depend on the reader.")
      }
    }
    var kept: [JSONMember] = []
    for (index, member) in members.enumerated() where lastIndex[member.name] == index {
      if let value = check(member, fields, others, at: pointer) {
        kept.append(JSONMember(name: member.name, position: member.position, value: value))
      }
    }
    for field in fields where field.required && lastIndex[field.name] == nil {
      problems.add(
        .error, "missing_key", at: pointer, "The key \"\(field.name)\" is missing. \(field.meaning)",
        "Add \"\(field.name)\": \(field.shape.exampleText).")
    }
    return kept
  }

  private mutating func check(
    _ member: JSONMember, _ fields: [Field], _ others: OtherKeys?, at parent: JSONPointer
  ) -> JSONNode? {
    let pointer = parent.appending(member.name)
    if let field = fields.first(where: { $0.name == member.name }) {
      return check(member.value, field.shape, at: pointer, secret: field.secret)
    }
    if let others {
      guard let fault = others.rule.fault(in: member.name) else {
        return check(member.value, others.shape, at: pointer)
      }
      if fields.isEmpty {
        problems.add(.error, "invalid_name", at: pointer, fault.message, fault.remedy)
        return nil
      }
    }
    let names = fields.map(\.name)
    problems.add(
      .warning, "unknown_key", at: pointer, "The key \(JSONText.shown(member.name)) is not known and has no effect.",
      Suggestion.sentence(
        for: member.name, among: names,
        otherwise: names.count <= 24
          ? "The keys here are: \(names.joined(separator: ", "))." : "Remove it, or see docs/configuration.md."))
    return nil
  }
}

// MARK: - Texts

extension StructureChecker {
  /// Bytes of one text.
  private static let maximumTextBytes = 64 << 10

  private mutating func check(_ text: String, among names: [String], at pointer: JSONPointer) -> Bool {
    if names.contains(text) { return true }
    problems.add(
      .error, "unknown_value", at: pointer, "\(JSONText.shown(text)) is not one of the values that this key may have.",
      Suggestion.sentence(for: text, among: names, otherwise: "Use one of: \(names.joined(separator: ", "))."))
    return false
  }

  private mutating func check(_ text: String, _ rule: TextRule, at pointer: JSONPointer, secret: Bool) -> String? {
    guard text.utf8.count <= StructureChecker.maximumTextBytes else {
      problems.add(
        .error, "text_too_long", at: pointer, "The text has more than \(StructureChecker.maximumTextBytes) bytes.",
        "Shorten it.")
      return nil
    }
    let expansion = expander.expand(text)
    for fault in expansion.faults { add(fault, at: pointer) }
    guard expansion.faults.isEmpty else { return nil }
    if secret, !expansion.usedVariables {
      problems.add(
        .warning, "secret_in_file", at: pointer, "A secret stands in the file itself.",
        "Write ${VARIABLE} and set the variable, or name a file with the key \"\(pointer.tokens.last ?? "")_file\".")
    }
    if let fault = rule.fault(in: expansion.text) {
      let hidden = secret || rule == .privateURL || expansion.usedVariables
      problems.add(
        .error, "invalid_text", at: pointer,
        hidden ? "After its variables were put in: \(rule.hiddenFault)" : fault.message,
        fault.remedy)
      return nil
    }
    return expansion.text
  }

  private mutating func add(_ fault: VariableExpander.Fault, at pointer: JSONPointer) {
    switch fault {
    case .missing(let name):
      if let section = pointer.tokens.first, deferredSections.contains(section) {
        missingVariables.append(MissingVariable(name: name, pointer: pointer))
      } else {
        problems.add(
          .error, "missing_variable", at: pointer, "The environment variable \(name) is not set.",
          "Set \(name), or let \(name)_FILE name a file that holds its value.")
      }
    case .unreadable(let variable, let path, let reason):
      problems.add(
        .error, "unreadable_file", at: pointer,
        "\(variable) names the file \(JSONText.shown(path)), which cannot be read: \(reason).",
        "Make the file readable, or correct the variable.")
    case .malformed(let message):
      problems.add(
        .error, "invalid_variable", at: pointer, message,
        "Write ${NAME} with letters, digits and underscores, or $$ for a dollar sign.")
    }
  }
}

extension TextRule {
  /// The fault without the text, which may come from a secret variable.
  var hiddenFault: String { "the text is no \(typeName == "text" ? "proper text" : typeName)." }
}

extension Shape {
  /// An example or the kind of value to write, for remedies.
  var exampleText: String {
    switch self {
    case .object: "an object: {…}"
    case .list: "a list: […]"
    case .text(let rule):
      rule.typeName == "text" ? "a text in double quotes" : "a text in double quotes: \(rule.typeName)"
    case .choice(let names): names.map(JSONText.quoted).joined(separator: " or ")
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range):
      "a number from \(JSONText.number(range.lowerBound)) to \(JSONText.number(range.upperBound))"
    case .boolean: "true or false"
    case .scalar: "a text, a number, true or false"
    }
  }

  /// The kind of value with a capital article.
  var articleType: String {
    switch self {
    case .object: "An object"
    case .list: "A list"
    case .text, .choice: "A text"
    case .integer: "An integer"
    case .number: "A number"
    case .boolean: "A boolean"
    case .scalar: "A text, a number or a boolean"
    }
  }
}
