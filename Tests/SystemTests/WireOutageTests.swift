import API
import Foundation
import Model
import Testing

@testable import poolkeeper

/// Times at which something cannot be asked, or the clock is not what it was.
@Suite(.serialized) struct WireOutageTests {
  @Test(.timeLimit(.minutes(5))) func aBudgetThatNeverAllowsStopsADrainAndIsNamedAndNothingIsForced() async throws {
    try await WireBench.with { bench in
      try await bench.order("budget")
      let worker = try await bench.ready("budget")
      try await bench.addPods("shop-never", replicas: 2, minimum: 2)
      try await Bench.eventually("the pods run") {
        let report = try await bench.report()
        return report.pods >= 4 && report.podsPending == 0 ? true : nil
      }
      try await bench.remove(worker.name)
      try await bench.until("the drain is stuck") { $0.contains { $0.code == "drain_stuck" } }
      // While a batch is asked for, what blocks is not known again until its answers are there.
      try await Bench.eventually("the worker names the budget") {
        let worker = try await bench.brain.workers().first
        return worker?.state == .draining && worker?.blockedBy?.contains("shop-never") == true ? true : nil
      }
      var report = try await bench.report()
      #expect(report.live.count == 1 && report.nodes == 1 && report.podsEvicted == 0 && report.evictionsRefused > 0)
      // The operator scales the deployment down instead of breaking the budget.
      try await bench.addPods("shop-never", replicas: 0)
      try await bench.gone("budget")
      report = try await bench.report()
      #expect(report.live.isEmpty && report.nodes == 0)
      report.expectNoHarm("a budget")
    }
  }

  @Test(.timeLimit(.minutes(5))) func anAPIServerThatRefusesForTenMinutesBreaksNothing() async throws {
    try await WireBench.with(WireBench.Wishes(minimum: 1)) { bench in
      let worker = try await bench.ready("before")
      let down = "kubernetes.*=refused:503:the server is currently unable to handle the request;times=1000000"
      try await bench.inject(down)
      try await bench.order("meanwhile")
      try await bench.pass(600)
      let meanwhile = try await bench.report()
      #expect(meanwhile.live.contains { $0.id == worker.id.rawValue } && meanwhile.nodes >= 1, "\(meanwhile.live)")
      #expect(try await bench.brain.workers().contains { $0.id == worker.id && $0.removal == nil })
      try await bench.lift()
      try await Bench.eventually("both are ready") {
        let workers = try await bench.brain.workers()
        return workers.count == 2 && workers.allSatisfy { $0.state == .ready } ? true : nil
      }
      let report = try await bench.report()
      #expect(report.machines.count == 2 && report.nodes == 2, "\(report.machines)")
      report.expectNoHarm("no API server")
    }
  }

  /// Proxmox, Talos and Kubernetes are away; when the API server is back, it does not know the watches' versions.
  @Test(.timeLimit(.minutes(5))) func everythingAwayForTenMinutesAndWatchesThatHaveToBeginAnewBreakNothing()
    async throws
  {
    try await WireBench.with { bench in
      try await bench.order("one")
      let worker = try await bench.ready("before")
      let clonesBefore = try await bench.met().requests["proxmox.clone"] ?? 0
      #expect(clonesBefore == 1)
      let gone = ContinuousClock.now
      bench.stopWorld()
      try await Bench.eventually("ten minutes of the world's time") {
        (ContinuousClock.now - gone) / .seconds(1) * WireBench.speed >= 600 ? true : nil
      }
      let same = try #require(try await bench.brain.workers().first { $0.id == worker.id })
      #expect(same.removal == nil && same.state != .failed && same.state != .terminating, "\(same)")
      try await bench.startWorld()
      try await bench.pass(600)
      let after = try await bench.ready("after everything was away")
      #expect(after.id == worker.id && after.machine == worker.machine && after.removal == nil, "\(after)")
      let report = try await bench.report()
      #expect(report.machines.count == 1 && report.live.count == 1 && report.nodes == 1, "\(report.machines)")
      report.expectNoHarm("everything away")
    }
  }

  /// The server's clock alone jumps while it is down, an hour ahead or back, and is set right in the next downtime.
  @Test(.timeLimit(.minutes(5)), arguments: [3600.0, -3600.0])
  func aClockThatJumpsTakesNoWorker(by seconds: Double) async throws {
    try await WireBench.with { bench in
      try await bench.order("jump")
      let worker = try await bench.ready("before")
      for jump in [seconds, 0] {
        bench.stop()
        try bench.turnClock(by: jump)
        try await bench.start()
        try await bench.pass(300)
        let same = try await bench.ready("after a jump to \(jump) s")
        #expect(same.id == worker.id && same.machine == worker.machine && same.removal == nil)
        #expect(same.expiresAt == worker.expiresAt && same.cost >= .zero)
      }
      try await bench.order("another")
      try await Bench.eventually("another is ready") {
        let workers = try await bench.brain.workers()
        return workers.count == 2 && workers.allSatisfy { $0.state == .ready } ? true : nil
      }
      for worker in try await bench.brain.workers() { try await bench.remove(worker.name) }
      try await bench.gone("jump")
      let report = try await bench.report()
      #expect(report.machines.count == 2 && report.live.isEmpty && report.nodes == 0, "\(report.machines)")
      report.expectNoHarm("a clock that jumps")
    }
  }
}
