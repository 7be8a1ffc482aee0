import Model
import Ports
import SimulatedWire
import Simulator
import Talos
import TalosMessages
import Testing

/// The real client against the simulated machines.
@Suite struct TalosFaceTests {
  @Test func connectsWithEd25519CertificatesOnBothSides() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let nodeOS = try world.nodeOS()
      let version = try await nodeOS.client.version(at: world.target(machine))
      #expect(version.version?.tag == "v1.13.9")
      #expect(try world.context().credentials.role == .admin)
      await nodeOS.client.close()
    }
  }

  @Test func refusesServerOfAnotherAuthority() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let other = try CertificateMint(name: "other", algorithm: .ed25519)
      let client = try other.client("poolkeeper", organization: "os:admin")
      let credentials = try TalosCredentials(
        authority: other.authority.certificate, certificate: client.certificate, key: client.key)
      let nodeOS = try world.nodeOS(
        trust: .refused, context: TalosContext(name: "other", endpoints: [], credentials: credentials))
      let error = await portError { try await nodeOS.observe(machine) }
      #expect(error?.code == .forbidden)
      #expect(error?.message.contains("did not sign") == true)
      #expect(error?.operation == "node_os.observe")
    }
  }

  @Test func tellsWhenOurCertificateIsNotTaken() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let other = try CertificateMint(name: "other", algorithm: .ed25519)
      let client = try other.client("poolkeeper", organization: "os:admin")
      let credentials = try TalosCredentials(
        authority: world.mint.authority.certificate, certificate: client.certificate, key: client.key)
      let nodeOS = try world.nodeOS(context: TalosContext(name: "other", endpoints: [], credentials: credentials))
      let error = await portError { try await nodeOS.reboot(machine) }
      #expect(error?.code == .unreachable)
      #expect(error?.message.contains("does not take our certificate") == true)
      #expect(world.infrastructure.look { $0.machines[machine]?.system?.stage } == .running)
    }
  }

  @Test func letsReaderLookAndNotReboot() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let reader = try world.nodeOS(role: "os:reader")
      #expect(try await reader.observe(machine).kubeletRunning)
      let error = await portError { try await reader.reboot(machine) }
      #expect(error?.code == .forbidden)
      #expect(error?.message.contains("higher role") == true)
      #expect(
        await portError { try await world.nodeOS(role: "os:operator").apply(.sample, to: machine) }?.code == .forbidden)
      try await world.nodeOS(role: "os:operator").reboot(machine)
      #expect(world.infrastructure.look { $0.machines[machine]?.system?.stage } == .rebooting)
    }
  }

  @Test func configuresMachineInMaintenanceUntilItsNodeIsReady() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.waitingMachine()
      let nodeOS = try world.nodeOS()
      #expect(try await nodeOS.observe(machine).stage == .maintenance)
      var configuration = NodeConfiguration(
        hostname: "worker-burst-001",
        labels: ["node-pool": "burst", "ttl": "1790000000", "node-role.kubernetes.io/worker": ""],
        taints: [Taint(key: "poolkeeper.dev/startup", value: "true", effect: .noSchedule)])
      configuration.kubernetesVersion = "1.36.3"
      try await nodeOS.apply(configuration, to: machine)
      try await world.pass(.seconds(2))
      let node = try #require(world.infrastructure.look { $0.nodes["worker-burst-001"] })
      #expect(node.isReady)
      #expect(node.labels["node-pool"] == "burst" && node.labels["ttl"] == "1790000000")
      #expect(node.labels["node-role.kubernetes.io/worker"] == nil)
      #expect(node.taints.contains(Taint(key: "poolkeeper.dev/startup", value: "true", effect: .noSchedule)))
      #expect(world.infrastructure.look { $0.machines[machine]?.configuration?.kubernetesVersion } == "1.36.3")
      #expect(try await nodeOS.observe(machine) == SystemObservation(stage: .running, kubeletRunning: true))
      // The same again is harmless, now with certificates on both sides.
      try await nodeOS.apply(configuration, to: machine)
      #expect(try await nodeOS.observe(machine).stage == .running)
    }
  }

  @Test func givesNoConfigurationToMachineThatIsNotExpectedOrShowsAnotherKey() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.waitingMachine()
      let wrong = try #require(KeyFingerprint(String(repeating: "ab", count: 32)))
      let right = try #require(KeyFingerprint(try world.face.maintenanceFingerprint))
      for trust in [MaintenanceTrust.refused, .expected { _ in false }, .pinned { _ in nil }, .pinned { _ in wrong }] {
        let error = await portError { try await world.nodeOS(trust: trust).apply(.sample, to: machine) }
        #expect(error?.code == .forbidden)
      }
      #expect(world.faults.requests["talos.apply"] == nil)
      try await world.nodeOS(trust: .pinned { _ in right }).apply(.sample, to: machine)
      #expect(world.infrastructure.look { $0.machines[machine]?.configuration?.hostname } == "worker-burst-001")
    }
  }

  @Test func restartsKubeletAndRebootsAndPowersOff() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine()
      let nodeOS = try world.nodeOS()
      try await nodeOS.restartKubelet(machine)
      #expect(try await nodeOS.observe(machine).kubeletRunning == false)
      try await world.pass(.seconds(1))
      #expect(try await nodeOS.observe(machine).kubeletRunning)
      try await nodeOS.reboot(machine)
      try await world.face.reconcile()
      // While it boots, nobody listens.
      #expect(await portError { try await nodeOS.observe(machine) }?.code == .unreachable)
      try await world.pass(.seconds(1))
      #expect(try await nodeOS.observe(machine).stage == .running)
      try await nodeOS.shutdown(machine)
      #expect(try await nodeOS.observe(machine).stage == .shuttingDown)
      try await world.pass(.seconds(1))
      #expect(world.infrastructure.look { $0.machines[machine]?.running } == false)
      #expect(await portError { try await nodeOS.observe(machine) }?.code == .unreachable)
    }
  }

  @Test func reachesMachinesThroughTheControlPlane() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine(1)
      let waiting = try await world.waitingMachine(2)
      let nodeOS = try world.nodeOS(route: .endpoints)
      #expect(nodeOS.target(world.address(machine)).node == world.address(machine))
      #expect(try await nodeOS.observe(machine).stage == .running)
      // One in maintenance is asked directly: the control plane cannot reach it.
      #expect(try await nodeOS.observe(waiting).stage == .maintenance)
      try await nodeOS.apply(.named("worker-burst-002"), to: waiting)
      try await world.pass(.seconds(2))
      #expect(try await nodeOS.observe(waiting).stage == .running)
      try await nodeOS.shutdown(machine)
      try await world.pass(.seconds(1))
      let gone = await portError { try await nodeOS.client.version(at: nodeOS.target(world.address(machine))) }
      #expect(gone?.code == .unreachable)
      var astray = world.target(waiting)
      astray.node = "127.0.0.9"
      let error = await portError { try await nodeOS.client.version(at: astray) }
      #expect(error?.code == .forbidden && error?.message.contains("no request forwarding") == true)
    }
  }

  @Test func looksAtClusterThroughTheControlPlane() async throws {
    try await TalosFixture.with { world in
      let machine = try await world.joinedMachine(1)
      let client = try world.nodeOS().client
      let endpoint = TalosTarget(try #require(world.context().endpoints.first))
      let members = try await client.resources("cluster", "Members.cluster.talos.dev", at: endpoint)
      #expect(members.compactMap(\.metadata?.id) == ["control-plane-001", "worker-burst-001"])
      let said = try await client.health(
        controlPlane: [], workers: [world.address(machine)], wait: .seconds(1), at: endpoint)
      #expect(said.last?.hasSuffix("OK") == true)
      #expect(
        await portError {
          try await client.health(controlPlane: [], workers: ["127.0.0.9"], wait: .seconds(1), at: endpoint)
        } != nil)
      #expect(
        await portError {
          try await client.health(controlPlane: [], workers: [], wait: .seconds(1), at: world.target(machine))
        }?.code == .unavailable)
      #expect(try await client.clockSkew(now: world.clock.now(), at: endpoint) == .zero)
      #expect(try await client.disks(at: world.target(machine)).first?.device == "/dev/sda")
      #expect(
        try await client.resource("k8s", "Nodenames.kubernetes.talos.dev", "nodename", at: world.target(machine))
          == "nodename: worker-burst-001\n")
    }
  }

  @Test func countsRestartsThatNobodyAskedFor() async throws {
    try await TalosFixture.with { world in
      let machines = [try await world.joinedMachine(1), try await world.joinedMachine(2)]
      try world.infrastructure.change {
        $0.add(ScheduledFault(at: $0.now, kind: .kubeletCrashLoop(.node("worker-burst-001"), cure: .restart)))
        $0.add(ScheduledFault(at: $0.now, kind: .containerdCrashLoop(.node("worker-burst-002"))))
      }
      try await world.pass(.seconds(70))
      let nodeOS = try world.nodeOS()
      let kubelet = try await nodeOS.observe(machines[0])
      #expect(kubelet.kubeletRestarts == 3 && kubelet.containerdRestarts == 0)
      let containerd = try await nodeOS.observe(machines[1])
      #expect(containerd.kubeletRestarts == 0 && containerd.containerdRestarts == 3)
      // A restart that was asked for begins the count anew.
      try await nodeOS.restartKubelet(machines[0])
      try await world.pass(.seconds(1))
      #expect(try await nodeOS.observe(machines[0]).kubeletRestarts == 0)
    }
  }
}

extension NodeConfiguration {
  static let sample = named("worker-burst-001")

  static func named(_ name: WorkerName) -> NodeConfiguration {
    NodeConfiguration(hostname: name, labels: ["node-pool": "burst"], taints: [])
  }
}
