import Foundation

/// What queries cost: each is asked of all servers in turn.
struct Queries {
  let options: Options
  let servers: [PeerServer]

  private static let rate = #"sum by (node) (rate(node_cpu_seconds_total{mode!="idle"}[5m]))"#
  private static let rateOverTwoMinutes = #"sum by (node) (rate(node_cpu_seconds_total{mode!="idle"}[2m]))"#

  func run(into table: inout FigureTable) async throws {
    let end = Double(options.end) / 1000
    let instant = [("time", String(end))]
    let range = [("start", String(end - 39 * 15)), ("end", String(end)), ("step", "15")]
    try await ask("count over 1/50 of the series", "query", "count(container_metric_3_total)", instant, &table)
    try await ask("sum by (node) of rate over 7/40 of the series", "query", Self.rate, instant, &table)
    try await ask("the same as a range of 40 steps", "query_range", Self.rateOverTwoMinutes, range, &table)
  }

  private func ask(
    _ name: String, _ path: String, _ expression: String, _ parameters: [(String, String)],
    _ table: inout FigureTable
  ) async throws {
    var used = [Double](repeating: 0, count: servers.count)
    var answers: [Int] = []
    for server in servers {
      answers.append(try await server.query(path, [("query", expression)] + parameters))
    }
    guard Set(answers).count == 1, answers[0] > 0 else {
      throw BenchmarkError("the servers answer \(expression) with \(answers) points")
    }
    for (index, server) in servers.enumerated() {
      let before = try server.cpuSeconds()
      for _ in 0..<options.repetitions {
        _ = try await server.query(path, [("query", expression)] + parameters)
      }
      used[index] = try server.cpuSeconds() - before
    }
    table.add("\(name) (CPU ms a query)", used.map { $0 / Double(options.repetitions) * 1000 })
  }
}
