import Model
import Ports
import Testing

@testable import Proxmox

@Suite struct CloneTests {
  private let clone = "POST /nodes/pve1/qemu/9002/clone"

  @Test func aCloneBearsNameMarkAndTagFromTheBeginning() async throws {
    try await withProxmox({ $0.resourcePool = "k8s/workers" }) { stage in
      let (machine, task) = try await stage.hypervisor.clone(.worker(1, host: "pve2"))
      #expect(machine.rawValue == stage.number(of: .worker(1)))
      let form = stage.server.form(clone)
      #expect(form["name"] == "worker-burst-001")
      #expect(form["full"] == "0")
      #expect(form["target"] == "pve2")
      #expect(form["pool"] == "k8s/workers")
      let mark = OwnerMark(in: form["description"] ?? "")
      #expect(mark == OwnerMark(owner: .worker(1), createdAt: Instant(seconds: 1_799_999_000)))
      try await expectEqual(stage.hypervisor.task(task), .succeeded)
      let seen = try await stage.hypervisor.machines().first { $0.id == machine }
      #expect(seen?.owner == .worker(1))
      #expect(seen?.host == "pve2")
      #expect(seen?.createdAt == Instant(seconds: 1_799_999_000))
      #expect(seen?.uuid == "00000000-0000-4000-8000-00000\(machine)")
      #expect(seen?.configured == false)
      #expect(seen?.locked == false)
    }
  }

  @Test func aMachineOfTheWorkerThatExistsIsReturned() async throws {
    try await withProxmox { stage in
      let existing = stage.addMachine(.worker(1))
      let found = try await stage.reborn().clone(.worker(1))
      #expect(found.machine == existing)
      #expect(stage.server.count(clone) == 0)
    }
  }

  // MARK: Lost answers

  @Test(arguments: [
    PretendProxmox.CloneProgress.accepted, .half, .copying, .done,
  ])
  func aLostAnswerMakesNoSecondMachineWhateverIsToBeSeenYet(progress: PretendProxmox.CloneProgress) async throws {
    try await withProxmox { stage in
      stage.change {
        $0.cloneProgress = progress
        $0.fail("POST", "/clone", .loseAnswer)
      }
      var answer: (machine: MachineID, task: String)?
      let first = await failure { answer = try await stage.hypervisor.clone(.worker(1)) }
      // Another life of the process asks again.
      let again = await failure { answer = try await stage.reborn().clone(.worker(1)) }
      #expect(stage.server.count(clone) == 1)
      switch progress {
      case .accepted:
        #expect(first?.code == .uncertain)
        #expect(again?.code == .busy)
      case .half, .copying, .done:
        #expect(first == nil)
        #expect(again == nil)
        #expect(answer?.machine.rawValue == stage.number(of: .worker(1)))
      }
    }
  }

  @Test func anAnswerOf596IsLookedIntoAtOnce() async throws {
    try await withProxmox { stage in
      stage.change { $0.fail("POST", "/clone", .doneBut(status: 596, reason: "Connection timed out")) }
      let (machine, _) = try await stage.hypervisor.clone(.worker(1))
      #expect(stage.server[machine.rawValue] != nil)
      #expect(stage.server.count(clone) == 1)
    }
  }

  @Test func aCallThatWasNeverCarriedOutIsUncertainAndSafeToRepeat() async throws {
    try await withProxmox { stage in
      stage.change { $0.fail("POST", "/clone", .hangUp) }
      let error = await failure { _ = try await stage.hypervisor.clone(.worker(1)) }
      #expect(error?.code == .uncertain)
      let (machine, _) = try await stage.hypervisor.clone(.worker(1))
      #expect(machine.rawValue == stage.number(of: .worker(1)))
    }
  }

  @Test func aHalfCloneIsFoundWithItsTask() async throws {
    try await withProxmox { stage in
      stage.change {
        $0.cloneProgress = .half
        $0.fail("POST", "/clone", .loseAnswer)
      }
      let (machine, task) = try await stage.hypervisor.clone(.worker(1))
      try await expectEqual(stage.hypervisor.task(task), .running)
      let seen = try await stage.hypervisor.machines().first { $0.id == machine }
      #expect(seen?.locked == true)
      #expect(seen?.owner == nil)
    }
  }

