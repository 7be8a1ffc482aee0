/// Expressions that are wrong, or nearly so.
extension ExpressionDraw {
  /// An expression that is probably wrong.
  mutating func broken(_ depth: Int) -> String {
    switch random.next() % 12 {
    case 0: return "\(random.pick(["rate", "sum_over_time", "changes"]))(\(vector(depth - 1)))"
    case 1: return "\(random.pick(["abs", "sum", "topk", "absent", "sort"]))(\(range(depth - 1)))"
    case 2: return "\(random.pick(["nope", "RATE", "sum_over", "holt"]))(\(vector(depth - 1)))"
    case 3: return "\(scalar(depth - 1)) \(random.pick(["==", "and", "or", "unless", ">"])) \(scalar(depth - 1))"
    case 4:
      return "\(vector(depth - 1)) \(random.pick(["and", "unless", "+ on(job)", "== bool bool"])) \(scalar(depth - 1))"
    case 5:
      return
        "\(selector(metric()))[\(random.pick(["0s", "5", "-5m", "5x", "1m30", ":1m", "1m:0s", "", "1m1h5ms", "1.5m", "1y2w3d4h5m6s5ms", "07m5ms", "1h1h5ms", "5ms5ms", "300y", "1m5ms:1y"]))]"
    case 6: return "\(vector(depth - 1)) offset \(random.pick(["5", "", "1m 1m", "1m offset 2m"]))"
    case 7: return "label_replace(\(vector(depth - 1)), \(quoted("a-b")), \(quoted("$1")), \(quoted("job")))"
    case 8: return "{job=~\(quoted(".*"))}"
    case 9: return "\(vector(depth - 1)) @ \(random.pick(["abc", "start", "Inf", "NaN", "1 @ 2", "-"]))"
    default: return damaged(vector(depth))
    }
  }

  static let words = [
    "sum", "by", "on", "ignoring", "group_left", "bool", "offset", "start", "end", "and", "or", "unless", "atan2",
    "inf",
    "NaN", "job", "temperature", "rate", "time", "without", "group", "count", "1", "0x1f", "1e", "5m", "1h30m", "10s5s",
    "0",
    ".5", "1.", "08", "\"a\"", "'b'", "`c`", "\"\\q\"", "(", ")", "[", "]", "{", "}", ",", ",", ":", "@", "=", "==",
    "!=", "=~",
    "!~", "<", ">=", "+", "-", "*", "/", "%", "^", "#", "\n", "a:b", "_x", "le", "quantile", "topk", "é", "$", ";",
  ]

  /// With a few words lost, doubled, swapped or replaced.
  mutating func rearranged(_ text: String) -> String {
    var tokens: [String] = []
    for character in text {
      let isWord = { (c: Character) in c.isLetter || c.isNumber || c == "_" || c == "." }
      if let last = tokens.last?.last, isWord(last), isWord(character) {
        tokens[tokens.count - 1].append(character)
      } else {
        tokens.append(String(character))
      }
    }
    for _ in 0...random.next() % 2 where tokens.count > 2 {
      let place = Int(random.next() % UInt64(tokens.count - 1))
      switch random.next() % 5 {
      case 0: tokens.remove(at: place)
      case 1: tokens.insert(tokens[place], at: place)
      case 2: tokens.swapAt(place, place + 1)
      case 3: tokens[place] = random.pick(Self.words)
      default: tokens.insert(random.pick([" ", ""]) + random.pick(Self.words) + random.pick([" ", ""]), at: place)
      }
    }
    return tokens.joined()
  }

  /// With a few bytes lost, doubled or swapped.
  mutating func damaged(_ text: String) -> String {
    var scalars = Array(text.unicodeScalars)
    for _ in 0...random.next() % 2 where scalars.count > 2 {
      let place = Int(random.next() % UInt64(scalars.count - 1))
      switch random.next() % 4 {
      case 0: scalars.remove(at: place)
      case 1: scalars.insert(scalars[place], at: place)
      case 2: scalars.swapAt(place, place + 1)
      default:
        scalars[place] = random.pick(["(", ")", "{", "}", "[", "]", ",", "\"", "-", "=", "!", "~", ":", ".", "a"])
      }
    }
    var out = ""
    out.unicodeScalars.append(contentsOf: scalars)
    return out
  }
}
