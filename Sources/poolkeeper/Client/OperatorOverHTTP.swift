import API
import ControlLoop
import Decision
import Foundation
import MCP
import Model
import Ports

/// The running server for assistants: questions and orders over the same HTTP calls as the other commands'.
struct OperatorOverHTTP: OperatorAPI {
  let client: APIClient

  /// Lines of an answer's text; the structured part has all of them.
  static let maximumLines = 400

  func ask(_ question: OperatorQuestion) async throws(OperatorFault) -> OperatorAnswer {
    try await translating { try await answer(question) }
  }

  func foresee(_ order: OperatorOrder) async throws(OperatorFault) -> OperatorAnswer {
    try await translating {
      switch order {
      case .approve(let id): return try await foreseeAnswer("approved and served like any other order", id)
      case .reject(let id, _): return try await foreseeAnswer("rejected and never served", id)
      case .provision, .extend, .remove: break
      }
      let foreseen = try await change(order)
      return try OperatorAnswer(foreseen.sentences.joined(separator: "\n"), Self.value(foreseen))
    }
  }

  func carryOut(_ order: OperatorOrder, id: String) async throws(OperatorFault) -> OperatorAnswer {
    try await translating {
      switch order {
      case .provision(let pool, let workers, let template, let hours):
        let body = ScaleBody(
          workers: workers, template: template.map { TemplateName($0) }, ttlHours: hours, requestID: RequestID(id))
        let answer = try await client.send(
          "POST", "/api/v1/pools/\(APIClient.escape(pool))/scale", body: body, as: RequestView.self)
        return try Self.answer(
          "Request \(answer.value.id): \(answer.value.workers) worker(s) of pool \(answer.value.pool) asked for. Follow "
            + "them with list_workers." + Self.waiting(answer.value.waitsForApproval), answer.text)
      case .extend(let worker, let hours):
        let answer = try await client.send(
          "POST", "/api/v1/workers/\(APIClient.escape(worker))/extend", body: ExtendBody(hours: hours),
          as: WorkerView.self)
        if let approval = answer.value.waitsForApproval {
          return try Self.answer(
            "The extension of \(answer.value.name) is asked for." + Self.waiting(approval), answer.text)
        }
        let until = answer.value.expiresAt.map(\.description) ?? "for ever"
        return try Self.answer("\(answer.value.name) may live until \(until).", answer.text)
      case .remove(let worker, let force):
        let answer = try await client.send(
          "DELETE", "/api/v1/workers/\(APIClient.escape(worker))\(force ? "?force=true" : "")", as: WorkerView.self)
        return try Self.answer("\(answer.value.name) is leaving (\(answer.value.state.rawValue)).", answer.text)
      case .approve(let id): return try await self.answer("approve", id, AnswerBody())
      case .reject(let id, let reason): return try await self.answer("reject", id, AnswerBody(reason: reason))
      }
    }
  }

  private func answer(_ call: String, _ id: String, _ body: AnswerBody) async throws -> OperatorAnswer {
    let answer = try await client.send(
      "POST", "/api/v1/approvals/\(APIClient.escape(id))/\(call)", body: body, as: ApprovalView.self)
    return try Self.answer(ApprovalText.outcome(answer.value), answer.text)
  }

  private static func waiting(_ approval: ApprovalID?) -> String {
    approval.map { " It waits until somebody approves it (\($0))." } ?? ""
  }

  // MARK: - Questions

  private func answer(_ question: OperatorQuestion) async throws -> OperatorAnswer {
    switch question {
    case .status:
      let answer = try await client.send("GET", "/api/v1/status", as: Status.self)
      return try Self.answer(StatusText.text(answer.value), answer.text)
    case .plan:
      let answer = try await client.send("POST", "/api/v1/plan", as: PlanView.self)
      return try Self.answer(PlanText.text(answer.value), answer.text)
    case .explain(let subject):
      let report = try await client.send("GET", "/api/v1/report", as: Report.self).value
      let explanation = try subject.map { try Explanation(of: report, about: $0) } ?? Explanation(of: report)
      let lines = (subject == nil ? [report.summary] : []) + explanation.lines.map { $0.text(withData: subject != nil) }
      return try OperatorAnswer(
        Self.bounded(lines.joined(separator: "\n"), "Ask about one pool, worker, pod or trigger."),
        Self.value(explanation))
    case .query(let question): return try await query(question)
    case .workers(let pool): return try await workers(of: pool)
    case .events(let limit):
      let answer = try await client.send(
        "GET", "/api/v1/events?limit=\(limit)", as: [String: [JournalEvent]].self)
      let lines = (answer.value["events"] ?? []).map { "\($0.at) \($0.subject) \($0.name) \($0.code): \($0.sentence)" }
      return try Self.answer(lines.isEmpty ? "Nothing has happened yet." : lines.joined(separator: "\n"), answer.text)
    case .approvals:
      let answer = try await client.send("GET", "/api/v1/approvals", as: ApprovalList.self)
      let lines = answer.value.approvals.map { "\($0.id) \($0.sentence)" }
      return try Self.answer(
        lines.isEmpty ? "No order waits for approval." : lines.joined(separator: "\n"), answer.text)
    }
  }

  private func workers(of pool: String?) async throws -> OperatorAnswer {
    // A pool that does not exist is told, with those that do.
    if let pool { _ = try await client.send("GET", "/api/v1/pools/\(APIClient.escape(pool))", as: PoolView.self) }
    let list = try await client.send("GET", "/api/v1/workers", as: WorkerList.self).value
    let workers = list.workers.filter { pool == nil || $0.pool.rawValue == pool }
    return try OperatorAnswer(
      workers.isEmpty ? "There are no workers." : Self.bounded(WorkerText.table(workers), "Ask for one pool's."),
      Self.value(WorkerList(workers: workers)))
  }

