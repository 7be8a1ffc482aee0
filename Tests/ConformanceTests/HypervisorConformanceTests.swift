import ControlLoop
import Model
import Ports
import Simulator
import Testing

/// What the decision and the lifecycle rely on in a hypervisor.
@Suite(.serialized) struct HypervisorConformanceTests {
  @Test(arguments: Ground.Way.allCases)
  func aCloneShowsItsOwnerAndItsEndAndIsMadeOnce(_ way: Ground.Way) async throws {
    try await Ground.with(way) { ground in
      let hypervisor = ground.ports.hypervisor
      let owner = ground.owner("worker-burst-001", id: "one")
      let asked = ground.now
      let request = CloneRequest(template: try ground.template(), owner: owner, createdAt: asked)
      let (machine, task) = try await hypervisor.clone(request)
      let again = try await ground.eventually("the clone is found again") { try await hypervisor.clone(request) }
      #expect(again.machine == machine)
      try await ground.eventually("the clone's task ends") {
        try await hypervisor.task(task) == .succeeded ? true : nil
      }
      let seen = try await ground.eventually("the machine is in the list") {
        try await hypervisor.machines().first { $0.id == machine && $0.owner != nil && !$0.locked }
      }
      #expect(seen.owner == owner && seen.name == "worker-burst-001" && !seen.isTemplate)
      #expect(seen.createdAt == asked && seen.power == .stopped)
      #expect(ground.world.look { $0.report.doubleCreations.isEmpty })
      #expect(ground.world.look { $0.machines.values.count { $0.owner?.id == "one" } } == 1)
    }
  }

  @Test(arguments: Ground.Way.allCases)
  func aMachineGetsItsTemplatesSizeStartsStopsAndGoes(_ way: Ground.Way) async throws {
    try await Ground.with(way) { ground in
      let hypervisor = ground.ports.hypervisor
      let owner = ground.owner("worker-burst-001", id: "one")
      let template = try ground.template("medium")
      let machine = try await ground.clone(owner, template: template)
      for _ in 0..<2 {
        try await ground.persist("configure") { try await hypervisor.configure(machine, owner: owner, as: template) }
      }
      try await ground.eventually("it is configured") {
        try await hypervisor.machines().first { $0.id == machine }?.configured == true ? true : nil
      }
      #expect(
        ground.world.look { $0.machines[machine]?.hardware.cpuCores } == template.machine.cpuCores)
      for _ in 0..<2 { try await ground.persist("start") { try await hypervisor.start(machine, owner: owner) } }
      try await ground.eventually("it runs") {
        try await hypervisor.machines().first { $0.id == machine }?.power == .running ? true : nil
      }
      await #expect(throws: PortError.self) { try await hypervisor.delete(machine, owner: owner) }
      for _ in 0..<2 { try await ground.persist("stop") { try await hypervisor.stop(machine, owner: owner) } }
      try await ground.eventually("it is off") {
        try await hypervisor.machines().first { $0.id == machine }?.power == .stopped ? true : nil
      }
      try await ground.persist("delete") { try await hypervisor.delete(machine, owner: owner) }
      try await ground.eventually("it is gone") {
        try await hypervisor.machines().contains { $0.id == machine } ? nil : true
      }
      // What is gone already is no error.
      try await hypervisor.delete(machine, owner: owner)
    }
  }

  @Test(arguments: Ground.Way.allCases)
  func whatIsNotOursIsNeverTouched(_ way: Ground.Way) async throws {
    try await Ground.with(way) { ground in
      let hypervisor = ground.ports.hypervisor
      let ours = ground.owner("worker-burst-001", id: "one")
      let other = ground.owner("worker-burst-001", id: "two")
      let machine = try await ground.clone(ours, template: try ground.template())
      // Ours by number, but the one that we know is another; and machines of other people, by number and by name.
      for (number, owner) in [(machine, other), (MachineID(100), ours), (MachineID(200), ours)] {
        for call in ["configure", "start", "stop", "delete"] {
          let error = await #expect(throws: PortError.self, "\(call) of \(number)") {
            switch call {
            case "configure":
              try await hypervisor.configure(number, owner: owner, as: try ground.template())
            case "start": try await hypervisor.start(number, owner: owner)
            case "stop": try await hypervisor.stop(number, owner: owner)
            default: try await hypervisor.delete(number, owner: owner)
            }
          }
          #expect(error?.code == .notOurs, "\(call) of \(number): \(String(describing: error))")
        }
      }
      #expect(ground.world.look { $0.machines[MachineID(100)]?.running } == true)
      #expect(ground.world.look { $0.machines[MachineID(200)]?.running } == true)
      #expect(ground.world.look { $0.machines[machine] != nil })
    }
  }

  @Test(arguments: Ground.Way.allCases)
  func hostsTellTheirSizeAndWhatIsAssigned(_ way: Ground.Way) async throws {
    try await Ground.with(way) { ground in
      let hypervisor = ground.ports.hypervisor
      let before = try await hypervisor.hosts().sorted { $0.name < $1.name }
      #expect(before.map(\.name) == ["pve-01", "pve-02", "pve-03"])
      #expect(before.allSatisfy { $0.online && $0.cpuCores == 64 && $0.memoryBytes == .mebibytes(256 * 1024) })
      let owner = ground.owner("worker-burst-001", id: "one")
      let template = try ground.template()
      let machine = try await ground.clone(owner, template: template)
      try await ground.persist("configure") { try await hypervisor.configure(machine, owner: owner, as: template) }
      try await ground.persist("start") { try await hypervisor.start(machine, owner: owner) }
      let wanted = before.map(\.assignedMemoryBytes).reduce(0, +) + template.machine.memoryBytes
      try await ground.eventually("the host counts the machine") {
        try await hypervisor.hosts().map(\.assignedMemoryBytes).reduce(0, +) == wanted ? true : nil
      }
    }
  }
}
