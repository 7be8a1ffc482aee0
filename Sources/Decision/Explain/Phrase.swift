import Model

/// Amounts and lists as an operator would write them.
enum Phrase {
  /// Up to two decimals, without trailing zeros: `80`, `82.5`, `0.25`.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf" }
    guard abs(value) < 1e15 else { return "\(value)" }
    let hundredths = Int64((value * 100).rounded())
    let sign = hundredths < 0 ? "-" : ""
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    if rest == 0 { return "\(sign)\(whole)" }
    return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// `1 pod`, `3 pods`.
  static func count(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }

  /// `a`, `a and b`, `a, b and c`.
  static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  /// What one pod asks for: `500m CPU and 1 GiB`, with extended resources.
  static func demand(_ resources: Resources) -> String {
    var parts = ["\(resources.cpuMillicores)m CPU", bytes(resources.memoryBytes)]
    for name in resources.extended.keys.sorted() { parts.append("\(resources.extended[name]!) \(name)") }
    return list(parts)
  }

  /// In the largest binary unit of which there is at least one.
  static func bytes(_ count: Int64) -> String {
    let units: [(Int64, String)] = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
    for (size, name) in units where count >= size { return number(Double(count) / Double(size)) + " " + name }
    return "\(count) B"
  }

  /// The workers of several offers: `2 medium and 1 small`.
  static func workers(_ templates: [TemplateName]) -> String {
    let counts = Dictionary(grouping: templates, by: { $0 }).mapValues(\.count)
    return list(counts.keys.sorted().map { "\(counts[$0]!) \($0)" })
  }

  static func amount(_ money: Money, _ policy: Policy) -> String { "\(money) \(policy.money.currency)" }

  /// ` Did you mean "burst"?` for a name that is close to one of these; otherwise the names that there are.
  static func suggestion(for wrong: String, among names: [String]) -> String {
    let ranked = names.sorted().map { (name: $0, distance: distance(wrong, $0)) }.min { $0.distance < $1.distance }
    if let best = ranked, best.distance <= max(2, wrong.utf8.count / 3) { return "Did you mean \"\(best.name)\"?" }
    return names.isEmpty ? "There are none." : "There are \(list(names.sorted()))."
  }

  /// Edits from one text to the other, counted up to 64 bytes.
  private static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.lowercased().utf8.prefix(64)), Array(right.lowercased().utf8.prefix(64)))
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
        diagonal = above
      }
    }
    return row[right.count]
  }
}
