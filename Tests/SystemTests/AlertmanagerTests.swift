import API
import Foundation
import HTTPTransport
import Model
import Ports
import Testing

@testable import poolkeeper

/// Alerts in and out with the real Prometheus and the real Alertmanager.
@Suite struct AlertmanagerTests {
  private static let missing = "skipped: no alertmanager; scripts/install-packages.sh --test fetches it"

  /// metric → rule → alert → webhook → workers; metric falls → resolved.
  @Test(.timeLimit(.minutes(5))) func aMetricCallsForWorkersByWayOfARuleAndIsResolvedWhenItFalls() async throws {
    guard let prometheus = Bench.program("prometheus"), let alertmanager = Bench.program("prometheus-alertmanager"),
      let amtool = Bench.program("amtool"), let promtool = Bench.program("promtool")
    else { return print(Self.missing) }
    let exporter = ScriptedReceiver()
    try await exporter.run { url in
      try await Bench.withDirectory { directory in
        let configuration = try EditedConfiguration.write(
          in: directory,
          [
            ("poolkeeper/infrastructure/kind", "simulated"), ("poolkeeper/pace/tick_seconds", 5),
            ("poolkeeper/server/access", Self.access),
          ])
        try JSONEncoder().encode(Clock(origin: Instant(seconds: Int64(Date().timeIntervalSince1970)), speed: 20))
          .write(to: directory.appendingPathComponent("clock.json"))
        let brain = try await Brain.start([
          "serve", "--mode", "act", "--clock", directory.path, "--config", configuration, "--data",
          directory.appendingPathComponent("brain").path,
        ])
        defer { brain.program.kill() }
        let refused = try await brain.send(
          "POST", "/api/v1/alertmanager", headers: [HTTPHeader("Authorization", "Bearer guessed")], body: [])
        #expect(refused.status == 401)
        let webhook = try Self.write(
          "alertmanager.yml", in: directory,
          """
          route:
            receiver: poolkeeper
            group_by: [...]
            group_wait: 0s
            group_interval: 1s
            repeat_interval: 30s
          receivers:
            - name: poolkeeper
              webhook_configs:
                - url: \(brain.url)/api/v1/alertmanager
                  http_config: {authorization: {credentials: alertmanager-token}}
                  send_resolved: true
                  max_alerts: 1000
          """)
        try await Self.expectGood(amtool, "check-config", webhook)
        let alerts = try await Alertmanager(alertmanager, webhook, directory)
        defer { alerts.program.kill() }
        let rules = try Self.write(
          "rules.yml", in: directory,
          """
          groups:
            - name: queue
              rules:
                - alert: QueueIsLong
                  expr: queue_length > 10
                  labels: {pool: burst, workers: "2", urgency: high}
          """)
        try await Self.expectGood(promtool, "check", "rules", rules)
        let settings = try Self.write(
          "prometheus.yml", in: directory,
          """
          global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
          rule_files: ["\(rules)"]
          alerting:
            alertmanagers:
              - static_configs: [{targets: ["127.0.0.1:\(alerts.port)"]}]
          scrape_configs:
            - job_name: queue
              static_configs: [{targets: ["\(url.dropFirst("http://".count))"]}]
          """)
        let peer = try RunningProgram(
          prometheus,
          [
            "--config.file=\(settings)", "--storage.tsdb.path=\(directory.appendingPathComponent("tsdb").path)",
            "--web.listen-address=127.0.0.1:\(try Bench.freePort())",
          ])
        defer { peer.kill() }

        try await Bench.eventually("the alert manager answers; \(alerts.program.text)") { try await alerts.all() }
        #expect(try await Self.codes(brain).filter { $0.hasPrefix("alert") }.isEmpty)
        exporter.setMetric(250)
        let workers = try await Bench.eventually(within: .seconds(120), "two workers are ready; \(peer.text)") {
          () -> [WorkerView]? in
          let made = try await Self.workers(brain)
          return made.count == 2 && made.allSatisfy { $0.state == .ready } ? made : nil
        }
        #expect(workers.allSatisfy { $0.pool == "burst" })
        let report = try await Self.get(brain, "/api/v1/report", as: Report.self)
        #expect(report.alerts?.map(\.name) == ["QueueIsLong"])
        #expect(report.alerts?.map(\.outcome) == [.served])

        exporter.setMetric(1)
        try await Bench.eventually(within: .seconds(120), "it is recorded as resolved; \(alerts.program.text)") {
          try await Self.codes(brain).contains("alert_resolved") ? true : nil
        }
        #expect(
          try await Self.codes(brain).filter { $0 == "alert_received" }.count == 1, "sent again and again, taken once")
        try await Bench.eventually("no alert is in the report") {
          try await Self.get(brain, "/api/v1/report", as: Report.self).alerts == nil ? true : nil
        }
        #expect(try await Self.workers(brain).count <= 2)
      }
    }
  }

  /// What we tell is an alert there, and over when we say so.
  @Test(.timeLimit(.minutes(5))) func whatWeTellIsAnAlertInAnAlertmanager() async throws {
    guard let alertmanager = Bench.program("prometheus-alertmanager") else { return print(Self.missing) }
    try await Bench.withDirectory { directory in
      let quiet = try Self.write("quiet.yml", in: directory, "route: {receiver: none}\nreceivers: [{name: none}]\n")
      let alerts = try await Alertmanager(alertmanager, quiet, directory)
      defer { alerts.program.kill() }
      let receiver: [String: Any] = [
        "name": "am", "url": "http://127.0.0.1:\(alerts.port)", "format": "alertmanager",
        "events": ["approval", "budget"],
      ]
      let configuration = try EditedConfiguration.write(
        in: directory,
        [
          ("poolkeeper/infrastructure/kind", "simulated"), ("poolkeeper/notifications/receivers", [receiver]),
          ("poolkeeper/pace/tick_seconds", 1),
          ("worker_pool_definitions/burst/provisioning_triggers/manual", ["requires_approval": true]),
        ])
      let test = try RunningProgram(Bench.poolkeeper, ["notify", "test", "am", "--config", configuration])
      #expect(await test.end() == 0, "\(test.text)")
      #expect(test.text == "am: delivered\n")
      let brain = try await Brain.start([
        "serve", "--mode", "act", "--config", configuration, "--data", directory.appendingPathComponent("data").path,
      ])
      defer { brain.program.kill() }
      let order = try RunningProgram(
        Bench.poolkeeper, ["provision", "--pool", "burst", "--count", "1", "--server", brain.url])
      #expect(await order.end() == 0, "\(order.text)")
      #expect(order.text.contains("waits for approval"), "\(order.text)")
      let labels = try await Bench.eventually("the order is an alert; \(brain.program.text)") {
        try await alerts.all()?.first { $0["alertname"] == "PoolkeeperApprovalAsked" }
      }
      #expect(labels["source"] == "poolkeeper")
      #expect(labels["event"] == "approval")
      #expect(try await alerts.all()?.contains { $0["alertname"] == "PoolkeeperTest" } == true)
    }
  }

  // MARK: - Programs

  /// A running Alertmanager, by itself.
  private struct Alertmanager {
    let program: RunningProgram
    let port: Int

    init(_ path: String, _ configuration: String, _ directory: URL) async throws {
      let port = try Bench.freePort()
      self.port = port
      program = try RunningProgram(
        path,
        [
          "--config.file=\(configuration)", "--storage.path=\(directory.appendingPathComponent("alerts").path)",
          "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
        ])
      try await Bench.eventually("Alertmanager is ready; \(program.text)") { [program] in
        try #require(program.isRunning, "\(program.text)")
        let answer = try? await HTTPClient().send(
          HTTPRequest("GET", "http://127.0.0.1:\(port)/-/ready"), deadline: .seconds(10))
        return answer?.status == 200 ? true : nil
      }
    }

    /// Labels of the alerts that it knows.
    func all() async throws -> [[String: String]]? {
      let answer = try await HTTPClient().send(
        HTTPRequest("GET", "http://127.0.0.1:\(port)/api/v2/alerts"), deadline: .seconds(20))
      let alerts = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [[String: Any]]
      return alerts?.compactMap { $0["labels"] as? [String: String] }
    }
  }

  private static func write(_ name: String, in directory: URL, _ text: String) throws -> String {
    let file = directory.appendingPathComponent(name)
    try Data((text + "\n").utf8).write(to: file)
    return file.path
  }

  private static func expectGood(_ program: String, _ arguments: String...) async throws {
    let run = try RunningProgram(program, arguments)
    #expect(await run.end() == 0, "\(run.text)")
  }

  /// The codes of what happened, the newest first.
  private static func codes(_ brain: Brain) async throws -> [String] {
    let answer = try await get(brain, "/api/v1/events?limit=1000", as: [String: [JournalEvent]].self)
    return answer["events"]?.map(\.code) ?? []
  }

  /// Workers that were made for alerts.
  private static func workers(_ brain: Brain) async throws -> [WorkerView] {
    try await get(brain, "/api/v1/workers", as: WorkerList.self).workers.filter { $0.reason.code == "alert" }
  }

  /// One who may deliver alerts, and one who may look; their tokens are `alertmanager-token` and `reader-token`.
  private static let access = [
    [
      "name": "alertmanager", "role": "ingest",
      "token_sha256": "db71289bd6e0fdfe0723fb03f57569105ce5c393f0b8f24b882d780aa2b43128",
    ],
    [
      "name": "reader", "role": "read",
      "token_sha256": "ba5005a40cf5212e4ac0190104cc127edab013294bb71279a975b27a80982d45",
    ],
  ]

  private static func get<Value: Decodable>(_ brain: Brain, _ path: String, as type: Value.Type) async throws -> Value {
    let answer = try await brain.send("GET", path, headers: [HTTPHeader("Authorization", "Bearer reader-token")])
    return try JSONFormat.decoder().decode(type, from: Data(answer.body))
  }

  /// The file by which processes of one simulated world share its time.
  private struct Clock: Encodable {
    var origin: Instant
    var speed: Double
  }
}
