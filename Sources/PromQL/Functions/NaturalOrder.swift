/// The order of label values in which numbers within the text count as numbers: `node9` before `node10`.
enum NaturalOrder {
  /// Negative when `left` comes first, positive when `right` does, 0 when they are equal.
  static func compare(_ left: String, _ right: String) -> Int {
    let (a, b) = (chunks(left), chunks(right))
    for (x, y) in zip(a, b) {
      if let m = number(x), let n = number(y) {
        if m.count != n.count { return m.count < n.count ? -1 : 1 }
        if m != n { return m.lexicographicallyPrecedes(n) ? -1 : 1 }
        if x.count != y.count { return x.count < y.count ? -1 : 1 }
      } else if x != y {
        return x.lexicographicallyPrecedes(y) ? -1 : 1
      }
    }
    return a.count - b.count
  }

  /// Runs of digits and of other bytes.
  private static func chunks(_ text: String) -> [ArraySlice<UInt8>] {
    var out: [ArraySlice<UInt8>] = []
    var rest = Array(text.utf8)[...]
    while let first = rest.first {
      let isDigit = Lexer.isDigit(first)
      let chunk = rest.prefix { Lexer.isDigit($0) == isDigit }
      out.append(chunk)
      rest = rest.dropFirst(chunk.count)
    }
    return out
  }

  private static func number(_ chunk: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let first = chunk.first, Lexer.isDigit(first) else { return nil }
    return chunk.drop { $0 == UInt8(ascii: "0") }
  }
}
