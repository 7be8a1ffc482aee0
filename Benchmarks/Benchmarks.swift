import Foundation

/// Sends the same bodies and the same queries to Poolkeeper and to a real Prometheus in one run, and prints the CPU time
/// that each server took, with the ratio. Absolute times are this machine's; ratios are what can be compared.
@main
enum Benchmarks {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let seriesCount = arguments.first.flatMap { Int($0) } ?? 100_000
    let rounds = arguments.dropFirst().first.flatMap { Int($0) } ?? 20
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let servers = try servers(in: directory)
    if servers.count == 1 { print("no prometheus found: scripts/install-packages.sh --test fetches it") }
    var table = ResultTable(servers: servers.map(\.name))
    for server in servers {
      try await server.ready()
      print("measuring \(server.name) …")
      table.add(try await measure(server, seriesCount, rounds))
    }
    print("\n\(seriesCount) series, \(rounds) rounds, 2,000 samples a request, write-ahead log on\n")
    print(table.text)
  }

  private static func servers(in directory: URL) throws -> [PeerServer] {
    let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let root = products.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    var servers = [
      try PeerServer(
        "poolkeeper", program: products.appendingPathComponent("poolkeeper").path,
        arguments: [
          "serve", "--mode", "observe", "--listen", "127.0.0.1:19095", "--data",
          directory.appendingPathComponent("poolkeeper").path, "--config", "config/worker-pools.json",
        ], port: 19095)
    ]
    let places = ["/usr/bin/prometheus", root.appendingPathComponent(".build/debian/usr/bin/prometheus").path]
    if let program = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) {
      let settings = directory.appendingPathComponent("prometheus.yml")
      try Data("global: {}\n".utf8).write(to: settings)
      servers.append(
        try PeerServer(
          "prometheus", program: program,
          arguments: [
            "--config.file=\(settings.path)", "--web.enable-remote-write-receiver",
            "--storage.tsdb.path=\(directory.appendingPathComponent("tsdb").path)",
            "--web.listen-address=127.0.0.1:19090",
          ], port: 19090))
    }
    return servers
  }

  /// Figures of one server, in the order of `ResultTable.rows`.
  private static func measure(_ server: PeerServer, _ seriesCount: Int, _ rounds: Int) async throws -> [Double] {
    let bodies = SampleBodies(seriesCount: seriesCount)
    let end = Int64(Date().timeIntervalSince1970) * 1000
    func send(_ numbers: Range<Int>) async throws -> Double {
      var cpu = 0.0
      for number in numbers {
        let round = bodies.round(number, at: end - Int64(rounds - number) * 15_000)
        let before = try server.cpuSeconds()
        for body in round { try await server.write(body) }
        cpu += try server.cpuSeconds() - before
      }
      return cpu / Double(seriesCount * numbers.count) * 1_000_000
    }
    let cold = try await send(0..<1)
    let warm = try await send(1..<rounds)
    let memory = try server.residentBytes() / 1_048_576
    func query(_ expression: String, times: Int) async throws -> Double {
      let before = try server.cpuSeconds()
      for _ in 0..<times { try await server.query(expression, at: Double(end) / 1000) }
      return (try server.cpuSeconds() - before) / Double(times) * 1000
    }
    let count = try await query("count(container_metric_3_total)", times: 50)
    let rate = try await query(
      #"sum by (node) (rate(node_cpu_seconds_total{mode!="idle"}[5m]))"#, times: 20)
    return [warm, cold, memory, count, rate]
  }
}

/// One row a figure, one column a server, and the ratio of the first two.
struct ResultTable {
  static let rows = [
    "receive, known series (CPU s a million samples)", "receive, new series (CPU s a million samples)",
    "resident memory (MiB)", "count over 2,000 series (CPU ms a query)",
    "sum by (node) of rate, 17,500 series (CPU ms)",
  ]
  let servers: [String]
  private var columns: [[Double]] = []

  init(servers: [String]) { self.servers = servers }

  mutating func add(_ column: [Double]) { columns.append(column) }

  var text: String {
    let head = "| what | " + servers.joined(separator: " | ") + " | ratio |"
    let rule = "|---|" + servers.map { _ in "---|" }.joined() + "---|"
    let lines = Self.rows.enumerated().map { index, name in
      let values = columns.map { String(format: "%.2f", $0[index]) }
      let ratio =
        columns.count > 1 && columns[0][index] > 0
        ? String(format: "1/%.1f", columns[1][index] / columns[0][index]) : "–"
      return "| \(name) | " + values.joined(separator: " | ") + " | \(ratio) |"
    }
    return ([head, rule] + lines).joined(separator: "\n")
  }
}
