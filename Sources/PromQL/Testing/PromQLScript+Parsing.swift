import TimeSeries

extension PromQLScript {
  private struct Line {
    var number: Int
    var text: String
  }

  /// Lines without comments. A comment begins at a `#` that is the first character of a line.
  static func commands(_ text: String) -> [Command] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
      var text = String(line).trimmed()
      if text.hasPrefix("#") { text = "#" }
      return Line(number: index + 1, text: text)
    }
    var out: [Command] = []
    var index = 0
    while index < lines.count {
      let line = lines[index]
      index += 1
      if line.text.isEmpty || line.text == "#" { continue }
      var body: [Line] = []
      while index < lines.count, !lines[index].text.isEmpty {
        if lines[index].text != "#" { body.append(lines[index]) }
        index += 1
      }
      out += block(line, body)
    }
    return out
  }

  private static let heads = [
    "clear", "load", "load_with_nhcb", "eval", "eval_fail", "eval_ordered", "eval_warn", "eval_info",
  ]

  /// The commands of a run of lines without blank ones in between: `clear` may stand on top of another command.
  private static func block(_ head: Line, _ body: [Line]) -> [Command] {
    var out: [Command] = []
    var (current, lines) = (head, [Line]())
    func flush() {
      do {
        out.append(try command(current, lines))
      } catch {
        let message = (error as? ScriptSyntaxError)?.message ?? "\(error)"
        out.append(.invalid(line: current.number, message: message))
      }
    }
    for line in body {
      let word = String(line.text.prefix { $0 != " " && $0 != "\t" })
      let endsCurrent = current.text.lowercased() == "clear" || word == "clear"
      if endsCurrent || (heads.contains(word.lowercased()) && isHead(line.text, word)) {
        flush()
        (current, lines) = (line, [])
      } else {
        lines.append(line)
      }
    }
    flush()
    return out
  }

  /// Whether a line within a block begins another command and is not a series that happens to have such a name.
  private static func isHead(_ text: String, _ word: String) -> Bool {
    let rest = text.dropFirst(word.count).drop { $0 == " " || $0 == "\t" }
    if word.lowercased().hasPrefix("eval") { return rest.hasPrefix("instant") || rest.hasPrefix("range") }
    return DurationFormat.milliseconds(Array(rest.utf8)) != nil
  }

  private static func command(_ head: Line, _ body: [Line]) throws -> Command {
    var words = ScriptWords(head.text)
    let name = words.next().lowercased()
    switch name {
    case "clear": return .clear
    case "load", "load_with_nhcb":
      let step = try words.duration()
      let series = try body.map { line in
        var notation = SeriesNotation(line.text)
        let labels = try notation.labels()
        return (labels, try notation.points())
      }
      return .load(step: step, line: head.number, series: series, asCustomBuckets: name == "load_with_nhcb")
    case "eval", "eval_fail", "eval_ordered", "eval_warn", "eval_info":
      return .evaluate(try ScriptCase(name, &words, line: head.number, body: body.map { ($0.number, $0.text) }))
    default: throw ScriptSyntaxError(message: "unknown command \"\(name)\"")
    }
  }
}

extension String {
  func trimmed() -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
    var text = self[...].drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return String(text)
  }
}

/// Words of a line, taken from the front.
struct ScriptWords {
  private(set) var rest: Substring

  init(_ text: String) { rest = text[...] }

  mutating func next() -> String {
    rest = rest.drop { $0 == " " || $0 == "\t" }
    let word = rest.prefix { $0 != " " && $0 != "\t" }
    rest = rest.dropFirst(word.count)
    return String(word)
  }

  /// Everything that is left.
  var remainder: String { String(rest).trimmed() }

  mutating func expect(_ word: String) throws {
    let found = next()
    if found != word { throw ScriptSyntaxError(message: "expected \"\(word)\", found \"\(found)\"") }
  }

  /// A duration with a sign, or a number of seconds, in milliseconds.
  mutating func duration() throws -> Int64 {
    let word = next()
    let isNegative = word.hasPrefix("-")
    let spelled = isNegative ? word.dropFirst() : word[...]
    if let value = DurationFormat.milliseconds(Array(spelled.utf8)) { return isNegative ? -value : value }
    guard let seconds = Double(spelled), seconds.magnitude < 9e12 else {
      throw ScriptSyntaxError(message: "invalid duration \"\(word)\"")
    }
    return Int64(((isNegative ? -seconds : seconds) * 1000).rounded())
  }
}
