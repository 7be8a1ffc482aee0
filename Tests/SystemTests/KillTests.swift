import API
import Foundation
import HTTPTransport
import Model
import RemoteWrite
import Simulator
import Testing
import TimeSeries

@testable import poolkeeper

/// `kill -9`, and what is there afterwards.
@Suite struct KillTests {
  /// Ten instants drawn anew in each run: whatever they are, the end must be the same.
  @Test(.timeLimit(.minutes(5))) func makesEveryWorkerExactlyOnceThoughKilledTenTimesWhileProvisioning() async throws {
    try await Bench.withDirectory { directory in
      let data = directory.appendingPathComponent("data").path
      let port = try Bench.freePort()
      let arguments = [
        "demo", "--no-wire", "--plain", "--speed", "60", "--data", data, "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path,
      ]
      var brain = try await Brain.start(arguments, port: port)
      let order = Data(#"{"workers":3,"template":"small","ttl_hours":4,"request_id":"kill-test"}"#.utf8)
      let answer = try await brain.send(
        "POST", "/api/v1/pools/burst/scale", headers: [.init("Content-Type", "application/json")], body: [UInt8](order))
      #expect(answer.status == 202)
      for _ in 0..<10 {
        // Somewhere in the three real seconds that provisioning takes at this speed.
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...350)))
        brain.program.kill()
        brain = try await Brain.start(arguments, port: port)
      }
      let workers = try await Bench.eventually("all are ready; \(brain.program.text)") { () -> [WorkerView]? in
        let workers = try await brain.workers()
        return workers.count == 5 && workers.allSatisfy { $0.state == .ready } ? workers : nil
      }
      brain.program.kill()
      #expect(workers.count { $0.pool == "burst" } == 3)
      #expect(workers.count { $0.pool == "permanent" } == 2)
      let world = try #require(try WorldFile(path: data + "/world.json").load())
      #expect(world.report.doubleCreations.isEmpty)
      #expect(world.report.foreignTouches.isEmpty)
      #expect(Set(world.report.liveMachines.map(\.owner.id)) == Set(workers.map(\.id)))
      #expect(world.report.liveMachines.count == 5)
    }
  }

  /// A hundred instants drawn anew in each run, while several senders send as fast as they can.
  @Test(.timeLimit(.minutes(10))) func losesNoAcknowledgedSampleThoughKilledAHundredTimesUnderFullIngest() async throws
  {
    try await Bench.withDirectory { directory in
      let port = try Bench.freePort()
      let arguments = [
        "serve", "--mode", "observe", "--data", directory.appendingPathComponent("data").path, "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path,
      ]
      let start = Int64(Date().timeIntervalSince1970) * 1000 - 600_000
      var senders = (0..<3).map { Sender(number: $0, start: start) }
      for _ in 0..<100 {
        let brain = try await Brain.start(arguments, port: port)
        senders = try await withThrowingTaskGroup(of: Sender?.self) { group in
          group.addTask {
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...120)))
            brain.program.kill()
            return nil
          }
          for sender in senders { group.addTask { await sender.sendUntilKilled(to: brain) } }
          return try await group.reduce(into: []) { all, sender in
            if let sender { all.append(sender) }
          }
        }
      }
      let brain = try await Brain.start(arguments, port: port)
      defer { brain.program.kill() }
      for sender in senders {
        #expect(sender.refusals.isEmpty, "\(sender.refusals)")
        #expect(sender.acknowledged.count > 100)
        let found = try await brain.query(
          "kill_test{sender=\"\(sender.number)\"}[20m]", at: Double(start + 600_000) / 1000)
        #expect(found.count == Sender.series)
        for element in found {
          let times = Set((element.values ?? []).map { Int64(($0.time * 1000).rounded()) - start })
          let lost = sender.acknowledged.subtracting(times)
          #expect(lost.isEmpty, "sender \(sender.number) lost \(lost.count), of which \(lost.sorted().prefix(10))")
        }
      }
    }
  }
}

/// Sends one sample of each of its series a request, and remembers which requests were acknowledged.
private struct Sender {
  static let series = 100
  let number: Int
  let start: Int64
  /// Milliseconds from `start` of the next request's samples.
  private var next: Int64 = 0
  private(set) var acknowledged: Set<Int64> = []
  private(set) var refusals: [Int] = []

  init(number: Int, start: Int64) {
    self.number = number
    self.start = start
  }

  /// Goes on until there is no answer.
  func sendUntilKilled(to brain: Brain) async -> Sender {
    var sender = self
    while let status = await brain.write(sender.samples) {
      if status == 204 { sender.acknowledged.insert(sender.next) } else { sender.refusals.append(status) }
      sender.next += 1
    }
    // The request that got no answer may or may not be there; it is not sent again.
    sender.next += 1
    return sender
  }

  private var samples: [RemoteWriteEncoder.Series] {
    (0..<Self.series).map { index in
      let labels = Labels(["__name__": "kill_test", "sender": "\(number)", "series": "\(index)"])
      return (labels, [(timestamp: start + next, value: Double(next))])
    }
  }
}
