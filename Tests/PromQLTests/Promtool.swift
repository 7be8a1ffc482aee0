import Foundation

/// Prometheus's own command-line tool as an oracle: it evaluates expressions over series given in a rule test file.
struct Promtool {
  let executable: URL

  /// The tool found on the search path; `nil` where it is not installed.
  static let installed: Promtool? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for folder in path.split(separator: ":") {
      let candidate = URL(fileURLWithPath: String(folder)).appendingPathComponent("promtool")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return Promtool(executable: candidate) }
    }
    return nil
  }()

  /// What it says of each expression at one time: elements as printed, or `nil` for an error.
  /// Every expectation in the file is wrong on purpose, so that all values are reported.
  func answers(_ expressions: [String], series: [(String, String)], minutes: Int) throws -> [String: [(
    String, Double
  )]?] {
    var file = "evaluation_interval: 1m\ntests:\n - interval: 1m\n   input_series:\n"
    for (labels, values) in series { file += "    - series: '\(labels)'\n      values: '\(values)'\n" }
    file += "   promql_expr_test:\n"
    for expression in expressions {
      file += "    - expr: '\(expression)'\n      eval_time: \(minutes)m\n      exp_samples: [{labels: no, value: 1}]\n"
    }
    return Promtool.parse(try run(["test", "rules"], file))
  }

  /// What is wrong with each expression, as its parser says it; `nil` where nothing is.
  func complaints(_ expressions: [String]) throws -> [String?] {
    var file = "groups:\n- name: g\n  rules:\n"
    for (index, expression) in expressions.enumerated() {
      let quoted = expression.replacingOccurrences(of: "'", with: "''")
      file += "  - record: r\(index)\n    expr: '\(quoted)'\n"
    }
    var out = [String?](repeating: nil, count: expressions.count)
    for line in try run(["check", "rules"], file).split(separator: "\n") {
      guard let mark = line.range(of: "\": could not parse expression: "),
        let name = line.range(of: ", \"r", options: .backwards, range: line.startIndex..<mark.lowerBound),
        let index = Int(line[name.upperBound..<mark.lowerBound])
      else { continue }
      out[index] = String(line[mark.upperBound...])
    }
    return out
  }

  /// Everything that it prints when it is given a file.
  private func run(_ arguments: [String], _ file: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("promtool-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let place = folder.appendingPathComponent("test.yml")
    try file.write(to: place, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments + [place.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }

  private static func parse(_ text: String) -> [String: [(String, Double)]?] {
    var out: [String: [(String, Double)]?] = [:]
    var expression = ""
    for line in text.split(separator: "\n") {
      if let start = line.range(of: "expr: \""), let end = line.range(of: "\", time: ", options: .backwards) {
        expression = line[start.upperBound..<end.lowerBound].replacingOccurrences(of: "\\\"", with: "\"")
        if line[end.upperBound...].contains("err: ") { out[expression] = .some(nil) }
      } else if let got = line.range(of: "  got:") {
        let list = line[got.upperBound...].trimmingCharacters(in: .whitespaces)
        out[expression] = .some(list == "nil" ? [] : elements(list))
      }
    }
    return out
  }

  /// `{a="b"} 1E+00, {a="c"} 2E+00` cut at the commas outside of braces.
  private static func elements(_ list: String) -> [(String, Double)] {
    var parts: [String] = [""]
    var depth = 0
    for character in list {
      if character == "{" { depth += 1 }
      if character == "}" { depth -= 1 }
      if character == "," && depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    return parts.compactMap { part in
      let trimmed = part.trimmingCharacters(in: .whitespaces)
      guard let space = trimmed.lastIndex(of: " "), let value = Double(trimmed[trimmed.index(after: space)...]) else {
        return nil
      }
      return (String(trimmed[..<space]), value)
    }
  }
}
