import ConfigurationFile
import ControlLoop
import Foundation
import Kubernetes
import Logging
import Model
import Ports
import PromQL
import Proxmox
import Talos
import TimeSeries

/// Asks the systems of a configuration whether they can be reached and whether the rights suffice; changes nothing.
struct ConnectionCheck {
  /// What was found of one system.
  struct Line: Encodable, Sendable {
    /// `proxmox`, `talos`, `kubernetes` or `metrics`.
    var system: String
    var outcome: ConnectionFinding.Outcome
    var sentence: String
    var remedy: String?
  }

  let configuration: ConfigurationFile.Configuration
  var environment = ProcessInfo.processInfo.environment

  /// Lines by system, in the order in which they are connected. One system's failure does not keep the others from
  /// being asked.
  func lines() async -> [Line] {
    var lines: [Line] = []
    func add(_ system: String, _ findings: [ConnectionFinding]) {
      lines += findings.map {
        Line(system: system, outcome: $0.outcome, sentence: $0.sentence, remedy: $0.remedy)
      }
    }
    add("metrics", await metrics())
    switch configuration.service.infrastructure.kind {
    case .proxmox:
      add("proxmox", await proxmox())
      add("talos", await talos())
      add("kubernetes", await kubernetes())
    case .simulated:
      add("infrastructure", [ConnectionFinding(.fine, "The world is simulated inside the program.")])
    case .none:
      add(
        "infrastructure",
        [
          ConnectionFinding(
            .unknown, "No infrastructure is connected: the program observes by metrics alone.",
            remedy: "Set poolkeeper.infrastructure.kind to \"proxmox\" to connect Proxmox, Talos and Kubernetes.")
        ])
    }
    return lines
  }

  // MARK: - Systems

  private func metrics() async -> [ConnectionFinding] {
    guard let server = configuration.service.metrics.prometheus else {
      return [
        ConnectionFinding(
          .unknown, "Samples come by remote write, to POST /api/v1/write of the running server.",
          remedy: "\"poolkeeper status\" lists the readings that it misses.")
      ]
    }
    let source = MetricSources.source(
      configuration, store: SeriesStore(), engine: Engine(),
      logger: Logger(label: "poolkeeper", factory: { StreamLogHandler.standardError(label: $0) }))
    let findings = await ReadingExamination.examine(
      configuration.policy.triggers, from: source, at: WallClock().now())
    return findings.isEmpty
      ? [ConnectionFinding(.unknown, "\(server.url) is not asked: there is no trigger.")] : findings
  }

  private func proxmox() async -> [ConnectionFinding] {
    let connection = configuration.service.infrastructure.proxmox
    guard connection.transport == .native else {
      return [
        ConnectionFinding(
          .unknown, "Proxmox is reached through an MCP server (mcp_command), which is not asked here.",
          remedy: "Start the server with --mode observe; its log tells what is missing.")
      ]
    }
    do {
      let hypervisor = ProxmoxHypervisor(try Hypervisors.options(configuration), time: WallClock())
      let findings = await hypervisor.examine(configuration.policy.templates)
      await hypervisor.shutdown()
      return findings
    } catch { return [Self.unprepared(error)] }
  }

  private func talos() async -> [ConnectionFinding] {
    do {
      let (context, _) = try Connections.talosFiles(configuration.service.infrastructure.talos, environment)
      return [ConnectionFinding(.fine, "The talosconfig and the worker's configuration can be read.")]
        + (await context.examine(at: WallClock().now()))
    } catch { return [Self.unprepared(error)] }
  }

  private func kubernetes() async -> [ConnectionFinding] {
    let settings = configuration.service.infrastructure.kubernetes
    do {
      let client = try ClusterAccesses.client(settings, time: WallClock(), environment: environment)
      return await client.examine(
        namespace: settings.namespace, withElection: settings.leaderElection.enabled,
        withJournal: settings.journal == .kubernetes)
    } catch { return [Self.unprepared(error)] }
  }

  /// Nothing could be asked: a file or a credential is missing.
  private static func unprepared(_ error: any Error) -> ConnectionFinding {
    ConnectionFinding(.missing, (error as? Failure)?.message ?? "\(error)")
  }
}
