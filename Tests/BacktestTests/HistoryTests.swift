import Backtest
import Model
import Testing

@Suite struct HistoryTests {
  @Test func beginsWithoutReadings() {
    let history = History(source: "a test", start: .epoch, end: .epoch.advanced(by: .hours(1)), pods: [])
    #expect(history.readings.isEmpty && history.untold.isEmpty)
  }
}
