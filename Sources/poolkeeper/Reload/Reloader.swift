import ConfigurationFile
import ControlLoop
import Exposition
import Logging
import Model
import Ports

/// Reads the configuration again while the program runs, and takes it over when all of it is right.
///
/// Reloads run one after the other, in the order in which they were asked for.
actor Reloader {
  /// What it works with.
  struct Parts: Sendable {
    /// The file.
    var path: String
    /// What its first reading said, and what became of it.
    var keys: WrittenKeys
    var running: ConfigurationFile.Configuration
    /// Files whose change may change the outcome.
    var files: [String]
    /// In the order in which they are to take a configuration over.
    var reloadables: [any Reloadable] = []
    var loop: ControlLoop
    var registry: MetricRegistry
    var time: any TimeSource
    var logger: Logger
    /// Told when a reload begins and when it has ended.
    var notify: @Sendable (_ isReloading: Bool) -> Void = { _ in }
  }

  private let parts: Parts
  /// As of the start: what needs a restart is what differs from it.
  private let started: WrittenKeys
  /// As last taken over.
  private var keys: WrittenKeys
  private var running: ConfigurationFile.Configuration
  private var standing: ConfigurationStanding
  private(set) var files: [String]
  private var last: Task<ReloadAnswer, Never>?

  init(_ parts: Parts) {
    self.parts = parts
    started = parts.keys
    keys = parts.keys
    running = parts.running
    files = parts.files
    standing = ConfigurationStanding(loadedAt: parts.time.now())
    parts.loop.set(standing)
    Self.count(true, at: standing.loadedAt, parts.registry)
  }

  /// Reads the file again.
  func reload(by actor: String) async -> ReloadAnswer {
    let before = last
    let task = Task {
      _ = await before?.value
      return await once(by: actor)
    }
    last = task
    return await task.value
  }

  private func once(by actor: String) async -> ReloadAnswer {
    parts.notify(true)
    defer { parts.notify(false) }
    let answer = await attempt(by: actor)
    let was = standing.refused
    switch answer.result {
    case .applied, .unchanged:
      if answer.result == .applied || was != nil { standing.loadedAt = answer.at }
      standing.refused = nil
      standing.needsRestart = answer.needsRestart
      Self.count(true, at: standing.loadedAt, parts.registry)
    case .refused:
      standing.refused = answer
      Self.count(false, at: nil, parts.registry)
    }
    parts.loop.set(standing)
    log(answer)
    // What changed nothing and mended nothing is no event.
    if answer.result != .unchanged || was != nil { await parts.loop.tell(event(answer)) }
    return answer
  }

  // MARK: - One attempt

  private func attempt(by actor: String) async -> ReloadAnswer {
    let now = parts.time.now()
    let outcome: ConfigurationReader.Outcome
    do {
      let reading = try ConfigurationLoading.readForWatching(parts.path)
      outcome = reading.outcome
      files = reading.files
    } catch {
      let sentence = (error as? Failure)?.message ?? "The configuration \(parts.path) cannot be read."
      return refusal(
        [
          Problem(
            .error, code: "unreadable_file", pointer: "", message: sentence,
            remedy: "Put the file back, or make it readable.")
        ], at: now, by: actor)
    }
    guard let read = outcome.configuration else { return refusal(outcome.problems, at: now, by: actor) }
    let next = read.keepingFixed(of: running)
    var steps: [ReloadStep] = []
    for part in parts.reloadables {
      do { steps.append(try await part.prepare(next)) } catch {
        return refusal(outcome.problems + error.problems, at: now, by: actor)
      }
    }
    for step in steps { await step() }
    let changes = outcome.keys.changes(from: keys)
    let isNew = next != running
    keys = outcome.keys
    running = next
    var answer = ReloadAnswer(.applied, at: now, by: actor, sentence: "")
    answer.changed = changes.filter { !$0.needsRestart }.map(\.pointer)
    answer.needsRestart = outcome.keys.changes(from: started).filter(\.needsRestart).map(\.pointer)
    answer.problems = outcome.problems.map { ReloadAnswer.Problem($0) } + leftBehind(by: next.policy)
    if changes.isEmpty, !isNew { answer.result = .unchanged }
    answer.sentence = Self.sentence(answer, changes)
    return answer
  }

  private func refusal(_ problems: [Problem], at now: Instant, by actor: String) -> ReloadAnswer {
    let errors = problems.filter { $0.severity == .error }
    let more = errors.count > 1 ? ", and \(errors.count - 1) more" : ""
    let first = errors.first.map { " (\($0.pointer.isEmpty ? "the file" : $0.pointer): \($0.code)\(more))" } ?? ""
    var answer = ReloadAnswer(
      .refused, at: now, by: actor,
      sentence: "The configuration cannot be used\(first); the one before stays in effect.")
    answer.problems = problems.map { ReloadAnswer.Problem($0) }
    answer.needsRestart = standing.needsRestart
    return answer
  }

  /// Workers that a configuration has no pool for any more.
  private func leftBehind(by policy: Policy) -> [ReloadAnswer.Problem] {
    parts.loop.workersWithoutPool(in: policy).map { pool, workers in
      ReloadAnswer.Problem(
        severity: "warning", code: "pool_removed", pointer: "/worker_pool_definitions/\(pool)",
        message:
          "Pool \(pool) is gone and has \(workers) worker(s): those under way are given up, the others stay until "
          + "they expire or are removed, and cost meanwhile.",
        remedy: "Put the pool back with \"max_size\": 0 until they are gone, or remove them: poolkeeper remove NAME.")
    }
  }

  // MARK: - Telling

  /// Keys that a sentence names; the answer has all of them.
  static let namedKeys = 8

  private static func sentence(_ answer: ReloadAnswer, _ changes: [KeyChange]) -> String {
    var sentence: String
    if answer.result == .unchanged {
      sentence = "The configuration says what it said before."
    } else if answer.changed.isEmpty {
      sentence = "The configuration was read again; nothing that the running program can change differs."
    } else {
      let kinds = Dictionary(changes.map { ($0.pointer, $0.kind.rawValue) }, uniquingKeysWith: { first, _ in first })
      let named = answer.changed.prefix(namedKeys).map { "\($0) \(kinds[$0] ?? "changed")" }
      let more = answer.changed.count > namedKeys ? ", and \(answer.changed.count - namedKeys) more" : ""
      sentence = "The configuration was taken over: \(named.joined(separator: ", "))\(more)."
    }
    if !answer.needsRestart.isEmpty {
      let named = answer.needsRestart.prefix(namedKeys).joined(separator: ", ")
      let more = answer.needsRestart.count > namedKeys ? ", and \(answer.needsRestart.count - namedKeys) more" : ""
      sentence += " From the next start on: \(named)\(more)."
    }
    return sentence
  }

  private func event(_ answer: ReloadAnswer) -> JournalEvent {
    let code = answer.result == .refused ? "configuration_refused" : "configuration_reloaded"
    return JournalEvent(
      at: answer.at, subject: "system", name: "configuration", code: code,
      sentence: "\(answer.sentence) (\(answer.by))")
  }

  private func log(_ answer: ReloadAnswer) {
    let place: Logger.Metadata = ["file": "\(parts.path)", "by": "\(answer.by)"]
    switch answer.result {
    case .unchanged: parts.logger.info("configuration unchanged", metadata: place)
    case .applied:
      parts.logger.notice("configuration reloaded", metadata: place.merging(["detail": "\(answer.sentence)"]) { $1 })
    case .refused:
      parts.logger.error("configuration refused", metadata: place.merging(["detail": "\(answer.sentence)"]) { $1 })
    }
    let shown = answer.problems.filter {
      $0.severity == "error" || (answer.result != .refused && $0.severity == "warning")
    }
    for problem in shown.prefix(Self.loggedProblems) {
      let level: Logger.Level = problem.severity == "error" ? .error : .warning
      parts.logger.log(
        level: level, "configuration problem",
        metadata: [
          "pointer": "\(problem.pointer)", "code": "\(problem.code)", "problem": "\(problem.message)",
          "remedy": "\(problem.remedy)",
        ])
    }
  }

  /// Problems that are logged of one reload; the answer has all of them.
  static let loggedProblems = 20

  private static func count(_ isSuccess: Bool, at instant: Instant?, _ registry: MetricRegistry) {
    registry.update { table in
      table.set(.configurationReloadSuccessful, isSuccess ? 1 : 0)
      if let instant { table.set(.configurationReloadSuccessTimestamp, instant.seconds) }
    }
  }
}

extension ReloadAnswer.Problem {
  /// A problem that the checker found.
  init(_ problem: ConfigurationFile.Problem) {
    self.init(
      severity: problem.severity.rawValue, code: problem.code, pointer: problem.pointer, message: problem.message,
      remedy: problem.remedy)
    line = problem.position?.line
    column = problem.position?.column
  }
}
