import Foundation

/// One row a figure, one column a server, and the first server's figure as a fraction of each other's.
struct FigureTable {
  let servers: [String]
  private var rows: [(name: String, values: [Double])] = []

  init(servers: [String]) { self.servers = servers }

  /// - Parameter values: in the order of `servers`.
  mutating func add(_ name: String, _ values: [Double]) { rows.append((name, values)) }

  /// The table in Markdown.
  var text: String {
    let ratios = servers.dropFirst().map { "of \($0)" }
    let head = "| what | " + (servers + ratios).joined(separator: " | ") + " |"
    let rule = "|---|" + (servers + ratios).map { _ in "---|" }.joined()
    return ([head, rule] + rows.map(line)).joined(separator: "\n")
  }

  private func line(_ row: (name: String, values: [Double])) -> String {
    let own = row.values[0]
    let figures = row.values.map { String(format: "%.2f", $0) }
    let ratios = row.values.dropFirst().map { own > 0 ? String(format: "1/%.1f", $0 / own) : "–" }
    return "| \(row.name) | " + (figures + ratios).joined(separator: " | ") + " |"
  }
}
