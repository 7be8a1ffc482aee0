import Model

/// One replay in progress: virtual time, in which pods come and go, workers come and go, and a strategy decides.
struct Replay {
  private var cluster: ReplayedCluster
  private var strategy: any Strategy
  private var events = ReplayEvents()
  /// Index of the next pod to come.
  private var nextPod = 0
  private var nextLook: Instant?
  private var looks = 0
  private var refusedPlans = 0
  private var refusals: [String: Reason] = [:]
  private let name: String

  /// So many instants are gone through between two questions whether to go on.
  static let stepsBetweenQuestions = 512

  init(_ history: History, table: ReplayTable, strategy: any Strategy, name: String, setting: ReplaySetting) {
    cluster = ReplayedCluster(history: history, table: table, setting: setting)
    self.strategy = strategy
    self.name = name
  }

  /// Runs to the history's end, or until `proceed`, which is told how far it is (0 ... 1), says no.
  mutating func run(initial: [Int], proceed: (Double) -> Bool) -> BacktestResult {
    let history = cluster.history
    start(initial)
    let span = max(1, Double(history.end.milliseconds - history.start.milliseconds))
    var steps = 0
    var isComplete = true
    while let next = nextInstant, next < history.end {
      step(to: next)
      steps += 1
      guard steps % Self.stepsBetweenQuestions == 0 else { continue }
      if !proceed(Double(next.milliseconds - history.start.milliseconds) / span) {
        isComplete = false
        break
      }
    }
    if isComplete { cluster.advance(to: history.end) }
    return result(isComplete: isComplete)
  }

  /// Runs to the history's end; whenever a pod waits that some worker can hold, one is there at once and stays. Returns the
  /// kinds of all workers at the end.
  mutating func growing(_ fleet: [Int]) -> [Int] {
    start(fleet)
    var kinds = fleet
    while let next = nextInstant, next < cluster.history.end {
      step(to: next)
      var position = 0
      while position < cluster.waiting.count {
        guard let kind = FixedFleet.kind(for: cluster.waiting[position], in: cluster) else {
          position += 1
          continue
        }
        stand(kind)
        kinds.append(kind)
        schedule(nil)
      }
    }
    return kinds
  }

  /// A worker is there, ready, from this instant on.
  private mutating func stand(_ kind: Int) {
    let reason = Reason("present_at_start", "It was there when the replay began.")
    guard let number = cluster.request(cluster.creation(kind, in: Plan(), reason)) else { return }
    cluster.cloned(number)
    cluster.ready(number)
    cluster.made(reason)
  }

  /// What stands ready at the start, and the first look.
  private mutating func start(_ initial: [Int]) {
    for kind in initial { stand(kind) }
    nextLook = cluster.now
  }

  private var nextInstant: Instant? {
    let history = cluster.history
    let arrival = nextPod < history.pods.count ? max(history.start, history.pods[nextPod].createdAt) : nil
    return [events.next, arrival, nextLook].compactMap { $0 }.min()
  }

  private mutating func step(to instant: Instant) {
    cluster.advance(to: instant)
    var hasRoom = false
    var hasChanged = false
    while let event = events.take(dueAt: instant) {
      let effect = happen(event)
      hasRoom = hasRoom || effect.leavesRoom
      hasChanged = hasChanged || effect.isChange
    }
    let arrivals = takeArrivals()
    schedule(hasRoom ? nil : arrivals)
    if hasChanged || !arrivals.isEmpty {
      let waits = arrivals.contains { cluster.pods[$0].isWaiting }
      notice(waits ? .podsWait : .other)
    }
    guard let due = nextLook, due <= cluster.now else { return }
    look()
  }

  private mutating func notice(_ change: ReplayChange) {
    guard let instant = strategy.notices(change, at: cluster.now) else { return }
    let noticed = max(cluster.now, instant)
    nextLook = min(nextLook ?? noticed, noticed)
  }

  private mutating func takeArrivals() -> [Int] {
    let history = cluster.history
    var arrivals: [Int] = []
    while nextPod < history.pods.count, history.pods[nextPod].createdAt <= cluster.now {
      let pod = nextPod
      nextPod += 1
      let recorded = history.pods[pod]
      if recorded.runsFor == nil, let deletedAt = recorded.deletedAt {
        // A service that was gone before the history begins.
        if deletedAt <= cluster.now && recorded.createdAt < history.start { continue }
        events.add(.podDeleted(pod), at: max(deletedAt, cluster.now))
      }
      cluster.arrive(pod)
      arrivals.append(pod)
    }
    return arrivals
  }

  private mutating func schedule(_ candidates: [Int]?) {
    let waiting = cluster.waiting
    guard !waiting.isEmpty else { return }
    ReplayScheduler.run(&cluster, candidates: candidates)
    for pod in waiting where !cluster.pods[pod].isWaiting {
      guard let span = cluster.history.pods[pod].runsFor else { continue }
      events.add(.workEnds(pod: pod, start: cluster.pods[pod].starts), at: cluster.now.advanced(by: span))
    }
  }

