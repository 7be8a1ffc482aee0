import Foundation
import Testing

@testable import Model

/// Records and observations that share what is in them until one is changed.
@Suite struct SharedTests {
  private static func record(_ id: WorkerID) -> WorkerRecord {
    WorkerRecord(
      id: id, name: "worker-burst-001", pool: "burst", template: "medium", price: HourlyPrice(perHour: Money(0.24)),
      reason: Reason("requested", "Somebody asked for it."), createdAt: .epoch)
  }

  @Test func aChangeLeavesCopiesAsTheyWere() {
    var changed = Shared(["a"])
    let copy = changed
    #expect(changed.holder === copy.holder)
    changed.value.append("b")
    #expect(copy.value == ["a"])
    #expect(changed.value == ["a", "b"])
  }

  @Test func whatNobodySharesIsChangedInPlace() {
    var alone = Shared(1)
    let before = ObjectIdentifier(alone.holder)
    alone.value += 1
    #expect(ObjectIdentifier(alone.holder) == before)
    #expect(alone.value == 2)
  }

  @Test func isEqualByValueAndHashedByIt() {
    #expect(Shared("a") == Shared("a"))
    #expect(Shared("a") != Shared("b"))
    #expect(Set([Shared("a"), Shared("a"), Shared("b")]).count == 2)
  }

  @Test func aRecordsCopyKeepsWhatItWas() {
    var record = Self.record("w1")
    let before = record
    record.state = .provisioning
    record.removal = RemovalRecord(reason: Reason("expired", "Its time is over."), askedAt: Instant(seconds: 60))
    record.removal?.evicted.append(PodKey(namespace: "default", name: "web-1"))
    #expect(before.state == .requested && before.removal == nil)
    #expect(record.removal?.evicted.count == 1)
    #expect(record != before)
    record.removal = nil
    record.state = .requested
    #expect(record == before)
  }

  @Test func aRecordAndAPodAreWrittenAsTheirBareFields() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let record = Self.record("w1")
    let json = try encoder.encode(record)
    let keys = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any]).keys.sorted()
    #expect(
      keys == ["createdAt", "id", "name", "pool", "price", "reason", "state", "stateSince", "template"])
    #expect(try JSONDecoder().decode(WorkerRecord.self, from: json) == record)
    var pod = PodObservation(
      key: PodKey(namespace: "default", name: "web-1"), uid: "u1", createdAt: .epoch, phase: .pending, requests: .zero)
    pod.node = "worker-burst-001"
    let written = try encoder.encode(pod)
    #expect(String(decoding: written, as: UTF8.self).contains("\"node\":\"worker-burst-001\""))
    #expect(try JSONDecoder().decode(PodObservation.self, from: written) == pod)
  }
}
