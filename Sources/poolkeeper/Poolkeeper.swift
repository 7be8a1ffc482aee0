import ArgumentParser

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The program. Every command either talks to a running server over its HTTP API or works on files alone.
@main
struct Poolkeeper: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "poolkeeper",
    abstract: "Keeps a Kubernetes cluster's worker pools at the cheapest size that serves the load.",
    discussion: """
      Prometheus sends its samples here, triggers in PromQL say when to look, and workers are cloned, joined, drained \
      and removed within hard budgets. Begin with 'poolkeeper demo'.
      """,
    version: version,
    subcommands: [Manual.self],
    groupedSubcommands: [
      CommandGroup(name: "Running it", subcommands: [Serve.self, Demo.self, Check.self, Simulate.self]),
      CommandGroup(
        name: "Asking it",
        subcommands: [
          StatusCommand.self, Workers.self, Pools.self, PlanCommand.self, Explain.self, Query.self, Audit.self,
        ]),
      CommandGroup(
        name: "Telling it",
        subcommands: [
          Provision.self, Extend.self, Remove.self, Reload.self, Approvals.self, Approve.self, Reject.self, Notify.self,
        ]),
      CommandGroup(name: "Letting others in", subcommands: [TokenCommand.self]),
      CommandGroup(name: "Letting assistants do it", subcommands: [MCPCommand.self]),
      CommandGroup(name: "Trying PromQL and rules", subcommands: [PromQLCommand.self, RulesCommand.self]),
      CommandGroup(name: "Looking at it in Grafana", subcommands: [DashboardsCommand.self]),
      CommandGroup(name: "Judging policies on what happened", subcommands: [BacktestCommand.self, TuneCommand.self]),
      CommandGroup(name: "Measuring it", subcommands: [Bench.self]),
    ])

  static func main() async {
    // A file-size limit then comes back as an error of the write that hit it, and is answered with 503.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      Console.error("poolkeeper: \(failure.message)")
      exit(withError: ExitCode(failure.kind.rawValue))
    } catch {
      exit(withError: error)
    }
  }
}
