import API
import Logging
import Model
import Ports
import ServiceLifecycle
import Simulator

/// The person in the story: the GPU pool grows on request only, so when a pod waits for a GPU, somebody asks.
struct DemoOperator: Service {
  let infrastructure: SimulatedInfrastructure
  let time: any TimeSource
  let client: LateClient
  let pool: PoolName
  let logger: Logger

  /// Asked once: the same id sent twice is one request, also after a restart.
  static let request: RequestID = "demo-gpu"
  /// What pods that need a GPU ask for.
  static let resource = "nvidia.com/gpu"

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      let client = await client.ready()
      while !Task.isCancelled {
        let pods = try await infrastructure.pods()
        let waits = pods.contains { $0.unschedulable && $0.requests.extended[Self.resource] != nil }
        if waits, await ask(client) { return }
        try await time.sleep(for: .seconds(60))
      }
    }
  }

  private func ask(_ client: APIClient) async -> Bool {
    let body = ScaleBody(workers: 1, ttlHours: nil, requestID: Self.request)
    do {
      _ = try await client.send("POST", "/api/v1/pools/\(pool)/scale", body: body, as: RequestView.self)
      return true
    } catch {
      logger.warning("the request for a GPU worker failed", metadata: ["error": "\(error)"])
      return false
    }
  }
}