  @Test func aRepetitionBeforeAnythingIsToBeSeenGivesTheSameMachine() async throws {
    try await withProxmox({ _ in }, { $0.cloneProgress = .accepted }) { stage in
      let first = try await stage.hypervisor.clone(.worker(1))
      let second = try await stage.hypervisor.clone(.worker(1))
      #expect(first == second)
      #expect(stage.server.count(clone) == 1)
    }
  }

  @Test func callsForOneWorkerAtTheSameMomentMakeOneMachine() async throws {
    try await withProxmox { stage in
      let machines = await withTaskGroup(of: MachineID?.self) { group in
        for _ in 0..<6 { group.addTask { try? await stage.hypervisor.clone(.worker(1)).machine } }
        return await group.reduce(into: Set<MachineID>()) { if let machine = $1 { $0.insert(machine) } }
      }
      #expect(machines == [MachineID(stage.number(of: .worker(1)))])
      #expect(stage.server.count(clone) == 1)
    }
  }

  // MARK: Numbers of others

  @Test func numbersOfOthersArePassedOver() async throws {
    try await withProxmox { stage in
      let stranger = stage.number(of: .worker(1))
      let container = stage.number(of: .worker(1), probe: 1)
      stage.change {
        $0.machines[stranger] = PretendProxmox.Machine(
          node: "pve1", configuration: ["name": "web", "description": "mine"])
        $0.machines[container] = PretendProxmox.Machine(node: "pve2", configuration: ["name": "dns"], isContainer: true)
      }
      let (machine, _) = try await stage.hypervisor.clone(.worker(1))
      #expect(machine.rawValue == stage.number(of: .worker(1), probe: 2))
      #expect(stage.server[stranger]?.configuration["name"] == "web")
    }
  }

  @Test func aNumberTakenByOneWhomWeMayNotSeeIsPassedOver() async throws {
    try await withProxmox { stage in
      let hidden = stage.number(of: .worker(1))
      stage.change {
        $0.machines[hidden] = PretendProxmox.Machine(node: "pve1", configuration: ["name": "secret"], isHidden: true)
      }
      let (machine, _) = try await stage.hypervisor.clone(.worker(1))
      #expect(machine.rawValue == stage.number(of: .worker(1), probe: 1))
    }
  }

  @Test func aNumberTakenBetweenLookAndCallIsPassedOver() async throws {
    try await withProxmox { stage in
      let id = stage.number(of: .worker(1))
      stage.change {
        $0.fail(
          "POST", "/clone",
          .first { state in
            state.machines[id] = PretendProxmox.Machine(node: "pve1", configuration: ["name": "web"])
          })
      }
      let (machine, _) = try await stage.hypervisor.clone(.worker(1))
      #expect(machine.rawValue == stage.number(of: .worker(1), probe: 1))
      #expect(stage.server.count(clone) == 2)
    }
  }

  @Test func theTaskOfALostRaceForANumberSaysSo() async throws {
    try await withProxmox { stage in
      let text = "can't lock file '/var/lock/qemu-server/lock-\(stage.number(of: .worker(1))).conf' - got timeout"
      stage.change { $0.fail("POST", "/clone", .taskFails(text)) }
      let (_, task) = try await stage.hypervisor.clone(.worker(1))
      try await expectEqual(stage.hypervisor.task(task), .failed(text))
      let (machine, again) = try await stage.hypervisor.clone(.worker(1))
      #expect(machine.rawValue == stage.number(of: .worker(1)))
      try await expectEqual(stage.hypervisor.task(again), .succeeded)
    }
  }

  @Test func aNumberOnAHostThatIsDownIsNotTakenForAnothers() async throws {
    try await withProxmox { stage in
      stage.addMachine(.worker(1), node: "pve2")
      stage.change { $0.nodes["pve2"]?.isOnline = false }
      let error = await failure { _ = try await stage.reborn().clone(.worker(1)) }
      #expect(error?.code == .unreachable)
      #expect(stage.server.count(clone) == 0)
    }
  }

