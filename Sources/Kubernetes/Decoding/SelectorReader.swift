import Model

extension JSONPull {
  /// A LabelSelector; `nil` when there is none.
  mutating func labelSelector() -> LabelSelector? {
    guard enterObject() else { return nil }
    var selector = LabelSelector()
    while let key = nextKey() {
      switch key {
      case "matchLabels": selector.matchLabels = texts()
      case "matchExpressions": selector.expressions = list { $0.requirement() }
      default: skip()
      }
    }
    return selector
  }

  /// `{key, operator, values}`. An operator that we do not know makes the document unsound: it could mean anything.
  mutating func requirement() -> LabelRequirement? {
    guard enterObject() else { return nil }
    var name = ""
    var sign: String?
    var values: [String] = []
    while let key = nextKey() {
      switch key {
      case "key": name = text() ?? ""
      case "operator": sign = text()
      case "values": values = textList()
      default: skip()
      }
    }
    guard let sign, let known = LabelRequirement.Operator(rawValue: sign) else {
      fail()
      return nil
    }
    return LabelRequirement(key: name, operator: known, values: values)
  }

  /// A NodeSelectorTerm.
  mutating func nodeSelectorTerm() -> NodeSelectorTerm? {
    guard enterObject() else { return nil }
    var term = NodeSelectorTerm()
    while let key = nextKey() {
      switch key {
      case "matchExpressions": term.expressions = list { $0.requirement() }
      case "matchFields": term.fields = list { $0.requirement() }
      default: skip()
      }
    }
    return term
  }

  /// The terms of a NodeSelector, which are alternatives; empty when there is none.
  mutating func nodeSelector() -> [NodeSelectorTerm] {
    guard enterObject() else { return [] }
    var terms: [NodeSelectorTerm] = []
    while let key = nextKey() {
      switch key {
      case "nodeSelectorTerms": terms = list { $0.nodeSelectorTerm() }
      default: skip()
      }
    }
    return terms
  }

  /// A Toleration.
  mutating func toleration() -> Toleration? {
    guard enterObject() else { return nil }
    var toleration = Toleration(key: "")
    while let key = nextKey() {
      switch key {
      case "key": toleration.key = text() ?? ""
      case "value": toleration.value = text() ?? ""
      case "effect": toleration.effect = text().flatMap(TaintEffect.init(rawValue:))
      case "operator":
        // Numeric comparisons are behind a feature gate and match nothing here: no toleration is the safe reading.
        guard let known = Toleration.Operator(rawValue: text() ?? "Equal") else {
          leaveObject()
          return nil
        }
        toleration.operator = known
      default: skip()
      }
    }
    return toleration
  }

  /// A Taint.
  mutating func taint() -> Taint? {
    guard enterObject() else { return nil }
    var name = ""
    var value = ""
    var effect: TaintEffect?
    while let key = nextKey() {
      switch key {
      case "key": name = text() ?? ""
      case "value": value = text() ?? ""
      case "effect": effect = text().flatMap(TaintEffect.init(rawValue:))
      default: skip()
      }
    }
    return effect.map { Taint(key: name, value: value, effect: $0) }
  }

  /// Steps over the members that are left of an object.
  mutating func leaveObject() { while nextKey() != nil { skip() } }
}
