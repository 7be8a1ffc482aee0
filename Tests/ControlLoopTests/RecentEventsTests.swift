import Model
import Ports
import Testing

@testable import ControlLoop

@Suite struct RecentEventsTests {
  private static func event(_ number: Int) -> JournalEvent {
    JournalEvent(
      at: Instant(milliseconds: Int64(number) * 1_000), subject: "worker", name: "w", code: "c", sentence: "\(number)")
  }

  @Test func addsToWhatWasReadWithTheNewestFirst() {
    var recent = RecentEvents()
    recent.read([Self.event(2), Self.event(1)])
    recent.add([Self.event(3), Self.event(4)])
    recent.add([])
    #expect(recent.known?.map(\.sentence) == ["4", "3", "2", "1"])
  }

  @Test func knowsNothingUntilTheJournalWasReadAndAfterOthersWrote() {
    var recent = RecentEvents()
    recent.add([Self.event(1)])
    #expect(recent.known == nil)
    recent.read([])
    #expect(recent.known == [])
    recent.forget()
    recent.add([Self.event(2)])
    #expect(recent.known == nil)
  }

  @Test func keepsNoMoreThanItsBound() {
    var recent = RecentEvents()
    recent.read((0..<500).reversed().map(Self.event))
    #expect(recent.known?.count == RecentEvents.kept)
    recent.add((500..<800).map(Self.event))
    #expect(recent.known?.count == RecentEvents.kept)
    #expect(recent.known?.first?.sentence == "799")
  }
}
