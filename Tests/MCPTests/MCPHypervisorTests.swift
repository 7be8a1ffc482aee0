import MCP
import Model
import Ports
import Testing

@Suite(.enabled(if: ProxmoxDouble.python != nil, "python3 is not on the PATH"))
struct MCPHypervisorTests {
  private static let kinds = ProxmoxDouble.Kind.allCases
  private static let owner = MachineOwner(
    cluster: "talos", pool: "burst", worker: "worker-burst-001", id: "7f3a0c1e-0000-4000-8000-000000000001")
  private static let createdAt = Instant(seconds: 1_772_352_000)

  private static func template(cpuCores: Int = 8, gpus: Int = 0) -> Template {
    Template(
      name: "medium", source: MachineID(9000),
      machine: Template.Machine(cpuCores: cpuCores, memoryBytes: 16 << 30, diskBytes: 40 << 30, gpus: gpus),
      allocatable: Resources(), price: HourlyPrice(perHour: Money(0.24)))
  }

  private static func request(_ owner: MachineOwner = owner, gpus: Int = 0, host: HostName? = nil) -> CloneRequest {
    CloneRequest(template: template(gpus: gpus), owner: owner, host: host, createdAt: createdAt)
  }

  private func hypervisor(
    _ double: ProxmoxDouble, _ change: (inout MCPHypervisorOptions) -> Void = { _ in }
  ) -> MCPHypervisor {
    var options = MCPHypervisorOptions(cluster: "talos")
    options.storage = "local-lvm"
    change(&options)
    return MCPHypervisor(double.client, options: options)
  }

  /// A hypervisor with a machine of ours that has been cloned.
  private func cloned(_ kind: ProxmoxDouble.Kind) async throws -> (ProxmoxDouble, MCPHypervisor, MachineID) {
    let double = try ProxmoxDouble(kind)
    let hypervisor = hypervisor(double)
    return (double, hypervisor, try await hypervisor.clone(Self.request()).machine)
  }

  private func code(_ body: () async throws -> Void) async -> PortError.Code? {
    do {
      try await body()
      return nil
    } catch { return (error as? PortError)?.code }
  }

  // MARK: - A worker's way

  @Test(arguments: kinds) func makesConfiguresStartsStopsAndRemovesAMachine(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    let hypervisor = hypervisor(double)
    let (machine, task) = try await hypervisor.clone(Self.request())
    #expect((9_000_000...9_009_999).contains(machine.rawValue) && task.hasPrefix("UPID:pve1:"))
    #expect(try await hypervisor.task(task) == .succeeded)

    var seen = try #require(try await hypervisor.machines().first { $0.id == machine })
    #expect(seen.owner == Self.owner && seen.createdAt == Self.createdAt && seen.name == "worker-burst-001")
    #expect(seen.power == .stopped && !seen.configured && !seen.locked)
    #expect(seen.uuid == "0f8fad5b-d9cb-469f-a165-70867728950e")

    try await hypervisor.configure(machine, owner: Self.owner, as: Self.template())
    let size = try #require(try double.machine(machine.rawValue))
    #expect(size["cores"] == 8 && size["memory"] == 16_384 && size["disk"] == 40)
    #expect(size["description"]?.string?.hasSuffix("\npoolkeeper-size/1 cores=8 memory=16384 disk=40") == true)
    seen = try #require(try await hypervisor.machines().first { $0.id == machine })
    #expect(seen.configured && seen.owner == Self.owner)

    #expect(try await hypervisor.address(of: machine) == nil)
    try await hypervisor.start(machine, owner: Self.owner)
    try await hypervisor.start(machine, owner: Self.owner)
    #expect(try await hypervisor.address(of: machine) == "10.0.0.21")
    #expect(await code { try await hypervisor.delete(machine, owner: Self.owner) } == .conflict)
    try await hypervisor.stop(machine, owner: Self.owner)
    try await hypervisor.stop(machine, owner: Self.owner)
    // One that stands by keeps its size and its place.
    #expect(try await hypervisor.machines().first { $0.id == machine }?.configured == true)
    #expect(try await hypervisor.hosts()[0].assignedMemoryBytes == (8192 + 16_384) << 20)
    try await hypervisor.delete(machine, owner: Self.owner)
    try await hypervisor.delete(machine, owner: Self.owner)
    #expect(try double.machine(machine.rawValue) == nil)
    #expect(try double.calls("delete_vm").count == 1)
  }

