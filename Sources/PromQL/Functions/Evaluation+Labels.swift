import TimeSeries

extension Evaluation {
  func labelReplace(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let target = try string(call.arguments[1])
    let replacement = try string(call.arguments[2])
    let origin = try string(call.arguments[3])
    let pattern = try string(call.arguments[4])
    let expression: RegularExpression
    if case .string(let literal) = call.arguments[4].unwrapped, let bytes = literal.invalidBytes {
      throw PromQLError(
        .execution, "invalid regular expression in label_replace(): \(Quoting.quoted(bytes: bytes)) is not UTF-8")
    }
    do {
      // A group around the whole pattern makes literals report their captures like any other expression.
      expression = try RegularExpression("(?s:" + pattern + ")")
    } catch {
      throw PromQLError(.execution, "invalid regular expression in label_replace(): \(pattern)")
    }
    try checkLabelName(call.arguments[1], "destination", "label_replace")
    let template = ReplacementTemplate(replacement, groupNames: expression.groupNames)
    var rows = try vector(call.arguments[0], grid)
    for index in rows.indices {
      guard let captures = expression.captures(rows[index].labels[origin] ?? "") else { continue }
      rows[index].labels = rows[index].labels.setting(target, to: template.expand(captures))
      if target == Labels.metricName { rows[index].dropsName = false }
    }
    return try Evaluation.merge(rows)
  }

  func labelJoin(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let target = try string(call.arguments[1])
    let separator = try string(call.arguments[2])
    let origins = try call.arguments.dropFirst(3).map(string)
    for argument in call.arguments.dropFirst(3) { try checkLabelName(argument, "source", "label_join") }
    try checkLabelName(call.arguments[1], "destination", "label_join")
    var rows = try vector(call.arguments[0], grid)
    for index in rows.indices {
      let joined = origins.map { rows[index].labels[$0] ?? "" }.joined(separator: separator)
      rows[index].labels = rows[index].labels.setting(target, to: joined)
      if target == Labels.metricName { rows[index].dropsName = false }
    }
    return try Evaluation.merge(rows)
  }

  private func checkLabelName(_ argument: Expression, _ role: String, _ function: String) throws {
    let name = try string(argument)
    var spelled = name
    if case .string(let literal) = argument.unwrapped, let bytes = literal.invalidBytes {
      spelled = Quoting.quoted(bytes: bytes)
    } else if !name.isEmpty {
      return
    }
    throw PromQLError(.execution, "invalid \(role) label name in \(function)(): \(spelled)")
  }
}

/// The replacement of `label_replace`: text in which `$1`, `${1}`, `$name` and `${name}` stand for capture groups.
struct ReplacementTemplate {
  private enum Part {
    case text(String)
    case group(Int)
  }

  private var parts: [Part] = []

  init(_ template: String, groupNames: [String]) {
    // By scalars: a mark that combines with a dollar or a digit makes another `Character` of both.
    var text = String.UnicodeScalarView()
    var rest = template.unicodeScalars[...]
    while let scalar = rest.first {
      rest = rest.dropFirst()
      guard scalar == "$", let next = rest.first else {
        text.append(scalar)
        continue
      }
      if next == "$" {
        text.append("$")
        rest = rest.dropFirst()
        continue
      }
      let isBraced = next == "{"
      let body = isBraced ? rest.dropFirst() : rest
      let name = body.prefix(while: ReplacementTemplate.isOfName)
      let after = body.dropFirst(name.count)
      if name.isEmpty || (isBraced && after.first != "}") {
        text.append("$")
        continue
      }
      rest = isBraced ? after.dropFirst() : after
      parts.append(.text(String(text)))
      text = String.UnicodeScalarView()
      if let group = ReplacementTemplate.group(String(name), groupNames) { parts.append(.group(group)) }
    }
    parts.append(.text(String(text)))
  }

  /// Letters, digits and underscores of all scripts, as Go's regular expressions take them.
  private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
    default: scalar == "_"
    }
  }

  /// The number of a group by its number or name; a number with a zero in front is a name.
  private static func group(_ name: String, _ groupNames: [String]) -> Int? {
    if let number = Int(name), name == "0" || !name.hasPrefix("0") { return number }
    return groupNames.firstIndex { $0.hasSameBytes(as: name) }.map { $0 + 1 }
  }

  func expand(_ captures: [String?]) -> String {
    parts.reduce(into: "") { out, part in
      switch part {
      case .text(let text): out += text
      case .group(let number): if number < captures.count { out += captures[number] ?? "" }
      }
    }
  }
}
