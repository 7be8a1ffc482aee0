import API
import Foundation
import Model
import Testing

@testable import poolkeeper

/// `kill -9` at every changing call of a worker's life, with real clients against a simulated world.
@Suite struct WireKillTests {
  /// When the server dies, seen from the call.
  enum Moment: String, CaseIterable, CustomTestStringConvertible {
    /// The call has left, and has no effect.
    case before = "kill-before"
    /// The call has its effect, and no answer.
    case after = "kill-after"
    /// The answer has been sent.
    case answered = "kill-answered"

    var testDescription: String { rawValue }
  }

  /// One worker's life, and the calls at which the server dies.
  struct Life {
    var making: String?
    /// Calls of that operation that pass before.
    var makingAfter = 0
    /// The call that mends a node whose kubelet died.
    var repair: String?
    /// Calls that are refused so that the repair goes on to the one that is wanted.
    var refused: String?
    var removing: String?
    var force = false
  }

  static let lives: [Life] = [
    Life(making: "proxmox.clone", removing: "kubernetes.patch_node"),
    Life(making: "proxmox.config", removing: "kubernetes.evict"),
    Life(making: "proxmox.resize", removing: "talos.shutdown"),
    Life(making: "proxmox.start", removing: "proxmox.stop", force: true),
    Life(making: "talos.apply", removing: "kubernetes.delete_node"),
    // The labels that the kubelet may not give, then the start-up taint.
    Life(making: "kubernetes.patch_node", removing: "proxmox.delete"),
    Life(making: "kubernetes.patch_node", makingAfter: 1, repair: "talos.restart_kubelet"),
    Life(repair: "talos.reboot", refused: "talos.restart_kubelet"),
  ]

  @Test(.timeLimit(.minutes(10)), arguments: Moment.allCases)
  func oneWorkerOneMachineAndOneBillThoughKilledAtEachCall(_ moment: Moment) async throws {
    try await WireBench.with { bench in
      try await bench.addPods("shop", replicas: 2)
      for (index, life) in Self.lives.enumerated() { try await Self.live(life, moment, bench, index) }
      let report = try await bench.report()
      #expect(report.live.isEmpty && report.nodes == 0, "\(report.live)")
      let replaced = Self.lives.count { Self.isReplaced($0, moment) }
      #expect(report.machines.count == Self.lives.count + replaced, "one machine a worker: \(report.machines)")
    }
  }

  /// A repair's call is sent once. A reboot that never left is a level that did not help, and the next one replaces.
  private static func isReplaced(_ life: Life, _ moment: Moment) -> Bool {
    life.repair == "talos.reboot" && moment == .before
  }

  private static func live(_ life: Life, _ moment: Moment, _ bench: WireBench, _ index: Int) async throws {
    let made = life.making.map { "\($0) \(moment.rawValue)" } ?? "a life without a kill"
    if let making = life.making { try await arm(making, moment, bench, after: life.makingAfter) }
    try await bench.order("life-\(index)")
    if life.making != nil { try await revive(made, bench) }
    var worker = try await bench.ready(made)
    try await expectOneMachine(of: worker, made, bench)

    if let repair = life.repair {
      let what = "\(repair) \(moment.rawValue)"
      if let refused = life.refused { try await bench.inject("\(refused)=refused:9:service kubelet is busy") }
      try await arm(repair, moment, bench)
      try await bench.inject("world.kubelet-dies=\(worker.name.rawValue)")
      try await revive(what, bench)
      let mended = try await bench.ready(what)
      #expect((mended.id == worker.id) == !isReplaced(life, moment), "\(what)")
      worker = mended
      try await expectOneMachine(of: worker, what, bench)
    }

    let removed = life.removing.map { "\($0) \(moment.rawValue)" } ?? "a removal without a kill"
    if let removing = life.removing { try await arm(removing, moment, bench) }
    let downBefore = bench.downtime
    try await bench.remove(worker.name, force: life.force)
    if life.removing != nil { try await revive(removed, bench) }
    try await bench.gone(removed)
    try await expectPaid(worker, since: downBefore, "\(made), \(removed)", bench)
  }

  private static func arm(
    _ operation: String, _ moment: Moment, _ bench: WireBench, after: Int = 0
  ) async throws {
    try await bench.inject("\(operation)=\(moment.rawValue):\(bench.brain.program.identifier);after=\(after)")
  }

  private static func revive(_ what: String, _ bench: WireBench) async throws {
    try await bench.revive(what)
    let met = try await bench.met()
    #expect(met.faults.isEmpty, "\(what): the fault was not met: \(met.faults)")
  }

  private static func expectOneMachine(of worker: WorkerView, _ what: String, _ bench: WireBench) async throws {
    let report = try await bench.report()
    report.expectNoHarm(what)
    #expect(report.live.count == 1 && report.live.first?.id == worker.id.rawValue, "\(what): \(report.live)")
    #expect(report.live.first?.machine == worker.machine?.rawValue, "\(what)")
    #expect(report.nodes == 1, "\(what)")
  }

  /// What was paid is what the world metered, but for two looks and the time for which the server was dead.
  private static func expectPaid(
    _ worker: WorkerView, since downBefore: Double, _ what: String, _ bench: WireBench
  ) async throws {
    let report = try await bench.report()
    report.expectNoHarm(what)
    #expect(report.live.isEmpty && report.nodes == 0, "\(what): \(report.live)")
    let machines = report.machines.filter { $0.id == worker.id.rawValue }
    #expect(machines.count == 1, "\(what): \(machines)")
    let machine = try #require(machines.first)
    let metered = try #require(machine.deletedAt) - #require(machine.clonedAt)
    let paid = try #require(try await bench.paidSeconds())
    let unseen = 180.0
    #expect(paid >= metered - bench.downtime - unseen, "\(what): \(paid) s paid, \(metered) s metered")
    #expect(paid <= metered + (bench.downtime - downBefore) + unseen, "\(what): \(paid) s paid, \(metered) s metered")
  }
}
