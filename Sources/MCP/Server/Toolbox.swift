import Synchronization

/// The tools and resources, over the running program.
///
/// Reading tools are always there. Those that change something are there only where changes are allowed, and each asks
/// twice: the first call tells what would be done and gives a token, the second call with that token does it.
public final class Toolbox: Sendable {
  private let api: any OperatorAPI
  private let allowsChanges: Bool
  private let now: @Sendable () -> ContinuousClock.Instant
  private let token: @Sendable () -> String
  private let confirmations = Mutex(Confirmations())

  /// - Parameters:
  ///   - now: by which tokens expire.
  ///   - token: makes a text that nobody can guess.
  public init(
    api: any OperatorAPI, allowsChanges: Bool, now: @escaping @Sendable () -> ContinuousClock.Instant,
    token: @escaping @Sendable () -> String
  ) {
    self.api = api
    self.allowsChanges = allowsChanges
    self.now = now
    self.token = token
  }

  public var tools: [ToolDescription] { ToolTable.reading + (allowsChanges ? ToolTable.changing : []) }
  public var resources: [ResourceDescription] { ToolTable.resources }

  /// What the model is told at the beginning.
  public var instructions: String {
    "Poolkeeper keeps the worker pools of a Kubernetes cluster at the cheapest size that serves the load. Begin with "
      + "status; explain tells why things are as they are; query evaluates PromQL. "
      + (allowsChanges
        ? "provision, extend, remove, approve and reject change the cluster and cost money: the first call only tells what would be done "
          + "and gives a confirmation. Show that to the person you work for, and call again with the confirmation only "
          + "when they agree."
        : "Nothing can be changed over this connection.")
  }

  /// - Throws: for a tool that does not exist; everything else is in the answer.
  public func call(_ name: String, _ arguments: [String: JSONValue]) async throws(RPCError) -> ToolAnswer {
    guard let tool = (ToolTable.reading + ToolTable.changing).first(where: { $0.name == name }) else {
      let known = tools.map(\.name).joined(separator: ", ")
      throw .invalidParameters("There is no tool \"\(name.prefix(100))\"; there are \(known).")
    }
    guard tool.isReadOnly || allowsChanges else {
      return .failed(
        "Changes are not allowed over this connection. Whoever runs it can allow them by starting "
          + "\"poolkeeper mcp --allow-changes\" instead; each change then still asks for a confirmation.")
    }
    var reader = ArgumentReader(arguments)
    do throws(ArgumentFault) {
      if let order = try Self.order(tool.name, &reader) {
        let confirmation = try reader.text("confirmation")
        try reader.end()
        return await change(order, confirmation: confirmation)
      }
      let question = try Self.question(tool.name, &reader)
      try reader.end()
      return await answer { () async throws(OperatorFault) in try await api.ask(question) }
    } catch {
      return .failed(error.sentence)
    }
  }

  /// - Throws: when the resource cannot be read.
  public func read(_ uri: String) async throws(RPCError) -> String {
    guard let question = ToolTable.question(ofResource: uri) else {
      throw .resourceNotFound("There is no resource \"\(uri.prefix(200))\".")
    }
    let text: String
    do { text = try await api.ask(question).structured.line } catch { throw .internalError(error.sentence) }
    guard text.utf8.count <= ToolTable.maximumAnswer else {
      throw .internalError(
        "The resource has \(text.utf8.count) bytes, too many; use the tools, which tell a part of it.")
    }
    return text
  }

  // MARK: - Changing

  private func change(_ order: OperatorOrder, confirmation: String?) async -> ToolAnswer {
    guard let confirmation else { return await foresee(order) }
    let verdict = confirmations.withLock { $0.redeem(confirmation, for: order, at: now()) }
    if case .refused(let sentence) = verdict { return .failed(sentence) }
    return await answer { () async throws(OperatorFault) in
      do throws(OperatorFault) { return try await api.carryOut(order, id: "mcp-\(confirmation)") } catch {
        guard error.isOutcomeUnknown else { throw error }
        throw OperatorFault(
          error.sentence + " Whether the order was carried out is not known: look with list_workers and list_events "
            + "before you ask again.")
      }
    }
  }

  private func foresee(_ order: OperatorOrder) async -> ToolAnswer {
    await answer { () async throws(OperatorFault) in
      let foreseen = try await api.foresee(order)
      let token = token()
      confirmations.withLock { $0.issue(token, for: order, at: now()) }
      let minutes = Confirmations.lifetime.components.seconds / 60
      var members = foreseen.structured.members ?? [:]
      members["confirmation"] = .text(token)
      members["confirmation_expires_in_seconds"] = .integer(Confirmations.lifetime.components.seconds)
      members["done"] = false
      return OperatorAnswer(
        "Nothing has been done yet. \(foreseen.text)\nTo do it, call again within \(minutes) minutes with the same "
          + "arguments and \"confirmation\": \"\(token)\", once the person you work for agrees.",
        .object(members))
    }
  }

  private func answer(_ body: () async throws(OperatorFault) -> OperatorAnswer) async -> ToolAnswer {
    do throws(OperatorFault) {
      let answer = try await body()
      let size = answer.structured.line.utf8.count
      guard size <= ToolTable.maximumAnswer else {
        return .failed(
          "The answer has \(size) bytes, and \(ToolTable.maximumAnswer) are the most that is passed on. Ask for less: one "
            + "pool or worker, fewer series, a shorter range or a longer step.")
      }
      return ToolAnswer(answer.text, structured: answer.structured)
    } catch {
      return .failed(error.sentence)
    }
  }

  // MARK: - Arguments

  private static func order(
    _ tool: String, _ reader: inout ArgumentReader
  ) throws(ArgumentFault) -> OperatorOrder? {
    switch tool {
    case "provision":
      .provision(
        pool: try reader.requiredText("pool", example: "burst"),
        workers: try reader.count("workers", in: 1...10_000, standard: 1), template: try reader.text("template"),
        timeToLiveHours: try reader.hours("ttl_hours"))
    case "extend":
      .extend(
        worker: try reader.requiredText("worker", example: "worker-burst-001"), hours: try reader.hours("hours"))
    case "remove":
      .remove(
        worker: try reader.requiredText("worker", example: "worker-burst-001"), force: try reader.flag("force"))
    case "approve": .approve(id: try reader.requiredText("id", example: "7f3a9c0d"))
    case "reject":
      .reject(id: try reader.requiredText("id", example: "7f3a9c0d"), reason: try reader.text("reason"))
    default: nil
    }
  }

  private static func question(
    _ tool: String, _ reader: inout ArgumentReader
  ) throws(ArgumentFault) -> OperatorQuestion {
    switch tool {
    case "plan": return .plan
    case "explain": return .explain(subject: try reader.text("subject"))
    case "query":
      let expression = try reader.requiredText("expression", example: "sum by (pool) (poolkeeper_workers)")
      var question = MetricQuestion(
        expression, limit: try reader.count("limit", in: 1...ToolTable.maximumSeries, standard: 100))
      question.time = try reader.time("time")
      question.range = try reader.text("range")
      question.step = try reader.text("step")
      if question.step != nil, question.range == nil {
        throw ArgumentFault("\"step\" needs a \"range\", for example \"range\": \"6h\".")
      }
      return .query(question)
    case "list_workers": return .workers(pool: try reader.text("pool"))
    case "list_events":
      return .events(limit: try reader.count("limit", in: 1...ToolTable.maximumEvents, standard: 50))
    case "list_approvals": return .approvals
    default: return .status
    }
  }
}
