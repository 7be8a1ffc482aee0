import TimeSeries

/// A problem in a test script, found before anything was evaluated.
struct ScriptSyntaxError: Error {
  var message: String
}

/// One point of the notation.
struct ScriptPoint: Sendable {
  var value: SampleValue
  /// Whether a histogram's hint of counter resets is given, so that an expected one is compared.
  var statesHint = false
}

/// The notation of series in test scripts: a metric with labels, then points such as `1`, `_`, `stale`, `1+2x3`, `{{…}}`.
struct SeriesNotation {
  let text: [UInt8]
  var position = 0

  init(_ line: String) { text = Array(line.utf8) }

  var isAtEnd: Bool { position >= text.count }
  var byte: UInt8? { position < text.count ? text[position] : nil }

  mutating func skipBlanks() {
    while let next = byte, next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { position += 1 }
  }

  mutating func takeBlank() -> Bool {
    let before = position
    skipBlanks()
    return position > before
  }

  func error(_ message: String) -> ScriptSyntaxError {
    ScriptSyntaxError(message: "\(message) at byte \(position + 1) of \"\(String(decoding: text, as: UTF8.self))\"")
  }

  /// Reads a metric with labels, with or without a name.
  mutating func labels() throws -> Labels {
    let start = position
    var depth = 0
    var quote: UInt8?
    while let next = byte {
      if let open = quote {
        if next == UInt8(ascii: "\\") && open != UInt8(ascii: "`") {
          position += 1
        } else if next == open {
          quote = nil
        }
      } else if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") || next == UInt8(ascii: "`") {
        quote = next
      } else if next == UInt8(ascii: "{") {
        // A histogram may follow a bare name: `name {{…}}` has a blank before it, which ends the metric below.
        depth += 1
      } else if next == UInt8(ascii: "}") {
        depth -= 1
        if depth == 0 {
          position += 1
          break
        }
      } else if depth == 0 && (next == UInt8(ascii: " ") || next == UInt8(ascii: "\t")) {
        break
      }
      position += 1
    }
    return try SeriesNotation.labels(Array(text[start..<min(position, text.count)]))
  }

  /// Labels from the text of a selector that has equality matchers only.
  static func labels(_ text: [UInt8]) throws -> Labels {
    var parser = Parser(text)
    var pairs: [Label] = []
    if case .word(let name) = parser.current.kind {
      pairs.append(Label(name: Labels.metricName, value: name))
      parser.advance()
    }
    if parser.take(.leftBrace) {
      while parser.current.kind != .rightBrace {
        let name: String
        switch parser.current.kind {
        case .word(let word): name = word
        case .string(let literal): name = literal.value
        default: throw ScriptSyntaxError(message: parser.unexpected("series description").description)
        }
        parser.advance()
        if parser.take(.assign) {
          guard case .string(let value) = parser.current.kind else {
            throw ScriptSyntaxError(message: parser.unexpected("series description", expected: "string").description)
          }
          parser.advance()
          pairs.append(Label(name: name, value: value.value))
        } else {
          pairs.append(Label(name: Labels.metricName, value: name))
        }
        if !parser.take(.comma) { break }
      }
      guard parser.take(.rightBrace) else {
        throw ScriptSyntaxError(message: parser.unexpected("series description").description)
      }
    }
    guard case .end = parser.current.kind else {
      throw ScriptSyntaxError(message: parser.unexpected("series description").description)
    }
    return Labels(pairs)
  }

  /// Reads all points to the end; `nil` is a gap.
  mutating func points() throws -> [ScriptPoint?] {
    var out: [ScriptPoint?] = []
    skipBlanks()
    while !isAtEnd, byte != UInt8(ascii: "#") {
      out += try item()
      if out.count > 1_000_000 { throw error("too many points") }
      if !takeBlank() && !isAtEnd { throw error("unexpected character") }
    }
    return out
  }

  private mutating func item() throws -> [ScriptPoint?] {
    if byte == UInt8(ascii: "_") {
      position += 1
      return Array(repeating: nil, count: try repetitions() ?? 1)
    }
    if byte == UInt8(ascii: "{") {
      let (histogram, statesHint) = try HistogramNotation.read(&self)
      return try sequence(ScriptPoint(value: .histogram(histogram), statesHint: statesHint))
    }
    if take("stale") {
      let count = try repetitions().map { $0 + 1 } ?? 1
      return Array(repeating: ScriptPoint(value: .float(.staleMarker)), count: count)
    }
    return try sequence(ScriptPoint(value: .float(try number())))
  }

  /// A value, perhaps with a step and a number of repetitions: `1+2x3`, `1-2x3`, `1x3`.
  private mutating func sequence(_ first: ScriptPoint) throws -> [ScriptPoint?] {
    if let count = try repetitions() { return Array(repeating: first, count: count + 1) }
    guard let sign = byte, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return [first] }
    position += 1
    let factor = sign == UInt8(ascii: "-") ? -1.0 : 1.0
    var out: [ScriptPoint?] = [first]
    switch first.value {
    case .float(var value):
      let delta = factor * (try number())
      guard let count = try repetitions() else { throw error("expected x and a number of repetitions") }
      for _ in 0..<count {
        value += delta
        out.append(ScriptPoint(value: .float(value)))
      }
    case .histogram(var value):
      let delta = try HistogramNotation.read(&self).histogram
      guard let count = try repetitions() else { throw error("expected x and a number of repetitions") }
      for _ in 0..<count {
        if value.schema > delta.schema {
          throw error(
            "error combining histograms: cannot merge from schema \(delta.schema) to \(value.schema)")
        }
        let hint = value.hint(combinedWith: delta)
        guard let next = factor > 0 ? value.adding(delta) : value.subtracting(delta) else {
          throw error("histograms with incompatible buckets")
        }
        value = next.compacted()
        value.counterResetHint = hint
        out.append(ScriptPoint(value: .histogram(value), statesHint: first.statesHint))
      }
    }
    return out
  }

  /// `xN`, if it is there.
  private mutating func repetitions() throws -> Int? {
    guard byte == UInt8(ascii: "x") else { return nil }
    position += 1
    let start = position
    while let next = byte, Lexer.isDigit(next) { position += 1 }
    guard let count = Int(String(decoding: text[start..<position], as: UTF8.self)), count <= 1_000_000 else {
      throw error("expected a number of repetitions")
    }
    return count
  }

  mutating func take(_ word: String) -> Bool {
    guard text[min(position, text.count)...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  /// A number with an optional sign.
  mutating func number() throws -> Double {
    var sign = 1.0
    if byte == UInt8(ascii: "-") { sign = -1 }
    if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { position += 1 }
    for (word, value) in [("inf", Double.infinity), ("nan", .nan)] where remaining(3).lowercased() == word {
      position += 3
      return sign * value
    }
    let start = position
    while let next = byte {
      let isExponent = next == UInt8(ascii: "e") || next == UInt8(ascii: "E")
      if isExponent, position + 1 < text.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(text[position + 1]) {
        position += 2
        continue
      }
      guard Lexer.isDigit(next) || isExponent || next == UInt8(ascii: ".") else { break }
      position += 1
    }
    if remaining(1).lowercased() == "x", text[start..<position].elementsEqual([UInt8(ascii: "0")]), isHexadecimal {
      position += 1
      while let next = byte, Lexer.hexValue(next) != nil { position += 1 }
    }
    let spelled = Array(text[start..<position])
    let tokens = Lexer.tokens(of: spelled)
    guard tokens.count == 2, case .number(let value) = tokens[0].kind else { throw error("expected a number") }
    return sign * value
  }

  /// Whether `0x…` goes on as a hexadecimal number and is not a repetition such as `0x3`: those are decimal counts.
  private var isHexadecimal: Bool {
    var rest = text[min(position + 1, text.count)...].prefix { Lexer.hexValue($0) != nil }
    rest = rest.drop(while: Lexer.isDigit)
    return !rest.isEmpty
  }

  private func remaining(_ count: Int) -> String {
    String(decoding: text[min(position, text.count)..<min(position + count, text.count)], as: UTF8.self)
  }
}
