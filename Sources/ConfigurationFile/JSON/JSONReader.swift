/// Why a text is not JSON.
struct JSONSyntaxError: Error, Sendable {
  var pointer: JSONPointer
  var position: TextPosition
  var message: String
  var remedy: String
}

/// Reads strict JSON (RFC 8259) into nodes with positions. Stops at the first fault of syntax.
///
/// The text comes from outside: its size and depth are bounded, and no input traps.
struct JSONReader {
  /// Bytes of a whole document.
  static let maximumBytes = 4 << 20
  /// Objects and lists inside one another.
  static let maximumDepth = 64

  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var lineStart = 0
  private var path: [String] = []
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONNode {
    var reader = JSONReader(bytes)
    guard bytes.count <= maximumBytes else {
      throw reader.error(
        "The file has \(bytes.count) bytes, more than the \(maximumBytes) that a configuration may have.",
        "Give a smaller file; most likely this is not the configuration.")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.index = 3 }
    reader.skipSpace()
    guard reader.index < bytes.count else {
      throw reader.error("The file is empty.", "Begin with { and the keys of a configuration.")
    }
    let node = try reader.value()
    reader.skipSpace()
    guard reader.index == bytes.count else {
      throw reader.error("Something follows the end of the document.", "Remove it, or join it into the one object.")
    }
    return node
  }

  private var position: TextPosition { TextPosition(line: line, column: index - lineStart + 1) }

  private func error(_ message: String, _ remedy: String) -> JSONSyntaxError {
    JSONSyntaxError(pointer: JSONPointer(path), position: position, message: message, remedy: remedy)
  }

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  /// What stands here, for messages.
  private var found: String {
    guard let byte = peek else { return "the end of the file" }
    return (0x21...0x7E).contains(byte) ? "`\(Character(UnicodeScalar(byte)))`" : "byte \(byte)"
  }

