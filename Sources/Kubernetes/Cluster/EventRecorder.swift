import Model
import Ports
import Synchronization

/// Sends Events, and drops them rather than hold anybody up. Source: Kubernetes, events.k8s.io/v1.
final class EventRecorder: Sendable {
  private let client: KubernetesClient
  private let options: KubernetesClusterOptions
  private let time: any TimeSource
  private let state: Mutex<State>

  private struct State {
    var journal = EventJournal()
    var waiter: CheckedContinuation<Void, Never>?
    var isCancelled = false
  }

  init(_ client: KubernetesClient, _ options: KubernetesClusterOptions, time: any TimeSource) {
    self.client = client
    self.options = options
    self.time = time
    state = Mutex(State())
  }

  /// Returns at once.
  func tell(_ event: ClusterEvent) {
    let now = time.now()
    let waiter = state.withLock { state in
      state.journal.add(event, at: now)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Events that found no room, or could not be delivered.
  var dropped: Int { state.withLock { $0.journal.dropped } }

  /// Sends what comes until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      if let delivery = state.withLock({ $0.journal.next() }) {
        await send(delivery)
      } else {
        await waitForMore()
      }
    }
  }

  private func waitForMore() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if state.journal.isEmpty && !state.isCancelled { state.waiter = continuation }
          return !state.journal.isEmpty || state.isCancelled
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.isCancelled = true
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
    }
  }

  private func send(_ delivery: EventJournal.Delivery) async {
    do throws(KubernetesError) {
      if delivery.count > 1 {
        do throws(KubernetesError) {
          _ = try await client.mergePatch(
            .events, namespace: delivery.namespace, name: delivery.name, patch: delivery.seriesPatch.bytes)
          return
        } catch {
          // It was kept for its hour; the next one begins a new count.
          guard error.code == .notFound else { throw error }
        }
      }
      var call = KubernetesClient.Call(
        "POST", ResourcePath.path(.events, namespace: delivery.namespace),
        body: delivery.object(reporter: options.reporter, instance: options.instance).bytes)
      call.mayRepeat = false
      _ = try await client.send(call)
    } catch {
      state.withLock { $0.journal.lost(delivery) }
    }
  }
}
