/// The arguments are not what the tool takes; the sentence says how they would be right.
struct ArgumentFault: Error, Hashable, Sendable {
  var sentence: String

  init(_ sentence: String) { self.sentence = sentence }
}

/// Takes a tool's arguments one by one; what is left over at the end is refused, so that a misspelt one is not passed over.
struct ArgumentReader {
  /// Bytes of a text.
  static let maximumText = 65_536

  private var rest: [String: JSONValue]
  private var known: [String] = []

  init(_ arguments: [String: JSONValue]) {
    // Clients send null for what was not given.
    rest = arguments.filter { $0.value != .null }
  }

  private mutating func take(_ key: String) -> JSONValue? {
    known.append(key)
    return rest.removeValue(forKey: key)
  }

  mutating func text(_ key: String) throws(ArgumentFault) -> String? {
    guard let value = take(key) else { return nil }
    guard let text = value.string, !text.isEmpty, text.utf8.count <= Self.maximumText else {
      throw ArgumentFault("\"\(key)\" must be a text that is not empty and has \(Self.maximumText) bytes at most.")
    }
    return text
  }

  mutating func requiredText(_ key: String, example: String) throws(ArgumentFault) -> String {
    guard let text = try text(key) else { throw ArgumentFault("Give \"\(key)\", for example \"\(example)\".") }
    return text
  }

  mutating func count(_ key: String, in range: ClosedRange<Int>, standard: Int) throws(ArgumentFault) -> Int {
    guard let value = take(key) else { return standard }
    let number: Int64? = if case .text = value { nil } else { value.wholeNumber }
    guard let number, let count = Int(exactly: number), range.contains(count) else {
      throw ArgumentFault("\"\(key)\" must be a whole number of \(range.lowerBound) to \(range.upperBound).")
    }
    return count
  }

  mutating func hours(_ key: String) throws(ArgumentFault) -> Double? {
    guard let value = take(key) else { return nil }
    let number: Double? =
      switch value {
      case .integer(let whole): Double(whole)
      case .number(let number): number
      default: nil
      }
    guard let number, number > 0, number <= 8_784 else {
      throw ArgumentFault("\"\(key)\" must be a number of hours, more than 0 and at most 8784, for example 4 or 0.5.")
    }
    return number
  }

  mutating func flag(_ key: String) throws(ArgumentFault) -> Bool {
    guard let value = take(key) else { return false }
    guard case .bool(let flag) = value else { throw ArgumentFault("\"\(key)\" must be true or false.") }
    return flag
  }

  /// Unix seconds as a number, or a text.
  mutating func time(_ key: String) throws(ArgumentFault) -> String? {
    guard let value = rest[key] else {
      known.append(key)
      return nil
    }
    switch value {
    case .integer, .number:
      rest[key] = nil
      known.append(key)
      return value.line
    default: return try text(key)
    }
  }

  func end() throws(ArgumentFault) {
    guard let unknown = rest.keys.min() else { return }
    let advice = known.isEmpty ? "This tool takes none." : "Known are \(known.joined(separator: ", "))."
    throw ArgumentFault("There is no argument \"\(unknown.prefix(100))\". \(advice)")
  }
}
