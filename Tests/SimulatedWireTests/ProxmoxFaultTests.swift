import Foundation
import HTTPTransport
import Model
import Simulator
import Testing

@testable import SimulatedWire

@Suite struct ProxmoxFaultTests {
  @Test func ofTwoClonesWithTheSameNumberOneGetsTheLock() async throws {
    try await ProxmoxFixture.run { proxmox in
      let first = try await proxmox.clone(300)
      let second = try await proxmox.clone(300, ["name": "worker-burst-002"])
      let ends = [try await proxmox.finish(first), try await proxmox.finish(second)].compactMap { $0 }.sorted()
      #expect(ends == ["OK", "can't lock file '/var/lock/qemu-server/lock-300.conf' - got timeout"])
      #expect(proxmox.infrastructure.look { $0.machines.count } == 3)
    }
  }

  @Test func aKilledCloneStaysLockedAndCannotBeRemoved() async throws {
    try await ProxmoxFixture.run { proxmox in
      try FaultOrder("world.stale-clone-lock=1").apply(to: proxmox.infrastructure, proxmox.faults)
      let task = try await proxmox.clone(300)
      #expect(try await proxmox.finish(task) == "unexpected status")
      #expect(try await proxmox.config(300)["lock"] as? String == "clone")
      let change = try await proxmox.send("POST", "\(ProxmoxFixture.machines)/300/config", ["cores": "2"])
      #expect(change.status == 500 && change.message == "VM is locked (clone)")
      let delete = try await proxmox.send("DELETE", "\(ProxmoxFixture.machines)/300")
      #expect(try await proxmox.finish(delete) == "VM is locked (clone)")
      let forced = try await proxmox.send("DELETE", "\(ProxmoxFixture.machines)/300", ["skiplock": "1"])
      #expect(forced.errors == ["skiplock": "Only root may use this option."])
    }
  }

