import ControlLoop
import Exposition
import Logging
import Model
import Ports
import Simulator

/// One life of the program in the simulated world: the real loop, its decisions, lifecycles, checker and ledger, in virtual
/// time and on one thread.
///
/// The run moves the clock to whatever comes next — something that happens in the world, something that is done to the
/// program, its next tick — and lets every checker look after each step. The same scene gives the same run, also in another
/// process. Not `Sendable`: a run belongs to the thread that runs it.
public final class SimulatedRun {
  let scene: Scene
  let limits: RunLimits
  let clock: RunClock
  let world: SimulatedInfrastructure
  let journal = RunJournal()
  let faults: CallFaults
  let metrics: RunMetrics
  let identities = CountedIdentities()
  let thread = OneThread()
  /// The configuration under the hands of people.
  var edited: EditedPolicy
  /// In effect, or at the next start of a process.
  var policy: Policy { edited.inForce }
  /// Likewise.
  var mode: Status.Mode { lasting.contains(where: \.kind.isObservation) ? .observe : .act }
  var checkers: [any Checker]
  var log = RunLog()

  /// The process, while it runs.
  struct Process {
    var loop: ControlLoop
    var life: ProcessLife
    /// It dies then, if no boundary was met before.
    var diesBy: Instant?
    /// Likewise: another leads from then on.
    var losesLeadBy: Instant?
    var downtime: Duration = .zero
    var ticks = 0
  }

  /// The one that leads.
  var process: Process?
  /// One that has led before and looks on.
  var follower: Process?
  /// Whether there may be one: a single process asks nobody whether it leads.
  private let hasReplicas: Bool
  var startsAt: Instant
  var starts = 0
  var decisions = 0
  var steps = 0
  var violations: [Violation] = []
  var told: Set<Violation> = []

  /// Disturbances that are still to come, as numbers of the scene's list; the next one last.
  var upcoming: [Int]
  /// Those that last, with their ends.
  var lasting: [(kind: Disturbance.Kind, until: Instant)] = []
  /// Those that were in force at some time since the last moment.
  var recent: [Disturbance.Kind] = []
  var handiwork: [(hand: Disturbance.Hand, worker: WorkerID)] = []
  /// As they were at the last moment.
  var records: [WorkerRecord] = []

  /// The codes of the last decision's reasons: by pool, and by an example of waiting pods.
  private var poolReasons: [PoolName: [String]] = [:]
  private var podReasons: [PodKey: String] = [:]
  private var nextTickAt: Instant
  private var interval: Duration
  private var seenActivity = 0

  /// A run of a scene from its start, judged by these checkers.
  public init(_ scene: Scene, checkers: [any Checker.Type] = Checkers.all, limits: RunLimits = RunLimits()) {
    self.scene = scene
    self.limits = limits
    clock = RunClock(scene.phases.start)
    world = SimulatedInfrastructure(world: scene.world, time: clock.ofWorld)
    faults = CallFaults(seed: scene.seed ^ 0x5eed, habits: limits.hasHabits ? scene.habits : CallHabits())
    metrics = RunMetrics(world)
    edited = EditedPolicy(scene.policy)
    self.checkers = checkers.map { $0.init(scene) }
    hasReplicas = scene.disturbances.contains { $0.kind.isHandOver }
    startsAt = scene.phases.start
    upcoming = scene.disturbances.indices.filter { limits.only?.contains($0) ?? true }
      .sorted { (scene.disturbances[$0].at, $0) > (scene.disturbances[$1].at, $1) }
    nextTickAt = scene.phases.start
    interval = scene.policy.pace.tick
  }

  /// Lives through it.
  /// - Parameter goesOn: asked after each step with the share that is done (0 ... 1); `false` ends the run there.
  public func run(_ goesOn: (Double) -> Bool = { _ in true }) -> RunOutcome {
    let start = scene.phases.start
    let end = min(limits.until ?? scene.phases.end, scene.phases.end)
    let length = (end - start).inSeconds
    var isWhole = true
    while clock.now < end {
      goToNext(before: end)
      faults.setRough(scene.phases.phase(at: clock.now) == .safety)
      endDisturbances()
      beginDisturbances()
      if process == nil, clock.now >= startsAt { startProcess() }
      var ticked = false
      if process != nil, clock.now >= nextTickAt {
        tick()
        ticked = true
      }
      if ticked || !recent.isEmpty || clock.now >= end {
        // Not kept: a copy of the world would make the world copy itself at its next change.
        let seen = look(hasTicked: ticked)
        judge(seen) { $0.see(seen) }
        pace(after: seen, ticked: ticked)
      }
      steps += 1
      if limits.stopsAtViolation, !violations.isEmpty { break }
      guard goesOn((clock.now - start).inSeconds / max(1, length)) else {
        isWhole = false
        break
      }
    }
    if isWhole, end == scene.phases.end, clock.now >= end {
      let last = look(hasTicked: false)
      judge(last) { $0.finish(last) }
    }
    let report = world.look { $0.report }
    for meter in report.machines {
      log.fold("\(meter.machine) \(meter.owner.id) \(meter.clonedAt ?? .epoch) \(meter.deletedAt ?? .epoch)")
    }
    return RunOutcome(
      days: (clock.now - start).inSeconds / 86_400, events: log.count + steps, decisions: decisions, starts: starts,
      violations: violations, digest: log.digest, log: log.lines, isWhole: isWhole)
  }

