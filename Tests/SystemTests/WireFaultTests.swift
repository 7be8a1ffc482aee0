import API
import Foundation
import HTTPTransport
import Model
import Testing

@testable import poolkeeper

/// What goes wrong in machine rooms, met by the real program with its real clients.
@Suite(.serialized) struct WireFaultTests {
  // MARK: Answers

  @Test(.timeLimit(.minutes(5))) func answersThatAreLostAfterSuccessMakeNothingTwice() async throws {
    try await WireBench.with { bench in
      try await bench.inject(
        "proxmox.clone=lost-answer", "proxmox.start=lost-answer", "talos.apply=lost-answer",
        "kubernetes.patch_node=lost-answer;times=2")
      try await bench.order("lost")
      let worker = try await bench.ready("lost answers")
      try await bench.inject(
        "talos.shutdown=lost-answer", "kubernetes.delete_node=lost-answer", "proxmox.delete=lost-answer")
      try await bench.remove(worker.name)
      try await bench.gone("lost answers")
      let (met, report) = (try await bench.met(), try await bench.report())
      #expect(met.faults.isEmpty, "\(met.faults)")
      #expect(report.machines.count == 1 && report.live.isEmpty && report.nodes == 0, "\(report.machines)")
      report.expectNoHarm("lost answers")
    }
  }

  @Test(
    .timeLimit(.minutes(5)),
    arguments: [
      // Somebody else's machine took the number between the look and the call.
      "proxmox.clone=refused:500:unable to create VM 9000001: config file already exists",
      "proxmox.clone=refused:500:can't lock file '/var/lock/qemu-server/lock-9001.conf' - got timeout",
      "world.storage-lock-timeout=1", "world.clone-failure=1", "proxmox.start=refused:595:no route to host",
      "world.start-failure=start failed: command '/usr/bin/kvm' failed: got timeout",
    ])
  func whatPassesIsTriedAgainAndEndsInOneWorker(fault: String) async throws {
    try await WireBench.with { bench in
      try await bench.inject(fault)
      try await bench.order("again")
      let worker = try await bench.ready(fault)
      let (met, report) = (try await bench.met(), try await bench.report())
      #expect(met.faults.isEmpty, "\(met.faults)")
      #expect(report.live.map(\.id) == [worker.id.rawValue] && report.nodes == 1, "\(report.machines)")
      let trouble = ["step_retried", "call_repeated", "plan_grow"]
      try await #expect(bench.events().contains { trouble.contains($0.code) })
      report.expectNoHarm(fault)
    }
  }

  @Test(.timeLimit(.minutes(5))) func aCloneThatStaysLockedIsToldAndAnotherWorkerIsMade() async throws {
    try await WireBench.with(WireBench.Wishes(minimum: 1)) { bench in
      // The pool's first worker may be under way already; then its successor meets the fault.
      let first = try await bench.ready("the first worker")
      try await bench.inject("world.stale-clone-lock=1")
      try await bench.remove(first.name)
      let (stuck, ready) = try await bench.pair("a stuck and a ready worker") { workers in
        guard let stuck = workers.first(where: { $0.lastError?.contains("is locked") == true }),
          let ready = workers.first(where: { $0.state == .ready })
        else { return nil }
        return (stuck, ready)
      }
      #expect(stuck.id != ready.id && stuck.machine != ready.machine)
      try await #expect(bench.events().contains { $0.code == "worker_failed" && $0.name == stuck.name.rawValue })
      let report = try await bench.report()
      #expect(Set(report.live.map(\.id)) == [stuck.id.rawValue, ready.id.rawValue], "\(report.live)")
      report.expectNoHarm("a stale lock")
    }
  }

  @Test(.timeLimit(.minutes(5))) func aConfigurationThatIsRefusedFailsTheWorkerAndAnotherIsMade() async throws {
    try await expectReplacement("talos.apply=refused:3:invalid configuration", code: "worker_failed")
  }

  @Test(.timeLimit(.minutes(5))) func aNodeThatNeverComesIsRemovedAndAnotherIsMade() async throws {
    try await expectReplacement("world.never-joins=1", code: "worker_failed")
  }

  /// The pool's worker is removed; its successor meets the fault, fails and is removed; the next one stays.
  private func expectReplacement(_ fault: String, code: String) async throws {
    try await WireBench.with(WireBench.Wishes(minimum: 1)) { bench in
      let first = try await bench.ready("the first worker")
      try await bench.inject(fault)
      try await bench.remove(first.name)
      try await bench.until("the failure") { $0.contains { $0.code == code } }
      try await bench.until("the failed worker's end") { $0.count { $0.code == "worker_terminated" } == 2 }
      let last = try await bench.ready(fault)
      let report = try await bench.report()
      #expect(report.machines.count == 3, "\(report.machines)")
      #expect(report.live.map(\.id) == [last.id.rawValue] && report.nodes == 1, "\(report.live)")
      report.expectNoHarm(fault)
    }
  }

