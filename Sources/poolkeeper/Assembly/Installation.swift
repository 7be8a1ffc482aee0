import API
import ConfigurationFile
import ControlLoop
import Exposition
import JournalStore
import Logging
import Model
import Ports
import PromQL
import RemoteWrite
import ServiceLifecycle
import TimeSeries

/// One running program: the store, the journal, the loop and the server, put together.
struct Installation: Sendable {
  let configuration: ConfigurationFile.Configuration
  let store: SeriesStore
  let loop: ControlLoop
  let time: any TimeSource
  let logger: Logger
  /// Whoever has a certificate shows its end through this.
  let certificates: CertificateExpiries
  let security: ServerSecurity
  private let directory: DataDirectory
  let registry: MetricRegistry
  let engine: Engine
  private let changes = ChangeFeed()
  private let connections: Connections?

  /// What differs between `serve` and `demo`.
  struct Options: Sendable {
    var dataDirectory: String
    var mode: Status.Mode
    var infrastructure: Infrastructure?
    /// Real clients and what runs for them; takes the place of `infrastructure`.
    var connections: Connections?
    var time: any TimeSource = WallClock()
    var logger: Logger
    /// Told of every event once it is in the journal.
    var tell: @Sendable ([JournalEvent]) -> Void = { _ in }
    /// Told when a tick begins and when it has ended.
    var pulse: @Sendable (_ isTicking: Bool) -> Void = { _ in }
  }

  /// Opens the data directory; replays the log, reads the journal.
  init(_ configuration: ConfigurationFile.Configuration, _ options: Options) async throws {
    self.configuration = configuration
    time = options.time
    logger = options.logger
    directory = try DataDirectory(options.dataDirectory)
    security = try ServerSecurity(
      configuration.service.server, dataDirectory: directory.path, logger: options.logger)
    store = try Installation.openStore(directory, configuration.service.metrics, options)
    registry = MetricRegistry()
    var limits = EngineLimits()
    limits.lookback = configuration.service.metrics.lookback.milliseconds
    engine = Engine(limits: limits)
    connections = options.connections
    certificates = options.connections?.certificates ?? CertificateExpiries()
    if let tls = security.tls { certificates.watch("server") { tls.expiry } }
    let journal: any Journal =
      try options.connections?.journal
      ?? SQLiteJournal(path: directory.journal, cluster: configuration.policy.clusterName)
    let metrics = MetricSources.source(configuration, store: store, engine: engine, logger: options.logger)
    var parts = ControlLoop.Parts(
      policy: configuration.policy, infrastructure: options.connections?.infrastructure ?? options.infrastructure,
      journal: journal, metrics: metrics, time: options.time, identities: RandomIdentities())
    parts.leadership = options.connections?.leadership
    parts.mode = options.mode
    parts.version = Poolkeeper.version
    parts.registry = registry
    parts.priorityClasses = configuration.priorityValues
    parts.logger = options.logger
    parts.tell = options.tell
    parts.pulse = options.pulse
    parts.changed = { [changes] in changes.changed() }
    parts.notifications = configuration.notifications.policy
    parts.notifier = Notifying.notifier(configuration.notifications)
    loop = try await ControlLoop(parts)
    options.connections?.link.set(loop)
  }

  private static func openStore(
    _ directory: DataDirectory, _ settings: MetricsSettings, _ options: Options
  ) throws -> SeriesStore {
    var storeOptions = SeriesStore.Options()
    storeOptions.limits = StoreLimits(settings)
    do {
      let (store, recovery) = try SeriesStore.open(
        directory: directory.store, options: storeOptions, now: options.time.now().milliseconds)
      for damage in recovery.damage {
        options.logger.warning(
          "log damaged",
          metadata: [
            "file": "\(damage.file)", "kept_bytes": "\(damage.goodBytes)", "lost_bytes": "\(damage.lostBytes)",
            "torn_tail": "\(damage.isTornTail)",
          ])
      }
      options.logger.info(
        "store opened", metadata: ["series": "\(recovery.series)", "samples_replayed": "\(recovery.samplesReplayed)"])
      return store
    } catch { throw Failure(.environment, "The store in \(directory.store) cannot be opened: \(error.message)") }
  }

  /// The services in the order of their start; they stop in the opposite order, each within its time.
  /// - Parameters:
  ///   - hooks: completes what the server serves.
  ///   - onRunning: told the port once the server takes requests.
  func services(
    host: String, port: Int, hooks: (inout ServerParts) -> Void = { _ in },
    onRunning: @escaping @Sendable (Int) async -> Void
  ) -> [any Service] {
    let receiver = RemoteWriteReceiver(
      store: store, deduplication: ReplicaDeduplication(configuration.service.metrics.deduplication))
    var parts = ServerParts(
      receiver: receiver, engine: engine, operations: loop, time: time, registry: registry)
    let loop = loop
    // Half of the second within which a trigger is to be evaluated; the rest is for evaluating it.
    let arrivals = ArrivalService(loop: loop, interval: .milliseconds(500))
    parts.gauges = { [certificates] in
      loop.addGauges(to: &$0)
      certificates.addGauges(to: &$0)
    }
    parts.changes = changes
    parts.samplesArrived = { arrivals.samplesArrived() }
    parts.version = Poolkeeper.version
    parts.access = security.access
    parts.audit = security.audit
    parts.tls = security.tls
    parts.hostNames = Set(configuration.service.server.hostNames)
    hooks(&parts)
    let ownMetrics = OwnMetricsService(parts, configuration, logger: logger)
    let server = Server.application(parts, host: host, port: port, logger: logger, onRunning: onRunning)
    let connected = (connections?.services ?? []).map { bounded($0, "connection", ProgramEnd.loopLimit) }
    return [StoreService(store: store, time: time, logger: logger, pause: .seconds(5))] + connected + [
      bounded(LoopService(loop: loop), "loop", ProgramEnd.loopLimit),
      bounded(NotificationService(loop: loop), "notifications", ProgramEnd.otherLimit), arrivals,
    ] + (ownMetrics.map { [$0] } ?? []) + [bounded(server, "server", ProgramEnd.serverLimit)]
  }

  private func bounded(_ service: any Service, _ name: String, _ limit: Duration) -> any Service {
    BoundedService(service: service, name: name, limit: limit, logger: logger)
  }
}

extension ReplicaDeduplication {
  /// What the operator wants; `nil` when everything is to be stored.
  init?(_ settings: DeduplicationSettings) {
    guard settings.enabled else { return nil }
    self.init()
    clusterLabel = settings.clusterLabel
    replicaLabel = settings.replicaLabel
    switchOverMilliseconds = settings.switchOver.milliseconds
  }
}

extension StoreLimits {
  /// The operator's limits.
  init(_ settings: MetricsSettings) {
    self.init()
    series = settings.maximumSeries
    memoryBytes = settings.maximumMemoryBytes
    bodyBytes = settings.maximumBodyBytes
    uncompressedBytes = settings.maximumUncompressedBytes
    samplesPerRequest = settings.maximumSamplesPerRequest
    labelsPerSeries = settings.maximumLabelsPerSeries
    labelNameBytes = settings.maximumLabelNameBytes
    labelValueBytes = settings.maximumLabelValueBytes
    concurrentRequests = settings.maximumConcurrentRequests
    retentionMilliseconds = settings.retention.milliseconds
    retentionBytes = settings.retentionBytes
    outOfOrderMilliseconds = settings.outOfOrderWindow.milliseconds
    futureMilliseconds = settings.futureWindow.milliseconds
  }
}
