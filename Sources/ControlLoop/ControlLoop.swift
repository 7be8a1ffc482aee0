import Decision
public import Exposition
import Lifecycle
public import Logging
public import Model
public import Ports
import Synchronization

/// The loop that joins deciding and acting: look, decide, write the intents, act, write the outcomes.
///
/// Level-triggered: each tick looks at the whole world and at its own records, and would reach the same end from any
/// state. State changes happen in turns, so that an operator's command never crosses a tick's.
public final class ControlLoop: Sendable {
  /// What the loop is made of.
  public struct Parts: Sendable {
    public var policy: Policy
    public var mode: Status.Mode
    /// `nil`: nothing is connected; decisions then rest on metrics alone.
    public var infrastructure: Infrastructure?
    public var journal: any Journal
    public var metrics: any MetricSource
    public var time: any TimeSource
    public var identities: any IdentitySource
    public var version: String
    /// Where the loop counts what it does.
    public var registry: MetricRegistry
    public var logger: Logger
    /// Told of every event once it is in the journal.
    public var tell: @Sendable ([JournalEvent]) -> Void

    public init(
      policy: Policy, infrastructure: Infrastructure?, journal: any Journal, metrics: any MetricSource,
      time: any TimeSource, identities: any IdentitySource
    ) {
      self.policy = policy
      mode = infrastructure == nil ? .observe : .act
      self.infrastructure = infrastructure
      self.journal = journal
      self.metrics = metrics
      self.time = time
      self.identities = identities
      version = "0.0.0"
      registry = MetricRegistry()
      logger = Logger(label: "poolkeeper.loop")
      tell = { _ in }
    }
  }

  let parts: Parts
  let startedAt: Instant
  let turn = Turn()
  let state: Mutex<LoopState>
  let meter: LoopMeter
  private let calls = Calls()

  /// Reads the journal; nothing is decided yet.
  public init(_ parts: Parts) async throws {
    self.parts = parts
    startedAt = parts.time.now()
    let month = CalendarMonth(holding: startedAt, timeZone: parts.policy.money.timeZone)
    // Ten days more than the month, so that a burst event that began before it is whole.
    let billed = try await parts.journal.billed(since: month.start.advanced(by: .hours(-240)))
    state = Mutex(LoopState(try await parts.journal.load(), finished: billed.filter { $0.state == .terminated }))
    meter = LoopMeter(parts.registry, parts.policy)
  }

  var policy: Policy { parts.policy }

  /// Ticks until the task is cancelled. A tick that fails is logged, counted, and tried again at the next.
  public func run() async {
    while !Task.isCancelled {
      await tick()
      await calls.wait(atMost: policy.pace.tick, time: parts.time)
    }
  }

  /// Asks for a tick at once: something happened that may change the decision.
  public func call() { calls.call() }

  /// One look, one decision, and what follows from it.
  public func tick() async {
    let began = ContinuousClock.now
    let now = parts.time.now()
    do {
      let work = try await decide(now: now)
      try await perform(work)
      meter.ticked(at: now, took: ContinuousClock.now - began)
    } catch {
      parts.logger.error("tick failed", metadata: ["error": "\(error)"])
    }
  }

  // MARK: - Looking

  /// Everything that a decision rests on, as of now.
  func look(now: Instant) async -> (view: WorldView, readings: [TriggerName: Observed<Reading>]) {
    let workers = state.withLock { $0.workers }
    async let readings = TriggerReadings.read(policy.triggers, from: parts.metrics, at: now)
    let view =
      if let infrastructure = parts.infrastructure {
        await Observer(infrastructure: infrastructure).look(for: workers, now: now)
      } else {
        WorldView.disconnected
      }
    return (view, await readings)
  }

  func snapshot(
    of state: LoopState, view: WorldView, readings: [TriggerName: Observed<Reading>], now: Instant
  ) -> Snapshot {
    var snapshot = Snapshot(now: now)
    snapshot.workers = state.workers
    snapshot.nodes = view.nodes
    snapshot.pods = view.pods
    snapshot.hosts = view.hosts
    snapshot.machines = view.machines
    snapshot.systems = view.systems
    snapshot.readings = readings
    snapshot.requests = state.requests
    snapshot.spending = .known(Ledger.spending(of: state.billed, now: now, policy: policy), at: now)
    snapshot.memory = state.memory
    return snapshot
  }

  // MARK: - Deciding

  /// Looks, decides, and writes the intents.
  /// - Returns: what is to be carried out now; its intents are in the journal.
  private func decide(now: Instant) async throws -> [Runner.Work] {
    let (view, readings) = await look(now: now)
    return try await turn.take {
      let state = state.withLock { $0 }
      let snapshot = snapshot(of: state, view: view, readings: readings, now: now)
      let decision = Decision.plan(snapshot: snapshot, policy: policy)
      let violations = PlanChecker.check(decision.plan, snapshot: snapshot, policy: policy)
      meter.decided(decision.report, violations: violations.count)
      for violation in violations {
        parts.logger.critical("plan rejected by the checker", metadata: ["violation": "\(violation)"])
      }
      var changes = Changes(state: state, policy: policy, now: now)
      if parts.mode == .act, parts.infrastructure != nil {
        if violations.isEmpty {
          changes.adopt(decision.plan, report: decision.report, identities: parts.identities)
        } else {
          changes.note(PlanRejection.events(violations, at: now))
        }
        changes.advanceAll(seeing: view)
      }
      if decision.memory.withoutReadings != state.memory.withoutReadings { changes.entry.memory = decision.memory }
      try await parts.journal.write(changes.entry)
      tell(changes.entry.events)
      meter.happened(changes.entry, before: state.workers)
      self.state.withLock { state in
        state.commit(changes.entry)
        state.memory = decision.memory
        state.latest = (snapshot, decision.plan, decision.report)
        state.ticks += 1
        state.lastDecisionAt = now
      }
      return changes.work
    }
  }

  // MARK: - Acting

  /// Carries out what is in the journal, and writes what came of it.
  func perform(_ work: [Runner.Work]) async throws {
    guard let infrastructure = parts.infrastructure, !work.isEmpty else { return }
    try await record(await Runner(infrastructure: infrastructure, policy: policy).perform(work))
  }

  private func record(_ results: [Runner.Result]) async throws {
    let now = parts.time.now()
    try await turn.take {
      let before = state.withLock { $0 }
      var changes = Changes(state: before, policy: policy, now: now)
      for result in results {
        for (action, outcome) in result.outcomes {
          meter.acted(action, outcome)
          changes.apply(outcome, of: action, to: result.worker)
        }
      }
      try await parts.journal.write(changes.entry)
      tell(changes.entry.events)
      meter.happened(changes.entry, before: before.workers)
      state.withLock { $0.commit(changes.entry) }
    }
  }

  /// Tells of events that are in the journal.
  func tell(_ events: [JournalEvent]) {
    guard !events.isEmpty else { return }
    for event in events {
      parts.logger.info("\(event.code)", metadata: ["name": "\(event.name)", "detail": "\(event.sentence)"])
    }
    parts.tell(events)
  }
}

/// Lets the loop be called before its next tick is due. Calls while a tick runs are not lost.
private final class Calls: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func call() { continuation.yield() }

  /// Returns when called, when `duration` has passed, or when the task is cancelled.
  func wait(atMost duration: Duration, time: any TimeSource) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await time.sleep(for: duration) }
      group.addTask { [stream] in
        var iterator = stream.makeAsyncIterator()
        _ = await iterator.next()
      }
      await group.next()
      group.cancelAll()
    }
  }
}
