/// What a soak checks, in the order of its summary.
enum SoakCheck: String, Hashable, Sendable, CaseIterable {
  case alive = "the server never ended by itself"
  case ends = "asked to end, it ended in order"
  case healed = "all was well again in time after the last fault"
  case once = "no worker was made twice"
  case foreign = "nothing of others was touched"
  case budgets = "no disruption budget was broken"
  case world = "the world agrees with itself"
  case orphans = "no machine without a worker"
  case records = "no worker without its machine"
  case ledger = "what was paid is what was metered"
  case samples = "no acknowledged sample was lost"
  case memory = "memory stayed flat"
  case descriptors = "descriptors stayed flat"
}

/// Something that is not as it must be.
struct SoakFinding: Hashable, Sendable {
  var check: SoakCheck
  var sentence: String
}

/// What the world and the server tell at the end, against each other. Pure.
enum SoakJudge {
  /// One worker, as the server tells it.
  struct Worker: Hashable, Sendable {
    var id: String
    var name: String
    var machine: Int?
    var isReady: Bool
  }

  /// What the world has counted against the server, at any time.
  static func harm(_ world: WorldAccount) -> [SoakFinding] {
    var found: [SoakFinding] = world.doubleCreations.map { SoakFinding(check: .once, sentence: "\($0) was made twice") }
    found += world.foreignTouches.map {
      SoakFinding(check: .foreign, sentence: "\($0.operation) on machine \($0.machine)")
    }
    if world.ownerRefusals > 0 {
      found.append(SoakFinding(check: .foreign, sentence: "\(world.ownerRefusals) calls for another worker's machine"))
    }
    found += world.budgetViolations.map {
      SoakFinding(check: .budgets, sentence: "\($0.operation) broke \($0.budget)")
    }
    return found + world.contradictions.map { SoakFinding(check: .world, sentence: $0) }
  }

  /// Whether machines and workers belong to each other, one to one.
  static func pairing(_ world: WorldAccount, _ workers: [Worker]) -> [SoakFinding] {
    let byID = Dictionary(grouping: workers, by: \.id)
    var found: [SoakFinding] = []
    for machine in world.live where byID[machine.id] == nil {
      found.append(
        SoakFinding(check: .orphans, sentence: "machine \(machine.machine) of \(machine.worker) has no worker"))
    }
    for worker in workers.sorted(by: { $0.id < $1.id }) {
      let machines = world.live.filter { $0.id == worker.id }.map(\.machine)
      if let machine = worker.machine, !machines.contains(machine) {
        found.append(SoakFinding(check: .records, sentence: "\(worker.name): its machine \(machine) is not there"))
      } else if worker.isReady, machines.isEmpty {
        found.append(SoakFinding(check: .records, sentence: "\(worker.name) is ready without a machine"))
      }
    }
    return found
  }

  /// Whether all is as it should be when nothing goes wrong: each worker ready, each with a node, and no pod waiting.
  /// - Returns: what is missing, in words; `nil` when nothing is.
  static func missing(_ world: WorldAccount, _ workers: [Worker]) -> String? {
    if let worker = workers.first(where: { !$0.isReady }) { return "\(worker.name) is not ready" }
    if let finding = pairing(world, workers).first { return finding.sentence }
    if world.nodes != workers.count { return "\(world.nodes) nodes for \(workers.count) workers" }
    return nil
  }

  /// Leaks of all lives that were long enough; a soak in which none was has not looked.
  static func leaks(_ lives: [ProcessLifetime]) -> [SoakFinding] {
    let judged = lives.filter { !$0.judgements.isEmpty }
    guard !judged.isEmpty else {
      return [SoakCheck.memory, .descriptors].map {
        SoakFinding(check: $0, sentence: "no process lived long enough to tell; let it run longer")
      }
    }
    return judged.flatMap { life in
      life.judgements.filter(\.isLeak).map { judgement in
        let figure = judgement.figure
        return SoakFinding(
          check: figure == .descriptors ? .descriptors : .memory,
          sentence: "process \(life.number): \(figure.rawValue) rose from \(figure.text(judgement.from)) to "
            + "\(figure.text(judgement.to)) in \(Int(judgement.span)) s")
      }
    }
  }
}
