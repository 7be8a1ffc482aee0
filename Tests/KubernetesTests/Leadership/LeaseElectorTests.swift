import Foundation
import Model
import Synchronization
import TestSupport
import Testing

@testable import Kubernetes

@Suite struct LeaseElectorTests {
  private static let start = Instant(rfc3339: "2026-11-10T12:00:00Z")!

  /// An API server, its candidates, and one clock for all.
  private final class Setting: Sendable {
    let server = InMemoryResources()
    let clock = HandElectionClock(wall: start)

    func elector(
      _ identity: String,
      fate: @escaping @Sendable (ResourceClient.Request) async -> ResourceClient.Fate = { _ in .passes }
    ) -> LeaseElector {
      LeaseElector(
        .init(namespace: "poolkeeper", name: "leader", identity: identity),
        through: ResourceClient(server, fate: fate), clock: clock, random: ElectionWorld.Draw(state: 1))
    }

    var spec: [String: Any] {
      let bytes = server.object(.leases, "leader") ?? []
      let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
      return object?["spec"] as? [String: Any] ?? [:]
    }
  }

  @Test func writesTheLeaseAsKubernetesKnowsIt() async {
    let setting = Setting()
    let elector = setting.elector("pod-1")
    #expect(await elector.round() == .seconds(2))
    #expect(elector.isLeading && elector.term == 1 && elector.leader == "pod-1")
    let spec = setting.spec
    #expect(spec["holderIdentity"] as? String == "pod-1")
    #expect(spec["leaseDurationSeconds"] as? Int == 15)
    #expect(spec["leaseTransitions"] as? Int == 0)
    #expect(spec["renewTime"] as? String == "2026-11-10T12:00:00.000000Z")
  }

  @Test func keepsWhatOthersWroteIntoTheLease() async throws {
    let setting = Setting()
    let elector = setting.elector("pod-1")
    _ = await elector.round()
    try setting.server.edit(.leases, "leader") { object in
      var metadata = object["metadata"] as? [String: Any] ?? [:]
      metadata["annotations"] = ["owner": "ann"]
      object["metadata"] = metadata
    }
    setting.clock.advance(by: .seconds(2))
    _ = await elector.round()
    #expect(elector.isLeading && elector.term == 1)
    let text = String(decoding: setting.server.object(.leases, "leader") ?? [], as: UTF8.self)
    #expect(text.contains("\"owner\":\"ann\""))
  }

  @Test func theSecondFollowsAndTakesOverWhenTheFirstIsSilent() async {
    let setting = Setting()
    let (first, second) = (setting.elector("pod-1"), setting.elector("pod-2"))
    _ = await first.round()
    _ = await second.round()
    #expect(!second.isLeading && second.leader == "pod-1")
    // The first stands still: nothing of it runs, and yet it knows.
    setting.clock.advance(by: .seconds(9))
    #expect(first.isLeading)
    setting.clock.advance(by: .seconds(1))
    #expect(!first.isLeading)
    _ = await second.round()
    #expect(!second.isLeading, "10 s of 15")
    setting.clock.advance(by: .seconds(5))
    _ = await second.round()
    #expect(second.isLeading && !first.isLeading)
    #expect(setting.spec["leaseTransitions"] as? Int == 1)
    _ = await first.round()
    #expect(!first.isLeading && first.leader == "pod-2")
  }

  @Test func aReleaseLetsTheNextLeadAtOnce() async {
    let setting = Setting()
    let (first, second) = (setting.elector("pod-1"), setting.elector("pod-2"))
    _ = await first.round()
    _ = await second.round()
    await first.release()
    #expect(!first.isLeading && setting.spec["holderIdentity"] as? String == "")
    _ = await second.round()
    #expect(second.isLeading)
  }

  @Test func givesTheLeaseUpWhenItsTaskIsCancelled() async {
    let setting = Setting()
    let elector = setting.elector("pod-1")
    let task = Task { await elector.run() }
    while !elector.isLeading { await Task.yield() }
    task.cancel()
    await task.value
    #expect(!elector.isLeading)
    #expect(setting.spec["holderIdentity"] as? String == "")
  }

  @Test func anAnswerThatNeverComesEndsTheTryAndNotTheLead() async {
    let setting = Setting()
    let hangs = Mutex(false)
    let elector = setting.elector("pod-1") { _ in
      if hangs.withLock({ $0 }) { try? await Task.sleep(for: .seconds(3600)) }
      return .isLost
    }
    _ = await elector.round()
    #expect(!elector.isLeading && elector.problem?.contains("No answer") == true)
    hangs.withLock { $0 = true }
    let round = Task { await elector.round() }
    var steps = 0
    while steps < 100_000, elector.problem?.contains("has not answered for 5s") != true {
      // The limit's sleeper may not have come yet, so the clock moves until it has.
      setting.clock.advance(by: .seconds(5))
      await Task.yield()
      steps += 1
    }
    #expect(await round.value >= .seconds(2))
    #expect(elector.problem?.contains("has not answered for 5s") == true)
  }

  /// A read whose answer comes after the try was given up must not lend its version to the next write.
  @Test func aWriteGoesOnlyOverTheVersionThatWasWeighed() throws {
    let record = LeaseRecord(
      holder: "a", durationSeconds: 15, acquiredAt: Self.start, renewedAt: Self.start, transitions: 0)
    let seen = try LeaseObject.encode(record, namespace: "n", name: "leader", over: "9")
    let written = try LeaseObject.decode(
      LeaseObject.encode(record, namespace: "n", name: "leader", over: "7", in: seen))
    #expect(written.version == "7" && written.record == record)
  }
}