  // MARK: - Time

  /// Moves the clock to the next instant at which something is to be done, or the world has done something that a watch
  /// tells of.
  private func goToNext(before end: Instant) {
    var target = end
    if let next = upcoming.last { target = min(target, max(clock.now, scene.disturbances[next].at)) }
    for lasting in lasting { target = min(target, max(clock.now, lasting.until)) }
    target = min(target, max(clock.now, process == nil ? startsAt : nextTickAt))
    while true {
      let due = world.look { $0.nextEventAt } ?? .epoch.advanced(by: .seconds(Int64(1) << 40))
      guard due < target else { break }
      clock.advance(to: max(due, clock.now))
      let activity = world.look { $0.activity }
      guard activity != seenActivity, process != nil else { continue }
      seenActivity = activity
      interval = policy.pace.tick
      // A watch tells of it within a second or so; ticks are never closer than the pace.
      let soon = clock.now.advanced(by: .seconds(1))
      if soon < nextTickAt {
        nextTickAt = max(soon, lastTickAt.advanced(by: policy.pace.tick))
        target = min(target, max(clock.now, nextTickAt))
      }
    }
    clock.advance(to: target)
  }

  private var lastTickAt = Instant.epoch

  /// When the next tick is due: at the policy's pace while something goes on, at growing intervals in quiet times.
  private func pace(after moment: Moment, ticked: Bool) {
    guard ticked else { return }
    let isNews = !moment.events.isEmpty || !(moment.decision?.plan.isEmpty ?? false)
    interval = isNews ? policy.pace.tick : min(interval + interval, longestWait(moment.records))
    interval = max(interval, policy.pace.tick)
    nextTickAt = clock.now.advanced(by: interval)
  }

  /// How long nobody need look: while a worker is on its way, or in trouble, that is shorter.
  private func longestWait(_ records: [WorkerRecord]) -> Duration {
    var longest = scene.quietTick
    for record in records where record.state != .terminated {
      switch record.state {
      case .requested, .provisioning, .joining, .draining, .terminating, .repairing:
        // What has been on its way for long is stuck: nothing is gained by looking at it all the time.
        let isFresh = clock.programNow - record.stateSince < Self.stuckAfter
        longest = min(longest, isFresh ? Self.movingWait : Self.troubledWait)
      case .unhealthy, .failed: longest = min(longest, Self.troubledWait)
      default: break
      }
    }
    // What has no record is taken up look by look, and pods wait for what a look finds: the real program looks all the time.
    let hasStrays = world.look { world in
      let owned = Set(records.lazy.filter { $0.state != .terminated }.map(\.id))
      return world.machines.keys.contains { id in
        let owner = world.machines.look(at: id, \.owner) ?? nil
        return owner.map { $0.cluster == world.clusterName && !owned.contains($0.id) } ?? false
      }
    }
    if hasStrays { longest = min(longest, Self.troubledWait) }
    if scene.phases.phase(at: clock.now) == .liveness, world.look({ $0.unschedulablePods }) > 0 {
      longest = min(longest, Self.waitingWait)
    }
    return longest
  }

  private static let waitingWait: Duration = .minutes(3)
  private static let movingWait: Duration = .seconds(110)
  private static let stuckAfter: Duration = .minutes(15)
  private static let troubledWait: Duration = .minutes(5)

  // MARK: - The process

