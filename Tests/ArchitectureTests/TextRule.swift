/// Words that no file of the repository may hold. They are put together here, so that this file does not hold them.
enum TextRule {
  private static let paths = ["work", "root", "home", "Users"].map { "/" + $0 + "/" }
  private static let thoughts = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]

  static func violations(in text: String, path: String) -> [String] {
    var found: [String] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      for place in paths where holds(line, path: place) {
        found.append("\(path):\(index + 1): a path of someone's machine (\(place))")
      }
      for thought in thoughts where line.split(whereSeparator: { !$0.isLetter }).contains(Substring(thought)) {
        found.append("\(path):\(index + 1): an unfinished thought (\(thought)); finish it, or write an issue")
      }
    }
    return found
  }

  /// Whether an absolute path begins with `path`; the middle of a longer path or of an address is none.
  private static func holds(_ line: Substring, path: String) -> Bool {
    line.ranges(of: path).contains { range in
      guard let before = line[..<range.lowerBound].last else { return true }
      return !before.isLetter && !before.isNumber && !"._-~})/".contains(before)
    }
  }
}
