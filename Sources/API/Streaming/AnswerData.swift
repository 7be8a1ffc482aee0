import PromQL

/// The `data` of an answer, written piece by piece, so that a large answer leaves from a small buffer.
protocol AnswerData: Sendable {
  /// Goes on until `out` holds at least `count` bytes, or all is written.
  /// - Returns: whether there is more.
  mutating func append(to out: inout JSONBytes, until count: Int) -> Bool
}

extension QueryResultEncoder: AnswerData {}

/// A list whose elements are written one by one.
struct ListData<Element: Sendable>: AnswerData {
  private let elements: [Element]
  private let end: Int
  private var next = 0
  private let write: @Sendable (inout JSONBytes, Element) -> Void

  /// - Parameter limit: elements that are written; `nil` for all.
  init(_ elements: [Element], limit: Int? = nil, _ write: @escaping @Sendable (inout JSONBytes, Element) -> Void) {
    self.elements = elements
    self.write = write
    end = min(elements.count, limit ?? .max)
  }

  mutating func append(to out: inout JSONBytes, until count: Int) -> Bool {
    if next == 0 { out.raw("[") }
    while next < end {
      if next > 0 {
        if out.count >= count { return true }
        out.raw(",")
      }
      write(&out, elements[next])
      next += 1
    }
    out.raw("]")
    return false
  }
}

/// JSON that is small enough to be made in one piece.
struct ReadyData: AnswerData {
  let json: [UInt8]

  mutating func append(to out: inout JSONBytes, until count: Int) -> Bool {
    out.raw(json)
    return false
  }
}
