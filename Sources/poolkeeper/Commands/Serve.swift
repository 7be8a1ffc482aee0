public import ArgumentParser
import API
import ConfigurationFile
import ControlLoop
import Foundation
import LogLines
import Logging
import Model
import Ports
import ServiceLifecycle
import Simulator

extension Status.Mode: ExpressibleByArgument {}

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the server: receive samples, decide, and act when told to.",
    discussion: """
      Begin with --mode observe: it decides and reports, but never touches a machine. Options given here win over the \
      configuration file.
      """)

  @Option(name: .long, help: "The configuration file.")
  var config: String = "config/worker-pools.json"
  @Option(name: .long, help: "Where to listen, ADDRESS:PORT.")
  var listen: String?
  @Option(name: .long, help: "The directory for the journal and the samples.")
  var data: String?
  @Option(
    name: .long, help: ArgumentHelp("Live by the clock of the simulated world in DIR.", visibility: .hidden))
  var clock: String?
  @Option(name: .long, help: "observe decides and reports; act also carries out.")
  var mode: Status.Mode?

  @Option(
    name: .long,
    help: "Look so often, in seconds, whether the configuration's files have changed, and reload then; 0: never.")
  var watchSeconds: Double = 5
  @OptionGroup var log: LogOptions

  func validate() throws {
    guard watchSeconds == 0 || (0.1...86_400).contains(watchSeconds) else {
      throw ValidationError("--watch-seconds must be 0, or 0.1 to 86400.")
    }
  }

  func run() async throws {
    let notifier = SystemdNotifier(environment: ProcessInfo.processInfo.environment)
    let (outcome, files) = try ConfigurationLoading.readForWatching(config)
    let marks = FileMark.all(files)
    let (configuration, problems) = try ConfigurationLoading.usable(outcome, config)
    let address = try ListenOption.address(listen, configuration.service.listen)
    if let refusal = configuration.service.server.refusal(toListenAt: address) { throw Failure(.usage, refusal) }
    let output = log.output(configuration.service.log)
    let logger = output.logger(label: "poolkeeper")
    let end = await ProgramEnd(notifier: notifier, logger: logger)
    warn(of: problems, logger)
    let directory = data ?? configuration.service.dataDirectory
    let time = try clock.map { try SharedClock.open($0, speed: 1) } ?? WallClock()
    let infrastructure = try simulated(configuration, directory, time)
    let connections =
      configuration.service.infrastructure.kind == .proxmox
      ? try Connections(configuration, time: time, logger: logger) : nil
    let isConnected = infrastructure != nil || connections != nil
    let mode = try chosenMode(configuration, isConnected: isConnected)
    let pulse = LoopPulse()
    var options = Installation.Options(
      dataDirectory: directory, mode: mode, infrastructure: infrastructure, time: time, logger: logger)
    options.connections = connections
    options.pulse = { pulse.note(isTicking: $0) }
    let installation = try await Installation(configuration, options)
    let reloader = Reloader(
      Reloader.Parts(
        path: config, keys: outcome.keys, running: configuration, files: files,
        reloadables: [
          StoreReload(store: installation.store), LogReload(output: output, options: log),
          SecurityReload(
            access: installation.security.access, tls: installation.security.tls, address: address),
          CourseReload(installation, fixedMode: self.mode, isConnected: isConnected),
        ],
        loop: installation.loop, registry: installation.registry, time: time, logger: logger,
        notify: { $0 ? notifier.reloading() : notifier.ready("Running") }))
    let loop = installation.loop
    let scheme = installation.security.tls == nil ? "http" : "https"
    var services = installation.services(
      host: address.host, port: address.port,
      hooks: { parts in
        parts.reload = { await reloader.reload(by: $0) }
        parts.isStopping = { end.isStopping }
      },
      onRunning: { port in
        logger.notice(
          "listening",
          metadata: ["address": "\(address.host):\(port)", "mode": "\(mode.rawValue)", "scheme": "\(scheme)"])
        notifier.ready("Running")
      })
    if watchSeconds > 0 {
      let watch = ConfigurationWatch(
        reloader: reloader, first: marks, interval: .milliseconds(Int64(watchSeconds * 1000)))
      services.append(
        BoundedService(service: watch, name: "watch", limit: ProgramEnd.otherLimit, logger: logger))
    }
    services.append(
      WatchdogService(notifier: notifier, pulse: pulse, pause: { await loop.policy().pace.tick }, logger: logger))
    // At finer levels the group would tell each service with all that it holds.
    var groupLogger = logger
    groupLogger.logLevel = .warning
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: groupLogger))
    try await end.run(group) { _ = await reloader.reload(by: "signal") }
  }

  private func warn(of problems: [Problem], _ logger: Logger) {
    for problem in problems where problem.severity == .warning {
      logger.warning(
        "configuration problem",
        metadata: ["pointer": "\(problem.pointer)", "code": "\(problem.code)", "problem": "\(problem.message)"])
    }
  }

  private func chosenMode(
    _ configuration: ConfigurationFile.Configuration, isConnected: Bool
  ) throws -> Status.Mode {
    let wanted = mode ?? Status.Mode(rawValue: configuration.service.mode.rawValue) ?? .observe
    if wanted == .act, !isConnected {
      throw Failure(
        .usage,
        "--mode act needs an infrastructure to act on: set poolkeeper.infrastructure.kind, or use --mode observe.")
    }
    return wanted
  }

  /// The world inside the program, where the configuration wants it.
  private func simulated(
    _ configuration: ConfigurationFile.Configuration, _ directory: String, _ time: any TimeSource
  ) throws -> Infrastructure? {
    guard configuration.service.infrastructure.kind == .simulated else { return nil }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let story = try DemoStory.open(
      directory + "/demo.json", new: DemoStory(origin: time.now(), speed: 1, seed: 1, scenario: .day))
    let world = try DemoWorld.open(
      story, file: WorldFile(path: directory + "/world.json"), cluster: configuration.policy.clusterName, time: time)
    return world.connection
  }
}

/// `--listen`, or the configured address.
enum ListenOption {
  static func address(_ text: String?, _ configured: ListenAddress) throws -> ListenAddress {
    guard let text else { return configured }
    guard let address = ListenAddress(text) else {
      throw Failure(.usage, "\"\(text)\" is no address to listen on; write it like 127.0.0.1:9095.")
    }
    return address
  }
}
