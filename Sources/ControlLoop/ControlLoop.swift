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
    /// How to decide, at first; `follow` replaces it.
    public var policy: Policy
    /// Whether decisions are carried out, at first.
    public var mode: Status.Mode
    /// `nil`: nothing is connected; decisions then rest on metrics alone.
    public var infrastructure: Infrastructure?
    /// What outlives the process.
    public var journal: any Journal
    /// Whether this process may act; `nil`: it alone serves the cluster.
    public var leadership: (any Leadership)?
    /// Where triggers' readings come from, at first.
    public var metrics: any MetricSource
    /// Priorities by class, at first: metrics name the class only.
    public var priorityClasses: [String: Int] = [:]
    /// The only clock.
    public var time: any TimeSource
    /// Ids of workers and requests.
    public var identities: any IdentitySource
    /// The program's version, for status and metrics.
    public var version: String
    /// Where the loop counts what it does.
    public var registry: MetricRegistry
    /// Where events and failures are told.
    public var logger: Logger
    /// Told of every event once it is in the journal.
    public var tell: @Sendable ([JournalEvent]) -> Void
    /// Told when a tick begins and when it has ended, however it ended.
    public var pulse: @Sendable (_ isTicking: Bool) -> Void
    /// Called when what people see may have changed: after each decision, order and outcome. Must return at once.
    public var changed: @Sendable () -> Void = {}
    /// Who is told of what.
    public var notifications = NotificationPolicy()
    /// Brings messages to those receivers; `nil`: they wait in the journal.
    public var notifier: (any Notifier)?

    /// Acts when there is an infrastructure, observes otherwise; the rest is set afterwards.
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
      pulse = { _ in }
    }
  }

  let parts: Parts
  let startedAt: Instant
  let turn = Turn()
  let course: Mutex<Course>
  /// How the configuration in effect came about; told with the status.
  let configuration = Mutex<ConfigurationStanding?>(nil)
  let state: Mutex<LoopState>
  let meter: LoopMeter
  /// By receiver: wakes whoever brings it messages.
  let mail: [String: Calls]
  private let forecasts = Forecaster()
  private let calls = Calls()
  private let looks = SystemLooks()
  private let months = MonthMemo()
  private let clusterReader = ClusterReader()

  /// Reads the journal; nothing is decided yet.
  public init(_ parts: Parts) async throws {
    self.parts = parts
    startedAt = parts.time.now()
    course = Mutex(
      Course(
        policy: parts.policy, mode: parts.mode, metrics: parts.metrics, priorityClasses: parts.priorityClasses))
    let standing = Standing(parts.leadership)
    // The state first: reading it takes the journal over, and the bills are those of nobody's later writes.
    let loaded = try await parts.journal.load()
    let billed = try await parts.journal.billed(since: Ledger.horizon(at: startedAt, policy: parts.policy))
    var initial = LoopState(loaded, finished: billed)
    initial.read = (standing, startedAt)
    state = Mutex(initial)
    meter = LoopMeter(parts.registry, parts.policy)
    mail = Dictionary(
      parts.notifications.receivers.map { ($0.name, Calls()) }, uniquingKeysWith: { first, _ in first })
    prepareNotificationCounters()
  }

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
    parts.pulse(true)
    defer { parts.pulse(false) }
    do {
      try await turn.take { _ = try await settled(now: now) }
      let decided = try await decide(now: now)
      try await perform(decided.work, as: decided.standing)
      for event in decided.news { await parts.infrastructure?.cluster.tell(event) }
      meter.ticked(at: now, took: ContinuousClock.now - began)
    } catch is CancellationError where Task.isCancelled {
      // The program ends; what was begun is in the journal.
    } catch {
      meter.failedTick()
      parts.logger.error("tick failed", metadata: ["error": "\(error)"])
    }
  }

  // MARK: - Looking

  /// Everything that a decision rests on, as of now.
  func look(now: Instant, by course: Course) async -> Outlook {
    let workers = state.withLock { $0.workers }
    async let measured = measure(now: now, by: course)
    let view =
      if let infrastructure = parts.infrastructure {
        await Observer(infrastructure: infrastructure, looks: looks, interval: course.policy.health.interval)
          .look(for: workers, now: now)
      } else {
        await clusterReader.look(
          through: course.metrics, at: now, policy: course.policy, priorityClasses: course.priorityClasses)
      }
    let (readings, forecasts) = await measured
    return Outlook(view: view, readings: readings, forecasts: forecasts)
  }

  private func measure(
    now: Instant, by course: Course
  ) async -> ([TriggerName: Observed<Reading>], [TriggerName: Observed<Forecast>]) {
    let readings = await TriggerReadings.read(course.policy.triggers, from: course.metrics, at: now)
    return (
      readings,
      await forecasts.forecasts(
        course.policy, readings, from: course.metrics, at: now, course: course.number)
    )
  }

  func snapshot(of state: LoopState, seeing outlook: Outlook, now: Instant, by policy: Policy) -> Snapshot {
    let view = outlook.view
    var snapshot = Snapshot(now: now)
    snapshot.workers = state.workers
    snapshot.nodes = view.nodes
    snapshot.pods = view.pods
    snapshot.disruptionBudgets = view.disruptionBudgets
    snapshot.daemonSets = view.daemonSets
    snapshot.namespaceLabels = view.namespaceLabels
    snapshot.hosts = view.hosts
    snapshot.machines = view.machines
    snapshot.systems = view.systems
    snapshot.readings = outlook.readings
    snapshot.forecasts = outlook.forecasts
    snapshot.alerts = state.memory.alerts ?? []
    snapshot.schedules = ScheduleWindows.all(policy.schedules, at: now)
    snapshot.requests = state.requests
    let machines = view.machines.value ?? state.latest?.snapshot.machines.value ?? []
    snapshot.spending = Ledger.spending(
      of: state.billed, machines: machines, now: now, policy: policy, month: months.month(holding: now, policy))
    snapshot.memory = state.memory
    snapshot.untold = view.untold + state.inventory.findings.map(\.sentence)
    return snapshot
  }

  // MARK: - Deciding

  /// Looks, decides, and writes the intents.
  /// - Returns: what is to be carried out now, its intents being in the journal and as long as the process stands as it
  ///   did, and what the cluster's people are told.
  private func decide(
    now: Instant
  ) async throws -> (work: [Runner.Work], standing: Standing, news: [ClusterEvent]) {
    let course = present
    let policy = course.policy
    let outlook = await look(now: now, by: course)
    return try await turn.take {
      let state = try await settled(now: now)
      let standing = Standing(parts.leadership)
      // What was looked up for another course is not decided upon; the reload has called for the next tick.
      guard present.number == course.number else { return ([], state.standing, []) }
      let snapshot = snapshot(of: state, seeing: outlook, now: now, by: policy)
      let checked = CheckedDecision.make(snapshot: snapshot, policy: policy)
      var decision = checked.decision
      let violations = checked.violations
      decision.report.approvals = ApprovalDesk.reports(state.correspondence, policy: policy)
      if let following = standing.sentence { decision.report.summary = "\(following) \(decision.report.summary)" }
      meter.decided(decision.report, violations: violations.count)
      // A defect that lasts is told once, not at each tick.
      for violation in violations where !state.violations.contains(violation) {
        parts.logger.critical("plan rejected by the checker", metadata: ["violation": "\(violation)"])
      }
      var changes = Changes(state: state, policy: policy, now: now)
      var inventory = state.inventory
      if !violations.isEmpty, violations != state.violations {
        changes.note(PlanRejection.events(violations, at: now))
      }
      if isActing, standing.mayAct {
        if violations.isEmpty {
          changes.adopt(decision.plan, report: decision.report, identities: parts.identities)
        }
        changes.reconcile(&inventory, seeing: outlook.view, identities: parts.identities)
        changes.advanceAll(seeing: outlook.view, absenceIsDoubted: inventory.doubtsAbsence)
      } else {
        // What this process found while it acted says nothing of what others, or nobody, have done since.
        inventory = Inventory()
      }
      decision.memory.rest(changes.vanished, since: now)
      changes.note(AlertInbox.expired(state.memory.alerts, decision.memory.alerts, at: now))
      let messages = correspond(&changes.entry, state, snapshot, decision.report)
      if state.shouldWrite(decision.memory, now: now, every: policy.pace.expectedSampleInterval) {
        changes.entry.memory = decision.memory
      }
      if !standing.mayAct { changes.entry = JournalEntry() }
      var news = state.news
      let told =
        isActing && standing.mayAct
        ? news.events(of: snapshot, report: decision.report, happened: changes.entry.events) : []
      if SeededBug.actsBeforeWriting.isOn, let infrastructure = parts.infrastructure {
        _ = await Runner(infrastructure: infrastructure, policy: policy).perform(changes.work)
      }
      try await commit(changes.entry, telling: standing.mayAct ? messages : []) {
        [violations, decision, inventory, news] state in
        if changes.entry.memory != nil { state.memoryWrittenAt = now }
        meter.remembered(decision.memory, before: state.memory)
        state.memory = decision.memory
        state.violations = violations
        state.inventory = inventory
        state.news = news
        state.latest = (snapshot, decision.plan, decision.report)
        state.trail.add(decision.report)
        state.ticks += 1
        state.lastDecisionAt = now
        state.forget(before: Ledger.horizon(of: months.month(holding: now, policy)))
      }
      return (changes.work, state.standing, told)
    }
  }

  /// What the decision changes in what people are asked and told.
  /// - Returns: what they are told; its events are in the entry.
  private func correspond(
    _ entry: inout JournalEntry, _ state: LoopState, _ snapshot: Snapshot, _ report: Report
  ) -> [NotificationMessage] {
    var desk = state.correspondence
    entry.events += ApprovalDesk.close(&desk, workers: state.workers, now: snapshot.now)
    let conditions = Conditions(
      policy: policy, snapshot: snapshot, report: report, events: entry.events, told: desk.told
    ).all
    let messages = ConditionMemory.step(
      &desk.told, conditions.conditions, unknown: conditions.unknown, now: snapshot.now)
    entry.events += messages.map { ConditionMemory.event($0, at: snapshot.now) }
    if desk != state.correspondence { entry.correspondence = desk }
    return messages
  }

  // MARK: - Acting

  /// Carries out what is in the journal, and writes what came of it.
  func perform(_ work: [Runner.Work], as standing: Standing) async throws {
    guard let infrastructure = parts.infrastructure, !work.isEmpty else { return }
    let runner = Runner(infrastructure: infrastructure, policy: policy, mayCall: stands(standing))
    try await record(await runner.perform(work))
  }

  private func record(_ results: [Runner.Result]) async throws {
    let now = parts.time.now()
    try await turn.take {
      var changes = Changes(state: try await settled(now: now), policy: policy, now: now)
      for result in results {
        for (action, outcome) in result.outcomes {
          meter.acted(action, outcome)
          // What was not sent has no outcome: whoever leads then looks for the effect, and repeats the call.
          if outcome == Runner.superseded { continue }
          changes.apply(outcome, of: action, to: result.worker)
        }
      }
      try await commit(changes.entry)
    }
  }

  // MARK: - Writing

  /// Whether what is decided is carried out.
  var isActing: Bool {
    (present.mode == .act || SeededBug.actsWhileObserving.isOn) && parts.infrastructure != nil
  }

  /// The state, for one turn. After a write that failed the journal is read again first: whether the entry is in it is
  /// not known, and an intent that is there and forgotten here would come to life at the next start. The same when this
  /// process has begun to lead, and now and then while it follows: others have written meanwhile.
  func settled(now: Instant) async throws -> LoopState {
    let standing = Standing(parts.leadership)
    let known = state.withLock { $0 }
    guard known.isDoubtful || known.isOutdated(standing, now: now) else { return known }
    let loaded: JournalState
    let billed: [WorkerRecord]
    do {
      loaded = try await parts.journal.load()
      billed = try await parts.journal.billed(since: Ledger.horizon(at: now, policy: policy))
    } catch {
      guard !known.isDoubtful, !standing.mayAct else { throw error }
      // Who follows only shows: what it knows will do until the journal can be read.
      parts.logger.warning("journal not read", metadata: ["error": "\(error)"])
      return known
    }
    return state.withLock { state in
      state.takeOver(loaded, finished: billed)
      state.read = (standing, now)
      return state
    }
  }

  /// Writes an entry, takes it over, and tells of it. For use within a turn.
  /// - Parameters:
  ///   - also: what else changes in the state once the entry is in the journal.
  ///   - messages: what people are told of it beside its events.
  func commit(
    _ entry: JournalEntry, telling messages: [NotificationMessage] = [],
    also change: (inout LoopState) -> Void = { _ in }
  ) async throws {
    let entry = posting(messages, with: entry, at: parts.time.now())
    do { try await write(entry) } catch {
      // Who no longer leads has nothing to write.
      if (error as? PortError)?.code != .superseded { meter.failedWrite() }
      state.withLock {
        $0.isDoubtful = !SeededBug.forgetsDoubtfulWrites.isOn && !SeededBug.believesFailedWrites.isOn
      }
      if !SeededBug.believesFailedWrites.isOn { throw error }
    }
    let before = state.withLock { state in
      let before = state.workers
      state.commit(entry)
      change(&state)
      return before
    }
    meter.happened(entry, before: before)
    tell(entry.events)
    parts.changed()
    if entry.correspondence != nil { for receiver in parts.notifications.receivers { mail[receiver.name]?.call() } }
  }

  /// Tells of events that are in the journal.
  func tell(_ events: [JournalEvent]) {
    guard !events.isEmpty else { return }
    for event in events {
      parts.logger.info(
        "event",
        metadata: [
          "code": "\(event.code)", "subject": "\(event.subject)", "name": "\(event.name)",
          "detail": "\(event.sentence)",
        ])
    }
    parts.tell(events)
  }
}
