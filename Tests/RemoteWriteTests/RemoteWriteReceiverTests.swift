import RemoteWrite
import Testing
import TimeSeries

@Suite struct RemoteWriteReceiverTests {
  @Test func storesWhatASenderSends() throws {
    let store = SeriesStore()
    let receiver = RemoteWriteReceiver(store: store)
    let body = RemoteWriteEncoder.body((0..<20).map { Bodies.series($0, [(Bodies.now - 15_000, 1), (Bodies.now, 2.5)]) })
    let outcome = receiver.receive(body, headers: .version1, now: Bodies.now)
    #expect(outcome.status == .accepted)
    #expect(outcome.statusCode == 204)
    #expect(outcome.report.samplesStored == 40)
    let selected = try store.select(
      [LabelMatcher(name: "instance", operation: .equal, value: "host-1")], from: .min, through: .max)
    #expect(selected.count == 7)
    var buffer = SampleBuffer()
    selected[0].read(from: .min, through: .max, into: &buffer)
    #expect(buffer.timestamps == [Bodies.now - 15_000, Bodies.now])
    #expect(buffer.values == [1, 2.5])
  }

  @Test func acceptsReplayedRequestsWithoutStoringTwice() throws {
    let store = SeriesStore()
    let receiver = RemoteWriteReceiver(store: store)
    let bodies = (0..<5).map { step in
      RemoteWriteEncoder.body((0..<20).map { Bodies.series($0, [(Bodies.now + Int64(step) * 15_000, Double(step))]) })
    }
    for body in bodies { #expect(receiver.receive(body, headers: .version1, now: Bodies.now).status == .accepted) }
    let before = try Bodies.dump(store)
    for body in bodies { #expect(receiver.receive(body, headers: .version1, now: Bodies.now).status == .accepted) }
    #expect(try Bodies.dump(store) == before)
    #expect(store.statistics.duplicateSamplesTotal == 100)
  }
}
