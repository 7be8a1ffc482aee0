import ArgumentParser
import Backtest
import ConfigurationFile
import Foundation
import Model
import PrometheusClient

/// Where the history comes from that a replay goes by; exactly one of the sources is to be given.
struct HistoryOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: "The operator's configuration: pools, templates, prices, triggers, budgets.",
    completion: .file(extensions: ["json"]))
  var config: String
  @Option(
    name: .long,
    help: """
      Read from this server that speaks the Prometheus API; "configured" is the one of the configuration, whose \
      credentials go to no other.
      """)
  var prometheus: String?
  @Option(
    name: .long, help: "Read from the store in this data directory, also while a server runs on it.",
    completion: .directory)
  var data: String?
  @Option(
    name: .long, help: ArgumentHelp("A trace of pods as CSV.", valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var pods: String?
  @Option(
    name: .long, help: ArgumentHelp("A series of a load as CSV: timestamp and value.", valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var series: String?
  @Option(name: .long, help: "What the series' values are: percent of the CPU of a fleet, full workers, or cores.")
  var seriesMeans: LoadSeries.Meaning = .cpuPercent
  @Option(name: .long, help: "Cores that 100 percent of a series are.")
  var fleetCores = 64.0
  @Option(name: .long, help: "Cores of each of a series' workers.")
  var workerCores = 8.0
  @Option(
    name: .long, help: ArgumentHelp("A history that --save wrote.", valueName: "file.json"), completion: .file())
  var history: String?
  @Option(
    name: .long,
    help: "Where metrics are read from: a date, RFC 3339, Unix seconds, or how long ago; 30d when not given."
  )
  var from: TimeArgument?
  @Option(name: .long, help: "Up to where; now when not given, or the store's newest sample.")
  var to: TimeArgument?
  @Option(
    name: .long, help: ArgumentHelp("Keep the history that was read; compressed if it ends in .gz.", valueName: "file"),
    completion: .file())
  var save: String?

  func validate() throws {
    let sources = [prometheus, data, pods, series, history].compactMap { $0 }.count
    guard sources == 1 else {
      throw ValidationError(
        "Give one source of history: --prometheus, --data, --pods, --series or --history"
          + (sources == 0 ? "." : ", not \(sources) of them."))
    }
    guard fleetCores > 0, fleetCores <= 1e6, workerCores > 0, workerCores <= 1e6 else {
      throw ValidationError("--fleet-cores and --worker-cores are from above 0 to 1000000.")
    }
    if prometheus == nil, data == nil, from != nil || to != nil {
      throw ValidationError("--from and --to belong to --prometheus or --data.")
    }
  }

  func configuration() throws -> ConfigurationFile.Configuration {
    try ConfigurationLoading.load(config).configuration
  }

  /// Reads the history, and saves it where that is wanted.
  /// - Parameter progress: told how much is read, in `shares` of the whole.
  func read(
    _ configuration: ConfigurationFile.Configuration, _ progress: Progress, shares: ClosedRange<Double>
  ) async throws -> History {
    let history = try await source(configuration) { share in
      progress.update(share: shares.lowerBound + (shares.upperBound - shares.lowerBound) * share, note: "reading")
      return !progress.isInterrupted
    }
    if let save { try HistoryFile.write(history, to: save) }
    return history
  }

  private func source(
    _ configuration: ConfigurationFile.Configuration, proceeds: @escaping (Double) -> Bool
  ) async throws -> History {
    let now = WallClock().now()
    if let history { return try HistoryFile.read(history) }
    if let pods { return try TraceFiles.pods(pods) }
    if let series {
      var load = LoadSeries(seriesMeans)
      (load.fleetCores, load.workerCores) = (fleetCores, workerCores)
      return try TraceFiles.series(series, load)
    }
    if let prometheus {
      let end = to?.instant(now: now) ?? now
      let (source, name) = try HistorySources.prometheus(prometheus, configuration)
      let reading = HistoryReading(
        source: source, policy: configuration.policy, priorityClasses: configuration.priorityValues, proceeds: proceeds)
      let history: History
      do { history = try await reading.read(from: try start(before: end, now), through: end, name: name) } catch {
        await source.shutdown()
        throw error
      }
      await source.shutdown()
      return history
    }
    let directory = data ?? ""
    let store = try HistorySources.store(directory, configuration, now: now)
    let end = to?.instant(now: now) ?? min(now, store.newest ?? now)
    var start = try start(before: end, now)
    // What is older than the store is no hole in it.
    if from == nil, let oldest = store.oldest { start = max(start, oldest) }
    let reading = HistoryReading(
      source: store.source, policy: configuration.policy, priorityClasses: configuration.priorityValues,
      proceeds: proceeds)
    return try await reading.read(from: start, through: end, name: "the store in \(directory)")
  }

  private func start(before end: Instant, _ now: Instant) throws -> Instant {
    let start = from?.instant(now: now) ?? end.advanced(by: .zero - HistorySources.usualLength)
    guard start < end else { throw Failure(.usage, "--from \(start) is not before \(end).") }
    return start
  }
}
