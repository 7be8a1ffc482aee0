import Logging

/// How a record becomes a line.
public enum LogFormat: String, Sendable, CaseIterable {
  /// For people: aligned, values as `key=value` behind the message.
  case text
  /// One object a line. `time`, `level` and `message` come first; a value under one of these names gets `_` behind it.
  case json

  /// The line, without its end.
  /// - Parameter coloured: for a terminal; JSON never is.
  public func line(_ record: LogRecord, coloured: Bool = false) -> String {
    switch self {
    case .text: text(record, coloured)
    case .json: json(record)
    }
  }

  /// Bytes of one value that are shown; what is longer is cut.
  public static let longestValue = 8_192
  /// Columns that messages take at least in text, so that values stand below each other.
  static let messageColumns = 24

  // MARK: - Text

  private func text(_ record: LogRecord, _ coloured: Bool) -> String {
    let level = Self.names[record.level]!
    let shown = coloured ? "\(Self.colours[record.level]!)\(level)\u{1B}[0m" : level
    var line = "\(record.time) \(shown)\(String(repeating: " ", count: 8 - level.count)) "
    line += Self.printable(record.message)
    guard !record.fields.isEmpty else { return line }
    line += String(repeating: " ", count: max(0, Self.messageColumns - record.message.count))
    for field in record.fields {
      let value = Self.bare(field.value) ? field.value : Self.quoted(Self.cut(field.value))
      line +=
        coloured ? " \u{1B}[2m\(Self.printable(field.key))=\u{1B}[0m\(value)" : " \(Self.printable(field.key))=\(value)"
    }
    return line
  }

  private static let names: [Logger.Level: String] = [
    .trace: "TRACE", .debug: "DEBUG", .info: "INFO", .notice: "NOTICE", .warning: "WARNING", .error: "ERROR",
    .critical: "CRITICAL",
  ]

  private static let colours: [Logger.Level: String] = [
    .trace: "\u{1B}[2m", .debug: "\u{1B}[2m", .info: "\u{1B}[32m", .notice: "\u{1B}[36m", .warning: "\u{1B}[33m",
    .error: "\u{1B}[31m", .critical: "\u{1B}[1;31m",
  ]

  /// Whether a value needs no quotes.
  private static func bare(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= longestValue
      && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "=" && $0 != "\\" }
  }

  /// Without anything that moves a cursor or ends a line.
  private static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
  }

  // MARK: - JSON

  private func json(_ record: LogRecord) -> String {
    var line = "{\"time\":\"\(record.time)\",\"level\":\"\(record.level.rawValue)\",\"message\":"
    line += Self.quoted(Self.cut(record.message))
    for field in record.fields {
      let key = Self.reserved.contains(field.key) ? field.key + "_" : field.key
      line += ",\(Self.quoted(key)):\(Self.quoted(Self.cut(field.value)))"
    }
    return line + "}"
  }

  private static let reserved: Set<String> = ["time", "level", "message"]

  // MARK: - Both

  private static func cut(_ text: String) -> String {
    text.utf8.count <= longestValue ? text : String(decoding: text.utf8.prefix(longestValue), as: UTF8.self) + "…"
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
  }

  /// A text as JSON writes it; everything that controls a terminal is escaped.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isControl(scalar):
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