  private mutating func happen(_ event: ReplayEvent.Kind) -> (leavesRoom: Bool, isChange: Bool) {
    switch event {
    case .workEnds(let pod, let start):
      guard cluster.pods[pod].worker != nil, cluster.pods[pod].starts == start else { return (false, false) }
      return finish(pod)
    case .podDeleted(let pod): return finish(pod)
    case .gone(let number):
      cluster.remove(number)
      return (false, true)
    case .drains(let number):
      drain(number)
      return (true, true)
    case .cloned(let number):
      cluster.cloned(number)
      guard let worker = cluster.worker(number), worker.record.state == .joining else { return (false, true) }
      startUp(worker)
      // A clone that has ended changes nothing that anybody goes by: it was on its way before and still is.
      return (false, false)
    case .ready(let number):
      cluster.ready(number)
      return (true, true)
    }
  }

  private mutating func finish(_ pod: Int) -> (leavesRoom: Bool, isChange: Bool) {
    let number = cluster.pods[pod].worker
    let leavesRoom = cluster.finish(pod)
    if let number, let worker = cluster.worker(number), worker.record.state == .draining, worker.pods.isEmpty {
      takeAway(number)
    }
    return (leavesRoom, true)
  }

  // MARK: - Workers' lives

  private mutating func startUp(_ worker: ReplayedWorker) {
    let time = cluster.setting.drawn(cluster.setting.startTime, worker: worker.number, step: 1)
    events.add(.ready(worker.number), at: cluster.now.advanced(by: time))
  }

  private mutating func takeAway(_ number: Int) {
    cluster.terminate(number)
    let time = cluster.setting.drawn(cluster.setting.removalTime, worker: number, step: 2)
    events.add(.gone(number), at: cluster.now.advanced(by: time))
  }

  /// The next batch of a worker's pods leaves; when none is left, its machine goes.
  private mutating func drain(_ number: Int) {
    guard let worker = cluster.worker(number), worker.record.state == .draining else { return }
    let draining = cluster.policy.draining
    let batch = worker.record.removal?.force == true ? worker.pods.count : max(1, draining.batchSize)
    for pod in worker.pods.prefix(batch) { cluster.evict(pod) }
    if worker.pods.count <= batch {
      takeAway(number)
    } else {
      events.add(.drains(number), at: cluster.now.advanced(by: max(.seconds(1), draining.batchDelay)))
    }
  }

  // MARK: - Deciding

  private mutating func look() {
    looks += 1
    let look = strategy.look(cluster)
    nextLook = look.next.map { max($0, cluster.now.advanced(by: .milliseconds(1))) }
    guard look.refusals.isEmpty else {
      refusedPlans += 1
      for refusal in look.refusals where refusals[refusal.code] == nil { refusals[refusal.code] = refusal }
      return
    }
    carryOut(look.plan)
  }

  private mutating func carryOut(_ plan: Plan) {
    for standby in plan.standbys ?? [] {
      let creation = Creation(
        worker: standby.worker, pool: standby.pool, template: standby.template, price: standby.price,
        commitment: standby.commitment, reason: standby.reason)
      begin(creation, standby: standby)
    }
    for creation in plan.creations {
      guard creation.isActivation else {
        begin(creation, standby: nil)
        continue
      }
      guard let number = cluster.worker(named: creation.worker)?.number, cluster.activate(number, creation) else {
        continue
      }
      startUp(cluster.worker(number)!)
    }
    for announcement in plan.announcements { cluster.announced(announcement.worker) }
    var hasEvicted = false
    for retirement in plan.retirements {
      guard let worker = cluster.worker(named: retirement.worker),
        cluster.retire(worker.number, reason: retirement.reason, force: retirement.force)
      else { continue }
      cluster.lost(retirement.reason)
      if worker.pods.isEmpty {
        takeAway(worker.number)
      } else {
        drain(worker.number)
        hasEvicted = true
      }
    }
    if hasEvicted {
      schedule(nil)
      notice(cluster.waiting.isEmpty ? .other : .podsWait)
    }
  }

  private mutating func begin(_ creation: Creation, standby: StandbyCreation?) {
    guard let number = cluster.request(creation, standby: standby) else { return }
    cluster.made(creation.reason)
    let time = cluster.setting.drawn(cluster.setting.cloneTime, worker: number, step: 0)
    events.add(.cloned(number), at: cluster.now.advanced(by: time))
  }

  // MARK: - The result

  private mutating func result(isComplete: Bool) -> BacktestResult {
    var result = cluster.finished(BacktestResult(name: name, kind: strategy.kind, start: cluster.history.start))
    result.isComplete = isComplete
    result.decisions = looks
    result.refusedPlans = refusedPlans
    result.refusals = refusals.keys.sorted().map { refusals[$0]! }
    return result
  }
}