  private func startProcess() {
    let life = ProcessLife()
    let infrastructure = RunInfrastructure(world: world, faults: faults, life: life, clock: clock)
    var parts = ControlLoop.Parts(
      policy: policy, infrastructure: infrastructure.ports, journal: ProcessJournal(journal: journal, life: life),
      metrics: metrics, time: clock.ofProgram, identities: identities)
    parts.mode = mode
    if hasReplicas { parts.leadership = life }
    parts.logger = Logger(label: "run", factory: { _ in SwiftLogNoOpLogHandler() })
    starts += 1
    do {
      let made = parts
      let loop = try thread.run { try await ControlLoop(made) }
      process = Process(loop: loop, life: life)
      log.add(clock.now, "process started (\(starts))")
      nextTickAt = clock.now
      interval = policy.pace.tick
    } catch {
      log.add(clock.now, "process not started: \(error)")
      startsAt = clock.now.advanced(by: .seconds(10))
    }
  }

  private func tick() {
    guard let loop = process?.loop else { return }
    lastTickAt = clock.now
    // Who follows looks on; seldom, as it costs as much as leading.
    let follower = steps % 4 == 0 ? follower?.loop : nil
    do {
      for loop in [loop, follower].compactMap(\.self) { try thread.run { await loop.tick() } }
    } catch { preconditionFailure("a tick ends without an error: \(error)") }
    buryIfDead()
    handOverIfLost()
  }

  /// How long nobody leads before another does.
  private static let leaseLength: Duration = .seconds(17)

  /// Lets the other process lead, or a new one, when this one does not any more.
  private func handOverIfLost() {
    guard let old = process else { return }
    if let losesBy = old.losesLeadBy, clock.now >= losesBy { old.life.loseLead() }
    guard !old.life.isLeading else { return }
    let next = follower
    follower = old
    process = nil
    startsAt = clock.now.advanced(by: Self.leaseLength)
    if let next { lead(next) }
  }

  private func lead(_ next: Process) {
    log.add(clock.now, "another process leads")
    next.life.lead()
    process = next
    process?.losesLeadBy = nil
    process?.ticks = next.loop.lastDecision()?.ticks ?? 0
    starts += 1
    nextTickAt = clock.now.advanced(by: Self.leaseLength)
    interval = policy.pace.tick
  }

  /// Lets go of a process whose life is over, and plans the next.
  func buryIfDead() {
    guard let process else { return }
    if let diesBy = process.diesBy, clock.now >= diesBy { process.life.end() }
    guard process.life.isOver else { return }
    log.add(clock.now, "process died")
    startsAt = clock.now.advanced(by: process.downtime)
    self.process = nil
    if let next = follower {
      follower = nil
      lead(next)
    }
  }

  // MARK: - Looking

  private func look(hasTicked: Bool) -> Moment {
    var moment = Moment(
      now: clock.now, phase: scene.phases.phase(at: clock.now), policy: policy, world: world.look { $0 })
    moment.programNow = clock.programNow
    moment.records = journal.records
    let news = journal.takeNews()
    (moment.events, moment.requests) = (news.events, news.requests)
    moment.changed = news.hasRecords ? RecordChanges.between(records, moment.records) : []
    records = moment.records
    moment.calls = faults.takeCalls()
    moment.mode = mode
    moment.isUp = process != nil
    moment.starts = starts
    moment.disturbances = recent
    moment.handiwork = handiwork
    if hasTicked, let decided = process?.loop.lastDecision(), decided.ticks != process?.ticks {
      process?.ticks = decided.ticks
      moment.decision = (decided.snapshot, decided.plan, decided.report)
      decisions += 1
      log.fold(decided.report.summary)
      explain(decided.report)
    }
    for call in moment.calls { log.add(call.at, "call \(call.call): \(call.outcome)") }
    for event in moment.events { log.add(clock.now, "event \(event.code) \(event.name): \(event.sentence)") }
    recent = lasting.map(\.kind)
    handiwork = []
    return moment
  }

  /// Says why pools are as they are and where waiting pods go, when the reasons are others than at the last decision.
  private func explain(_ report: Report) {
    for pool in report.pools {
      let codes = pool.reasons.map(\.code)
      guard poolReasons.updateValue(codes, forKey: pool.pool) != codes else { continue }
      log.remark(clock.now, "pool \(pool.pool): \(pool.reasons.map(\.sentence).joined(separator: " "))")
    }
    var groups: [PodKey: String] = [:]
    for group in report.podGroups {
      groups[group.example] = group.reason.code
      if podReasons[group.example] != group.reason.code { log.remark(clock.now, "pods: \(group.reason.sentence)") }
    }
    podReasons = groups
  }

  private func judge(_ moment: Moment, _ ask: (inout any Checker) -> [Violation]) {
    for index in checkers.indices {
      for violation in ask(&checkers[index]) where told.insert(violation).inserted {
        violations.append(violation)
        log.add(moment.now, "VIOLATION \(violation.checker): \(violation.sentence)")
      }
    }
  }
}
