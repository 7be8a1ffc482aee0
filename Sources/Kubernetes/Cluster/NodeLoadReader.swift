import Model
import Ports
import Synchronization

/// The measured CPU use of nodes, from metrics.k8s.io where a metrics server is there.
final class NodeLoadReader: Sendable {
  private let client: KubernetesClient
  private let state = Mutex<(at: Instant, millicores: [String: Int64])?>(nil)

  /// A metrics server measures about every 15 s.
  static let interval = Duration.seconds(30)
  /// Where there is none, or it does not answer.
  static let retryInterval = Duration.seconds(300)
  /// Older figures are not shown.
  static let shownFor = Duration.seconds(120)

  init(_ client: KubernetesClient) { self.client = client }

  /// By node; empty when not measured lately.
  var millicores: [String: Int64] {
    let now = client.time.now()
    return state.withLock { state in
      guard let state, now - state.at <= Self.shownFor else { return [:] }
      return state.millicores
    }
  }

  func run() async {
    while !Task.isCancelled {
      let isMeasured = await read()
      do { try await client.time.sleep(for: isMeasured ? Self.interval : Self.retryInterval) } catch { return }
    }
  }

  private func read() async -> Bool {
    var call = KubernetesClient.Call("GET", ResourcePath.path(.nodeMetrics))
    // Nothing depends on it so much that it should be asked for again and again.
    call.mayRepeat = false
    do throws(KubernetesError) {
      let millicores = try Self.millicores(of: try await client.send(call))
      state.withLock { $0 = (client.time.now(), millicores) }
      return true
    } catch {
      return false
    }
  }

  /// CPU use by node, of a NodeMetricsList.
  static func millicores(of body: [UInt8]) throws(KubernetesError) -> [String: Int64] {
    let page = try WatchReader<Int64>(.nodeMetrics) { json in
      WorkloadReaders.read(&json) { json, metadata in
        var millicores: Int64 = 0
        json.members { json, key in
          switch key {
          case "metadata": metadata = ObjectMetadata(&json) { _ in false }
          case "usage": millicores = json.resources()?.cpuMillicores ?? 0
          default: json.skip()
          }
        }
        return millicores
      }
    }.page(body)
    return Dictionary(page.objects.map { ($0.key.name, $0.value) }, uniquingKeysWith: { _, last in last })
  }
}
