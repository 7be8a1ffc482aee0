import Exposition
import Model
import Ports
import RemoteWrite
import Simulator
import TimeSeries

/// Sends what the world's exporters show, as the Prometheus beside them does. The world is another process: its saved state is
/// read.
struct ExporterFeed {
  /// Real time between two scrapes: a minute of the world's.
  static let interval: Duration = .seconds(1)

  let world: WorldFile
  let time: any TimeSource

  /// Until the task is cancelled.
  func run(to brain: Brain) async {
    while !Task.isCancelled {
      if let world = try? world.load() {
        let now = time.now()
        let samples = world.kubeStateMetrics() + world.nodeExporterMetrics()
        _ = await brain.write(
          body: RemoteWriteEncoder.body(samples.map { Self.series($0, at: now) }), deadline: NumberedSender.deadline)
      }
      try? await Task.sleep(for: Self.interval)
    }
  }

  static func series(_ sample: ExporterSample, at now: Instant) -> RemoteWriteEncoder.Series {
    let labels =
      [Label(name: Labels.metricName, value: sample.family)]
      + sample.labels.map { Label(name: $0.name, value: $0.value) }
    return (Labels(labels), [(now.milliseconds, sample.value)])
  }
}
