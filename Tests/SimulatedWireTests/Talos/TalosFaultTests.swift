import Foundation
import Model
import Ports
import SimulatedWire
import Simulator
import Synchronization
import Talos
import TalosMessages
import Testing

/// What goes wrong between the real client and the simulated machines.
@Suite struct TalosFaultTests {
  @Test func tellsLostAnswerAndLostRequestAsUncertain() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let nodeOS = try world.nodeOS()
      world.faults.inject(WireFault("talos.restart_kubelet", .lostRequest))
      #expect(await portError { try await nodeOS.restartKubelet(machine) }?.code == .uncertain)
      #expect(try await nodeOS.observe(machine).kubeletRunning)
      world.faults.inject(WireFault("talos.restart_kubelet", .lostAnswer))
      #expect(await portError { try await nodeOS.restartKubelet(machine) }?.code == .uncertain)
      // The next call opens a connection of its own, and sees what happened.
      #expect(try await nodeOS.observe(machine).kubeletRunning == false)
      world.faults.inject(WireFault("talos.observe", .lostAnswer))
      #expect(await portError { try await nodeOS.observe(machine) }?.code == .unreachable)
    }
  }

  @Test func configuresOnceThoughTheAnswerIsLost() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.waitingMachine()
      let nodeOS = try world.nodeOS()
      world.faults.inject(WireFault("talos.apply", .lostAnswer))
      #expect(await portError { try await nodeOS.apply(.sample, to: machine) }?.code == .uncertain)
      try await world.pass(.seconds(2))
      try await nodeOS.apply(.sample, to: machine)
      #expect(world.infrastructure.look { $0.nodes["worker-burst-001"]?.isReady } == true)
      #expect(world.infrastructure.look { $0.nodes.count } == 1)
    }
  }

  @Test(arguments: [
    (3, PortError.Code.invalid), (5, .notFound), (7, .forbidden), (8, .throttled), (9, .busy), (10, .conflict),
    (12, .unavailable), (2, .failed), (14, .uncertain), (4, .uncertain),
  ])
  func mapsStatusToCode(status: Int, code: PortError.Code) async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let nodeOS = try world.nodeOS()
      world.faults.inject(WireFault("talos.restart_kubelet", .refused(status: status, text: "100 % “no”")))
      let error = await portError { try await nodeOS.restartKubelet(machine) }
      #expect(error?.code == code)
      #expect(error?.message.contains("100 % “no”") == true)
      #expect(try await nodeOS.observe(machine).kubeletRunning)
    }
  }

  @Test func waitsForLateAnswer() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      world.faults.inject(WireFault("talos.version", .late(milliseconds: 20)))
      #expect(try await world.nodeOS().client.version(at: world.target(machine)).version?.tag == "v1.13.9")
      #expect(world.faults.remaining.isEmpty)
    }
  }

  @Test func seesRefusedSequenceInTheEvents() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let nodeOS = try world.nodeOS()
      try await nodeOS.shutdown(machine)
      let error = await portError { try await nodeOS.reboot(machine) }
      #expect(error?.code == .busy)
      #expect(error?.message.contains("locked") == true)
    }
  }

  @Test func followsEventsUntilToldToStop() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let client = try world.nodeOS().client
      try await client.shutdown(force: true, at: world.target(machine))
      let seen = Mutex<[EventPayload]>([])
      try await client.events(EventsRequest(tailEvents: -1), at: world.target(machine), limit: .seconds(300)) {
        _, payload in
        seen.withLock { $0.append(payload) }
        if case .sequence(let event) = payload { return event.sequence != "shutdown" }
        return true
      }
      let events = seen.withLock { $0 }
      #expect(
        events.contains {
          if case .status(let status) = $0 { status.stage == MachineStage.running.rawValue } else { false }
        })
      #expect(events.last == .sequence(SequenceEvent(sequence: "shutdown", action: 1)))
    }
  }

  @Test func removesImagesThatNoContainerUses() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      try world.infrastructure.change {
        $0.add(
          Workload(
            name: "web", kind: .deployment(replicas: .constant(2)),
            pod: PodTemplate(requests: Resources(cpuMillicores: 100, memoryBytes: .mebibytes(64)), labels: [:]),
            startsAt: $0.now))
      }
      try await world.pass(.seconds(5))
      try world.infrastructure.change {
        $0.add(ScheduledFault(at: $0.now, kind: .diskPressure(.node("worker-burst-001"))))
      }
      try await world.pass(.seconds(1))
      #expect(await portError { try await world.nodeOS(role: "os:operator").pruneImages(machine) }?.code == .forbidden)
      let removed = try await world.nodeOS().client.removeUnusedImages(
        at: world.target(machine), operation: "node_os.prune_images")
      #expect(removed.count == 2 && removed.allSatisfy { $0.contains("leftover") })
      let pressure = world.infrastructure.look { $0.nodes["worker-burst-001"]?.conditions["DiskPressure"]?.status }
      #expect(pressure == .no)
      try await world.nodeOS().cleanDisk(machine)
    }
  }

  @Test func appliesInModeAutoOnly() async throws {
    try await TalosFixture.with(version: "v1.14.0") { world in
      let machine = try await world.joinedMachine()
      let nodeOS = try world.nodeOS()
      try await nodeOS.apply(.sample, to: machine)
      let answer = try await nodeOS.client.apply(TalosFixture.workerYAML, isDryRun: true, at: world.target(machine))
      #expect(answer.mode == ApplyMode.auto.rawValue)
    }
  }

  @Test func refusesConfigurationThatIsNoWorkers() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let text = TalosFixture.workerYAML.replacing("type: worker", with: "type: controlplane")
      let error = await portError { try await world.nodeOS().client.apply(text, at: world.target(machine)) }
      #expect(error?.code == .invalid)
      #expect(error?.message.contains("unsupported machine type") == true)
    }
  }

  @Test func resetsMachineToMaintenanceOrPowersItOff() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let nodeOS = try world.nodeOS()
      let partitions = ["STATE", "EPHEMERAL"].map { ResetPartition(label: $0, wipe: true) }
      try await nodeOS.client.reset(ResetRequest(reboot: true, partitions: partitions), at: world.target(machine))
      try await world.pass(.seconds(1))
      #expect(try await nodeOS.observe(machine).stage == .maintenance)
      try await nodeOS.apply(.sample, to: machine)
      try await world.pass(.seconds(2))
      try await nodeOS.client.reset(ResetRequest(reboot: true), at: world.target(machine))
      try await world.pass(.seconds(1))
      #expect(world.infrastructure.look { $0.machines[machine]?.running } == false)
    }
  }

  @Test func keepsOneConnectionForEachMachineAndLeavesNone() async throws {
    try await TalosFixture.with { world in
      var machines: [MachineID] = []
      for number in 1...8 { machines.append(try await world.joinedMachine(number)) }
      let nodeOS = try world.nodeOS()
      for _ in 0..<5 {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for machine in machines {
            for _ in 0..<4 { group.addTask { _ = try await nodeOS.observe(machine) } }
          }
          try await group.waitForAll()
        }
      }
      #expect(await nodeOS.client.openConnections == 8)
      #expect(await world.face.connections == 8)
      // Lost connections are replaced and not kept.
      let rounds = ProcessInfo.processInfo.environment["POOLKEEPER_TALOS_ROUNDS"].flatMap(Int.init) ?? 40
      for _ in 0..<rounds {
        world.faults.inject(WireFault("talos.version", .lostAnswer))
        #expect(
          await portError { try await nodeOS.client.version(at: world.target(machines[0])) }?.code == .unreachable)
        _ = try await nodeOS.client.version(at: world.target(machines[0]))
      }
      #expect(await nodeOS.client.openConnections == 8)
      await nodeOS.client.close()
      #expect(await nodeOS.client.openConnections == 0)
    }
  }
}
