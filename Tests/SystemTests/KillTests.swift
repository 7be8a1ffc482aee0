import API
import Foundation
import HTTPTransport
import Model
import RemoteWrite
import Simulator
import Testing
import TimeSeries

/// `kill -9`, and what is there afterwards.
@Suite struct KillTests {
  /// Ten instants drawn anew in each run: whatever they are, the end must be the same.
  @Test(.timeLimit(.minutes(5))) func makesEveryWorkerExactlyOnceThoughKilledTenTimesWhileProvisioning() async throws {
    try await Bench.withDirectory { directory in
      let data = directory.appendingPathComponent("data").path
      let port = try Bench.freePort()
      let arguments = [
        "demo", "--plain", "--speed", "60", "--data", data, "--config",
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

  @Test(.timeLimit(.minutes(5))) func losesNoAcknowledgedSampleThoughKilledWhileReceiving() async throws {
    try await Bench.withDirectory { directory in
      let data = directory.appendingPathComponent("data").path
      let port = try Bench.freePort()
      let arguments = [
        "serve", "--mode", "observe", "--data", data, "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path,
      ]
      let start = Int64(Date().timeIntervalSince1970) * 1000 - 600_000
      var next: Int64 = 0
      var acknowledged: Set<Int64> = []
      for _ in 0..<5 {
        let brain = try await Brain.start(arguments, port: port)
        let killer = Task {
          try await Task.sleep(for: .milliseconds(Int.random(in: 20...300)))
          brain.program.kill()
        }
        while true {
          let status = await brain.write(Self.samples(start + next))
          if status == nil { break }
          #expect(status == 204)
          acknowledged.insert(next)
          next += 1
        }
        // The request that got no answer may or may not be there; it is not sent again.
        next += 1
        try await killer.value
      }
      let brain = try await Brain.start(arguments, port: port)
      let found = try await brain.query("kill_test[20m]", at: Double(start + 600_000) / 1000)
      brain.program.kill()
      #expect(acknowledged.count > 5)
      #expect(found.count == Self.series)
      for element in found {
        let times = Set((element.values ?? []).map { Int64(($0.time * 1000).rounded()) - start })
        #expect(acknowledged.isSubset(of: times), "lost: \(acknowledged.subtracting(times).sorted())")
      }
    }
  }

  private static let series = 20

  /// One sample of each series at an instant.
  private static func samples(_ time: Int64) -> [RemoteWriteEncoder.Series] {
    (0..<series).map { index in
      (Labels(["__name__": "kill_test", "series": "\(index)"]), [(timestamp: time, value: Double(time))])
    }
  }
}
