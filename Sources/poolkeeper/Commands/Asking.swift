import API
import ArgumentParser
import Model
import Ports

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "What the server runs with and what it last decided.")

  @OptionGroup var server: ServerOptions

  func run() async throws {
    let answer = try await server.client.send("GET", "/api/v1/status", as: Status.self)
    guard server.output == .table else { return Console.out(answer.text) }
    Console.out(StatusText.text(answer.value))
  }
}

/// A status as text for a person.
enum StatusText {
  static func text(_ status: Status) -> String {
    var lines = [
      "Cluster \(status.cluster), mode \(status.mode.rawValue), poolkeeper \(status.version)", status.summary,
    ]
    lines += status.violations.map { "refused by the plan checker: \($0.sentence)" }
    if let configuration = status.configuration { lines += ReloadText.lines(configuration) }
    var pools = Table(["POOL", "VERDICT", "READY", "UNDER WAY", "LEAVING", "DESIRED", "LIMITS", "REASON"])
    for pool in status.pools {
      pools.add([
        pool.pool.rawValue, pool.verdict.rawValue, "\(pool.ready)", "\(pool.underWay)", "\(pool.leaving)",
        "\(pool.desired)", "\(pool.minimum)–\(pool.maximum)", pool.reasons.first?.sentence ?? "",
      ])
    }
    var budgets = Table(["BUDGET", "SPENT", "COMMITTED", "CAP", "FORECAST"])
    for budget in status.budgets {
      budgets.add([
        budget.scope, "\(budget.spent)", "\(budget.committed)", "\(budget.cap)", "\(budget.forecast)",
      ])
    }
    lines += ["", pools.text, "", budgets.text]
    if !status.missing.isEmpty { lines += ["", "Missing:"] + status.missing.map { "  \($0)" } }
    return lines.joined(separator: "\n")
  }
}

struct Workers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "The workers, their state, age and cost.")

  @Option(name: .long, help: "Only this pool's.")
  var pool: String?
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let answer = try await server.client.send("GET", "/api/v1/workers", as: WorkerList.self)
    guard server.output == .table else { return Console.out(answer.text) }
    Console.out(WorkerText.table(answer.value.workers.filter { pool == nil || $0.pool.rawValue == pool }))
  }
}

/// Workers as text for a person.
enum WorkerText {
  static func table(_ workers: [WorkerView]) -> String {
    var table = Table(["WORKER", "POOL", "TEMPLATE", "STATE", "STEP", "HOST", "MACHINE", "EXPIRES", "COST", "WHY"])
    for worker in workers {
      table.add([
        worker.name.rawValue, worker.pool.rawValue, worker.template.rawValue, worker.state.rawValue,
        worker.step ?? "", worker.host?.rawValue ?? "", worker.machine?.description ?? "",
        worker.expiresAt.map { String($0.description.prefix(16)) } ?? "", worker.cost.description,
        worker.blockedBy.map { "blocked by \($0)" } ?? worker.lastError ?? (worker.removal ?? worker.reason).sentence,
      ])
    }
    return table.text
  }
}

struct Audit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who asked for changes, when, why, and what became of it; the newest first.",
    discussion: "Needs the role admin where the server asks callers who they are.")

  @Option(name: .long, help: "Entries, 1 to 10000.")
  var limit = 50
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let answer = try await server.client.send("GET", "/api/v1/audit?limit=\(limit)", as: AuditList.self)
    guard server.output == .table else { return Console.out(answer.text) }
    var table = Table(["AT", "WHO", "FROM", "CALL", "ORDER", "REASON", "OUTCOME"])
    for entry in answer.value.entries {
      table.add([
        "\(entry.at)", entry.name.map { "\($0) (\(entry.role?.rawValue ?? ""))" } ?? "", entry.from ?? "", entry.call,
        entry.order ?? "", entry.reason ?? "",
        "\(entry.outcome.rawValue) \(entry.status)" + (entry.message.map { ": \($0)" } ?? ""),
      ])
    }
    Console.out(table.text)
  }
}

struct Pools: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "The pools, their limits and their workers.")

  @OptionGroup var server: ServerOptions

  func run() async throws {
    let answer = try await server.client.send("GET", "/api/v1/pools", as: PoolList.self)
    guard server.output == .table else { return Console.out(answer.text) }
    var table = Table(["POOL", "KIND", "LIMITS", "WORKERS", "TEMPLATES", "BUDGET", "TTL"])
    for pool in answer.value.pools {
      let states = WorkerState.allCases.compactMap { state in
        pool.workers[state].map { "\($0) \(state.rawValue)" }
      }
      table.add([
        pool.name.rawValue, pool.kind.rawValue + (pool.enabled ? "" : " (disabled)"), "\(pool.minimum)–\(pool.maximum)",
        states.isEmpty ? "none" : states.joined(separator: ", "),
        pool.templates.map(\.rawValue).joined(separator: ", "), pool.monthlyBudget?.description ?? "none",
        pool.defaultTimeToLiveSeconds.map { Duration.seconds($0).text } ?? "",
      ])
    }
    Console.out(table.text)
  }
}
