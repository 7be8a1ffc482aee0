import TimeSeries

extension Expression {
  /// The expression on one line, in Prometheus's canonical notation.
  var text: String {
    switch self {
    case .number(let node): node.text
    case .string(let node): Quoting.quoted(bytes: node.invalidBytes ?? Array(node.value.utf8))
    case .selector(let node): node.text
    case .matrix(let node): node.text
    case .subquery(let node): node.expression.text + node.suffix
    case .call(let node): "\(node.name)(\(node.arguments.map(\.text).joined(separator: ", ")))"
    case .aggregation(let node):
      "\(node.prefix)(\(([node.parameter].compactMap { $0 } + [node.expression]).map(\.text).joined(separator: ", ")))"
    case .binary(let node): "\(node.left.text) \(node.operatorText) \(node.right.text)"
    case .unary(let node): (node.isNegation ? "-" : "+") + node.operand.text
    case .parenthesized(let inner, _): "(\(inner.text))"
    }
  }

  /// The longest line that is not split.
  private static let lineLimit = 100

  /// The expression as `/api/v1/format_query` answers: parts too long for a line are split and indented.
  func pretty(level: Int = 0) -> String {
    let indent = String(repeating: "  ", count: level)
    let line = text
    if line.utf8.count <= Expression.lineLimit { return indent + line }
    switch self {
    case .number, .string, .selector, .matrix: return indent + line
    case .subquery(let node): return node.expression.pretty(level: level) + node.suffix
    case .parenthesized(let inner, _): return "\(indent)(\n\(inner.pretty(level: level + 1))\n\(indent))"
    case .unary(let node):
      let operand = node.operand.pretty(level: level).drop { $0 == " " }
      return "\(indent)\(node.isNegation ? "-" : "+")\(operand)"
    case .binary(let node):
      let (left, right) = (node.left.pretty(level: level + 1), node.right.pretty(level: level + 1))
      return "\(left)\n\(indent)\(node.operatorText)\n\(right)"
    case .call(let node):
      let arguments = node.arguments.map { $0.pretty(level: level + 1) }.joined(separator: ",\n")
      return "\(indent)\(node.name)(\n\(arguments)\n\(indent))"
    case .aggregation(let node):
      let parts = [node.parameter].compactMap { $0 } + [node.expression]
      let arguments = parts.map { $0.pretty(level: level + 1) }.joined(separator: ",\n")
      return "\(indent)\(node.prefix)(\n\(arguments)\n\(indent))"
    }
  }
}

extension NumberLiteral {
  var text: String {
    if isDuration, (value * 1000).magnitude < 9e15 {
      return DurationFormat.text(milliseconds: Int64((value * 1000).rounded()))
    }
    return FloatFormat.general(value)
  }
}

extension VectorSelector {
  /// Name and matchers, without modifiers.
  var body: String {
    let isPlain = Quoting.isPlainMetricName(name) && !["inf", "nan"].contains(name.lowercased())
    var parts = !name.isEmpty && !isPlain ? [Quoting.quoted(name)] : []
    var rest = matchers
    if !name.isEmpty, let index = rest.lastIndex(where: { $0.name == Labels.metricName }) { rest.remove(at: index) }
    let conditions = rest.map { matcher in
      let label = Quoting.isPlainLabelName(matcher.name) ? matcher.name : Quoting.quoted(matcher.name)
      return "\(label)\(matcher.operation.rawValue)\(Quoting.quoted(matcher.value))"
    }
    parts += conditions.sorted(by: Labels.precedes)
    let front = isPlain ? name : ""
    return parts.isEmpty && !front.isEmpty ? front : "\(front){\(parts.joined(separator: ","))}"
  }

  /// `@`, `offset` and the mode.
  var modifiers: String {
    (mode == .plain ? "" : " \(mode.rawValue)") + modifierText(at: at, offset: offset)
  }

  var text: String { body + modifiers }
}

extension MatrixSelector {
  var text: String { "\(selector.body)[\(window.text)]\(selector.modifiers)" }
}

extension Subquery {
  /// The range, the resolution and the modifiers.
  var suffix: String {
    "[\(window.text):\(resolution?.text ?? "")]\(modifierText(at: at, offset: offset))"
  }
}

private func modifierText(at: AtModifier?, offset: DurationExpression?) -> String {
  var out = ""
  switch at {
  case .timestamp(let milliseconds):
    let sign = milliseconds < 0 ? "-" : ""
    let fraction = String(milliseconds.magnitude % 1000)
    let padded = String(repeating: "0", count: 3 - fraction.count) + fraction
    out += " @ \(sign)\(milliseconds.magnitude / 1000).\(padded)"
  case .start: out += " @ start()"
  case .end: out += " @ end()"
  case nil: break
  }
  if let offset { out += " offset \(offset.text)" }
  return out
}

extension Aggregation {
  /// The operator with its grouping.
  var prefix: String {
    let labels = labelText(grouping.labels)
    if grouping.isWithout { return "\(operation.rawValue) without \(labels) " }
    return grouping.labels.isEmpty ? operation.rawValue : "\(operation.rawValue) by \(labels) "
  }
}

extension BinaryExpression {
  /// The operator with its modifiers.
  var operatorText: String {
    var out = operation.rawValue + (returnsBool ? " bool" : "")
    guard left.type == .vector, right.type == .vector else { return out }
    if matching.isOn || !matching.labels.isEmpty || matching.cardinality != .oneToOne {
      out += " \(matching.isOn ? "on" : "ignoring") \(labelText(matching.labels))"
    }
    switch matching.cardinality {
    case .oneToOne: break
    case .manyToOne: out += " group_left \(labelText(matching.included))"
    case .oneToMany: out += " group_right \(labelText(matching.included))"
    }
    switch (matching.fillLeft, matching.fillRight) {
    case (let left?, let right?) where left == right || (left.isNaN && right.isNaN):
      out += " fill (\(FloatFormat.general(left)))"
    default:
      if let left = matching.fillLeft { out += " fill_left (\(FloatFormat.general(left)))" }
      if let right = matching.fillRight { out += " fill_right (\(FloatFormat.general(right)))" }
    }
    return out
  }
}

private func labelText(_ labels: [String]) -> String {
  "(\(labels.map { Quoting.isPlainLabelName($0) ? $0 : Quoting.quoted($0) }.joined(separator: ", ")))"
}
