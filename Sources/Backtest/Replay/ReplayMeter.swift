import Model

/// Adds up, over time, what a replay is judged by.
struct ReplayMeter: Sendable {
  /// CPU, memory and GPUs: of pods on nodes, or of nodes.
  struct Amounts: Sendable {
    var cpu: Int64 = 0
    var memory: Int64 = 0
    var gpus: Int64 = 0

    mutating func add(_ room: [Int64], _ table: ReplayTable, sign: Int64) {
      cpu += sign * room[0]
      memory += sign * room[1]
      for dimension in table.gpuDimensions { gpus += sign * room[dimension] }
    }

    mutating func add(_ table: ReplayTable, _ pod: Int, sign: Int64) {
      let start = pod * table.width
      cpu += sign * table.demands[start]
      memory += sign * table.demands[start + 1]
      for dimension in table.gpuDimensions { gpus += sign * table.demands[start + dimension] }
    }
  }

  private let start: Instant
  private let end: Instant
  private let pools: [PoolName]
  private(set) var now: Instant

  var requested = Amounts()
  /// Of workers whose nodes are ready, those that are being drained included.
  var offered = Amounts()
  /// What pods use of their CPU requests, in millicores.
  var usedCPU = 0.0
  /// Amount × hours.
  private var requestedHours = (cpu: 0.0, memory: 0.0, gpus: 0.0)
  private var offeredHours = (cpu: 0.0, memory: 0.0, gpus: 0.0)

  var arrived = 0
  var neverFit = 0
  var podsMoved = 0
  var repeated: Duration = .zero
  var workersMade = 0
  var workersRemoved = 0
  private var causes: [String: Cause] = [:]

  private var billed: [PoolName: Int] = [:]
  private(set) var mostWorkers = 0
  private(set) var mostWorkersAt: Instant?
  private(set) var series: [SeriesPoint] = []

  init(start: Instant, end: Instant, pools: [PoolName]) {
    self.start = start
    self.end = end
    self.pools = pools
    now = start
  }

  /// Lets time pass. `cost` is asked for what all workers have cost until an instant.
  mutating func advance(to instant: Instant, waiting: Int, cost: (Instant) -> Money) {
    while let next = nextPoint, next < instant { add(point(at: next, waiting, cost(next))) }
    let hours = (instant - now).inSeconds / 3600
    requestedHours.cpu += Double(requested.cpu) * hours
    requestedHours.memory += Double(requested.memory) * hours
    requestedHours.gpus += Double(requested.gpus) * hours
    offeredHours.cpu += Double(offered.cpu) * hours
    offeredHours.memory += Double(offered.memory) * hours
    offeredHours.gpus += Double(offered.gpus) * hours
    now = instant
  }

  /// The last point of the series.
  mutating func finish(waiting: Int, cost: Money) { add(point(at: now, waiting, cost)) }

  private mutating func add(_ point: SeriesPoint) { series.append(point) }

  /// When the next point of the series is due; `nil` when there is one left only, for the end.
  private var nextPoint: Instant? {
    let steps = Int64(BacktestResult.seriesLimit - 1)
    guard series.count < Int(steps), end > start else { return nil }
    let span = end.milliseconds - start.milliseconds
    return Instant(
      milliseconds: start.milliseconds + span / steps * Int64(series.count)
        + span % steps * Int64(series.count) / steps)
  }

  private func point(at instant: Instant, _ waiting: Int, _ cost: Money) -> SeriesPoint {
    var point = SeriesPoint(at: instant)
    for pool in pools { point.workers[pool] = billed[pool] ?? 0 }
    point.pendingPods = waiting
    point.cost = cost
    point.requestedCPU = requested.cpu
    point.allocatableCPU = offered.cpu
    return point
  }

  mutating func setBilled(_ counts: [PoolName: Int], at now: Instant) {
    billed = counts
    let all = counts.values.reduce(0, +)
    guard all > mostWorkers else { return }
    mostWorkers = all
    mostWorkersAt = now
  }

  /// A worker comes or goes for a reason.
  mutating func note(_ reason: Reason, made: Bool, at now: Instant) {
    var cause = causes[reason.code] ?? Cause(code: reason.code, sentence: reason.sentence, first: now)
    if made {
      cause.workersMade += 1
      workersMade += 1
    } else {
      cause.workersRemoved += 1
      workersRemoved += 1
    }
    causes[reason.code] = cause
  }

  var causesByWeight: [Cause] {
    causes.values.sorted { left, right in
      let (a, b) = (left.workersMade + left.workersRemoved, right.workersMade + right.workersRemoved)
      return a != b ? a > b : left.code < right.code
    }
  }

  var utilisation: UtilisationShares {
    func share(_ part: Double, _ whole: Double) -> Double? { whole > 0 ? min(1, max(0, part / whole)) : nil }
    var shares = UtilisationShares()
    shares.cpu = share(requestedHours.cpu, offeredHours.cpu)
    shares.memory = share(requestedHours.memory, offeredHours.memory)
    shares.gpu = share(requestedHours.gpus, offeredHours.gpus)
    return shares
  }
}
