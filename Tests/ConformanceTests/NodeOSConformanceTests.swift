import ControlLoop
import Model
import Ports
import Simulator
import Testing

/// What the lifecycle relies on in an operating system.
@Suite(.serialized) struct NodeOSConformanceTests {
  @Test(arguments: Ground.Way.allCases)
  func aMachineWaitsForItsConfigurationAndJoinsWithIt(_ way: Ground.Way) async throws {
    try await Ground.with(way) { ground in
      let nodeOS = ground.ports.nodeOS
      let owner = ground.owner("worker-burst-001", id: "one")
      let machine = try await ground.boot(owner)
      try await ground.eventually("it has an address") { try await nodeOS.address(of: machine) }
      let taint = Taint(key: "workload-type", value: "burst", effect: .noSchedule)
      let configuration = NodeConfiguration(
        hostname: owner.worker, labels: ["node-pool": "burst", "workload-size": "small"], taints: [taint])
      try await ground.persist("apply") { try await nodeOS.apply(configuration, to: machine) }
      let node = try await ground.eventually("its node is Ready") {
        try await ground.ports.cluster.nodes().first { $0.name == "worker-burst-001" && $0.isReady }
      }
      #expect(node.labels["node-pool"] == "burst" && node.labels["workload-size"] == "small")
      #expect(node.taints.contains(taint))
      let system = try await ground.eventually("the system runs") {
        let system = try await nodeOS.observe(machine)
        return system.stage == .running && system.kubeletRunning ? system : nil
      }
      #expect(system.kubeletRestarts == 0)
      // The same once more changes nothing.
      try await ground.persist("apply again") { try await nodeOS.apply(configuration, to: machine) }
    }
  }

  @Test(arguments: Ground.Way.allCases)
  func theKubeletIsRestartedTheMachineRebootedAndShutDown(_ way: Ground.Way) async throws {
    try await Ground.with(way) { ground in
      let (nodeOS, cluster) = (ground.ports.nodeOS, ground.ports.cluster)
      let owner = ground.owner("worker-burst-001", id: "one")
      let machine = try await ground.join(owner)
      try ground.world.change { world in
        world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node("worker-burst-001"), cure: .restart)))
      }
      try await ground.eventually("the node is not Ready any more") {
        try await cluster.nodes().first { $0.name == "worker-burst-001" }?.isReady == false ? true : nil
      }
      try await ground.persist("restart kubelet") { try await nodeOS.restartKubelet(machine) }
      try await ground.eventually("the node is Ready again") {
        try await cluster.nodes().first { $0.name == "worker-burst-001" }?.isReady == true ? true : nil
      }
      try await ground.persist("reboot") { try await nodeOS.reboot(machine) }
      try await ground.eventually("the machine has booted again") {
        try await nodeOS.observe(machine).stage == .running ? true : nil
      }
      try await ground.persist("shutdown") { try await nodeOS.shutdown(machine) }
      try await ground.eventually("the machine is off") {
        try await ground.ports.hypervisor.machines().first { $0.id == machine }?.power == .stopped ? true : nil
      }
      await #expect(throws: PortError.self) { try await nodeOS.observe(machine) }
    }
  }
}
