import API
import ArgumentParser
import Model

/// A length of time as people write it: `4h`, `90m`, `2h30m`, `1d`, or a bare number of hours.
struct LengthOfTime: ExpressibleByArgument, Equatable {
  let seconds: Int

  var hours: Double { Double(seconds) / 3600 }

  init?(argument: String) {
    if let hours = Double(argument), hours.isFinite, hours > 0 {
      seconds = Int((hours * 3600).rounded())
      return
    }
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    var total = 0
    var digits = ""
    for character in argument {
      if character.isASCII, character.isNumber {
        digits.append(character)
      } else {
        guard let unit = units[character], let count = Int(digits), count < 1_000_000 else { return nil }
        total += count * unit
        digits = ""
      }
    }
    guard digits.isEmpty, total > 0 else { return nil }
    seconds = total
  }

  static var defaultCompletionKind: CompletionKind { .list(["1h", "2h", "4h", "8h", "12h"]) }
}

struct Provision: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask for workers of a pool.",
    discussion: "Budgets, pool maxima and the parallel limit hold for requests, too; what does not fit now waits.")

  @Option(name: .long, help: "The pool, for example burst.")
  var pool: String
  @Option(name: .long, help: "How many workers to add.")
  var count: Int = 1
  @Option(name: .long, help: "The template; the pool's default when not given.")
  var template: String?
  @Option(name: .long, help: "How long they may live, for example 4h or 90m; the pool's default when not given.")
  var ttl: LengthOfTime?
  @Option(name: .long, help: "An id of your own: the same id sent twice is one request.")
  var requestID: String?
  @Option(name: .long, help: "Why, for events and the audit log.")
  var reason: String?
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let body = ScaleBody(
      workers: count, template: template.map(TemplateName.init), ttlHours: ttl?.hours,
      requestID: requestID.map(RequestID.init), reason: reason)
    let path = "/api/v1/pools/\(APIClient.escape(pool))/scale"
    let answer = try await server.client.send("POST", path, body: body, as: RequestView.self)
    switch server.output {
    case .json: Console.out(answer.text)
    case .table:
      Console.out(
        "Request \(answer.value.id): \(answer.value.workers) worker(s) of pool \(answer.value.pool) asked for.")
      if let approval = answer.value.waitsForApproval {
        Console.out("It waits for approval: poolkeeper approve \(approval)")
      } else {
        Console.out("Follow them with: poolkeeper workers")
      }
    }
  }
}

struct Extend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Let a temporary worker live longer.")

  @Argument(help: "The worker's name, for example worker-burst-001.")
  var worker: String
  @Option(name: .long, help: "By how many hours; the configured length when not given.")
  var hours: Double?
  @Option(name: .long, help: "Why, for events and the audit log.")
  var reason: String?
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let path = "/api/v1/workers/\(APIClient.escape(worker))/extend"
    let answer = try await server.client.send(
      "POST", path, body: ExtendBody(hours: hours, reason: reason), as: WorkerView.self)
    switch server.output {
    case .json: Console.out(answer.text)
    case .table:
      if let approval = answer.value.waitsForApproval {
        Console.out("The extension of \(answer.value.name) waits for approval: poolkeeper approve \(approval)")
        return
      }
      let until = answer.value.expiresAt.map(\.description) ?? "for ever"
      Console.out("\(answer.value.name) may live until \(until) (extension \(answer.value.extensions ?? 0)).")
    }
  }
}

struct Remove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Drain a worker and remove it.",
    discussion: "Disruption budgets are respected; --force stops waiting for pods and powers the machine off.")

  @Argument(help: "The worker's name, for example worker-burst-001.")
  var worker: String
  @Flag(name: .long, help: "Do not wait for its pods to leave.")
  var force = false
  @Option(name: .long, help: "Why, for events and the audit log.")
  var reason: String?
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let parameters = (force ? ["force=true"] : []) + (reason.map { ["reason=\(APIClient.escape($0))"] } ?? [])
    let query = parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")
    let path = "/api/v1/workers/\(APIClient.escape(worker))\(query)"
    let answer = try await server.client.send("DELETE", path, as: WorkerView.self)
    switch server.output {
    case .json: Console.out(answer.text)
    case .table: Console.out("\(answer.value.name) is leaving (\(answer.value.state.rawValue)).")
    }
  }
}
