import Lifecycle
import Model
import Testing

@Suite struct JoiningTests {
  @Test func nodeMustAppearWithinItsLimit() {
    var fixture = Fixture.joining()
    fixture.advance(after: .seconds(179))
    #expect(fixture.record.state == .joining)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .failed)
    #expect(fixture.record.lastError?.contains("no node") == true)
  }

  @Test func nodeMustBecomeReadyWithinItsLimit() {
    var fixture = Fixture.joining()
    fixture.makeNode(ready: false)
    fixture.advance(after: .seconds(10))
    #expect(fixture.step == .nodeConditionReady)
    fixture.advance(after: .seconds(119))
    #expect(fixture.record.state == .joining)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .failed)
    #expect(fixture.record.lastError?.contains("Ready") == true)
  }

  @Test func kubeletMustRunWithinItsLimit() {
    var fixture = Fixture.joining()
    fixture.makeNode()
    fixture.advance(after: .seconds(10))
    #expect(fixture.step == .kubeletRunning)
    fixture.advance(after: .seconds(60))
    #expect(fixture.record.state == .failed)
    #expect(fixture.record.lastError?.contains("kubelet") == true)
  }

  @Test func wholeJoinIsBoundedToo() {
    var fixture = Fixture.joining()
    fixture.policy.provisioning.stepLimits[.nodeReady] = .seconds(200)
    fixture.advance(after: .seconds(170))
    fixture.makeNode(ready: false)
    fixture.advance()
    fixture.advance(after: .seconds(30))
    #expect(fixture.record.state == .failed)
    #expect(fixture.record.lastError?.contains("3m20s") == true)
  }

  @Test func joinIsTriedAgainWhereTheConfigurationSaysSo() {
    var fixture = Fixture.joining()
    fixture.policy.provisioning.errorHandling[.nodeReady] = .retry
    fixture.advance(after: .seconds(180))
    #expect(fixture.record.state == .joining)
    #expect(fixture.record.step?.attempt == 2)
    fixture.makeNode()
    fixture.advance(after: .seconds(90))
    #expect(fixture.step == .kubeletRunning)
    #expect(fixture.record.step?.attempt == 2)
  }

  /// A kubelet that finds a Node object of its name goes on with it, whoever cordoned that.
  @Test(arguments: [true, false])
  func aNodeThatAnElderLeftTakesPodsAgain(isOfAnElder: Bool) {
    var fixture = Fixture.joining()
    fixture.record.firmware = "u1"
    fixture.machine?.uuid = "u1"
    fixture.wait(.seconds(40))
    fixture.makeNode()
    fixture.node?.systemUUID = "u1"
    fixture.cordonNode()
    if !isOfAnElder { fixture.node?.annotations = [:] }
    let (record, policy) = (fixture.record, fixture.policy)
    if isOfAnElder { fixture.node?.createdAt = record.createdAt.advanced(by: .hours(-2)) }
    fixture.node?.labels = NodeLabels.labels(of: record, policy: policy)
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    #expect(fixture.advance() == (isOfAnElder ? [.uncordon] : []), "a person's cordon is that person's")
    #expect(fixture.record.state == .ready)
  }

  @Test func unknownNodesDoNotLetTheLimitRunOut() {
    var fixture = Fixture.joining()
    fixture.world.node = .unknown("API server away")
    fixture.advance(after: .minutes(10))
    #expect(fixture.record.state == .joining)
  }

