package import Decision
package import Model

/// A problem to plan for, with the limits that apply.
package struct PlanningProblem {
  package let name: String
  package let problem: PackingProblem
  package let book: GrowthBook

  package init(name: String, problem: PackingProblem, book: GrowthBook) {
    self.name = name
    self.problem = problem
    self.book = book
  }

  package var pods: Int { problem.counts.reduce(0, +) }

  package func chosen() -> Solution { Chooser(problem: problem, book: book).solve() }
}

/// A kind of worker by its figures.
package struct WorkerShape {
  package var pool: PoolName
  package var name: TemplateName
  package var cpuMillicores: Int64
  package var memoryMebibytes: Int64
  package var gpus: Int64
  package var pods: Int64
  /// Micro-units an hour.
  package var price: Int64

  package init(
    pool: PoolName, name: TemplateName, cpuMillicores: Int64, memoryMebibytes: Int64, gpus: Int64 = 0,
    pods: Int64 = 110,
    price: Int64
  ) {
    self.pool = pool
    self.name = name
    self.cpuMillicores = cpuMillicores
    self.memoryMebibytes = memoryMebibytes
    self.gpus = gpus
    self.pods = pods
    self.price = price
  }

  var room: [Int64] { [cpuMillicores, memoryMebibytes, gpus, pods] }
}

/// Pods that are alike.
package struct PodShape {
  package var cpuMillicores: Int64
  package var memoryMebibytes: Int64
  package var gpus: Int64
  package var count: Int
  /// Pools whose workers it may not run on.
  package var avoids: Set<PoolName>
  package var perWorker: Int

  package init(
    cpuMillicores: Int64, memoryMebibytes: Int64, gpus: Int64 = 0, count: Int, avoids: Set<PoolName> = [],
    perWorker: Int = .max
  ) {
    self.cpuMillicores = cpuMillicores
    self.memoryMebibytes = memoryMebibytes
    self.gpus = gpus
    self.count = count
    self.avoids = avoids
    self.perWorker = perWorker
  }

  var row: [Int64] { [cpuMillicores, memoryMebibytes, gpus, 1] }
}

extension PlanningProblem {
  /// Puts a problem together as a plan does: groups sorted by size, limits from a policy.
  ///
  /// - Parameter maxima: by pool; a pool without one is as good as without a limit.
  package init(name: String, pods: [PodShape], workers: [WorkerShape], maxima: [PoolName: Int] = [:]) {
    let names = Set(workers.map(\.pool)).sorted()
    let pools = names.map { name in
      var pool = Pool(
        name: name, kind: name.rawValue.hasPrefix("spot") ? .spot : .permanent, maximum: maxima[name] ?? 1_000_000,
        defaultTemplate: workers.first { $0.pool == name }!.name,
        templates: workers.filter { $0.pool == name }.map(\.name).sorted())
      pool.growCooldown = .zero
      return pool
    }
    let kinds = workers.map { shape in
      PackingProblem.Kind(
        pool: pools[names.firstIndex(of: shape.pool)!], template: Self.template(shape), room: shape.room,
        price: shape.price)
    }
    let scale = (0..<4).map { dimension in Double(max(1, workers.map { $0.room[dimension] }.max() ?? 1)) }
    func size(_ pod: PodShape) -> Double { (0..<3).reduce(0) { $0 + Double(pod.row[$1]) / scale[$1] } }
    let pods = pods.filter { $0.count > 0 }.enumerated()
      .sorted { (-size($0.element), $0.offset) < (-size($1.element), $1.offset) }.map(\.element)
    let problem = PackingProblem(
      rows: pods.map(\.row), counts: pods.map(\.count), priorities: pods.map { _ in 0 }, kinds: kinds,
      allowed: pods.map { pod in workers.map { !pod.avoids.contains($0.pool) } }, perWorker: pods.map(\.perWorker))
    self.init(name: name, problem: problem, book: Self.book(pools, workers.map(Self.template)))
  }

  private static func template(_ shape: WorkerShape) -> Template {
    Template(
      name: shape.name, source: MachineID(9000),
      machine: Template.Machine(cpuCores: 1, memoryBytes: 1, diskBytes: 1, gpus: Int(shape.gpus)),
      allocatable: Resources(
        cpuMillicores: shape.cpuMillicores, memoryBytes: .mebibytes(shape.memoryMebibytes), pods: shape.pods,
        extended: ["nvidia.com/gpu": shape.gpus]), price: HourlyPrice(perHour: Money(microunits: shape.price)))
  }

  /// Limits of pools only: hosts and money are without end.
  private static func book(_ pools: [Pool], _ templates: [Template]) -> GrowthBook {
    let now = Instant(rfc3339: "2026-11-10T12:00:00Z")!
    let policy = Policy(clusterName: "benchmark", pools: pools, templates: templates, triggers: [])
    var snapshot = Snapshot(now: now)
    var host = HostObservation(
      name: HostName("host"), online: true, cpuCores: 1 << 40, memoryBytes: 1 << 60, freeStorageBytes: 1 << 60)
    host.freeGPUs = 1 << 40
    snapshot.hosts = .known([host], at: now)
    snapshot.spending = .known(
      Spending(month: "2026-11", monthStart: now.advanced(by: .hours(-300)), monthEnd: now.advanced(by: .hours(300))),
      at: now)
    var book = GrowthBook(snapshot: snapshot, policy: policy)
    book.slots = .max
    return book
  }
}