  @Test func aStorageThatIsBusyEndsTheCloneAndLeavesNothing() async throws {
    try await ProxmoxFixture.run { proxmox in
      try FaultOrder("world.storage-lock-timeout=1").apply(to: proxmox.infrastructure, proxmox.faults)
      let task = try await proxmox.clone(300)
      #expect(
        try await proxmox.finish(task) == "clone failed: cfs-lock 'storage-vmdata' error: got lock request timeout")
      #expect(proxmox.infrastructure.look { $0.machines[MachineID(300)] } == nil)
      #expect(proxmox.infrastructure.look { $0.brokenInvariants() } == [])
      try await proxmox.ready(300)
    }
  }

  @Test func withoutQuorumReadsGoOnAndChangesAreRefused() async throws {
    try await ProxmoxFixture.run { proxmox in
      try FaultOrder("world.no-quorum=on").apply(to: proxmox.infrastructure, proxmox.faults)
      let clone = try await proxmox.clone(300)
      #expect(clone.status == 500 && clone.message == "cluster not ready - no quorum?")
      let status = try await proxmox.send("GET", "/cluster/status").rows
      #expect(status.first { $0["type"] as? String == "cluster" }?["quorate"] as? Int == 0)
      try FaultOrder("world.no-quorum=off").apply(to: proxmox.infrastructure, proxmox.faults)
      try await proxmox.ready(300)
    }
  }

  @Test func aHostThatIsDownAnswers595AndItsMachinesStayListed() async throws {
    try await ProxmoxFixture.run { proxmox in
      let task = try await proxmox.clone(300, ["full": "1"])
      proxmox.clock.pass(.seconds(2))
      try FaultOrder("world.host-down=pve-01:300").apply(to: proxmox.infrastructure, proxmox.faults)
      #expect(try await proxmox.send("GET", "\(ProxmoxFixture.machines)/100/config").status == 595)
      #expect(try await proxmox.row(100)?["status"] as? String == "unknown")
      let nodes = try await proxmox.send("GET", "/nodes").rows
      #expect(nodes.map { $0["status"] as? String } == ["offline", "online"])
      proxmox.clock.pass(.seconds(301))
      #expect(try await proxmox.exit(task) == "unexpected status")
      #expect(try await proxmox.config(300)["lock"] as? String == "clone")
      #expect(
        try await proxmox.send("GET", "\(ProxmoxFixture.machines)/100/status/current").object["status"] as? String
          == "running")
    }
  }

  @Test func aMachineThatWasMovedIsUnknownWhereItWas() async throws {
    try await ProxmoxFixture.run { proxmox in
      try await proxmox.ready(300)
      try FaultOrder("world.migrate=300:pve-02").apply(to: proxmox.infrastructure, proxmox.faults)
      let old = try await proxmox.send("GET", "\(ProxmoxFixture.machines)/300/config")
      #expect(old.message == "Configuration file 'nodes/pve-01/qemu-server/300.conf' does not exist")
      #expect(try await proxmox.row(300)?["node"] as? String == "pve-02")
      #expect(try await proxmox.config(300, node: "pve-02")["name"] as? String == "worker-burst-001")
    }
  }

  @Test func aMachineUnderHighAvailabilityIsOnlyAskedToStart() async throws {
    try await ProxmoxFixture.run { proxmox in
      try await proxmox.ready(300)
      try FaultOrder("world.highly-available=300").apply(to: proxmox.infrastructure, proxmox.faults)
      let start = try await proxmox.send("POST", "\(ProxmoxFixture.machines)/300/status/start")
      #expect(ProxmoxTaskName(start.data as? String ?? "")?.kind == "hastart")
      #expect(try await proxmox.finish(start) == "OK")
      func status() async throws -> String? {
        try await proxmox.send("GET", "\(ProxmoxFixture.machines)/300/status/current").object["status"] as? String
      }
      #expect(try await status() == "stopped")
      proxmox.clock.pass(.seconds(15))
      #expect(try await status() == "running")
      try FaultOrder("world.host-down=pve-01:600").apply(to: proxmox.infrastructure, proxmox.faults)
      proxmox.clock.pass(.seconds(15))
      #expect(try await proxmox.row(300)?["node"] as? String == "pve-02")
      let moved = try await proxmox.send("GET", "/nodes/pve-02/qemu/300/status/current")
      #expect(moved.object["status"] as? String == "running")
      let refused = try await proxmox.send("DELETE", "/nodes/pve-02/qemu/300")
      #expect(refused.message == "unable to remove VM 300 - used in HA resources and purge parameter not set.")
    }
  }

  @Test func aStorageThatIsFullTakesNoClone() async throws {
    try await ProxmoxFixture.run { proxmox in
      let resize = try await proxmox.send(
        "PUT", "\(ProxmoxFixture.machines)/100/resize", ["disk": "scsi0", "size": "8000G"])
      #expect(try await proxmox.finish(resize) == "OK")
      #expect(try await proxmox.finish(proxmox.clone(300)) == "clone failed: storage is out of space")
      #expect(proxmox.infrastructure.look { $0.machines[MachineID(300)] } == nil)
    }
  }

  @Test func theLastDeviceOfAHostGoesToOneMachineOnly() async throws {
    try await ProxmoxFixture.run { proxmox in
      for id in [300, 301] {
        try await proxmox.ready(id, ["name": "gpu-\(id)", "description": "of a test"])
        let change = try await proxmox.send(
          "POST", "\(ProxmoxFixture.machines)/\(id)/config", ["hostpci0": "mapping=gpu,pcie=1"])
        #expect(change.status == 200, "\(change.text)")
      }
      #expect(try await proxmox.finish(proxmox.send("POST", "\(ProxmoxFixture.machines)/300/status/start")) == "OK")
      let second = try await proxmox.send("POST", "\(ProxmoxFixture.machines)/301/status/start")
      #expect(try await proxmox.finish(second) == "could not find a free device for 'hostpci0'")
      let mapping = try await proxmox.send("GET", "/cluster/mapping/pci", ["check-node": "pve-02"]).rows
      #expect((mapping.first?["map"] as? [String])?.first?.hasPrefix("node=pve-01,path=0000:01:00.0,") == true)
      #expect((mapping.first?["checks"] as? [Any])?.count == 1)
      #expect(try await proxmox.send("GET", "/nodes/pve-01/hardware/pci").rows.count == 1)
      #expect(proxmox.infrastructure.look { $0.report.foreignTouches.count } == 4)
    }
  }

  @Test func memoryThatIsNotThereStopsAStart() async throws {
    try await ProxmoxFixture.run { proxmox in
      try await proxmox.ready(300)
      _ = try await proxmox.send("POST", "\(ProxmoxFixture.machines)/300/config", ["memory": "60000"])
      let start = try await proxmox.send("POST", "\(ProxmoxFixture.machines)/300/status/start")
      #expect(try await proxmox.finish(start)?.contains("Cannot allocate memory") == true)
    }
  }

  @Test func anAnswerThatIsLostLeavesTheCloneRunning() async throws {
    try await ProxmoxFixture.run { proxmox in
      proxmox.faults.inject(WireFault("proxmox.clone", .lostAnswer))
      let lost = try await proxmox.clone(300)
      #expect(lost.status == 596)
      proxmox.clock.pass(.seconds(61))
      #expect(try await proxmox.config(300)["description"] as? String == ProxmoxFixture.mark)
      let again = try await proxmox.clone(300)
      #expect(again.message == "unable to create VM 300: config file already exists")
    }
  }

  @Test func aRequestThatIsLostHasNoEffectAndNoAnswer() async throws {
    try await ProxmoxFixture.run { proxmox in
      try FaultOrder("proxmox.*=lost-request;after=1").apply(to: proxmox.infrastructure, proxmox.faults)
      #expect(try await proxmox.send("GET", "/version").status == 200)
      await #expect(throws: HTTPTransportError.self) { _ = try await proxmox.clone(300) }
      proxmox.clock.pass(.seconds(61))
      #expect(proxmox.infrastructure.look { $0.machines[MachineID(300)] } == nil)
      try FaultOrder("proxmox.start=refused:500:got timeout").apply(to: proxmox.infrastructure, proxmox.faults)
      let start = try await proxmox.send("POST", "\(ProxmoxFixture.machines)/100/status/start")
      #expect(start.status == 500 && start.message == "got timeout")
      #expect(proxmox.faults.remaining.isEmpty)
    }
  }

  @Test func forgottenTasksSilentAgentsAndFailingStartsComeAsOrdered() async throws {
    try await ProxmoxFixture.run { proxmox in
      try await proxmox.ready(300)
      let machine = "\(ProxmoxFixture.machines)/300"
      try FaultOrder("world.start-failure=PCI device '0000:01:00.0' already in use by VMID '7'").apply(
        to: proxmox.infrastructure, proxmox.faults)
      let failed = try await proxmox.send("POST", "\(machine)/status/start")
      #expect(try await proxmox.finish(failed) == "PCI device '0000:01:00.0' already in use by VMID '7'")
      try FaultOrder("world.agent-silence=120").apply(to: proxmox.infrastructure, proxmox.faults)
      #expect(try await proxmox.finish(proxmox.send("POST", "\(machine)/status/start")) == "OK")
      proxmox.clock.pass(.seconds(90))
      #expect(try await proxmox.send("POST", "\(machine)/agent/ping").status == 500)
      proxmox.clock.pass(.seconds(90))
      #expect(try await proxmox.send("POST", "\(machine)/agent/ping").status == 200)
      try FaultOrder("world.tasks-forgotten=on").apply(to: proxmox.infrastructure, proxmox.faults)
      let stop = try await proxmox.send("POST", "\(machine)/status/stop")
      proxmox.clock.pass(.seconds(5))
      let path = "/nodes/pve-01/tasks/\(ProxmoxFixture.encoded(stop.data as? String ?? ""))/status"
      #expect(try await proxmox.send("GET", path).message == "no such task")
      #expect(try await proxmox.send("GET", "\(machine)/status/current").object["status"] as? String == "stopped")
    }
  }
}