  @Test func labelsAreSetAndTheAnswerEndsTheStep() {
    var fixture = Fixture.joining()
    fixture.makeNode()
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    let labels = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
    #expect(fixture.advance(after: .seconds(30)) == [.label(labels)])
    fixture.answer(.succeeded, to: .label(labels))
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .ready)
    #expect(fixture.record.readyAt == fixture.now)
    #expect(fixture.codes == ["worker_ready"])
  }

  @Test func labelsThatFailOnlyWarn() {
    var fixture = Fixture.joining()
    fixture.makeNode()
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    fixture.advance(after: .seconds(30))
    fixture.answer(.failed(code: "forbidden", message: "no right", retryable: false), to: fixture.actions[0])
    #expect(fixture.codes == ["step_failed"])
    #expect(fixture.advance(after: .seconds(5)).first?.name == "label", "and they are set later")
    #expect(fixture.record.state == .ready)
    #expect(fixture.codes == ["worker_ready"])
    #expect(fixture.advance(after: .seconds(30)).isEmpty, "but not at every look")
    #expect(fixture.advance(after: .seconds(30)).first?.name == "label")
  }

  @Test func labelsAreThoseThatTheNodesShow() {
    var fixture = Fixture.ready()
    let labels = fixture.node!.labels
    #expect(labels["node-pool"] == "burst")
    #expect(labels["worker-type"] == "temporary")
    #expect(labels["workload-size"] == "medium")
    #expect(labels["storage-tier"] == "standard")
    #expect(labels["network-speed"] == "1g")
    #expect(labels["provisioned-at"] == String(Fixture.start.milliseconds / 1000 + 40))
    #expect(labels["ttl"] == String(Fixture.start.milliseconds / 1000 + 4 * 3600))
    #expect(labels["ttl-hours"] == "4")
    fixture.record.timeToLive = nil
    let lasting = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
    #expect(lasting["ttl"] == nil && lasting["ttl-hours"] == nil)
  }

  @Test func aWorkerBearsTheZoneOfItsHostWhereZonesHaveALabel() {
    var fixture = Fixture.ready()
    let label = "topology.kubernetes.io/zone"
    fixture.record.host = "pve-01"
    #expect(NodeLabels.labels(of: fixture.record, policy: fixture.policy)[label] == nil)
    fixture.policy.placement.zoneLabel = label
    #expect(NodeLabels.labels(of: fixture.record, policy: fixture.policy)[label] == "pve-01", "its host is its zone")
    fixture.policy.placement.zones = ["pve-01": "rack-a"]
    #expect(NodeLabels.labels(of: fixture.record, policy: fixture.policy)[label] == "rack-a")
    let burst = fixture.policy.pools.firstIndex { $0.name == "burst" }!
    fixture.policy.pools[burst].labels[label] = "elsewhere"
    #expect(NodeLabels.labels(of: fixture.record, policy: fixture.policy)[label] == "rack-a", "it wins over the pool's")
    fixture.record.host = nil
    #expect(NodeLabels.labels(of: fixture.record, policy: fixture.policy)[label] == "elsewhere")
  }

  @Test(arguments: [(Duration.hours(4), "4"), (.minutes(90), "1.5"), (.minutes(15), "0.25"), (.minutes(3), "0.05")])
  func hoursAreShort(length: Duration, text: String) {
    var fixture = Fixture()
    fixture.record.timeToLive = TimeToLiveRecord(
      expiresAt: fixture.now.advanced(by: length), latest: fixture.now.advanced(by: .hours(12)))
    #expect(NodeLabels.timeToLiveLabels(of: fixture.record)["ttl-hours"] == text)
  }

  @Test func extensionMovesTheEndWithinTheMaximumAndRelabels() {
    var fixture = Fixture.ready()
    let extended = WorkerLifecycle.extend(fixture.record, by: .hours(2), now: fixture.now, policy: fixture.policy)
    #expect(extended.record.timeToLive?.expiresAt == Fixture.start.advanced(by: .hours(6)))
    #expect(extended.record.timeToLive?.extensions == 1)
    guard case .label(let labels)? = extended.actions.first else {
      Issue.record("no label action")
      return
    }
    #expect(labels["ttl-hours"] == "6")
    fixture.take(WorkerLifecycle.extend(extended.record, by: .hours(20), now: fixture.now, policy: fixture.policy))
    #expect(fixture.record.timeToLive?.expiresAt == Fixture.start.advanced(by: .hours(12)))
    let current = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
    fixture.node?.labels = current
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.step == nil)
  }

  @Test func announcementIsMadeOnce() {
    let fixture = Fixture.ready()
    let announcement = Announcement(worker: fixture.record.name, reason: Reason("ttl_soon", "Five minutes are left."))
    let first = WorkerLifecycle.announce(fixture.record, announcement)
    #expect(first.record.timeToLive?.announced == true)
    #expect(first.events.count == 1)
    #expect(WorkerLifecycle.announce(first.record, announcement).events.isEmpty)
  }
}
