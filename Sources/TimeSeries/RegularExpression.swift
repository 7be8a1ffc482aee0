import CRE2

/// What can go wrong between a series and its reader.
public struct TimeSeriesError: Error, Sendable, CustomStringConvertible {
  /// A short constant word for the kind of failure.
  public enum Code: String, Sendable {
    case invalidRegularExpression
    case invalidLabels
    case seriesLimit
    case damagedFile
    case storage
  }

  /// The kind of failure.
  public let code: Code
  /// A sentence that says what to do.
  public let message: String

  /// An error with a sentence.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The sentence.
  public var description: String { message }
}

/// An RE2 expression, anchored at both ends; `.` matches newline. Linear in its input, so no expression can hang the process.
///
/// Literals and alternations of literals are compared without RE2.
/// The compiled object is immutable after creation and RE2's matching is thread-safe, hence `@unchecked Sendable`.
public final class RegularExpression: @unchecked Sendable {
  /// The values that the expression can match, each once, when it is a literal or an alternation of literals.
  public let literals: [String]?
  /// Present unless `literals` is.
  private let compiled: OpaquePointer?
  private let literalSet: Set<[UInt8]>
  /// Set when the whole expression is a literal followed by `.*` or `.+`: the bytes, and how many must follow at least.
  private let prefix: (bytes: [UInt8], rest: Int)?

  /// Compiles an expression.
  /// - Throws: `TimeSeriesError` with RE2's message.
  public init(_ pattern: String) throws {
    literals = RegularExpression.alternation(of: pattern)
    literalSet = Set((literals ?? []).map { Array($0.utf8) })
    prefix = RegularExpression.prefix(of: pattern)
    if literals != nil {
      compiled = nil
      return
    }
    // Prometheus puts the expression into a group, whose end belongs to a quotation that has none of its own.
    var pattern = pattern.contains("\\Q") ? "(?:" + pattern + ")" : pattern
    var message: UnsafeMutablePointer<CChar>?
    let made = pattern.withUTF8 { bytes in
      re2_shim_compile(bytes.baseAddress, bytes.count, &message)
    }
    guard let made else {
      let text = message.map { String(cString: $0) } ?? "unknown"
      re2_shim_free_message(message)
      throw TimeSeriesError(.invalidRegularExpression, "invalid regular expression \"\(pattern)\": \(text)")
    }
    compiled = made
  }

  deinit { if let compiled { re2_shim_free(compiled) } }

  /// Whether the whole of `text` matches.
  public func matches(_ text: String) -> Bool {
    guard compiled != nil else { return literalSet.contains(Array(text.utf8)) }
    var text = text
    return text.withUTF8 { matches(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Whether the whole of a text matches, given as UTF-8.
  func matches(bytes: UnsafeRawBufferPointer) -> Bool {
    if let prefix {
      return bytes.count >= prefix.bytes.count + prefix.rest && bytes.starts(with: prefix.bytes)
    }
    guard let compiled else { return literalSet.contains(Array(bytes)) }
    return re2_shim_matches(compiled, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
  }

  /// The capture groups of a full match as byte ranges of `text`'s UTF-8, group 0 first; `nil` where a group did not take part.
  /// - Returns: `nil` when the text does not match.
  public func captures(_ text: String) -> [String?]? {
    guard let compiled else { return literalSet.contains(Array(text.utf8)) ? [text] : nil }
    var text = text
    return text.withUTF8 { bytes -> [String?]? in
      let groups = Int(re2_shim_group_count(compiled)) + 1
      var ranges = [Int](repeating: -1, count: groups * 2)
      guard re2_shim_captures(compiled, bytes.baseAddress, bytes.count, &ranges, groups) else { return nil }
      return (0..<groups).map { group in
        let (start, end) = (ranges[group * 2], ranges[group * 2 + 1])
        guard start >= 0 else { return nil }
        return String(decoding: bytes[start..<end], as: UTF8.self)
      }
    }
  }

  /// Names of the capture groups in order of number (1 first), empty for unnamed ones.
  public var groupNames: [String] {
    guard let compiled else { return [] }
    return (0..<Int(re2_shim_group_count(compiled))).map { index in
      guard let name = re2_shim_group_name(compiled, Int32(index + 1)) else { return "" }
      defer { re2_shim_free_message(name) }
      return String(cString: name)
    }
  }

  /// The literal before a final `.*` or `.+`, when that is all there is.
  static func prefix(of pattern: String) -> (bytes: [UInt8], rest: Int)? {
    guard pattern.hasSuffix(".*") || pattern.hasSuffix(".+") else { return nil }
    let literal = pattern.dropLast(2)
    guard let literals = alternation(of: String(literal)), literals.count == 1 else { return nil }
    return (Array(literal.utf8), pattern.hasSuffix("+") ? 1 : 0)
  }

  private static let special = Set("\\.+*?()[]{}^$".utf8)

  /// The literals of `a|b|c`, or `nil` when the pattern has any other syntax.
  static func alternation(of pattern: String) -> [String]? {
    // By bytes: a mark that combines with the character before it makes another `Character` of both.
    let bytes = pattern.utf8
    guard !bytes.contains(where: { special.contains($0) }) else { return nil }
    var seen: Set<[UInt8]> = []
    let parts = bytes.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
    return parts.filter { seen.insert(Array($0)).inserted }.map { String(decoding: $0, as: UTF8.self) }
  }
}
