import PromQL

extension JSONBytes {
  /// `{` elements `}`; `body` writes `"key":value`.
  mutating func object<Elements: Sequence>(
    _ elements: Elements, _ body: (inout JSONBytes, Elements.Element) -> Void
  ) { group(elements, "{", "}", body) }

  /// `[` elements `]`.
  mutating func array<Elements: Sequence>(
    _ elements: Elements, _ body: (inout JSONBytes, Elements.Element) -> Void
  ) { group(elements, "[", "]", body) }

  private mutating func group<Elements: Sequence>(
    _ elements: Elements, _ open: StaticString, _ close: StaticString,
    _ body: (inout JSONBytes, Elements.Element) -> Void
  ) {
    raw(open)
    var isFirst = true
    for element in elements {
      if !isFirst { raw(",") }
      isFirst = false
      body(&self, element)
    }
    raw(close)
  }
}
