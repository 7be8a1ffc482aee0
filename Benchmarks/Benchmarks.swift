import Foundation

/// Sends the same bodies and the same queries to Poolkeeper and to its peers in one run, and prints what that cost each
/// server, with ratios. Absolute figures are this machine's; ratios are what can be compared.
@main
enum Benchmarks {
  static func main() async throws {
    let rest = Array(CommandLine.arguments.dropFirst(2))
    switch CommandLine.arguments.dropFirst().first {
    case "cluster": return try await ClusterWatch.large(rest)
    case "cluster-idle": return try await ClusterWatch.idle(rest)
    case "cluster-server": return try ClusterServer.main(rest)
    default: break
    }
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let contestants = Contestants(directory: directory, only: options.only)
    let servers = try contestants.start()
    for server in servers { try await server.ready() }
    var table = FigureTable(servers: servers.map(\.name))
    try await Ingestion(options: options, servers: servers).run(into: &table)
    try await Queries(options: options, servers: servers).run(into: &table)
    if options.restarts { try await Restarts(servers: servers).run(into: &table) }
    print(
      "\n\(options.series) series of 7 to 12 labels, \(options.rounds) rounds cold and \(options.rounds) warm, "
        + "\(SampleBodies.samplesPerRequest) samples a request, write-ahead log on\n")
    print(table.text)
    for server in servers { server.kill() }
    let delays = try await TriggerDelay(options: options, server: contestants.pinned()).measure()
    print(
      String(
        format: "\nFrom a sample's acknowledgement to its trigger's evaluation, at %d samples a second on one core: "
          + "median %.2f s, worst of %d %.2f s",
        TriggerDelay.samplesPerSecond, delays[delays.count / 2], delays.count, delays.last ?? .nan))
  }
}

/// What a run measures.
struct Options {
  /// Series sent.
  var series = 100_000
  /// Rounds of one sample a series: so many cold ones, of which the first shows every series for the first time, and as
  /// many warm ones.
  var rounds = 20
  /// How often each query is asked.
  var repetitions = 20
  /// Whether servers are killed and started again on what they wrote.
  var restarts = true
  /// Names of the servers to measure; empty for all.
  var only: Set<String> = []
  /// When the last round's samples were taken, in Unix milliseconds.
  let end = Int64(Date().timeIntervalSince1970) * 1000

  static let usage = """
    usage: poolkeeper-benchmarks [--series N] [--rounds N] [--repetitions N] [--only NAME,NAME] [--no-restarts]
           poolkeeper-benchmarks cluster [NODES PODS EVENTS]
           poolkeeper-benchmarks cluster-idle [NODES PODS SECONDS]
    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    func number(_ name: String) throws -> Int {
      guard let text = rest.popFirst(), let value = Int(text), value > 0 else {
        throw BenchmarkError("\(name) wants a number above 0\n\(Self.usage)")
      }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--series": series = try number(argument)
      case "--rounds": rounds = try number(argument)
      case "--repetitions": repetitions = try number(argument)
      case "--no-restarts": restarts = false
      case "--only": only = Set((rest.popFirst() ?? "").split(separator: ",").map(String.init))
      default: throw BenchmarkError("unknown argument \(argument)\n\(Self.usage)")
      }
    }
  }
}

/// Why a measurement could not be made.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
