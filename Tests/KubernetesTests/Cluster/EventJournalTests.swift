import Model
import Ports
import Testing

@testable import Kubernetes

@Suite struct EventJournalTests {
  private let now = Instant(rfc3339: "2026-01-31T08:00:00Z")!
  private let event = ClusterEvent(
    .pod(PodKey(namespace: "shop", name: "web-1"), uid: "u"), reason: "TriggeredScaleUp", note: "A note.")

  private func next(of journal: inout EventJournal) throws -> EventJournal.Delivery {
    let delivery = journal.next()
    return try #require(delivery)
  }

  @Test func writesAWholeObject() throws {
    var journal = EventJournal()
    journal.add(event, at: now)
    let delivery = try next(of: &journal)
    #expect(delivery.namespace == "shop")
    #expect(delivery.name.hasPrefix("web-1.188f"))
    #expect(
      String(decoding: delivery.object(reporter: "r/r", instance: "i").bytes, as: UTF8.self)
        == #"{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"\#(delivery.name)","namespace":"shop"},"#
        + #""eventTime":"2026-01-31T08:00:00.000000Z","type":"Normal","reason":"TriggeredScaleUp","#
        + #""action":"TriggeredScaleUp","note":"A note.","regarding":{"apiVersion":"v1","kind":"Pod","namespace":"shop","#
        + #""name":"web-1","uid":"u"},"reportingController":"r/r","reportingInstance":"i"}"#)
  }

  @Test func putsEventsOfNodesIntoDefault() throws {
    var journal = EventJournal()
    journal.add(ClusterEvent(.node("worker-1", uid: "u"), reason: "R", note: "N", isWarning: true), at: now)
    let delivery = try next(of: &journal)
    #expect(delivery.namespace == "default")
    let object = String(decoding: delivery.object(reporter: "r", instance: "i").bytes, as: UTF8.self)
    #expect(object.contains(#""type":"Warning""#))
    #expect(object.contains(#""regarding":{"apiVersion":"v1","kind":"Node","name":"worker-1","uid":"u"}"#))
  }

  @Test func countsRepeatsInsteadOfSendingThem() throws {
    var journal = EventJournal()
    journal.add(event, at: now)
    let first = try next(of: &journal)
    for second in 1...3 { journal.add(event, at: now.advanced(by: .seconds(second))) }
    let repeated = try next(of: &journal)
    #expect(repeated.name == first.name)
    #expect(repeated.count == 4)
    #expect(
      String(decoding: repeated.seriesPatch.bytes, as: UTF8.self)
        == #"{"series":{"count":4,"lastObservedTime":"2026-01-31T08:00:03.000000Z"}}"#)
    #expect(journal.isEmpty)
    journal.add(event, at: now.advanced(by: .seconds(3 + 360)))
    let last = try next(of: &journal)
    #expect(last.count == 1)
  }

  @Test func dropsWhatFindsNoRoom() {
    var journal = EventJournal()
    for number in 0..<(EventJournal.maximumWaiting + 5) {
      journal.add(ClusterEvent(.node("n", uid: "u"), reason: "R", note: "\(number)"), at: now)
    }
    #expect(journal.dropped == 5)
    var names: Set<String> = []
    while let delivery = journal.next() { names.insert(delivery.name) }
    #expect(names.count == EventJournal.maximumWaiting)
  }

  @Test func beginsAnewAfterOneThatWasLost() throws {
    var journal = EventJournal()
    journal.add(event, at: now)
    journal.lost(try next(of: &journal))
    journal.add(event, at: now)
    let last = try next(of: &journal)
    #expect(last.count == 1)
    #expect(journal.dropped == 1)
  }

  @Test func cutsBetweenCharacters() {
    let cut = EventJournal.Delivery.cut(String(repeating: "é", count: 1000), 1024)
    #expect(cut.utf8.count <= 1024)
    #expect(cut.utf8.count >= 1022)
    #expect(cut.hasSuffix("é…"))
    #expect(EventJournal.Delivery.cut("short", 1024) == "short")
  }
}