  // MARK: Locks and limits

  @Test(arguments: [
    "can't lock file '/var/lock/pve-manager/pve-storage-local' - got timeout",
    "cfs-lock 'storage-ceph' error: got lock request timeout", "VM is locked (backup)",
  ])
  func lockTimeoutsAreBusy(text: String) async throws {
    try await withProxmox { stage in
      stage.change { $0.fail("POST", "/clone", .refuse(status: 500, reason: text)) }
      let error = await failure { _ = try await stage.hypervisor.clone(.worker(1)) }
      #expect(error?.code == .busy)
      #expect(error?.operation == "hypervisor.clone")
      _ = try await stage.hypervisor.clone(.worker(1))
    }
  }

  @Test func aDeadHalfCloneIsReportedAndAnotherNumberTaken() async throws {
    try await withProxmox { stage in
      let dead = stage.number(of: .worker(1))
      stage.change {
        $0.machines[dead] = PretendProxmox.Machine(
          node: "pve1", configuration: ["description": "qmclone temporary file", "lock": "clone"])
      }
      let (machine, _) = try await stage.hypervisor.clone(.worker(1))
      #expect(machine.rawValue == stage.number(of: .worker(1), probe: 1))
      #expect(stage.notices.all.contains { $0.contains("run `qm unlock \(dead)` as root on pve1") })
    }
  }

  @Test func onlySoManyClonesRunAtOnce() async throws {
    try await withProxmox({ $0.parallelClonesPerStorage = 2 }, { $0.cloneProgress = .copying }) { stage in
      _ = try await stage.hypervisor.clone(.worker(1))
      _ = try await stage.hypervisor.clone(.worker(2))
      let error = await failure { _ = try await stage.hypervisor.clone(.worker(3)) }
      #expect(error?.code == .busy)
      #expect(error?.message.contains("on storage ceph; worker-burst-003 waits") == true)
      stage.change { state in
        state.set(stage.number(of: .worker(1)), "lock", nil)
        for upid in state.tasks.keys.sorted().prefix(1) { state.tasks[upid]?.exitStatus = "OK" }
      }
      _ = try await stage.hypervisor.clone(.worker(3))
    }
  }

  @Test func clonesOfAnEarlierLifeCountToo() async throws {
    try await withProxmox({ $0.parallelClones = 2 }, { $0.cloneProgress = .copying }) { stage in
      _ = try await stage.hypervisor.clone(.worker(1))
      _ = try await stage.hypervisor.clone(.worker(2))
      let error = await failure { _ = try await stage.reborn().clone(.worker(3)) }
      #expect(error?.code == .busy)
    }
  }

  // MARK: Storage and hosts

  @Test func clonesAreFullWhereAnotherStorageIsWanted() async throws {
    try await withProxmox({ $0.storage = "local-lvm" }) { stage in
      _ = try await stage.hypervisor.clone(.worker(1))
      #expect(stage.server.form(clone)["full"] == "1")
      #expect(stage.server.form(clone)["storage"] == "local-lvm")
    }
  }

  @Test func clonesAreLinkedOnTheTemplatesOwnStorage() async throws {
    try await withProxmox({ $0.storage = "ceph" }) { stage in
      _ = try await stage.hypervisor.clone(.worker(1))
      #expect(stage.server.form(clone)["full"] == "0")
      #expect(stage.server.form(clone)["storage"] == nil)
    }
  }

  @Test func aStorageWithoutLinkedClonesGetsFullOnes() async throws {
    try await withProxmox { stage in
      let text = "Linked clone feature is not supported for 'ceph:base-9002-disk-0' (scsi0)"
      stage.change { $0.fail("POST", "/clone", .refuse(status: 500, reason: text)) }
      _ = try await stage.hypervisor.clone(.worker(1))
      #expect(stage.server.form(clone)["full"] == "1")
      _ = try await stage.hypervisor.clone(.worker(2))
      #expect(stage.server.count(clone) == 3)
      #expect(stage.notices.all.count == 1)
    }
  }

