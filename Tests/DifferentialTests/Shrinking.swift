import TimeSeries

@testable import PromQL

extension Question {
  /// Simpler questions, the simplest first.
  var simpler: [Question] {
    var texts: [String] = []
    if let tree {
      texts = tree.simpler.map(\.text).filter { $0.utf8.count <= text.utf8.count && $0 != text }
    } else {
      // Not even a tree: leave out parts of the text.
      let scalars = Array(text.unicodeScalars)
      for length in [8, 4, 2, 1] where scalars.count > length {
        for start in stride(from: 0, through: scalars.count - length, by: length) {
          var shorter = String.UnicodeScalarView()
          shorter.append(contentsOf: scalars[..<start])
          shorter.append(contentsOf: scalars[(start + length)...])
          texts.append(String(shorter))
        }
      }
    }
    var out = texts.sorted { $0.utf8.count < $1.utf8.count }.map { Question(text: $0, times: times) }
    if case .range(let start, let end, let step) = times {
      let instants = [start, start + (end - start) / step * step].map { Question(text: text, times: .instant($0)) }
      out = instants + out
    }
    return out
  }
}

extension Expression {
  /// Expressions of the same type with something left out, one thing at a time.
  fileprivate var simpler: [Expression] {
    var out = children.filter { $0.type == type } + children.flatMap { $0.children.filter { $0.type == type } }
    if type == .scalar { out.append(.number(NumberLiteral(value: 1))) }
    switch self {
    case .number, .string: return []
    case .selector(let node): return node.simpler.map { .selector($0) }
    case .matrix(let node):
      return node.selector.simpler.map { .matrix(MatrixSelector(selector: $0, window: node.window)) }
    case .subquery(var node):
      out += node.expression.simpler.map {
        var copy = node
        copy.expression = $0
        return .subquery(copy)
      }
      (node.offset, node.at) = (nil, nil)
      out.append(.subquery(node))
    case .call(let node):
      for index in node.arguments.indices {
        out += node.arguments[index].simpler.map {
          var copy = node
          copy.arguments[index] = $0
          return .call(copy)
        }
      }
    case .aggregation(let node): out += node.simpler.map { .aggregation($0) }
    case .binary(let node): out += node.simpler.map { .binary($0) }
    case .unary(let node):
      out += node.operand.simpler.map { .unary(UnaryExpression(isNegation: node.isNegation, operand: $0)) }
    case .parenthesized(let inner, let range): out += inner.simpler.map { .parenthesized($0, range) }
    }
    return out
  }
}

extension VectorSelector {
  fileprivate var simpler: [VectorSelector] {
    var out: [VectorSelector] = []
    for index in matchers.indices where matchers[index].name != Labels.metricName {
      var copy = self
      copy.matchers.remove(at: index)
      out.append(copy)
    }
    if offset != nil || at != nil {
      var copy = self
      (copy.offset, copy.at) = (nil, nil)
      out.append(copy)
    }
    return out
  }
}

extension Aggregation {
  fileprivate var simpler: [Aggregation] {
    var out = expression.simpler.map {
      var copy = self
      copy.expression = $0
      return copy
    }
    for index in grouping.labels.indices {
      var copy = self
      copy.grouping.labels.remove(at: index)
      out.append(copy)
    }
    return out
      + (parameter?.simpler ?? []).map {
        var copy = self
        copy.parameter = $0
        return copy
      }
  }
}

extension BinaryExpression {
  fileprivate var simpler: [BinaryExpression] {
    var out = left.simpler.map {
      var copy = self
      copy.left = $0
      return copy
    }
    out += right.simpler.map {
      var copy = self
      copy.right = $0
      return copy
    }
    if !matching.labels.isEmpty || matching.cardinality != .oneToOne {
      var copy = self
      copy.matching = VectorMatching()
      out.append(copy)
    }
    for index in matching.labels.indices {
      var copy = self
      copy.matching.labels.remove(at: index)
      out.append(copy)
    }
    return out
  }
}
