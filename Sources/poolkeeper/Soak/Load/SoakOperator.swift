import API
import Foundation
import HTTPTransport
import Model
import Simulator
import Synchronization

/// Somebody who orders workers, lets them live longer and removes them, through the API, at instants that a seed draws.
final class SoakOperator: Sendable {
  /// What came of the calls.
  struct Tally: Hashable, Sendable {
    var accepted = 0
    /// By status.
    var refused: [Int: Int] = [:]
    var unanswered = 0
  }

  /// Real time between two calls.
  static let pauses: ClosedRange<Duration> = .milliseconds(500) ... .seconds(4)
  /// A call that is not answered by then has no answer.
  static let deadline: Duration = .seconds(5)
  /// An order that got no answer is sent again so often, with the same id: it must not make workers twice.
  static let repetitions = 4
  /// With more workers of the pool than this it only removes.
  static let most = 8

  private let brain: Brain
  private let state = Mutex(Tally())
  private let seed: UInt64

  init(_ brain: Brain, seed: UInt64) {
    self.brain = brain
    self.seed = seed
  }

  var tally: Tally { state.withLock { $0 } }

  /// Until the task is cancelled.
  func run() async {
    var random = SplitMix64(seed: seed)
    var orders = 0
    while !Task.isCancelled {
      try? await Task.sleep(for: random.duration(in: Self.pauses))
      guard let workers = try? await workers() else { continue }
      let burst = workers.filter { $0.pool == "burst" }
      let removable = burst.filter { $0.removal == nil }.sorted { $0.id.rawValue < $1.id.rawValue }
      let draw = random.next()
      if let worker = removable.isEmpty ? nil : removable[Int((draw >> 8) % UInt64(removable.count))],
        burst.count > Self.most || draw % 3 == 0
      {
        await call("DELETE", "/api/v1/workers/\(worker.name.rawValue)?reason=soak", nil)
      } else if draw % 7 == 1, let worker = removable.first {
        await call("POST", "/api/v1/workers/\(worker.name.rawValue)/extend", #"{"hours":1}"#)
      } else if burst.count <= Self.most {
        orders += 1
        let workers = 1 + Int((draw >> 16) % 2)
        let order = #"{"workers":\#(workers),"template":"small","ttl_hours":4,"request_id":"soak-\#(orders)"}"#
        for _ in 0..<Self.repetitions where !Task.isCancelled {
          if await call("POST", "/api/v1/pools/burst/scale", order) { break }
        }
      }
    }
  }

  private func workers() async throws -> [WorkerView] {
    let answer = try await brain.send("GET", "/api/v1/workers", deadline: Self.deadline)
    return try JSONFormat.decoder().decode(WorkerList.self, from: Data(answer.body)).workers
  }

  /// - Returns: whether there was an answer.
  @discardableResult
  private func call(_ method: String, _ path: String, _ body: String?) async -> Bool {
    let headers = body == nil ? [] : [HTTPHeader("Content-Type", "application/json")]
    let answer = try? await brain.send(
      method, path, headers: headers, body: body.map { [UInt8]($0.utf8) }, deadline: Self.deadline)
    state.withLock { state in
      switch answer?.status {
      case nil: state.unanswered += 1
      case let status? where (200...299).contains(status): state.accepted += 1
      case let status?: state.refused[status, default: 0] += 1
      }
    }
    return answer != nil
  }
}
