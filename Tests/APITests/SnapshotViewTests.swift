import API
import Foundation
import Model
import Testing

@Suite struct SnapshotViewTests {
  /// Alerts, schedules and forecasts, with names that look like Swift's.
  @Test func signalsComeBackFromTheTextThatTheAPIAnswers() throws {
    var snapshot = Snapshot(now: Samples.now)
    snapshot.forecasts = [
      "gpuLarge_v2/cpu_pressure": .known(Forecast(due: Samples.now, linear: 81.5), at: Samples.now),
      "spot/cpu_pressure": .unknown("There is no history."),
    ]
    var alert = AlertSignal(
      fingerprint: "7f3A_b", name: "QueueIsLong", pool: "gpuLarge_v2", workers: 2, startsAt: Samples.start,
      seenAt: Samples.now)
    alert.endsAt = Samples.now
    alert.urgency = .high
    snapshot.alerts = [alert]
    snapshot.schedules = ["marketOpens_eu": ScheduleWindow(start: Samples.start, end: Samples.now)]
    snapshot.memory.alerts = [alert]
    snapshot.memory.alertWorkers = ["7f3A_b": ["id-1"]]
    snapshot.memory.forecasts = ["gpuLarge_v2/cpu_pressure": TriggerState(phase: .pending, since: Samples.start)]
    var memory = PoolMemory()
    memory.preemptions = [Samples.start]
    snapshot.memory.pools = ["spot": memory]
    let text = try JSONFormat.encoder().encode(SnapshotView(snapshot))
    #expect(try JSONFormat.decoder().decode(SnapshotView.self, from: text).snapshot == snapshot)
    #expect(String(decoding: text, as: UTF8.self).contains(#""schedules":{"marketOpens_eu":"#))
  }
}