  @Test(arguments: kinds) func tellsHostsWithWhatIsGivenAway(kind: ProxmoxDouble.Kind) async throws {
    let (_, hypervisor, _) = try await cloned(kind)
    let hosts = try await hypervisor.hosts()
    #expect(hosts.map(\.name) == ["pve1", "pve2"] && hosts.allSatisfy(\.online))
    #expect(hosts[0].cpuCores == 16 && hosts[0].memoryBytes == 64 << 30 && hosts[0].freeStorageBytes == 600 << 30)
    // The database, and our clone that is to run; not the template.
    #expect(hosts[0].assignedMemoryBytes == 10_240 << 20 && hosts[0].assignedCPUCores == 6)
    #expect(hosts[1].assignedMemoryBytes == 512 << 20 && hosts.allSatisfy { $0.freeGPUs == 0 })
  }

  @Test(arguments: kinds) func sendsNoWordsForBooleansThatProxmoxRefuses(kind: ProxmoxDouble.Kind) async throws {
    let (double, _, machine) = try await cloned(kind)
    let call = try #require(try double.calls("clone_vm").first)
    #expect(call["newid"] == .integer(Int64(machine.rawValue)) && call["name"] == "worker-burst-001")
    #expect(call["full"] == (kind == .passing ? nil : false))
    #expect(call["target"] == nil && call["storage"] == nil)
    let description = try #require(call["description"]?.string)
    #expect(OwnerMark(in: description) == OwnerMark(owner: Self.owner, createdAt: Self.createdAt))
  }

  @Test func keepsUnreferencedDisksOfOthersWhenAMachineIsDeleted() async throws {
    let (double, hypervisor, machine) = try await cloned(.unwrapping)
    try await hypervisor.delete(machine, owner: Self.owner)
    #expect(try double.calls("delete_vm").first?["destroy_unreferenced_disks"] == false)
  }

  @Test(arguments: kinds) func asksForTheHostThatWasChosen(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    let machine = try await hypervisor(double).clone(Self.request(host: "pve2")).machine
    #expect(try double.machine(machine.rawValue)?["host"] == "pve2")
  }

  // MARK: - What cannot be done

