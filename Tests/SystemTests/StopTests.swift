import API
import Foundation
import HTTPTransport
import Model
import RemoteWrite
import Testing
import TimeSeries

@testable import poolkeeper

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How the server ends: within ten seconds whatever is under way, with exit code 0, and with all that it has acknowledged.
@Suite(.serialized) struct StopTests {
  /// Ten seconds are promised from the signal to the end, and the program's own log tells both.
  private func expectGracefulEnd(_ program: RunningProgram, _ what: String) async throws {
    program.signal(SIGTERM)
    let code = await program.end()
    #expect(code == 0, "\(what): exit code \(code): \(program.text.suffix(3_000))")
    let lines = program.text.split(separator: "\n").compactMap { line in
      try? JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }
    func time(_ message: String) throws -> Instant {
      let line = try #require(lines.last { $0["message"]?.hasPrefix(message) == true }, "\(what): \(program.text)")
      return try #require(line["time"].flatMap { Instant(rfc3339: $0) })
    }
    let took = try time("stopped") - time("stopping")
    #expect(took <= .seconds(10), "\(what): it took \(took): \(program.text.suffix(3_000))")
  }

  private func start(_ directory: URL, environment: [String: String] = [:]) async throws -> Brain {
    try await Brain.start(
      [
        "serve", "--mode", "observe", "--data", directory.appendingPathComponent("data").path, "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path, "--log-format", "json",
      ], environment: environment)
  }

  @Test(.timeLimit(.minutes(2))) func endsWhileConnectionsAreIdleHalfSentAndWaitingForALongQuery() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await start(directory)
      defer { brain.program.kill() }
      // One says nothing, one has sent half a head, one half a body, one waits for an answer that takes long.
      let idle = try RawConnection(port: brain.port)
      let head = try RawConnection(port: brain.port)
      try head.send("GET /api/v1/status HTTP/1.1\r\nHost: x\r\nX-Half: ")
      let body = try RawConnection(port: brain.port)
      try body.send(
        "POST /api/v1/pools/burst/scale HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"workers\"")
      let query = try RawConnection(port: brain.port)
      let expression = "count_over_time(count_over_time(vector(1)[1h:1s])[6h:1s])"
        .addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
      try query.send("GET /api/v1/query?query=\(expression) HTTP/1.1\r\nHost: x\r\n\r\n")
      // It is at work once it has answered a request that came later.
      #expect(try await brain.send("GET", "/-/healthy").status == 200)
      try await expectGracefulEnd(brain.program, "open connections")
      _ = (idle, head, body, query)
    }
  }

  @Test(.timeLimit(.minutes(2))) func losesNoSampleThatItAcknowledgedWhileItStopped() async throws {
    try await Bench.withDirectory { directory in
      let start = Int64(Date().timeIntervalSince1970) * 1000 - 600_000
      let brain = try await self.start(directory)
      var acknowledged: [Int64] = []
      // Goes on sending until nobody answers any more.
      for number in 0..<100_000 as Range<Int64> {
        if number == 20 { brain.program.signal(SIGTERM) }
        let labels = Labels(["__name__": "stop_test"])
        guard let status = await brain.write([(labels, [(timestamp: start + number, value: 1)])]) else { break }
        #expect(status == 204 || status == 503, "\(status)")
        guard status == 204 else { break }
        acknowledged.append(start + number)
      }
      #expect(await brain.program.end() == 0)
      #expect(acknowledged.count >= 20)
      let next = try await self.start(directory)
      defer { next.program.kill() }
      let found = try await next.query("stop_test[20m]", at: Double(start + 600_000) / 1000)
      let times = Set((found.first?.values ?? []).map { Int64(($0.time * 1000).rounded()) })
      #expect(Set(acknowledged).subtracting(times).isEmpty)
    }
  }

  @Test(.timeLimit(.minutes(2))) func aSecondSignalEndsItAtOnce() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await start(directory)
      defer { brain.program.kill() }
      let slow = try RawConnection(port: brain.port)
      try slow.send("POST /api/v1/pools/burst/scale HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
      #expect(try await brain.send("GET", "/-/healthy").status == 200)
      brain.program.signal(SIGTERM)
      try await Bench.eventually("the first signal's answer") {
        brain.program.text.contains("\"stopping\"") ? true : nil
      }
      brain.program.signal(SIGINT)
      #expect(await brain.program.end() == 0)
      _ = slow
    }
  }

  /// All three systems accept connections and say nothing any more: calls hang, dials hang, the lease cannot be given up.
  @Test(.timeLimit(.minutes(4))) func endsWhileHypervisorNodesAndClusterHang() async throws {
    try await WireBench.with { bench in
      try await bench.order("first")
      let worker = try await bench.ready("before the hang")
      bench.world.program.signal(SIGSTOP)
      defer { bench.world.program.signal(SIGCONT) }
      // The removal begins a drain, whose calls hang, and its caller with them; the next look hangs, too.
      let brain = bench.brain
      let removal = Task { _ = try? await brain.send("DELETE", "/api/v1/workers/\(worker.name)") }
      try await bench.order("second")
      try await expectGracefulEnd(bench.brain.program, "a world that hangs")
      await removal.value
    }
  }

  // MARK: - systemd

  @Test(.timeLimit(.minutes(2))) func tellsSystemdHowItIs() async throws {
    try await Bench.withDirectory { directory in
      let socket = try DatagramSocket(directory.appendingPathComponent("notify").path)
      let brain = try await start(
        directory, environment: ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "3000000"])
      defer { brain.program.kill() }
      func told(_ line: String) async throws {
        try await Bench.eventually("\(line); told: \(socket.messages)") {
          socket.messages.contains { $0.split(separator: "\n").contains { $0.hasPrefix(line) } } ? true : nil
        }
      }
      try await told("READY=1")
      try await told("WATCHDOG=1")
      socket.forget()
      brain.program.signal(SIGHUP)
      try await told("RELOADING=1")
      let reloading = try #require(socket.messages.first { $0.hasPrefix("RELOADING=1") })
      #expect(reloading.contains(/\nMONOTONIC_USEC=\d+$/), "\(reloading)")
      try await told("READY=1")
      socket.forget()
      try await expectGracefulEnd(brain.program, "under systemd")
      try await told("STOPPING=1")
    }
  }

  @Test(.timeLimit(.minutes(2))) func tellsNothingWhereNobodyListens() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await start(
        directory,
        environment: ["NOTIFY_SOCKET": directory.appendingPathComponent("gone").path, "WATCHDOG_USEC": "none"])
      try await expectGracefulEnd(brain.program, "a socket that is not there")
    }
  }
}
