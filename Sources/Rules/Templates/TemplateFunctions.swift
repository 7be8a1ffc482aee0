import Foundation
import TimeSeries

/// The functions that templates may call, with the meaning that Prometheus gives them.
enum TemplateFunctions {
  private typealias Body = @Sendable ([TemplateValue]) throws -> TemplateValue

  /// - Throws: `RulesError` when there is no function of that name.
  static func check(_ name: String) throws {
    guard table[name] == nil, name != "externalURL" else { return }
    throw RulesError(
      .template,
      "the function \"\(name)\" is not supported in templates; there are \(table.keys.sorted().joined(separator: ", "))"
    )
  }

  static func call(_ name: String, _ arguments: [TemplateValue], externalURL: String) throws -> TemplateValue {
    if name == "externalURL" { return .text(externalURL) }
    guard let body = table[name] else { throw RulesError(.template, "there is no function \"\(name)\"") }
    return try body(arguments)
  }

  private static let table: [String: Body] = {
    var table: [String: Body] = [:]
    for (name, humanize) in [
      ("humanize", Humanize.decimal), ("humanize1024", Humanize.binary), ("humanizeDuration", Humanize.duration),
      ("humanizePercentage", Humanize.percentage), ("humanizeTimestamp", Humanize.timestamp),
    ] as [(String, @Sendable (Double) -> String)] {
      table[name] = { .text(humanize(try number(name, try only(name, $0)))) }
    }
    table["toUpper"] = { .text(try only("toUpper", $0).text.uppercased()) }
    table["toLower"] = { .text(try only("toLower", $0).text.lowercased()) }
    table["title"] = { .text(title(try only("title", $0).text)) }
    table["safeHtml"] = { .text(try only("safeHtml", $0).text) }
    table["stripPort"] = { .text(stripPort(try only("stripPort", $0).text)) }
    table["match"] = { arguments in
      let (pattern, text) = try two("match", arguments)
      do {
        // Matchers are anchored; this function is not.
        let matcher = try LabelMatcher(name: "text", operation: .matches, value: ".*(?:\(pattern.text)).*")
        return .boolean(matcher.fits(text.text))
      } catch { throw RulesError(.template, "match: \(error)") }
    }
    table["printf"] = { arguments in
      guard case .text(let format)? = arguments.first else {
        throw RulesError(.template, "printf wants a format first, e.g. printf \"%.2f\" $value")
      }
      return .text(GoFormat.formatted(format, Array(arguments.dropFirst())))
    }
    table["print"] = { .text($0.map(\.text).joined(separator: " ")) }
    table["len"] = { arguments in
      switch try only("len", arguments) {
      case .text(let text): return .integer(Int64(text.utf8.count))
      case .map(let map): return .integer(Int64(map.count))
      default: throw RulesError(.template, "len wants a text or labels")
      }
    }
    table["index"] = { arguments in
      guard case (.map(let map), .text(let key)) = try two("index", arguments) else {
        throw RulesError(.template, "index wants labels and a name")
      }
      return .text(map[key] ?? "")
    }
    table["not"] = { .boolean(!(try only("not", $0).holds)) }
    table["and"] = { arguments in
      guard let last = arguments.last else { throw RulesError(.template, "and wants an argument at least") }
      return arguments.first { !$0.holds } ?? last
    }
    table["or"] = { arguments in
      guard let last = arguments.last else { throw RulesError(.template, "or wants an argument at least") }
      return arguments.first { $0.holds } ?? last
    }
    addComparisons(to: &table)
    return table
  }()

  private static func addComparisons(to table: inout [String: Body]) {
    for name in ["eq", "ne", "lt", "le", "gt", "ge"] {
      table[name] = { arguments in
        // `eq` takes several to compare the first with.
        guard arguments.count >= 2, arguments.count == 2 || name == "eq" else {
          throw RulesError(.template, "\(name) wants two arguments")
        }
        return .boolean(try arguments.dropFirst().contains { holds(name, try order(name, arguments[0], $0)) })
      }
    }
  }

  private static func holds(_ name: String, _ order: Int?) -> Bool {
    guard let order else { return name == "ne" }
    return switch name {
    case "eq": order == 0
    case "ne": order != 0
    case "lt": order < 0
    case "le": order <= 0
    case "gt": order > 0
    default: order >= 0
    }
  }

  /// -1, 0 or 1; `nil` where a NaN is among them, which is only unequal.
  private static func order(_ name: String, _ left: TemplateValue, _ right: TemplateValue) throws -> Int? {
    switch (left, right) {
    case (.text(let left), .text(let right)):
      return left == right ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    case (.boolean(let left), .boolean(let right)): return left == right ? 0 : 1
    case (.number, .number), (.integer, .integer):
      let (left, right) = (try number(name, left), try number(name, right))
      if left.isNaN || right.isNaN { return nil }
      return left < right ? -1 : left == right ? 0 : 1
    default:
      throw RulesError(
        .template, "\(name) compares two values of one kind; write e.g. 5.0 to compare with $value")
    }
  }

