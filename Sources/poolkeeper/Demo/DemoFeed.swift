import Exposition
import HTTPTransport
import Logging
import Model
import Ports
import RemoteWrite
import ServiceLifecycle
import Simulator
import TimeSeries

/// Sends the simulated exporters' samples to the server as a Prometheus does: real remote-write requests over loopback.
struct DemoFeed: Service {
  let infrastructure: SimulatedInfrastructure
  let time: any TimeSource
  let client: LateClient
  /// Between two scrapes, in the world's time.
  let interval: Duration
  let logger: Logger

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      let client = await client.ready()
      while !Task.isCancelled {
        await send(client)
        try await time.sleep(for: interval)
      }
    }
  }

  private func send(_ client: APIClient) async {
    let now = time.now()
    let series = infrastructure.look { world in
      (world.kubeStateMetrics() + world.nodeExporterMetrics()).map { ExporterFeed.series($0, at: now) }
    }
    do { try await client.write(RemoteWriteEncoder.body(series)) } catch {
      logger.warning("samples not accepted", metadata: ["error": "\(error)"])
    }
  }
}
