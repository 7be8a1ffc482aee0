import Model
import Ports
import Simulator
import Testing

/// A process that is killed at certain boundaries and started again each time, until its work is done.
struct CrashRun {
  /// Boundaries after each start; none after the last.
  var kills: [Int]
  var downtime: Duration = .seconds(20)

  struct Outcome {
    var bench: Bench
    /// Boundaries passed by the last process.
    var boundaries: Int
    var crashes: Int
    var isDone: Bool
  }

  /// Steps, and starts a new process whenever the present one was killed.
  /// - Parameters:
  ///   - prepare: leads to the state in which the kills begin.
  ///   - order: an operator's order, given again and again until it is accepted: its sender, too, must survive a crash.
  ///   - isDone: whether the end state is reached.
  func run(
    _ world: World, policy: Policy, prepare: (Bench) async throws -> Void = { _ in },
    order: (Bench) async throws -> Void, until isDone: (Bench) -> Bool
  ) async throws -> Outcome {
    let bench = try await Bench(world, policy: policy)
    try await prepare(bench)
    var left = kills
    try await bench.restart(kill: KillSwitch(at: left.isEmpty ? nil : left.removeFirst()))
    var crashes = 0
    var isOrdered = false
    let end = bench.now.advanced(by: .hours(1))
    while bench.now < end, !(isOrdered && isDone(bench) && !bench.kill.isDead) {
      if bench.kill.isDead {
        crashes += 1
        bench.clock.advance(by: downtime)
        try await bench.restart(kill: KillSwitch(at: left.isEmpty ? nil : left.removeFirst()))
      }
      if !isOrdered {
        do {
          try await order(bench)
          isOrdered = !bench.kill.isDead
        } catch is KillSwitch.Killed {}
        continue
      }
      await bench.step()
    }
    let boundaries = bench.kill.passed
    // What was begun twice would show by now.
    if isDone(bench) { await bench.steps(12) }
    return Outcome(bench: bench, boundaries: boundaries, crashes: crashes, isDone: isDone(bench))
  }
}

extension CrashRun.Outcome {
  /// What must hold however often the process died: every machine is a worker's and every worker has one machine, and
  /// the bill is what the world metered, but for the looks that were missed.
  func expectSound(machines expected: Int, lost: Duration, _ what: String) {
    let report = bench.world.look { $0.report }
    if !isDone {
      let story = bench.journal.allEvents.map { "\($0.at.clockText) \($0.code): \($0.sentence)" }
      Issue.record("\(what): the end state was not reached.\n\(story.joined(separator: "\n"))")
    }
    #expect(report.doubleCreations.isEmpty, "\(what)")
    #expect(report.foreignTouches.isEmpty, "\(what)")
    #expect(report.ownerRefusals == 0, "\(what)")
    #expect(report.budgetViolations.isEmpty, "\(what)")
    #expect(report.machines.count == expected, "\(what)")
    let records = bench.journal.records
    let alive = Set(records.filter { $0.state != .terminated }.map(\.id))
    #expect(Set(report.liveMachines.map(\.owner.id)) == alive, "\(what): orphans")
    #expect(Set(records.map(\.id)).count == records.count)
    for record in records {
      let meters = report.machines.filter { $0.owner.id == record.id }
      #expect(meters.count == 1, "\(what): \(record.name)")
      guard let meter = meters.first, let clonedAt = meter.clonedAt, let from = record.billedFrom else {
        Issue.record("\(what): \(record.name) was never billed")
        continue
      }
      #expect(from >= clonedAt && from - clonedAt <= lost, "\(what): billed from \(from), cloned \(clonedAt)")
      #expect((record.billedUntil == nil) == (meter.deletedAt == nil), "\(what): \(record.name)")
      if let until = record.billedUntil, let deletedAt = meter.deletedAt {
        #expect(until >= deletedAt && until - deletedAt <= lost, "\(what): billed until \(until), gone \(deletedAt)")
      }
    }
    let broken = bench.world.look { $0.brokenInvariants() }
    #expect(broken.isEmpty, "\(what): \(broken)")
  }
}