  // MARK: Hosts

  @Test(.timeLimit(.minutes(5))) func withoutQuorumNothingChangesAndAfterItThingsGoOn() async throws {
    try await WireBench.with(WireBench.Wishes(minimum: 1)) { bench in
      let first = try await bench.ready("before")
      try await bench.inject("world.no-quorum=on")
      try await bench.order("quorum")
      try await bench.remove(first.name)
      try await Bench.eventually("it is told") {
        try await bench.brain.workers().contains { $0.lastError?.contains("no quorum") == true } ? true : nil
      }
      // Longer than the clone's attempts would last.
      try await bench.pass(420)
      var report = try await bench.report()
      #expect(report.machines.map(\.id) == [first.id.rawValue] && report.live.count == 1, "\(report.machines)")
      try await bench.inject("world.no-quorum=off")
      try await Bench.eventually("the ordered one, the minimum's and nobody else") {
        let workers = try await bench.brain.workers()
        let isAll = workers.count == 2 && workers.allSatisfy { $0.state == .ready && $0.id != first.id }
        return isAll ? true : nil
      }
      report = try await bench.report()
      #expect(report.live.count == 2 && report.nodes == 2, "\(report.machines)")
      report.expectNoHarm("no quorum")
    }
  }

  @Test(.timeLimit(.minutes(5))) func aWorkerWhoseHostIsDownComesBackWithIt() async throws {
    try await WireBench.with { bench in
      try await bench.order("host")
      let worker = try await bench.ready("host")
      let host = try #require(worker.host)
      try await bench.inject("world.host-down=\(host.rawValue):240")
      try await Bench.eventually("the loss is seen") {
        try await bench.brain.workers().first?.state == .ready ? nil : true
      }
      let same = try await bench.ready("after the host is back")
      #expect(same.id == worker.id && same.machine == worker.machine)
      let report = try await bench.report()
      #expect(report.machines.count == 1 && report.live.count == 1 && report.nodes == 1, "\(report.machines)")
      report.expectNoHarm("host down")
    }
  }

  @Test(.timeLimit(.minutes(5))) func aMachineThatWasMovedIsFollowedAndRemovedWhereItIs() async throws {
    try await WireBench.with { bench in
      try await bench.order("move")
      let worker = try await bench.ready("move")
      let machine = try #require(worker.machine?.rawValue)
      let target = worker.host == "pve-02" ? "pve-03" : "pve-02"
      try await bench.inject("world.highly-available=\(machine)", "world.migrate=\(machine):\(target)")
      try await Bench.eventually("the move is seen") {
        try await bench.brain.workers().first?.host?.rawValue == target ? true : nil
      }
      #expect(try await bench.ready("move").id == worker.id)
      try await bench.remove(worker.name)
      try await bench.gone("move")
      let report = try await bench.report()
      #expect(report.machines.count == 1 && report.live.isEmpty && report.nodes == 0)
      report.expectNoHarm("a move")
    }
  }

  @Test(.timeLimit(.minutes(5))) func aMachineWithOurNumberAndAnotherOwnerIsNeverTouched() async throws {
    try await WireBench.with { bench in
      try await bench.order("owner")
      let worker = try await bench.ready("owner")
      let machine = try #require(worker.machine?.rawValue)
      let host = try #require(worker.host)
      let config = "/nodes/\(host.rawValue)/qemu/\(machine)/config"
      let mine = try #require(try await bench.proxmox("GET", config)["description"] as? String)
      let theirs = mine.replacing("harbour", with: "elsewhere")
      #expect(theirs != mine)
      _ = try await bench.proxmox("PUT", config, ["description": theirs])
      _ = try await bench.proxmox("POST", "/nodes/\(host.rawValue)/qemu/\(machine)/status/stop")
      try await bench.gone("owner")
      try await #expect(bench.events().contains { $0.code == "worker_lost" })
      let (met, report) = (try await bench.met(), try await bench.report())
      // The one stop is the other owner's.
      #expect(met.requests["proxmox.delete"] == nil && met.requests["proxmox.stop"] == 1, "\(met.requests)")
      #expect(met.requests["proxmox.start"] == 1, "\(met.requests)")
      #expect(report.nodes == 0 && report.foreignTouches.count == 1 && report.ownerRefusals == 0)
      try await #expect(bench.proxmox("GET", config)["description"] as? String == theirs)
    }
  }
}
