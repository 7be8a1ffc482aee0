import TimeSeries

extension Query {
  /// The tree of the expression as `/api/v1/parse_query` answers it, as JSON in UTF-8.
  public func encodedTree() -> [UInt8] {
    var writer = TreeWriter()
    writer.write(expression)
    return writer.out.bytes
  }
}

/// Writes expressions as JSON objects whose `type` tells the kind.
private struct TreeWriter {
  var out = JSONBytes()

  mutating func write(_ expression: Expression) {
    switch expression {
    case .number(let node):
      begin("numberLiteral")
      text("val", FloatFormat.decimal(node.value))
    case .string(let node):
      begin("stringLiteral")
      text("val", node.value)
    case .selector(let node):
      begin("vectorSelector")
      selector(node)
    case .matrix(let node):
      begin("matrixSelector")
      length("range", node.window)
      selector(node.selector)
    case .subquery(let node): subquery(node)
    case .call(let node): call(node)
    case .aggregation(let node): aggregation(node)
    case .binary(let node): binary(node)
    case .unary(let node):
      begin("unaryExpr")
      text("op", node.isNegation ? "-" : "+")
      child("expr", node.operand)
    case .parenthesized(let inner, _):
      begin("parenExpr")
      child("expr", inner)
    }
    out.raw("}")
  }

  // MARK: Kinds

  private mutating func selector(_ node: VectorSelector) {
    text("name", node.name)
    length("offset", node.offset)
    key("matchers")
    list(node.matchers) { writer, matcher in
      writer.out.raw("{\"name\":")
      writer.out.string(matcher.name)
      writer.text("value", matcher.value)
      writer.text("type", matcher.operation.rawValue)
      writer.out.raw("}")
    }
    time(node.at)
  }

  private mutating func subquery(_ node: Subquery) {
    begin("subquery")
    child("expr", node.expression)
    length("range", node.window)
    length("offset", node.offset)
    length("step", node.resolution)
    time(node.at)
  }

  private mutating func call(_ node: Call) {
    begin("call")
    key("func")
    out.raw("{\"name\":")
    out.string(node.name)
    key("argTypes")
    list(node.signature.arguments) { $0.out.string($1.word) }
    key("variadic")
    out.integer(Int64(node.signature.optional))
    text("returnType", node.signature.returns.word)
    out.raw("}")
    key("args")
    list(node.arguments) { $0.write($1) }
  }

  private mutating func aggregation(_ node: Aggregation) {
    begin("aggregation")
    text("op", node.operation.rawValue)
    child("expr", node.expression)
    key("param")
    if let parameter = node.parameter { write(parameter) } else { out.raw("null") }
    key("grouping")
    list(node.grouping.labels) { $0.out.string($1) }
    flag("without", node.grouping.isWithout)
  }

  private mutating func binary(_ node: BinaryExpression) {
    begin("binaryExpr")
    text("op", node.operation.rawValue)
    child("lhs", node.left)
    child("rhs", node.right)
    key("matching")
    if node.left.type == .vector, node.right.type == .vector {
      out.raw("{\"card\":")
      switch node.matching.cardinality {
      case .oneToOne: out.string(node.operation.isSet ? "many-to-many" : "one-to-one")
      case .manyToOne: out.string("many-to-one")
      case .oneToMany: out.string("one-to-many")
      }
      key("labels")
      list(node.matching.labels) { $0.out.string($1) }
      flag("on", node.matching.isOn)
      key("include")
      list(node.matching.included) { $0.out.string($1) }
      out.raw("}")
    } else {
      out.raw("null")
    }
    flag("bool", node.returnsBool)
  }

  // MARK: Members

  private mutating func begin(_ type: String) {
    out.raw("{\"type\":")
    out.string(type)
  }

  private mutating func key(_ name: String) {
    out.raw(",")
    out.string(name)
    out.raw(":")
  }

  private mutating func text(_ name: String, _ value: String) {
    key(name)
    out.string(value)
  }

  private mutating func flag(_ name: String, _ value: Bool) {
    key(name)
    out.raw(value ? "true" : "false")
  }

  private mutating func child(_ name: String, _ expression: Expression) {
    key(name)
    write(expression)
  }

  /// Milliseconds; 0 when there is none, or when it depends on the times of the query.
  private mutating func length(_ name: String, _ duration: DurationExpression?) {
    key(name)
    out.integer((try? duration?.milliseconds(.init(step: 0, range: 0))) ?? 0)
  }

  private mutating func time(_ at: AtModifier?) {
    key("timestamp")
    if case .timestamp(let milliseconds) = at { out.integer(milliseconds) } else { out.raw("null") }
    key("startOrEnd")
    switch at {
    case .start: out.string("start")
    case .end: out.string("end")
    case .timestamp, nil: out.raw("null")
    }
  }

  private mutating func list<Element>(_ elements: [Element], _ body: (inout TreeWriter, Element) -> Void) {
    out.raw("[")
    for (index, element) in elements.enumerated() {
      if index > 0 { out.raw(",") }
      body(&self, element)
    }
    out.raw("]")
  }
}

extension ValueType {
  /// The type in the words of the HTTP API.
  var word: String {
    switch self {
    case .scalar: "scalar"
    case .string: "string"
    case .vector: "vector"
    case .matrix: "matrix"
    }
  }
}