  private func query(_ question: MetricQuestion) async throws -> OperatorAnswer {
    var path = "/api/v1/query"
    var parameters = [("query", question.expression), ("limit", "\(question.limit)")]
    if let range = question.range {
      let length = try Self.length(range, "range")
      let step = try question.step.map { try Self.length($0, "step") } ?? 60
      let end = try await instant(question.time)
      path += "_range"
      parameters += [("start", "\(end - Double(length))"), ("end", "\(end)"), ("step", "\(step)")]
    } else if let time = question.time {
      parameters.append(("time", time))
    }
    let bytes = try await client.query(path, parameters)
    guard let whole = JSONValue(bytes), let answer = try? JSONDecoder().decode(QueryAnswer.self, from: Data(bytes))
    else {
      throw Failure(.failed, "The server's answer is no Prometheus answer: is \(client.base) a poolkeeper?")
    }
    guard let data = answer.data else { throw Failure(.failed, answer.error ?? "The query failed.") }
    let notes = (answer.warnings ?? []) + (answer.infos ?? [])
    var members = whole["data"]?.members ?? [:]
    if !notes.isEmpty { members["notes"] = .list(notes.map { .text($0) }) }
    let text = notes.map { "note: \($0)\n" }.joined() + Self.bounded(data.table, "Aggregate, or take a longer step.")
    return OperatorAnswer(text, .object(members))
  }

  /// Unix seconds of a time, or of the server's own clock, which is a fast one in the demonstration.
  private func instant(_ time: String?) async throws -> Double {
    if let time {
      if let seconds = Double(time) { return seconds }
      guard let instant = Instant(rfc3339: time) else {
        throw Failure(
          .usage, "\"time\" is Unix seconds or RFC 3339, for example 2026-01-31T08:00:00Z, not \"\(time.prefix(100))\"."
        )
      }
      return instant.seconds
    }
    let bytes = try await client.query("/api/v1/query", [("query", "time()")])
    return (try? JSONDecoder().decode(QueryAnswer.self, from: Data(bytes)))?.data?.point?.time ?? 0
  }

  private static func length(_ text: String, _ name: String) throws -> Int {
    guard let length = LengthOfTime(argument: text) else {
      throw Failure(.usage, "\"\(name)\" is a length of time, for example 90m or 6h, not \"\(text.prefix(100))\".")
    }
    return length.seconds
  }

  // MARK: - Orders

  private func change(_ order: OperatorOrder) async throws -> ForeseenChange {
    let status = try await client.send("GET", "/api/v1/status", as: Status.self).value
    guard status.mode == .act else {
      throw Failure(
        .failed, "The program only observes: it must run with --mode act and a connected infrastructure to take orders."
      )
    }
    let saved: SavedSnapshot
    do { saved = try SavedSnapshot(try await client.data("/api/v1/snapshot")) } catch let fault as SavedSnapshot.Fault {
      throw Failure(
        .failed,
        "What the order would do cannot be told, since the server's snapshot cannot be read (\(fault)); are both of one "
          + "version?")
    }
    switch order {
    case .provision(let pool, let workers, let template, let hours):
      return try ForeseenChange.provision(
        OrderCheck.Scale(
          pool: PoolName(pool), workers: workers, template: template.map { TemplateName($0) },
          timeToLive: hours.map(Self.duration)), saved)
    case .extend(let worker, let hours):
      return try ForeseenChange.extend(WorkerName(worker), by: hours.map(Self.duration), saved)
    case .remove(let worker, let force):
      return try ForeseenChange.remove(WorkerName(worker), force: force, saved)
    case .approve(let id), .reject(let id, _):
      throw Failure(.failed, "What an answer to the order \(id) would do cannot be told from a snapshot.")
    }
  }

  /// What an order is that waits, before it gets its answer.
  private func foreseeAnswer(_ outcome: String, _ id: String) async throws -> OperatorAnswer {
    let list = try await client.send("GET", "/api/v1/approvals", as: ApprovalList.self).value
    guard let approval = list.approvals.first(where: { $0.id.rawValue == id }) else {
      throw Failure(.notFound, "There is no order \"\(id.prefix(100))\" that waits for approval; see list_approvals.")
    }
    let cost = approval.addedCost.map { " It costs \($0) at most." } ?? ""
    return try OperatorAnswer(
      "This order would be \(outcome): \(approval.sentence)\(cost)", Self.value(approval))
  }

  private static func duration(_ hours: Double) -> Duration { .milliseconds(Int64((hours * 3_600_000).rounded())) }

  // MARK: - Answers

  private static func answer(_ text: String, _ json: String) throws -> OperatorAnswer {
    guard let value = JSONValue(Array(json.utf8)) else { throw Failure(.failed, "The server's answer is no JSON.") }
    return OperatorAnswer(text, value)
  }

  private static func value(_ encodable: some Encodable) throws -> JSONValue {
    JSONValue([UInt8](try JSONFormat.encoder().encode(encodable))) ?? .null
  }

  /// The first lines of a text, with advice where there are more.
  private static func bounded(_ text: String, _ advice: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > maximumLines else { return text }
    return lines.prefix(maximumLines).joined(separator: "\n") + "\n… and \(lines.count - maximumLines) lines more. "
      + advice
  }

  private func translating(
    _ body: () async throws -> OperatorAnswer
  ) async throws(OperatorFault) -> OperatorAnswer {
    do { return try await body() } catch let failure as Failure {
      throw OperatorFault(failure.message, isOutcomeUnknown: failure.kind == .unreachable)
    } catch {
      throw OperatorFault("This failed: \(error)", isOutcomeUnknown: true)
    }
  }
}