  @Test(arguments: kinds) func refusesPCIDevicesAndNamesTheNativeClient(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    let hypervisor = hypervisor(double)
    await #expect {
      try await hypervisor.clone(Self.request(gpus: 1))
    } throws: { error in
      let error = error as? PortError
      return error?.code == .unavailable && error?.message.contains("Use the native client.") == true
    }
    #expect(try double.calls("clone_vm").isEmpty)
  }

  @Test func refusesFullClonesWhereTheServerWouldSendAWord() async throws {
    let passing = try ProxmoxDouble(.passing)
    let refusing = hypervisor(passing) { $0.makesFullClones = true }
    #expect(await code { _ = try await refusing.clone(Self.request()) } == .unavailable)
    #expect(try passing.calls("clone_vm").isEmpty)
    let unwrapping = try ProxmoxDouble(.unwrapping)
    _ = try await hypervisor(unwrapping) { $0.makesFullClones = true }.clone(Self.request())
    let call = try #require(try unwrapping.calls("clone_vm").first)
    #expect(call["full"] == true && call["storage"] == "local-lvm")
  }

  @Test(arguments: kinds) func refusesAServerThatHidesTheToolsThatAreNeeded(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    try double.change { $0["hidden"] = ["clone_vm", "delete_vm"] }
    let hypervisor = hypervisor(double)
    await #expect {
      _ = try await hypervisor.machines()
    } throws: { error in
      let error = error as? PortError
      return error?.code == .unavailable && error?.message.contains("clone_vm, delete_vm") == true
    }
  }

  @Test func refusesToCloneForAnotherClusterOrFromWhatIsNoTemplate() async throws {
    let double = try ProxmoxDouble(.passing)
    let hypervisor = hypervisor(double)
    var other = Self.owner
    other.cluster = "other"
    #expect(await code { _ = try await hypervisor.clone(Self.request(other)) } == .forbidden)
    var request = Self.request()
    request.template.source = MachineID(100)
    #expect(await code { _ = try await hypervisor.clone(request) } == .invalid)
    request.template.source = MachineID(4711)
    #expect(await code { _ = try await hypervisor.clone(request) } == .notFound)
  }

  // MARK: - Lost answers

  @Test(arguments: kinds) func makesOneMachineThoughTheServerDiesAfterTheClone(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    try double.plan("clone_vm", "lose")
    let hypervisor = hypervisor(double)
    #expect(await code { _ = try await hypervisor.clone(Self.request()) } == .uncertain)
    let (machine, task) = try await hypervisor.clone(Self.request())
    #expect(try double.machine(machine.rawValue)?["name"] == "worker-burst-001")
    #expect(try double.calls("clone_vm").count == 1)
    #expect(try await hypervisor.task(task) == .succeeded)
  }

  @Test(arguments: kinds) func makesOneMachineThoughTheServerDiesBeforeTheClone(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    try double.plan("clone_vm", "die")
    let hypervisor = hypervisor(double)
    #expect(await code { _ = try await hypervisor.clone(Self.request()) } == .uncertain)
    let machine = try await hypervisor.clone(Self.request()).machine
    let numbers = try double.calls("clone_vm").compactMap { $0["newid"]?.wholeNumber }
    #expect(numbers == [Int64(machine.rawValue), Int64(machine.rawValue)])
  }

  @Test(arguments: kinds)
  func findsAHalfMadeCloneOfItsOwnAndWaitsForOneThatItDoesNotKnow(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    try double.plan("clone_vm", "half")
    let first = hypervisor(double)
    let (machine, task) = try await first.clone(Self.request())
    let seen = try #require(try await first.machines().first { $0.id == machine })
    #expect(seen.owner == Self.owner && seen.locked && seen.name == "worker-burst-001")
    #expect(try await first.clone(Self.request()).machine == machine)
    #expect(await code { try await first.start(machine, owner: Self.owner) } == .busy)

    // Another process, which remembers nothing.
    let second = hypervisor(double)
    #expect(try await second.machines().first { $0.id == machine }?.owner == nil)
    #expect(await code { _ = try await second.clone(Self.request()) } == .busy)
    #expect(try await second.task(task) == .succeeded)
    #expect(try await second.clone(Self.request()).machine == machine)
    #expect(try double.calls("clone_vm").count == 1)
  }

  @Test(arguments: kinds) func takesTheNextNumberWhereAnotherMachineHasIt(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    let free = try await hypervisor(double).clone(Self.request()).machine
    let taken = try ProxmoxDouble(kind)
    try taken.put(free.rawValue, ["host": "pve1", "name": "somebody", "description": "mine"])
    let machine = try await hypervisor(taken).clone(Self.request()).machine
    #expect(machine.rawValue == free.rawValue + 1 || machine.rawValue == 9_000_000)
    #expect(try taken.machine(free.rawValue)?["name"] == "somebody")
  }

  @Test func readsTheListAgainWhenANumberIsTakenInBetween() async throws {
    let double = try ProxmoxDouble(.passing)
    try double.plan("clone_vm", "fail 500 unable to create VM 9000001: config file already exists")
    _ = try await hypervisor(double).clone(Self.request())
    #expect(try double.calls("clone_vm").count == 2)
  }

  @Test func takesAFailureWhoseCauseIsLostForUncertain() async throws {
    let (double, hypervisor, machine) = try await cloned(.unwrapping)
    try double.plan("start_vm", "fail 500 got timeout")
    #expect(await code { try await hypervisor.start(machine, owner: Self.owner) } == .uncertain)
    try double.plan("get_cluster_resources", "fail 500 got timeout")
    #expect(await code { _ = try await hypervisor.machines() } == .failed)
    #expect(!double.noted.joined().contains(ProxmoxDouble.secret))
  }

  @Test(
    arguments: [
      ("500 VM is locked (backup)", .busy), ("500 got lock request timeout", .busy),
      ("500 cluster not ready - no quorum?", .unreachable),
      ("403 Permission check failed (/vms/1, VM.PowerMgmt)", .forbidden),
      ("401 Authentication failed!", .forbidden), ("500 can't allocate: Cannot allocate memory", .exhausted),
      ("595 No route to host", .unreachable), ("596 ", .uncertain), ("599 Too many redirections", .uncertain),
      ("500 Only root may use this option.", .forbidden), ("500 something else", .failed),
      ("400 Parameter verification failed.", .invalid), ("!", .uncertain), ("!timed out", .uncertain),
      ("!All connection attempts failed", .unreachable),
    ] as [(String, PortError.Code)])
  func understandsProxmoxsOwnWordsWhereTheyArePassedOn(text: String, expected: PortError.Code) async throws {
    let (double, hypervisor, machine) = try await cloned(.passing)
    try double.plan("start_vm", JSONValue.text("fail \(text)"))
    #expect(await code { try await hypervisor.start(machine, owner: Self.owner) } == expected)
  }

  @Test(arguments: kinds) func losesAListRatherThanAnOwner(kind: ProxmoxDouble.Kind) async throws {
    let (double, hypervisor, _) = try await cloned(kind)
    try double.plan("get_vm_config", "fail 500 got timeout")
    #expect(await code { _ = try await hypervisor.machines() } != nil)
  }

  @Test(arguments: kinds) func readsTheListAgainWhenAMachineGoesMeanwhile(kind: ProxmoxDouble.Kind) async throws {
    let (double, hypervisor, machine) = try await cloned(kind)
    try double.plan("get_vm_config", "vanish")
    let seen = try await hypervisor.machines()
    #expect(!seen.contains { $0.id == machine } && seen.contains { $0.id == MachineID(100) })
  }

  @Test(arguments: kinds) func tellsHowATaskEnded(kind: ProxmoxDouble.Kind) async throws {
    let (double, hypervisor, _) = try await cloned(kind)
    let task = "UPID:pve1:0000A1B2:00C3D4E5:66F00000:qmstart:100:poolkeeper@pve!test:"
    for (end, state) in [
      ("OK", .succeeded), ("WARNINGS: 2", .succeeded), ("clone failed: no space", .failed("clone failed: no space")),
    ] as [(String, TaskState)] {
      try double.change { $0["task_end"] = .text(end) }
      #expect(try await hypervisor.task(task) == state)
    }
    #expect(await code { _ = try await hypervisor.task("nonsense") } == .notFound)
  }

  // MARK: - Other people's machines

  @Test(
    arguments: kinds,
    [
      ["description": "nothing"], ["description": .null], ["tags": "other"], ["name": "renamed"],
      ["description": "poolkeeper/1 cluster=talos pool=burst worker=worker-burst-001 id=another created=1"],
      [
        "description":
          "poolkeeper/1 cluster=other pool=burst worker=worker-burst-001 id=7f3a0c1e-0000-4000-8000-000000000001 created=1"
      ],
      ["template": true],
    ] as [JSONValue])
  func leavesAMachineAloneThatIsNoLongerOurs(kind: ProxmoxDouble.Kind, change: JSONValue) async throws {
    let (double, hypervisor, machine) = try await cloned(kind)
    try await hypervisor.configure(machine, owner: Self.owner, as: Self.template())
    let before = try #require(try double.machine(machine.rawValue)?.members)
    try double.put(machine.rawValue, .object(before.merging(try #require(change.members)) { $1 }))
    let owner = Self.owner
    #expect(await code { try await hypervisor.delete(machine, owner: owner) } == .notOurs)
    #expect(await code { try await hypervisor.stop(machine, owner: owner) } == .notOurs)
    #expect(await code { try await hypervisor.start(machine, owner: owner) } == .notOurs)
    #expect(
      await code { try await hypervisor.configure(machine, owner: owner, as: Self.template(cpuCores: 2)) } == .notOurs)
    for tool in ["delete_vm", "stop_vm", "start_vm"] { #expect(try double.calls(tool).isEmpty) }
  }

  @Test func refusesToConfigureWhatSomebodyChangedInBetween() async throws {
    let (double, hypervisor, machine) = try await cloned(.passing)
    try double.plan("set_vm_config", "fail 500 checksum mismatch (file change by other user?)")
    #expect(await code { try await hypervisor.configure(machine, owner: Self.owner, as: Self.template()) } == .conflict)
    try await hypervisor.configure(machine, owner: Self.owner, as: Self.template())
    #expect(try double.calls("set_vm_config").last?["digest"] == "d0")
  }

  @Test(arguments: kinds) func tagsAMachineWhoseTemplateLacksOurTag(kind: ProxmoxDouble.Kind) async throws {
    let double = try ProxmoxDouble(kind)
    try double.put(9000, ["host": "pve1", "name": "talos", "template": true, "tags": "base", "disk": 8])
    let hypervisor = hypervisor(double)
    let machine = try await hypervisor.clone(Self.request()).machine
    #expect(try await hypervisor.machines().first { $0.id == machine }?.owner == Self.owner)
    try await hypervisor.configure(machine, owner: Self.owner, as: Self.template())
    #expect(try double.machine(machine.rawValue)?["tags"] == "base;poolkeeper")
  }
}
