import API
import Foundation
import HTTPTransport
import Model
import Testing

@testable import poolkeeper

/// The whole way with a real Prometheus: exporters → scrape → remote write → trigger → worker → /metrics → Prometheus.
@Suite struct PrometheusTests {
  /// The hold time of the trigger in this test, in seconds.
  static let hold = 8.0

  @Test(.timeLimit(.minutes(5))) func seesTheWorkerThatItsOwnSamplesHaveCalledFor() async throws {
    guard let prometheus = Bench.program("prometheus"), let promtool = Bench.program("promtool") else {
      return print("skipped: no prometheus; scripts/install-packages.sh --test fetches it")
    }
    try await Bench.withDirectory { directory in
      let configuration = try Self.configuration(in: directory)
      let brain = try await Brain.start([
        "demo", "--plain", "--scenario", "pressure", "--speed", "1", "--no-feed", "--config", configuration,
        "--data", directory.appendingPathComponent("brain").path,
      ])
      let port = try Bench.freePort()
      let settings = try Self.prometheusConfiguration(in: directory, brain: brain)
      let check = try RunningProgram(promtool, ["check", "config", settings])
      #expect(await check.end() == 0, "\(check.text)")
      let peer = try RunningProgram(
        prometheus,
        [
          "--config.file=\(settings)", "--storage.tsdb.path=\(directory.appendingPathComponent("tsdb").path)",
          "--web.listen-address=127.0.0.1:\(port)",
        ])
      defer { peer.kill() }

      try await Bench.eventually("samples arrive") {
        try await brain.query("count(node_cpu_seconds_total)").first.map { _ in true }
      }
      let fired = try await Bench.eventually("the trigger fires") { () -> TriggerReport? in
        let report = try? await brain.get("/api/v1/report", as: Report.self)
        return report?.triggers.first { $0.trigger == "burst/cpu_pressure" && $0.state.phase == .firing }
      }
      try await expectRightInstant(of: fired, brain)
      try await Bench.eventually("a burst worker is ready; \(brain.program.text)") {
        try await brain.workers().first { $0.pool == "burst" && $0.state == .ready }.map { _ in true }
      }
      try await Bench.eventually("Prometheus sees it") {
        let seen = try await Brain.query(
          #"sum(poolkeeper_workers{pool="burst",state="ready"})"#, from: "http://127.0.0.1:\(port)")
        return (seen.first?.value?.value ?? 0) >= 1 ? true : nil
      }
      try await expectCleanMetrics(brain, promtool, directory)
    }
  }

  /// It fires when the condition has held for the hold time, by the samples that Prometheus sent: not before, and not
  /// more than two ticks later.
  private func expectRightInstant(of trigger: TriggerReport, _ brain: Brain) async throws {
    let began = try #require(trigger.state.trueSince).seconds
    let held = trigger.state.since.seconds - began
    #expect(held >= Self.hold)
    #expect(held < Self.hold + 5)
    let expression = Self.expression
    let after = try #require(try await brain.query(expression, at: began + 1).first?.value?.value)
    #expect(after >= 80)
    let before = try #require(try await brain.query(expression, at: began - 4).first?.value?.value)
    #expect(before < 80)
  }

  private func expectCleanMetrics(_ brain: Brain, _ promtool: String, _ directory: URL) async throws {
    let page = directory.appendingPathComponent("metrics.txt")
    try Data(try await brain.send("GET", "/metrics").body).write(to: page)
    let check = try RunningProgram("/bin/sh", ["-c", "'\(promtool)' check metrics < '\(page.path)'"])
    #expect(await check.end() == 0, "promtool check metrics: \(check.text)")
  }

  // MARK: - Settings

  private static let expression = #"100 * (1 - avg(rate(node_cpu_seconds_total{mode="idle"}[6s])))"#

  /// Our own configuration with a trigger that can be waited for.
  private static func configuration(in directory: URL) throws -> String {
    let source = Bench.root.appendingPathComponent("config/worker-pools.json")
    var text = String(decoding: try Data(contentsOf: source), as: UTF8.self)
    func replace(_ old: String, _ new: String) {
      precondition(text.contains(old), "config/worker-pools.json no longer has \(old)")
      text = text.replacing(old, with: new)
    }
    replace(
      #""cpu_pressure": { "threshold_percent": 88, "duration_seconds": 300 }"#,
      #""cpu_pressure": { "threshold_percent": 80, "duration_seconds": \#(Int(hold)) }"#)
    // The permanent pool must not answer the same load.
    replace(#""scale_up_threshold": 80"#, #""scale_up_threshold": 99"#)
    replace("[5m]", "[6s]")
    replace(#""max_size": 20"#, #""max_size": 4"#)
    text = try quickened(text)
    let file = directory.appendingPathComponent("worker-pools.json")
    try Data(text.utf8).write(to: file)
    return file.path
  }

  /// Ticks every second, and expects samples every two.
  private static func quickened(_ text: String) throws -> String {
    var root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    var own = root["poolkeeper"] as? [String: Any] ?? [:]
    var pace = own["pace"] as? [String: Any] ?? [:]
    pace["tick_seconds"] = 1
    own["pace"] = pace
    var metrics = own["metrics"] as? [String: Any] ?? [:]
    metrics["expected_sample_interval_seconds"] = 2
    own["metrics"] = metrics
    root["poolkeeper"] = own
    return String(decoding: try JSONSerialization.data(withJSONObject: root), as: UTF8.self)
  }

  private static func prometheusConfiguration(in directory: URL, brain: Brain) throws -> String {
    func job(_ name: String, _ path: String) -> String {
      """
        - job_name: \(name)
          honor_labels: true
          metrics_path: \(path)
          static_configs: [{targets: ["127.0.0.1:\(brain.port)"]}]

      """
    }
    let text = """
      global: {scrape_interval: 1s, scrape_timeout: 1s}
      remote_write:
        - url: \(brain.url)/api/v1/write
          queue_config: {batch_send_deadline: 500ms}
      scrape_configs:

      """ + job("kube-state-metrics", "/demo/exporters/kube-state-metrics")
      + job("node-exporter", "/demo/exporters/node-exporter") + job("poolkeeper", "/metrics")
    let file = directory.appendingPathComponent("prometheus.yml")
    try Data(text.utf8).write(to: file)
    return file.path
  }
}
