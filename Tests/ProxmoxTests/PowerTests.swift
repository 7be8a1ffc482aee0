import Model
import Ports
import Testing

@testable import Proxmox

@Suite struct PowerTests {
  private func call(_ method: String, _ id: MachineID, _ rest: String = "", node: String = "pve1") -> String {
    "\(method) /nodes/\(node)/qemu/\(id)\(rest)"
  }

  // MARK: Start

  @Test func startsOnceAndNotAgain() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      for _ in 0..<2 { try await stage.hypervisor.start(id, owner: .worker(1)) }
      #expect(stage.server[id.rawValue]?.isRunning == true)
      #expect(stage.server.count(call("POST", id, "/status/start")) == 1)
    }
  }

  @Test func aTaskThatSaysAlreadyRunningIsSuccess() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.fail("POST", "/start", .first { $0.machines[id.rawValue]?.isRunning = true }) }
      try await stage.hypervisor.start(id, owner: .worker(1))
    }
  }

  @Test func aStartTaskThatFailedMayHaveStartedTheMachine() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.fail("POST", "/start", .taskEnds("start failed: got signal 15")) }
      try await stage.hypervisor.start(id, owner: .worker(1))
      #expect(stage.notices.all.contains { $0.contains("did what it was to do") })
    }
  }

  @Test(
    arguments: [
      ("PCI device '0000:01:00.0' already in use by VMID '4711'", PortError.Code.exhausted),
      ("could not find a free device for 'hostpci0'", .exhausted),
      ("start failed: QEMU: Cannot allocate memory", .exhausted),
      ("PCI device mapping not found for 't4'", .invalid),
      ("can't lock file '/var/lock/qemu-server/lock-1.conf' - got timeout", .busy), ("start failed: unknown", .failed),
    ])
  func whatKeepsAMachineFromStartingIsSaid(text: String, code: PortError.Code) async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.fail("POST", "/start", .taskFails(text)) }
      let error = await failure { try await stage.hypervisor.start(id, owner: .worker(1)) }
      #expect(error?.code == code)
      #expect(error?.message.contains(text) == true)
    }
  }

  @Test func aStartWhoseAnswerIsLostIsUncertainAndNotRepeatedOnceItRuns() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.fail("POST", "/start", .loseAnswer) }
      #expect(await failure { try await stage.hypervisor.start(id, owner: .worker(1)) }?.code == .uncertain)
      try await stage.hypervisor.start(id, owner: .worker(1))
      #expect(stage.server.count(call("POST", id, "/status/start")) == 1)
    }
  }

  @Test func aStartUnderWayIsNotOrderedAgain() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { _ = $0.startTask("qmstart", node: "pve1", id: "\(id)", exitStatus: nil) }
      try await stage.hypervisor.start(id, owner: .worker(1))
      #expect(stage.server.count(call("POST", id, "/status/start")) == 0)
    }
  }

  @Test func aStartWhoseTaskIsForgottenIsLeftToTheNextLook() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.fail("GET", "/status", times: 9, .refuse(status: 500, reason: "no such task")) }
      try await stage.hypervisor.start(id, owner: .worker(1))
    }
  }

  @Test func highAvailabilityOnlyTakesTheWish() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.machines[id.rawValue]?.isManagedByHA = true }
      try await stage.hypervisor.start(id, owner: .worker(1))
      try await expectEqual(stage.hypervisor.machines().first { $0.id == id }?.power, .stopped)
    }
  }

  // MARK: Stop

  @Test func whatDoesNotRunNeedsNoStop() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      try await stage.hypervisor.stop(id, owner: .worker(1))
      stage.change { $0.machines[id.rawValue] = nil }
      try await stage.hypervisor.stop(id, owner: .worker(1))
      #expect(stage.server.log.allSatisfy { $0.hasPrefix("GET") })
    }
  }

  @Test func stopsAtOnce() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      try await stage.hypervisor.stop(id, owner: .worker(1))
      #expect(stage.server[id.rawValue]?.isRunning == false)
    }
  }

  @Test func nothingReachesAHostThatIsDown() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), node: "pve2", isRunning: true)
      stage.change { $0.nodes["pve2"]?.isOnline = false }
      let error = await failure { try await stage.hypervisor.stop(id, owner: .worker(1)) }
      #expect(error?.code == .unreachable)
      #expect(error?.message.contains("Host pve2") == true)
    }
  }

  @Test func aHostThatHasJustGoneAnswersByAnother() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      stage.change { $0.fail("GET", "/\(id)/config", .refuse(status: 595, reason: "No route to host")) }
      #expect(await failure { try await stage.hypervisor.stop(id, owner: .worker(1)) }?.code == .unreachable)
    }
  }

  // MARK: Delete

  @Test func identityIsReadImmediatelyBeforeTheDeletion() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      try await stage.hypervisor.delete(id, owner: .worker(1))
      let log = stage.server.log
      let index = try #require(log.firstIndex(of: call("DELETE", id)))
      #expect(log[index - 1] == call("GET", id, "/config"))
      #expect(stage.server.form(call("DELETE", id)) == ["purge": "1", "destroy-unreferenced-disks": "1"])
      #expect(stage.server[id.rawValue] == nil)
      try await stage.hypervisor.delete(id, owner: .worker(1))
    }
  }

  @Test func aMachineThatBecomesAnothersAtTheLastMomentIsLeftAlone() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change {
        $0.fail(
          "GET", "/status/current",
          .first { state in
            state.set(id.rawValue, "description", "mine now")
          })
      }
      #expect(await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }?.code == .notOurs)
      #expect(stage.server[id.rawValue] != nil)
    }
  }

  @Test(arguments: [("name", "web"), ("tags", "people"), ("description", "notes")])
  func aMachineThatSomebodyTookIsNeverDeleted(key: String, value: String) async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.set(id.rawValue, key, value) }
      let error = await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }
      #expect(error?.code == .notOurs)
      #expect(error?.message.hasPrefix("Machine \(id) is left alone: ") == true)
      #expect(stage.server[id.rawValue] != nil)
    }
  }

  @Test func aMachineThatRunsIsNotDeleted() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      #expect(await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }?.code == .conflict)
      #expect(stage.server.count(call("DELETE", id)) == 0)
    }
  }

  @Test func protectionIsRespected() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.set(id.rawValue, "protection", "1") }
      #expect(await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }?.code == .forbidden)
      #expect(stage.server.count(call("DELETE", id)) == 0)
    }
  }

  @Test func aStaleCloneLockSaysWhatOnlyRootCanDo() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.set(id.rawValue, "lock", "clone") }
      let error = await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }
      #expect(error?.code == .busy)
      #expect(error?.message.contains("run `qm unlock \(id)` as root on pve1") == true)
      // While a task works on it there is nothing to unlock.
      stage.change { _ = $0.startTask("qmclone", node: "pve1", id: "9002", exitStatus: nil) }
      let other = await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }
      #expect(other?.code == .busy)
      #expect(other?.message.contains("qm unlock") == false)
    }
  }

  @Test func aDeletionUnderWayIsNotOrderedAgain() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.set(id.rawValue, "lock", "destroyed") }
      let error = await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }
      #expect(error?.code == .busy)
      #expect(error?.message.contains("run `qm unlock \(id)` as root on pve1") == true)
      stage.change { _ = $0.startTask("qmdestroy", node: "pve1", id: "\(id)", exitStatus: nil) }
      try await stage.hypervisor.delete(id, owner: .worker(1))
      #expect(stage.server.count(call("DELETE", id)) == 0)
    }
  }

  @Test func aMachineThatMovesAwayIsFollowedAndNotTakenForGone() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), node: "pve1")
      let move: PretendProxmox.Effect = .first { $0.machines[id.rawValue]?.node = "pve2" }
      stage.change { $0.fail("GET", "/\(id)/config", move) }
      try await stage.hypervisor.delete(id, owner: .worker(1))
      #expect(stage.server.count(call("DELETE", id, node: "pve2")) == 1)
      #expect(stage.server[id.rawValue] == nil)
    }
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), node: "pve1")
      stage.change { $0.fail("DELETE", "/\(id)", .first { $0.machines[id.rawValue]?.node = "pve2" }) }
      try await stage.hypervisor.delete(id, owner: .worker(1))
      #expect(stage.server.count(call("DELETE", id, node: "pve2")) == 1)
    }
  }

  @Test func aDeletionWhoseAnswerIsLostIsFoundDone() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.fail("DELETE", "/\(id)", .loseAnswer) }
      #expect(await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }?.code == .uncertain)
      try await stage.hypervisor.delete(id, owner: .worker(1))
      #expect(stage.server.count(call("DELETE", id)) == 1)
    }
  }

  @Test func aMachineThatMayNotBeSeenIsNotTakenForGone() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.machines[id.rawValue]?.isHidden = true }
      let error = await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }
      #expect(error?.code == .forbidden)
    }
  }

  @Test func aDiskInUseIsAConflict() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      let text = "base volume 'ceph:vm-\(id)-disk-0' is still in use by linked cloned"
      stage.change { $0.fail("DELETE", "/\(id)", .taskFails(text)) }
      #expect(await failure { try await stage.hypervisor.delete(id, owner: .worker(1)) }?.code == .conflict)
    }
  }

  // MARK: Quorum

  @Test func withoutQuorumNothingThatChangesAnythingLeaves() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      stage.change { $0.isQuorate = false }
      _ = try await stage.hosts
      let before = stage.server.log.count
      let calls: [() async throws -> Void] = [
        { _ = try await stage.hypervisor.clone(.worker(2)) },
        { try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium) },
        { try await stage.hypervisor.start(id, owner: .worker(1)) },
        { try await stage.hypervisor.stop(id, owner: .worker(1)) },
        { try await stage.hypervisor.delete(id, owner: .worker(1)) },
      ]
      for call in calls {
        let error = await failure(call)
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("no quorum") == true)
      }
      #expect(stage.server.log.count == before)
      // Looking goes on, and finds the quorum again.
      try await expectEqual(stage.hypervisor.machines().count, 2)
      stage.change { $0.isQuorate = true }
      _ = try await stage.hosts
      try await stage.hypervisor.stop(id, owner: .worker(1))
    }
  }

  @Test func aChangeThatMetNoQuorumHoldsBackTheNextForAWhile() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      stage.change { $0.isQuorate = false }
      #expect(await failure { try await stage.hypervisor.stop(id, owner: .worker(1)) }?.code == .unreachable)
      let before = stage.server.log.count
      #expect(await failure { try await stage.hypervisor.stop(id, owner: .worker(1)) }?.code == .unreachable)
      #expect(stage.server.log.count == before)
      stage.change { $0.isQuorate = true }
      stage.time.advance(by: ProxmoxHypervisor.quorumRecheck)
      try await stage.hypervisor.stop(id, owner: .worker(1))
    }
  }
}
