import Model
import Ports
import Testing

@testable import Proxmox

@Suite struct ConfigureTests {
  private func cloned(_ stage: Stage, _ number: Int = 1) async throws -> MachineID {
    try await stage.hypervisor.clone(.worker(number, host: "pve1")).machine
  }

  @Test func aCloneGetsItsTemplatesSizeAndPlace() async throws {
    try await withProxmox({
      $0.network.bridge = "vmbr1"
      $0.network.vlan = 20
    }) { stage in
      let id = try await cloned(stage)
      let hardwareAddress = stage.server[id.rawValue]?.configuration["net0"]?.split(separator: ",").first
      try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium)
      let configuration = try #require(stage.server[id.rawValue]?.configuration)
      #expect(configuration["cores"] == "8")
      #expect(configuration["memory"] == "16384")
      #expect(configuration["cpu"] == "host")
      #expect(configuration["tags"] == "k8s-burst;k8s-medium;poolkeeper")
      #expect(configuration["net0"] == "\(hardwareAddress ?? ""),bridge=vmbr1,tag=20")
      #expect(configuration["scsi0"] == "ceph:vm-\(id)-disk-0,size=94G")
      #expect(OwnerMark(in: configuration["description"] ?? "")?.owner == .worker(1))
      try await expectEqual(stage.hypervisor.machines().first { $0.id == id }?.configured, true)
    }
  }

  @Test func aRepetitionSendsNothing() async throws {
    try await withProxmox { stage in
      let id = try await cloned(stage)
      try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium)
      let changes = stage.server.log.filter { !$0.hasPrefix("GET") }
      try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium)
      #expect(stage.server.log.filter { !$0.hasPrefix("GET") } == changes)
    }
  }

  @Test func aDiskThatIsLargerStays() async throws {
    try await withProxmox({ _ in }, { $0.set(9002, "scsi0", "ceph:base-9002-disk-0,size=200G") }) { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.set(id.rawValue, "scsi0", "ceph:vm-\(id)-disk-0,size=200G") }
      try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium)
      #expect(!stage.server.log.contains { $0.hasSuffix("/resize") })
    }
  }

  @Test func aConflictIsReadAgainAndWorkedOutAnew() async throws {
    try await withProxmox { stage in
      let id = try await cloned(stage)
      stage.change {
        $0.fail(
          "POST", "/config", times: 2,
          .first { state in
            let tags = state.machines[id.rawValue]?.configuration["tags"] ?? ""
            state.set(id.rawValue, "tags", tags.contains("people") ? tags : tags + ";people")
          })
      }
      try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium)
      #expect(stage.server[id.rawValue]?.configuration["tags"] == "k8s-burst;k8s-medium;people;poolkeeper")
    }
  }

  @Test func endlessConflictsAreGivenUp() async throws {
    try await withProxmox { stage in
      let id = try await cloned(stage)
      stage.change { $0.fail("POST", "/config", times: 9, .first { $0.machines[id.rawValue]?.version += 1 }) }
      let error = await failure { try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium) }
      #expect(error?.code == .conflict)
      #expect(stage.server.count("POST /nodes/pve1/qemu/\(id)/config") == ProxmoxHypervisor.maximumConflicts)
    }
  }

  @Test func aConflictInTheTaskIsOneToo() async throws {
    try await withProxmox { stage in
      let id = try await cloned(stage)
      stage.change { $0.fail("POST", "/config", .taskFails("checksum mismatch (file change by other user?)")) }
      try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium)
      #expect(stage.server[id.rawValue]?.configuration["cores"] == "8")
    }
  }

  @Test func aLostAnswerIsUncertainAndARepetitionGoesOn() async throws {
    try await withProxmox { stage in
      let id = try await cloned(stage)
      stage.change {
        $0.fail("POST", "/config", .loseAnswer)
        $0.fail("PUT", "/resize", .doneBut(status: 596, reason: "timed out"))
      }
      for _ in 0..<2 {
        let error = await failure { try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium) }
        #expect(error?.code == .uncertain)
      }
      try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium)
      #expect(stage.server.count("POST /nodes/pve1/qemu/\(id)/config") == 1)
      #expect(stage.server.count("PUT /nodes/pve1/qemu/\(id)/resize") == 1)
    }
  }

  @Test func whatTheTaskSaysIsSaid() async throws {
    try await withProxmox { stage in
      let id = try await cloned(stage)
      stage.change { $0.fail("PUT", "/resize", .taskFails("out of space")) }
      let error = await failure { try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium) }
      #expect(error?.code == .exhausted)
      #expect(error?.message.hasPrefix("Proxmox says: out of space.") == true)
    }
  }

  @Test func lockedMachinesAreBusy() async throws {
    try await withProxmox { stage in
      let id = try await cloned(stage)
      stage.change { $0.set(id.rawValue, "lock", "backup") }
      let error = await failure { try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium) }
      #expect(error?.code == .busy)
      #expect(error?.message.contains("locked (backup)") == true)
    }
  }

  @Test func anothersMachineUnderOurNumberIsLeftAlone() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1, id: "w-1"))
      stage.change { $0.set(id.rawValue, "description", OwnerMark(owner: .worker(2), createdAt: .epoch).text) }
      let calls: [() async throws -> Void] = [
        { try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium) },
        { try await stage.hypervisor.start(id, owner: .worker(1)) },
        { try await stage.hypervisor.stop(id, owner: .worker(1)) },
        { try await stage.hypervisor.delete(id, owner: .worker(1)) },
      ]
      for call in calls { #expect(await failure(call)?.code == .notOurs) }
      #expect(stage.server.log.allSatisfy { $0.hasPrefix("GET") })
    }
  }

  @Test func devicesComeByTheirMapping() async throws {
    var template = Template.medium
    template.machine.gpus = 1
    try await withProxmox({ $0.devices = ["medium": [MappedDevice("t4")]] }) { [template] stage in
      let id = try await cloned(stage)
      try await stage.hypervisor.configure(id, owner: .worker(1), as: template)
      #expect(stage.server[id.rawValue]?.configuration["hostpci0"] == "mapping=t4,pcie=1")
      #expect(stage.server[id.rawValue]?.configuration["balloon"] == "0")
    }
  }

  // MARK: Addresses

  private func range(_ last: String = "10.0.0.40") throws -> AddressRange {
    try #require(AddressRange(first: "10.0.0.10", last: last, prefixLength: 24, gateway: "10.0.0.1"))
  }

  private func address(_ stage: Stage, _ id: MachineID) -> String? {
    stage.server[id.rawValue]?.configuration["ipconfig0"]
  }

  @Test func noTwoWorkersGetOneAddress() async throws {
    let range = try range("10.0.0.13")
    try await withProxmox({
      $0.addressing = .fixed(range)
      $0.parallelClonesPerStorage = 9
      $0.parallelClones = 9
    }) { stage in
      var ids: [MachineID] = []
      for number in 1...4 { ids.append(try await cloned(stage, number)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, id) in ids.enumerated() {
          group.addTask { try await stage.hypervisor.configure(id, owner: .worker(index + 1), as: .medium) }
        }
        try await group.waitForAll()
      }
      #expect(Set(ids.compactMap { address(stage, $0) }).count == 4)
      #expect(ids.allSatisfy { address(stage, $0)?.hasSuffix("/24,gw=10.0.0.1") == true })
      // An earlier life's choices stand in the configurations.
      let fifth = try await stage.reborn().clone(.worker(5, host: "pve1")).machine
      let error = await failure { try await stage.reborn().configure(fifth, owner: .worker(5), as: .medium) }
      #expect(error?.code == .exhausted)
    }
  }

  @Test func anAddressStaysWithItsWorker() async throws {
    let range = try range()
    try await withProxmox({ $0.addressing = .fixed(range) }) { stage in
      let id = try await cloned(stage)
      try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium)
      let first = address(stage, id)
      try await stage.reborn().configure(id, owner: .worker(1), as: .medium)
      #expect(address(stage, id) == first)
    }
  }

  @Test func ofTwoWithOneAddressTheSecondGetsAnotherBeforeItStarts() async throws {
    let range = try range()
    try await withProxmox({ $0.addressing = .fixed(range) }) { stage in
      let ids = [stage.addMachine(.worker(1)), stage.addMachine(.worker(2))].sorted()
      let owners = ids.map { id in MachineOwner.worker(stage.number(of: .worker(1)) == id.rawValue ? 1 : 2) }
      stage.change { for id in ids { $0.set(id.rawValue, "ipconfig0", "ip=10.0.0.20/24,gw=10.0.0.1") } }
      for (id, owner) in zip(ids, owners) { try await stage.reborn().start(id, owner: owner) }
      #expect(address(stage, ids[0]) == "ip=10.0.0.20/24,gw=10.0.0.1")
      #expect(address(stage, ids[1]) != address(stage, ids[0]))
    }
  }

  @Test func aMachineWithoutCloudInitDriveCannotGetAnAddress() async throws {
    let range = try range()
    try await withProxmox({ $0.addressing = .fixed(range) }, { $0.set(9002, "ide2", nil) }) { stage in
      let id = try await cloned(stage)
      let error = await failure { try await stage.hypervisor.configure(id, owner: .worker(1), as: .medium) }
      #expect(error?.code == .invalid)
      #expect(error?.message.contains("cloud-init drive") == true)
    }
  }
}