  // MARK: Arguments

  private static func only(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue {
    guard let argument = arguments.first, arguments.count == 1 else {
      throw RulesError(.template, "\(name) wants one argument, not \(arguments.count)")
    }
    return argument
  }

  private static func two(
    _ name: String, _ arguments: [TemplateValue]
  ) throws -> (TemplateValue, TemplateValue) {
    guard arguments.count == 2 else {
      throw RulesError(.template, "\(name) wants two arguments, not \(arguments.count)")
    }
    return (arguments[0], arguments[1])
  }

  private static func number(_ name: String, _ value: TemplateValue) throws -> Double {
    switch value {
    case .number(let number): return number
    case .integer(let number): return Double(number)
    case .text(let text):
      if let number = Double(text) { return number }
      throw RulesError(.template, "\(name) wants a number, not \"\(text)\"")
    default: throw RulesError(.template, "\(name) wants a number")
    }
  }

  private static func title(_ text: String) -> String {
    var isStart = true
    return text.reduce(into: "") { out, character in
      out += isStart ? character.uppercased() : String(character)
      isStart = !character.isLetter && !character.isNumber && character != "_" && character != "'"
    }
  }

  /// `host:port` without the port.
  private static func stripPort(_ text: String) -> String {
    guard let colon = text.lastIndex(of: ":"), !text[text.index(after: colon)...].isEmpty else { return text }
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { return String(host.dropFirst().dropLast()) }
    return host.contains(":") ? text : String(host)
  }
}

/// Numbers for people.
enum Humanize {
  private static func short(_ value: Double) -> String { GoFormat.general(value, precision: 4) }

  /// With the prefixes k, M, G, … and m, u, n, …
  @Sendable static func decimal(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return short(value) }
    let (scaled, prefix) = value.magnitude >= 1 ? enlarged(value) : diminished(value)
    return short(scaled) + prefix
  }

  private static func enlarged(_ value: Double) -> (Double, String) {
    var (value, prefix) = (value, "")
    for next in ["k", "M", "G", "T", "P", "E", "Z", "Y"] {
      if value.magnitude < 1000 { break }
      prefix = next
      value /= 1000
    }
    return (value, prefix)
  }

  private static func diminished(_ value: Double) -> (Double, String) {
    var (value, prefix) = (value, "")
    for next in ["m", "u", "n", "p", "f", "a", "z", "y"] {
      if value.magnitude >= 1 { break }
      prefix = next
      value *= 1000
    }
    return (value, prefix)
  }

  /// With the prefixes ki, Mi, Gi, …
  @Sendable static func binary(_ value: Double) -> String {
    guard value.magnitude > 1, value.isFinite else { return short(value) }
    var (value, prefix) = (value, "")
    for next in ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"] {
      if value.magnitude < 1024 { break }
      prefix = next
      value /= 1024
    }
    return short(value) + prefix
  }

  /// Of a share of one.
  @Sendable static func percentage(_ value: Double) -> String { short(value * 100) + "%" }

  /// Of seconds: `1h 30m 0s`, or with a prefix below one second.
  @Sendable static func duration(_ value: Double) -> String {
    guard value.isFinite else { return short(value) }
    if value == 0 { return short(value) + "s" }
    guard value.magnitude >= 1 else {
      let (scaled, prefix) = diminished(value)
      return short(scaled) + prefix + "s"
    }
    let sign = value < 0 ? "-" : ""
    let size = value.magnitude
    guard size >= 60 else { return sign + short(size) + "s" }
    let total = size < 9e18 ? Int64(size) : .max
    let (days, hours, minutes, seconds) = (total / 86_400, total / 3_600 % 24, total / 60 % 60, total % 60)
    if days > 0 { return "\(sign)\(days)d \(hours)h \(minutes)m \(seconds)s" }
    if hours > 0 { return "\(sign)\(hours)h \(minutes)m \(seconds)s" }
    return "\(sign)\(minutes)m \(seconds)s"
  }

  /// Of Unix seconds.
  @Sendable static func timestamp(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 9e9 else { return short(value) }
    // Prometheus goes by way of nanoseconds to milliseconds, and loses what does not fit into a float on the way.
    let (seconds, milliseconds) = (Int64(value * 1e9) / 1_000_000).quotientAndRemainder(dividingBy: 1000)
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
    let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
    if milliseconds == 0 { return text + " +0000 UTC" }
    var fraction = String(milliseconds.magnitude)
    fraction = String(repeating: "0", count: 3 - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(text).\(fraction) +0000 UTC"
  }
}
