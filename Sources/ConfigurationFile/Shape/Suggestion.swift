/// Finds what a writer most likely meant.
public enum Suggestion {
  /// Letters that are compared; longer names are cut.
  private static let maximumLetters = 64

  /// The nearest of `names` when it is near enough, in the order given when two are equally near.
  public static func nearest(to name: String, among names: [String]) -> String? {
    let wanted = letters(of: name)
    var best: (name: String, distance: Int)?
    for candidate in names {
      let other = letters(of: candidate)
      let distance = distance(wanted, other)
      let allowed = max(1, min(wanted.count, other.count) / 3)
      if distance <= allowed, distance < best?.distance ?? Int.max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// A sentence that proposes the nearest name, or else lists the names.
  public static func sentence(for name: String, among names: [String], otherwise: String) -> String {
    if let nearest = nearest(to: name, among: names) { return "Did you mean \"\(nearest)\"?" }
    return otherwise
  }

  private static func letters(of name: String) -> [UInt8] {
    name.utf8.prefix(maximumLetters).map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
      case UInt8(ascii: "-"), UInt8(ascii: " "): UInt8(ascii: "_")
      default: byte
      }
    }
  }

  /// Insertions, deletions, replacements and exchanges of neighbours that turn one into the other.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    var current = last
    for row in 1...left.count {
      current[0] = row
      for column in 1...right.count {
        let same = left[row - 1] == right[column - 1]
        var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          cost = min(cost, beforeLast[column - 2] + 1)
        }
        current[column] = cost
      }
      (beforeLast, last, current) = (last, current, beforeLast)
    }
    return last[right.count]
  }
}
