import Testing

@testable import TalosMessages

@Suite struct TalosMessageTests {
  @Test func writesTheBytesOfTheFormat() throws {
    #expect(RebootRequest(mode: 1).encoded() == [0x08, 0x01])
    #expect(ShutdownRequest(force: true).encoded() == [0x08, 0x01])
    let apply = ApplyConfigurationRequest(data: [0x61], mode: ApplyMode.auto.rawValue, isDryRun: true)
    #expect(apply.encoded() == [0x0A, 0x01, 0x61, 0x20, 0x01, 0x28, 0x01])
    #expect(ServiceActionRequest(id: "kubelet").encoded() == [0x0A, 0x07] + Array("kubelet".utf8))
    #expect(Empty().encoded() == [])
    let reset = ResetRequest(reboot: true, partitions: [ResetPartition(label: "EPHEMERAL", wipe: true)], mode: 1)
    #expect(
      reset.encoded() == [0x10, 0x01, 0x1A, 0x0D, 0x0A, 0x09] + Array("EPHEMERAL".utf8) + [0x10, 0x01, 0x28, 0x01])
  }

  @Test func readsWhatItWrote() throws {
    let services = ServiceList(services: [
      ServiceInfo(
        id: "kubelet", state: "Running",
        history: ServiceHistory(events: [
          ServiceEvent(message: "“ü” \u{0} x", state: "Running", time: WireTime(seconds: -1, nanoseconds: 5))
        ]), health: ServiceHealth(isHealthy: true, message: "ok")), ServiceInfo(id: "apid"),
    ])
    let reply = Reply([services, ServiceList()])
    #expect(try Reply<ServiceList>(decoding: reply.encoded()) == reply)
    let resource = ResourceAnswer(
      resource: Resource(
        metadata: ResourceMetadata(namespace: "runtime", type: "T", id: "machine", version: "2", phase: "running"),
        spec: ResourceSpec(yaml: "stage: running\n")))
    #expect(try ResourceAnswer(decoding: resource.encoded()) == resource)
    let health = HealthCheckRequest(
      waitTimeout: WireDuration(seconds: 3), nodes: HealthCheckClusterInfo(workerNodes: ["10.0.0.1", "10.0.0.2"]))
    #expect(try HealthCheckRequest(decoding: health.encoded()) == health)
    let event = Event(
      data: EventPayload.sequence(SequenceEvent(sequence: "reboot", error: EventError(code: 1, message: "locked")))
        .message, id: "7", actorID: "a")
    #expect(try Event(decoding: event.encoded()) == event)
    #expect(
      try EventPayload(event)
        == .sequence(SequenceEvent(sequence: "reboot", error: EventError(code: 1, message: "locked"))))
    #expect(try EventPayload(Event()) == nil)
    #expect(
      try EventPayload(Event(data: AnyMessage(typeURL: "talos/runtime/machine.TaskEvent")))
        == .other("machine.TaskEvent"))
  }

  @Test func skipsUnknownFields() throws {
    // Field 15, four bytes; then field 1.
    let bytes: [UInt8] = [0x7D, 1, 2, 3, 4, 0x0A, 0x01, 0x78]
    #expect(try ServiceActionRequest(decoding: bytes).id == "x")
  }

  @Test func refusesBytesThatAreNoMessage() {
    #expect(throws: TalosMessageError.self) { try Version(decoding: [0x12, 0x7F, 0x00]) }
    #expect(throws: TalosMessageError.self) { try ServiceActionRequest(decoding: [0x0A, 0x02, 0xC3, 0x28]) }
    let long = [UInt8](repeating: 0, count: TalosMessageLimits.bytes + 1)
    let error = #expect(throws: TalosMessageError.self) { try Version(decoding: long) }
    #expect(error?.code == .oversized)
  }

  @Test func readsAnyBytesWithoutHarm() throws {
    var state: UInt64 = 7
    func next(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    let whole = Reply([
      ServiceList(services: [
        ServiceInfo(id: "kubelet", state: "Running", history: ServiceHistory(events: [ServiceEvent(state: "Running")]))
      ])
    ]).encoded()
    var read = 0
    for _ in 0..<5000 {
      var bytes = whole
      for _ in 0...next(3) { bytes[Int(next(UInt64(bytes.count)))] = UInt8(next(256)) }
      if next(4) == 0 { bytes.removeLast(Int(next(UInt64(bytes.count)))) }
      if let reply = try? Reply<ServiceList>(decoding: bytes) {
        read += 1
        #expect(try Reply<ServiceList>(decoding: reply.encoded()) == reply)
      }
    }
    #expect(read > 100)
  }

  @Test func knowsTheRoleThatEachMethodNeeds() {
    #expect(TalosMethod.applyConfiguration.role == .admin && TalosMethod.reboot.role == .operator)
    #expect(TalosMethod.resourceGet.role == .reader)
    #expect(TalosRole.admin > .operator && TalosRole.operator > .reader)
    #expect(TalosMethod.resourceGet.service == "cosi.resource.State" && TalosMethod.resourceGet.name == "Get")
  }

  @Test(arguments: MachineStage.allCases)
  func knowsEveryStageByItsName(stage: MachineStage) { #expect(MachineStage(text: stage.text) == stage) }
}