  @Test func aTemplateOnLocalStorageIsClonedWhereItLies() async throws {
    try await withProxmox({ _ in }, { $0.set(9002, "scsi0", "local-lvm:base-9002-disk-0,size=10G") }) { stage in
      let error = await failure { _ = try await stage.hypervisor.clone(.worker(1, host: "pve2")) }
      #expect(error?.code == .invalid)
      #expect(error?.message.contains("name a copy of it on pve2") == true)
      _ = try await stage.hypervisor.clone(.worker(2))
      #expect(stage.server.form(clone)["target"] == nil)
    }
  }

  @Test func aHostsOwnCopyOfTheTemplateIsTaken() async throws {
    try await withProxmox(
      { $0.sources = ["medium": ["pve2": MachineID(9102)]] },
      { state in
        state.set(9002, "scsi0", "local-lvm:base-9002-disk-0,size=10G")
        state.machines[9102] = state.machines[9002]
        state.machines[9102]?.node = "pve2"
      }
    ) { stage in
      _ = try await stage.hypervisor.clone(.worker(1, host: "pve2"))
      #expect(stage.server.count("POST /nodes/pve2/qemu/9102/clone") == 1)
    }
  }

  @Test func theHostWithMostMemoryToGiveIsChosen() async throws {
    try await withProxmox { stage in
      stage.addMachine(.worker(7), node: "pve1", isRunning: true)
      _ = try await stage.hypervisor.clone(.worker(1))
      #expect(stage.server.form(clone)["target"] == "pve2")
    }
  }

  @Test func noHostWithRoomIsExhausted() async throws {
    try await withProxmox({ $0.allowedHosts = ["pve1"] }, { $0.nodes["pve1"]?.memory = 8 << 30 }) { stage in
      let error = await failure { _ = try await stage.hypervisor.clone(.worker(1)) }
      #expect(error?.code == .exhausted)
    }
  }

  @Test(
    arguments: [
      ("pve9", PortError.Code.invalid, "not among the allowed hosts"), ("pve2", .unreachable, "is offline"),
    ])
  func hostsThatCannotBeUsedAreRefused(host: String, code: PortError.Code, words: String) async throws {
    try await withProxmox({ $0.allowedHosts = ["pve1", "pve2"] }, { $0.nodes["pve2"]?.isOnline = false }) { stage in
      let error = await failure { _ = try await stage.hypervisor.clone(.worker(1, host: HostName(host))) }
      #expect(error?.code == code)
      #expect(error?.message.contains(words) == true)
    }
  }

  @Test func whatIsNoTemplateIsNotCloned() async throws {
    try await withProxmox({ _ in }, { $0.set(9002, "template", nil) }) { stage in
      let error = await failure { _ = try await stage.hypervisor.clone(.worker(1)) }
      #expect(error?.message.contains("is no template") == true)
      stage.change { $0.machines[9002] = nil }
      #expect(await failure { _ = try await stage.hypervisor.clone(.worker(1)) }?.code == .notFound)
      #expect(stage.server.count(clone) == 0)
    }
  }

  @Test func aFixedSlotOfTheHostIsRefusedBeforeAnythingIsMade() async throws {
    var template = Template.medium
    template.machine.gpus = 1
    template.machine.fixedPCIDevice = "01:00.0,pcie=1,x-vga=1"
    try await withProxmox { stage in
      let error = await failure { _ = try await stage.hypervisor.clone(.worker(1, template: template)) }
      #expect(error?.code == .invalid)
      #expect(error?.message.contains("make a resource mapping") == true)
      #expect(stage.server.log.isEmpty)
    }
  }

  @Test func noSpaceIsExhausted() async throws {
    try await withProxmox { stage in
      stage.change { $0.fail("POST", "/clone", .refuse(status: 500, reason: "clone failed: out of space")) }
      #expect(await failure { _ = try await stage.hypervisor.clone(.worker(1)) }?.code == .exhausted)
    }
  }
}