  private mutating func skipSpace() {
    while let byte = peek {
      switch byte {
      case 0x0A:
        index += 1
        line += 1
        lineStart = index
      case 0x20, 0x09, 0x0D: index += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONSyntaxError) -> JSONNode {
    let start = position
    switch peek {
    case UInt8(ascii: "{"): return JSONNode(content: .object(try members()), position: start)
    case UInt8(ascii: "["): return JSONNode(content: .list(try elements()), position: start)
    case UInt8(ascii: "\""): return JSONNode(content: .text(try text()), position: start)
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
      return JSONNode(content: .number(try number()), position: start)
    case UInt8(ascii: "t") where take("true"): return JSONNode(content: .boolean(true), position: start)
    case UInt8(ascii: "f") where take("false"): return JSONNode(content: .boolean(false), position: start)
    case UInt8(ascii: "n") where take("null"): return JSONNode(content: .null, position: start)
    case UInt8(ascii: "/"), UInt8(ascii: "#"):
      throw error("A comment stands here; JSON has none.", "Remove it, or put it into a \"description\" key.")
    case UInt8(ascii: "'"):
      throw error("A text begins with a single quote.", "Use double quotes.")
    default:
      throw error(
        "A value is expected here, but \(found) was found.",
        "Write an object, a list, a text in double quotes, a number, true or false.")
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard index + length <= bytes.count else { return false }
    for offset in 0..<length where bytes[index + offset] != word.utf8Start[offset] { return false }
    index += length
    return true
  }

  private mutating func enter() throws(JSONSyntaxError) {
    guard depth < JSONReader.maximumDepth else {
      throw error(
        "Objects and lists are nested deeper than \(JSONReader.maximumDepth) levels.",
        "Remove the nesting; no key of a configuration needs it.")
    }
    depth += 1
    index += 1
    skipSpace()
  }

  private mutating func members() throws(JSONSyntaxError) -> [JSONMember] {
    try enter()
    var members: [JSONMember] = []
    if peek == UInt8(ascii: "}") {
      index += 1
      depth -= 1
      return members
    }
    while true {
      guard peek == UInt8(ascii: "\"") else {
        let trailing = peek == UInt8(ascii: "}") && !members.isEmpty
        throw error(
          trailing ? "A comma stands before }." : "A key in double quotes is expected here, but \(found) was found.",
          trailing ? "Remove the comma after the last key." : "Write \"key\": value.")
      }
      let start = position
      let name = try text()
      skipSpace()
      guard peek == UInt8(ascii: ":") else {
        throw error("A colon is expected after the key, but \(found) was found.", "Write \"key\": value.")
      }
      index += 1
      skipSpace()
      path.append(name)
      members.append(JSONMember(name: name, position: start, value: try value()))
      path.removeLast()
      if try !goesOn(until: UInt8(ascii: "}")) { return members }
    }
  }

  private mutating func elements() throws(JSONSyntaxError) -> [JSONNode] {
    try enter()
    var elements: [JSONNode] = []
    if peek == UInt8(ascii: "]") {
      index += 1
      depth -= 1
      return elements
    }
    while true {
      if peek == UInt8(ascii: "]"), !elements.isEmpty {
        throw error("A comma stands before ].", "Remove the comma after the last element.")
      }
      path.append(String(elements.count))
      elements.append(try value())
      path.removeLast()
      if try !goesOn(until: UInt8(ascii: "]")) { return elements }
    }
  }

  /// Reads the comma (true) or the closing bracket (false) after a member or element.
  private mutating func goesOn(until end: UInt8) throws(JSONSyntaxError) -> Bool {
    skipSpace()
    if peek == end {
      index += 1
      depth -= 1
      return false
    }
    guard peek == UInt8(ascii: ",") else {
      let bracket = Character(UnicodeScalar(end))
      throw error(
        "A comma or `\(bracket)` is expected here, but \(found) was found.",
        peek == nil ? "The file is cut off: complete it." : "Put a comma between two values.")
    }
    index += 1
    skipSpace()
    return true
  }
}

// MARK: - Numbers and texts

extension JSONReader {
  private mutating func digits() -> Int {
    let start = index
    while let byte = peek, (0x30...0x39).contains(byte) { index += 1 }
    return index - start
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONNumber {
    let start = index
    if peek == UInt8(ascii: "-") { index += 1 }
    let first = peek
    let whole = digits()
    guard whole > 0 else {
      throw error("A digit is expected here, but \(found) was found.", "Write a number like 0.24.")
    }
    guard whole == 1 || first != UInt8(ascii: "0") else {
      throw error("A number begins with a needless zero.", "Remove the leading zeros.")
    }
    if peek == UInt8(ascii: ".") {
      index += 1
      guard digits() > 0 else { throw error("A digit is expected after the point.", "Write a number like 0.24.") }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      index += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
      guard digits() > 0 else { throw error("A digit is expected in the exponent.", "Write a number like 1e6.") }
    }
    let spelling = String(decoding: bytes[start..<index], as: UTF8.self)
    guard let value = Double(spelling), value.isFinite else {
      throw error("The number is too large.", "Write a number below 1e308.")
    }
    return JSONNumber(spelling: spelling, value: value)
  }

  private mutating func text() throws(JSONSyntaxError) -> String {
    index += 1
    var content: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw error("A text is not valid UTF-8.", "Save the file in UTF-8.")
        }
        index += 1
        return text
      case UInt8(ascii: "\\"):
        index += 1
        try escape(into: &content)
      case 0..<0x20:
        throw error(
          byte == 0x0A ? "A text is not closed at the end of its line." : "A control character stands in a text.",
          byte == 0x0A ? "Close it with a double quote, or write \\n for a new line." : "Write it as \\u00XX.")
      default:
        content.append(byte)
        index += 1
      }
    }
    throw error("The file ends inside a text.", "The file is cut off: complete it.")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONSyntaxError) {
    guard let byte = peek else { throw error("The file ends inside a text.", "The file is cut off: complete it.") }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"):
      index += 1
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), peek == UInt8(ascii: "\\"), index + 1 < bytes.count,
        bytes[index + 1] == UInt8(ascii: "u")
      {
        index += 2
        let low = try hexadecimal()
        code = (0xDC00..<0xE000).contains(low) ? 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xD800
      }
      guard let scalar = UnicodeScalar(code) else {
        throw error("An escape names half of a surrogate pair.", "Write the character itself, in UTF-8.")
      }
      content.append(contentsOf: Array(String(Character(scalar)).utf8))
      return
    default:
      throw error("\\ followed by \(found) is no escape.", "Write \\\\ for a backslash.")
    }
    index += 1
  }

  private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw error("Four hexadecimal digits are expected after \\u.", "Write \\u0041, for example.")
      }
      code = code * 16 + UInt32(digit)
      index += 1
    }
    return code
  }
}
