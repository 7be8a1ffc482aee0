import API
import Foundation
import HTTPTransport
import Model
import Ports
import Testing

@testable import poolkeeper

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A running server whose configuration changes on disk.
@Suite(.serialized) struct ReloadTests {
  /// A copy of the example file that a test writes anew.
  private struct File {
    let url: URL

    func write(_ change: (inout String) -> Void = { _ in }) throws {
      var text = try String(contentsOf: Bench.root.appendingPathComponent("config/worker-pools.json"), encoding: .utf8)
      change(&text)
      try Data(text.utf8).write(to: url, options: .atomic)
    }
  }

  private static func maximum(_ text: inout String, _ workers: Int) {
    let pool = text.firstRange(of: #""burst": {"#)!
    let size = text[pool.upperBound...].firstRange(of: /"max_size": \d+/)!
    text.replaceSubrange(size, with: #""max_size": \#(workers)"#)
  }

  private func start(_ directory: URL, _ file: URL, watch: Double = 0, _ more: [String] = []) async throws -> Brain {
    try await Brain.start(
      [
        "serve", "--mode", "observe", "--data", directory.appendingPathComponent("data").path, "--config", file.path,
        "--watch-seconds", "\(watch)", "--log-format", "json",
      ] + more)
  }

  private func burstMaximum(_ brain: Brain) async throws -> Int {
    try await brain.get("/api/v1/pools/burst", as: PoolView.self).maximum
  }

  private func gauge(_ name: String, _ brain: Brain) async throws -> String? {
    let text = String(decoding: try await brain.send("GET", "/metrics").body, as: UTF8.self)
    return text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
  }

  private func until(_ what: String, _ brain: Brain, _ isSo: () async throws -> Bool) async throws {
    try await Bench.eventually("\(what); it said: \(brain.program.text)") { try await isSo() ? true : nil }
  }

  @Test(.timeLimit(.minutes(3))) func aSignalTakesOverWhatIsRightAndKeepsTheOldWhereSomethingIsWrong() async throws {
    try await Bench.withDirectory { directory in
      let file = File(url: directory.appendingPathComponent("pools.json"))
      try file.write { Self.maximum(&$0, 11) }
      let brain = try await start(directory, file.url)
      defer { brain.program.kill() }
      #expect(try await burstMaximum(brain) == 11)
      try file.write { Self.maximum(&$0, 12) }
      brain.program.signal(SIGHUP)
      try await until("the new maximum", brain) { try await burstMaximum(brain) == 12 }
      let first = try await gauge("poolkeeper_configuration_reload_last_success_timestamp_seconds", brain)

      // A file with two faults changes nothing, and both are told.
      try file.write { text in
        Self.maximum(&text, -1)
        text.replace(#""cluster_name""#, with: #""cluster_nam""#)
      }
      brain.program.signal(SIGHUP)
      try await until("the refusal", brain) {
        try await gauge("poolkeeper_configuration_reload_successful", brain) == "0"
      }
      #expect(try await burstMaximum(brain) == 12)
      let status = try await brain.get("/api/v1/status", as: Status.self)
      let pointers = status.configuration?.refused?.problems.filter { $0.severity == "error" }.map(\.pointer) ?? []
      #expect(pointers.contains(""), "the name of the cluster is missing: \(pointers)")
      #expect(pointers.contains("/worker_pool_definitions/burst/max_size"), "\(pointers)")
      #expect(status.configuration?.refused?.by == "signal")
      #expect(try await gauge("poolkeeper_configuration_reload_last_success_timestamp_seconds", brain) == first)
      let refused = try await brain.send("POST", "/-/reload")
      #expect(refused.status == 422)

      // Half a file, as an editor leaves it behind.
      try Data(#"{"cluster_name": "#.utf8).write(to: file.url)
      #expect(try await brain.send("POST", "/-/reload").status == 422)
      try FileManager.default.removeItem(at: file.url)
      #expect(try await brain.send("POST", "/-/reload").status == 422)
      #expect(try await burstMaximum(brain) == 12)

      try file.write { Self.maximum(&$0, 13) }
      let mended = try await brain.send("POST", "/-/reload")
      #expect(mended.status == 200)
      let answer = try JSONFormat.decoder().decode(ReloadAnswer.self, from: Data(mended.body))
      #expect(answer.result == .applied && answer.changed == ["/worker_pool_definitions/burst/max_size"])
      #expect(try await burstMaximum(brain) == 13)
      #expect(try await gauge("poolkeeper_configuration_reload_successful", brain) == "1")
      #expect(try await brain.get("/api/v1/status", as: Status.self).configuration?.refused == nil)
      let codes = try await brain.get("/api/v1/events?limit=50", as: [String: [HeardEvent]].self)["events"] ?? []
      #expect(codes.count { $0.code == "configuration_reloaded" } == 2, "\(codes)")
      #expect(codes.contains { $0.code == "configuration_refused" })
    }
  }

  @Test(.timeLimit(.minutes(2))) func namesWhatNeedsARestartAndDoesNotApplyIt() async throws {
    try await Bench.withDirectory { directory in
      let file = File(url: directory.appendingPathComponent("pools.json"))
      try file.write()
      let brain = try await start(directory, file.url)
      defer { brain.program.kill() }
      try file.write { text in
        Self.maximum(&text, 9)
        text.replace(#""cluster_name": ""#, with: #""cluster_name": "other-"#, maxReplacements: 1)
      }
      let response = try await brain.send("POST", "/-/reload")
      let answer = try JSONFormat.decoder().decode(ReloadAnswer.self, from: Data(response.body))
      #expect(answer.needsRestart.contains("/cluster_name"), "\(answer)")
      #expect(answer.changed.contains("/worker_pool_definitions/burst/max_size"))
      let status = try await brain.get("/api/v1/status", as: Status.self)
      #expect(!status.cluster.hasPrefix("other-"))
      #expect(status.configuration?.needsRestart == answer.needsRestart)
      // Said again for as long as it is so, also by a reload that changes nothing.
      let again = try await brain.send("POST", "/-/reload")
      let second = try JSONFormat.decoder().decode(ReloadAnswer.self, from: Data(again.body))
      #expect(second.result == .unchanged && second.needsRestart == answer.needsRestart)
      let shown = try RunningProgram(Bench.poolkeeper, ["reload", "--server", brain.url])
      #expect(await shown.end() == 0)
      #expect(shown.text.contains("From the next start on: /cluster_name"), "\(shown.text)")
    }
  }

  /// As the kubelet exchanges a mounted ConfigMap: the file is a link into a directory that is a link.
  @Test(.timeLimit(.minutes(2))) func seesTheExchangeOfAMountedConfigMap() async throws {
    try await Bench.withDirectory { directory in
      let mount = directory.appendingPathComponent("mount")
      let files = FileManager.default
      func publish(_ version: Int) throws {
        let real = mount.appendingPathComponent("..version-\(version)")
        try files.createDirectory(at: real, withIntermediateDirectories: true)
        try File(url: real.appendingPathComponent("pools.json")).write { Self.maximum(&$0, version) }
        let link = mount.appendingPathComponent("..data-new").path
        try files.createSymbolicLink(atPath: link, withDestinationPath: "..version-\(version)")
        #expect(rename(link, mount.appendingPathComponent("..data").path) == 0)
      }
      try files.createDirectory(at: mount, withIntermediateDirectories: true)
      try publish(14)
      let file = mount.appendingPathComponent("pools.json")
      try files.createSymbolicLink(atPath: file.path, withDestinationPath: "..data/pools.json")
      let brain = try await start(directory, file, watch: 0.1)
      defer { brain.program.kill() }
      #expect(try await burstMaximum(brain) == 14)
      try publish(15)
      try await until("the exchanged file", brain) { try await burstMaximum(brain) == 15 }
      // The next one is broken, then mended: each exchange is seen.
      let broken = mount.appendingPathComponent("..version-15/pools.json")
      try Data("{".utf8).write(to: broken)
      try await until("the refusal", brain) {
        try await gauge("poolkeeper_configuration_reload_successful", brain) == "0"
      }
      try publish(16)
      try await until("the mended file", brain) { try await burstMaximum(brain) == 16 }
      try await until("an end of the refusal", brain) {
        try await brain.get("/api/v1/status", as: Status.self).configuration?.refused == nil
      }
    }
  }

  /// Whatever instant it dies at, the next start has the file as it is, and the journal whole.
  @Test(.timeLimit(.minutes(4))) func survivesBeingKilledWhileItReloads() async throws {
    try await Bench.withDirectory { directory in
      let file = File(url: directory.appendingPathComponent("pools.json"))
      try file.write { Self.maximum(&$0, 20) }
      for round in 21...26 {
        let brain = try await start(directory, file.url)
        #expect(try await burstMaximum(brain) == round - 1)
        try file.write { Self.maximum(&$0, round) }
        // Answers come within milliseconds: the death meets a reload, or the moment after one.
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<8 { group.addTask { _ = try? await brain.send("POST", "/-/reload") } }
          await group.next()
          brain.program.kill()
          await group.waitForAll()
        }
      }
      let brain = try await start(directory, file.url)
      defer { brain.program.kill() }
      #expect(try await burstMaximum(brain) == 26)
      #expect(try await brain.send("GET", "/api/v1/events").status == 200)
    }
  }

  @Test(.timeLimit(.minutes(2))) func theLogsLevelChangesWhileItRuns() async throws {
    try await Bench.withDirectory { directory in
      let file = File(url: directory.appendingPathComponent("pools.json"))
      try file.write()
      let brain = try await start(directory, file.url)
      defer { brain.program.kill() }
      func set(_ level: String) throws {
        try file.write { $0.replace(#""poolkeeper": {"#, with: #""poolkeeper": {"log": {"level": "\#(level)"},"#) }
      }
      try set("critical")
      #expect(try await brain.send("POST", "/-/reload").status == 200)
      let quiet = brain.program.text.count
      #expect(try await brain.send("POST", "/-/reload").status == 200)
      #expect(brain.program.text.count == quiet)
      try set("info")
      #expect(try await brain.send("POST", "/-/reload").status == 200)
      try await until("the log's return", brain) { brain.program.text.count > quiet }
    }
  }
}
