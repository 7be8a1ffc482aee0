import Model

/// A decision in the making: what the rules have put down so far.
struct Draft {
  let situation: Situation
  var plan = Plan()
  var memory: DecisionMemory
  var book: GrowthBook
  /// What was spent and committed before this plan.
  let purse: Purse
  /// Reasons by pool, in the order in which they arose.
  var poolNotes: [PoolName: [Reason]] = [:]
  var requests: [RequestReport] = []
  var alerts: [AlertReport] = []
  var schedules: [ScheduleReport] = []
  var podGroups: [PodGroupReport] = []
  var workerNotes: [WorkerName: WorkerReport] = [:]
  /// Nodes that pending pods are about to use.
  var claimed: Set<NodeName> = []
  /// Workers that this plan retires.
  var retiring: Set<WorkerName> = []
  /// How many more workers may be on their way out at once.
  var removalSlots: Int
  /// The cluster as the scheduler sees it, once a rule has asked for it, with what this plan has placed so far.
  var fit: FitModel?
  /// Where the pods of workers that go by choice have gone in that model, once a rule has moved any.
  var evacuation: Evacuation?
  /// The first worker of each pool that no host had room for.
  var unplaced: [PoolName: Unplaced] = [:]
  /// How many workers of each pool this plan retires by choice.
  var chosen: [PoolName: Int] = [:]

  /// A worker that was needed and found no host.
  struct Unplaced {
    let offer: Offer
    /// It was to be one of its pool's minimum.
    let isMinimum: Bool
  }

  init(_ situation: Situation) {
    self.situation = situation
    memory = situation.snapshot.memory
    book = GrowthBook(situation)
    purse = book.purse
    let leaving = (situation.workers + situation.reserves).filter {
      !$0.isStaying && $0.state != .failed && !$0.isHeldUp(situation.policy, now: situation.now)
    }
    removalSlots = max(0, situation.policy.provisioning.parallelLimit - leaving.count)
  }

  /// Makes the model of fit unless it is there.
  mutating func modelFit() {
    if fit == nil { fit = FitModel(situation, planned: plan.creations) }
  }

  mutating func note(_ pool: PoolName, _ reason: Reason) {
    if poolNotes[pool, default: []].contains(where: { $0.code == reason.code && $0.sentence == reason.sentence }) {
      return
    }
    poolNotes[pool, default: []].append(reason)
  }

  mutating func note(_ worker: WorkerName, _ verdict: WorkerReport.Verdict, _ reason: Reason) {
    workerNotes[worker] = WorkerReport(worker: worker, verdict: verdict, reason: reason)
  }

  /// Creates a worker if every limit allows, of a standby clone where there is one of its kind; otherwise says what stands
  /// in the way.
  mutating func create(_ offer: Offer, request: RequestID? = nil, beyondBudget: Bool = false, _ reason: Reason)
    -> Obstacle?
  {
    if let standby = book.standby(for: offer) {
      return start(standby, offer, request: request, beyondBudget: beyondBudget, reason)
    }
    switch book.reserve(offer, beyondBudget: beyondBudget) {
    case .failure(let obstacle):
      if obstacle == .hostsFull, unplaced[offer.pool.name] == nil {
        let isMinimum = book.staying(in: offer.pool.name) < offer.pool.minimum
        unplaced[offer.pool.name] = Unplaced(offer: offer, isMinimum: isMinimum)
      }
      return obstacle
    case .success(let reservation):
      var creation = Creation(
        worker: book.nextName(in: offer.pool.name), pool: offer.pool.name, template: offer.template.name,
        price: offer.price, commitment: reservation.commitment, reason: reason)
      creation.host = reservation.host
      creation.timeToLive = offer.timeToLive
      creation.request = request
      plan.creations.append(creation)
      return nil
    }
  }

  /// Starts a standby clone if every limit allows; otherwise says what stands in the way.
  mutating func start(
    _ standby: WorkerRecord, _ offer: Offer, request: RequestID? = nil, beyondBudget: Bool = false, _ reason: Reason
  ) -> Obstacle? {
    switch book.activate(standby, offer, beyondBudget: beyondBudget) {
    case .failure(let obstacle): return obstacle
    case .success(let commitment):
      var creation = Creation(
        worker: standby.name, pool: offer.pool.name, template: offer.template.name, price: offer.price,
        commitment: commitment, reason: reason)
      creation.host = standby.host
      creation.timeToLive = offer.timeToLive
      creation.request = request
      creation.startsStandby = true
      plan.creations.append(creation)
      return nil
    }
  }

  /// Creates several workers of an offer, until a limit stands in the way.
  mutating func create(_ count: Int, _ offer: Offer, _ reason: Reason) -> (created: Int, obstacle: Obstacle?) {
    for created in 0..<max(0, count) {
      if let obstacle = create(offer, reason) { return (created, obstacle) }
    }
    return (max(0, count), nil)
  }

  /// Lets a worker go that the plan has not let go yet.
  mutating func retire(_ worker: WorkerRecord, byChoice: Bool, force: Bool = false, _ reason: Reason) {
    guard retiring.insert(worker.name).inserted else { return }
    plan.retirements.append(Retirement(worker: worker.name, byChoice: byChoice, force: force, reason: reason))
    plan.repairs.removeAll { $0.worker == worker.name }
    plan.announcements.removeAll { $0.worker == worker.name }
    removalSlots -= 1
    if byChoice { chosen[worker.pool, default: 0] += 1 }
    note(worker.name, .retire, reason)
  }

  /// Standby clones that this plan starts.
  var startedStandbys: Set<WorkerName> { Set(plan.creations.filter(\.isActivation).map(\.worker)) }

  /// Workers of a pool that stay after this plan, those that it creates included.
  func stayingAfterPlan(_ pool: PoolName) -> Int {
    // By index: records are large, and this is asked for each of them.
    let workers = situation.workers(of: pool)
    let staying = workers.indices.count { workers[$0].isStaying && !retiring.contains(workers[$0].name) }
    return staying + plan.creations.count { $0.pool == pool }
  }

  /// Whether no more than so many do; walks no further than it must.
  func staysAfterPlan(_ pool: PoolName, atMost limit: Int) -> Bool {
    var left = limit - plan.creations.count { $0.pool == pool }
    guard left >= 0 else { return false }
    let workers = situation.workers(of: pool)
    for index in workers.indices where workers[index].isStaying && !retiring.contains(workers[index].name) {
      left -= 1
      if left < 0 { return false }
    }
    return true
  }

  func isGrowing(_ pool: PoolName) -> Bool {
    plan.creations.contains { $0.pool == pool }
      || situation.workers(of: pool).contains { $0.isStaying && $0.state.isUnderWay }
  }

  func result() -> DecisionResult {
    var finished = plan
    // By pool; within one in the order in which they were decided, on which depends which of them its minimum keeps.
    finished.creations = plan.creations.enumerated().sorted {
      ($0.element.pool, $0.offset) < ($1.element.pool, $1.offset)
    }.map(\.element)
    finished.retirements.sort { $0.worker < $1.worker }
    finished.repairs.sort { $0.worker < $1.worker }
    finished.standbys?.sort { $0.worker < $1.worker }
    finished.announcements.sort { $0.worker < $1.worker }
    return DecisionResult(plan: finished, report: ReportRule.report(self), memory: memory)
  }
}
