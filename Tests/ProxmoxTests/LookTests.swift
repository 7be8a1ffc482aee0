import Model
import Ports
import Testing

@testable import Proxmox

@Suite struct LookTests {
  private func machine(_ stage: Stage, _ id: MachineID) async throws -> MachineObservation? {
    try await stage.hypervisor.machines().first { $0.id == id }
  }

  @Test func oneListACycleAndConfigurationsOnlyWhenSomethingChanged() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      for _ in 0..<3 { _ = try await stage.hypervisor.machines() }
      let config = "GET /nodes/pve1/qemu/\(id)/config"
      #expect(
        stage.server.log == ["GET /cluster/resources", config, "GET /cluster/resources", "GET /cluster/resources"])
      stage.change { $0.set(id.rawValue, "tags", "poolkeeper;people") }
      _ = try await stage.hypervisor.machines()
      #expect(stage.server.count(config) == 2)
      stage.change { $0.set(id.rawValue, "lock", "backup") }
      try await expectEqual(machine(stage, id)?.locked, true)
      stage.change { $0.set(id.rawValue, "lock", nil) }
      try await expectEqual(machine(stage, id)?.locked, false)
      #expect(stage.server.count(config) == 4)
      // A description that is taken away is noticed after a while.
      stage.change { $0.set(id.rawValue, "description", nil) }
      #expect(try await machine(stage, id)?.owner != nil)
      stage.time.advance(by: ProxmoxHypervisor.configurationAge)
      try await expectEqual(machine(stage, id)?.owner, nil)
    }
  }

  @Test func powerIsAskedForWhereTheListMayBeWrong() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), isRunning: true)
      stage.change { $0.machines[id.rawValue]?.listedStatus = "stopped" }
      try await expectEqual(machine(stage, id)?.power, .running)
      stage.change {
        $0.machines[id.rawValue]?.listedStatus = "running"
        $0.machines[id.rawValue]?.isRunning = true
      }
      try await stage.hypervisor.stop(id, owner: .worker(1))
      try await expectEqual(machine(stage, id)?.power, .stopped)
    }
  }

  @Test func machinesOfOthersAreSeenAndNotRead() async throws {
    try await withProxmox { stage in
      stage.change {
        $0.machines[100] = PretendProxmox.Machine(
          node: "pve2", configuration: ["name": "web", "cores": "4", "memory": "4096"], isRunning: true)
        $0.machines[101] = PretendProxmox.Machine(node: "pve2", configuration: ["name": "dns"], isContainer: true)
      }
      let seen = try await stage.hypervisor.machines()
      #expect(seen.map(\.id) == [MachineID(100), MachineID(9002)])
      #expect(seen[0].owner == nil)
      #expect(seen[0].power == .running)
      #expect(seen[1].isTemplate)
      #expect(stage.server.log == ["GET /cluster/resources"])
    }
  }

  @Test func anotherClustersMachineIsToldAsItsOwn() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1, cluster: "test"))
      try await expectEqual(machine(stage, id)?.owner?.cluster, "test")
    }
  }

  @Test func machinesOfAHostThatIsDownStayKnown() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), node: "pve2", isRunning: true)
      _ = try await stage.hypervisor.machines()
      stage.change { $0.nodes["pve2"]?.isOnline = false }
      let seen = try await machine(stage, id)
      #expect(seen?.owner == .worker(1))
      #expect(seen?.power == .unknown)
      let fresh = try await stage.reborn().machines().first { $0.id == id }
      #expect(fresh?.owner == nil)
      #expect(fresh?.power == .unknown)
    }
  }

  @Test func aMachineThatHighAvailabilityMovedIsFoundAgain() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1), node: "pve1", isRunning: true)
      _ = try await stage.hypervisor.machines()
      stage.change { $0.machines[id.rawValue]?.node = "pve2" }
      let seen = try await machine(stage, id)
      #expect(seen?.host == "pve2")
      #expect(seen?.owner == .worker(1))
    }
  }

  @Test func aMachineThatVanishesDuringTheLookIsLeftOut() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      stage.change { $0.fail("GET", "/\(id)/config", .first { $0.machines[id.rawValue] = nil }) }
      try await expectEqual(machine(stage, id), nil)
    }
  }

  @Test func configurationsThatMayNotBeReadAreToldOnce() async throws {
    try await withProxmox { stage in
      let id = stage.addMachine(.worker(1))
      let reason = "Permission check failed (/vms/\(id), VM.Audit)"
      stage.change { $0.fail("GET", "/\(id)/config", times: 2, .refuse(status: 403, reason: reason)) }
      for _ in 0..<2 { try await expectEqual(machine(stage, id)?.owner, nil) }
      #expect(stage.notices.all.count == 1)
    }
  }

  @Test func aListThatCannotBeReadIsNoEmptyList() async throws {
    try await withProxmox { stage in
      stage.change { $0.fail("GET", "/cluster/resources", .refuse(status: 596, reason: "timed out")) }
      let error = await failure { _ = try await stage.hypervisor.machines() }
      #expect(error?.operation == "hypervisor.machines")
      #expect(error?.retryable == true)
    }
  }

  // MARK: Hosts

  @Test func memoryIsCountedAsAssigned() async throws {
    try await withProxmox { stage in
      stage.addMachine(.worker(1), node: "pve1")
      stage.change {
        $0.machines[100] = PretendProxmox.Machine(
          node: "pve1", configuration: ["cores": "4", "memory": "4096"], isRunning: true)
        $0.machines[101] = PretendProxmox.Machine(node: "pve1", configuration: ["cores": "4", "memory": "4096"])
        $0.machines[102] = PretendProxmox.Machine(
          node: "pve2", configuration: ["cores": "2", "memory": "1024"], isRunning: true, isContainer: true)
        $0.storages[0].used = 1 << 39
      }
      let hosts = try await stage.hosts
      #expect(hosts.map(\.name) == ["pve1", "pve2"])
      // Ours counts although it is stopped; another's stopped machine and the template do not.
      #expect(hosts.map(\.assignedMemoryBytes) == [.mebibytes(16_384 + 4096), .mebibytes(1024)])
      #expect(hosts.map(\.assignedCPUCores) == [12, 2])
      #expect(hosts.map(\.freeStorageBytes) == [1 << 40, 1 << 40])
      #expect(hosts.map(\.memoryBytes) == [64 << 30, 64 << 30])
      #expect(hosts.map(\.freeGPUs) == [0, 0])
    }
  }

  @Test func clonesUnderWayCountWithTheSizeThatTheyAreToHave() async throws {
    try await withProxmox({ $0.storage = "ceph" }, { $0.cloneProgress = .half }) { stage in
      _ = try await stage.hypervisor.clone(.worker(1, host: "pve2"))
      try await expectEqual(stage.hosts.map(\.assignedMemoryBytes), [0, .mebibytes(16_384)])
    }
  }

  @Test func onlyAllowedHostsAreSeen() async throws {
    try await withProxmox({ $0.allowedHosts = ["pve2"] }, { $0.nodes["pve2"]?.isOnline = false }) { stage in
      let hosts = try await stage.hosts
      #expect(hosts.map(\.name) == ["pve2"])
      #expect(hosts.map(\.online) == [false])
    }
    try await withProxmox({ $0.allowedHosts = ["pve9"] }) { stage in
      #expect(await failure { _ = try await stage.hosts }?.code == .forbidden)
    }
  }

  @Test func devicesThatMachinesHoldAreNotFree() async throws {
    try await withProxmox({ $0.devices = ["gpu-nvidia": [MappedDevice("t4")]] }) { stage in
      stage.change { state in
        state.mappings = [
          ("t4", ["node=pve1,path=0000:01:00.0,id=10de:1eb8", "node=pve1,path=0000:02:00.0,id=10de:1eb8"])
        ]
        state.machines[100] = PretendProxmox.Machine(
          node: "pve1", configuration: ["hostpci0": "mapping=t4,pcie=1"], isRunning: true)
      }
      try await expectEqual(stage.hosts.map(\.freeGPUs), [1, 0])
      stage.change { $0.machines[100]?.isRunning = false }
      try await expectEqual(stage.hosts.map(\.freeGPUs), [2, 0])
      stage.change { $0.mappings = [] }
      try await expectEqual(stage.hosts.map(\.freeGPUs), [0, 0])
      #expect(stage.notices.all.contains { $0.contains("mapping t4 is not to be seen") })
    }
  }

  // MARK: Tasks

  @Test func warningsAreSuccessAndTold() async throws {
    try await withProxmox { stage in
      stage.change { $0.fail("POST", "/clone", .taskEnds("WARNINGS: 1")) }
      let (_, task) = try await stage.hypervisor.clone(.worker(1))
      try await expectEqual(stage.hypervisor.task(task), .succeeded)
      #expect(stage.notices.all.contains { $0.contains("WARNINGS: 1") })
    }
  }

  @Test func aTaskWhoseLogIsGoneIsUnknown() async throws {
    try await withProxmox { stage in
      let (_, task) = try await stage.hypervisor.clone(.worker(1))
      stage.change { $0.tasks[task]?.isForgotten = true }
      let error = await failure { _ = try await stage.hypervisor.task(task) }
      #expect(error?.code == .notFound)
      #expect(await failure { _ = try await stage.hypervisor.task("nonsense") }?.code == .notFound)
    }
  }
}
