import ControlLoop
import Foundation
import HTTPTransport
import Model
import Ports
import PrometheusClient
import PromQL
import RemoteWrite
import Testing
import TimeSeries

@testable import poolkeeper

/// Both metric sources answer alike: the embedded store, and a server that speaks the Prometheus API, be it a poolkeeper,
/// a Prometheus or a VictoriaMetrics. Samples and queries have fixed times, except for the poolkeeper, which takes no
/// samples that are older than its retention.
@Suite struct MetricSourceTests {
  // MARK: The data and what must be said of it

  private static let fixed = Instant(rfc3339: "2026-03-01T08:00:00Z")!
  private static let staleAfter: Duration = .seconds(60)
  private static let interval: Int64 = 15

  /// Series by name and label, with values at every 15 seconds of ten minutes; some end early.
  private static func series(at now: Instant) -> [RemoteWriteEncoder.Series] {
    func series(_ name: String, _ job: String, endsBefore end: Int64 = 0, _ value: (Int64) -> Double)
      -> RemoteWriteEncoder.Series
    {
      let points = stride(from: Int64(600), through: end, by: -Int(interval)).map { before in
        (timestamp: now.milliseconds - before * 1_000, value: value(600 - before))
      }
      return (labels: Labels(["__name__": name, "job": job]), samples: points)
    }
    var ended = series("ended", "a", endsBefore: 30) { _ in 1 }
    ended.samples.append((timestamp: now.milliseconds - 15_000, value: .staleMarker))
    return [
      series("up", "a") { _ in 1 }, series("up", "b") { _ in 0 }, series("requests_total", "a") { Double($0) * 2 },
      series("frozen", "a", endsBefore: 120) { _ in 7 }, series("frozen_total", "a", endsBefore: 105) { Double($0) },
      ended,
    ]
  }

  /// What an expression must be worth: labels and value of each element. Empty is *no data*.
  private static let readings: [(expression: String, elements: [[String: String]: Double])] = [
    ("up", [["__name__": "up", "job": "a"]: 1, ["__name__": "up", "job": "b"]: 0]), ("sum(up)", [[:]: 1]),
    ("sum by (job) (rate(requests_total[5m]))", [["job": "a"]: 2]), ("1 + 1", [[:]: 2]),
    (#"scalar(up{job="a"}) * 2"#, [[:]: 2]), (#"scalar(up{job="a"}) * 2 # with a comment"#, [[:]: 2]),
    ("vector(3)", [[:]: 3]), ("nothing", [:]), ("count(nothing)", [:]), ("up > 5", [:]),
    // What has stopped coming has no value, whatever the lookback and the range would still reach.
    ("frozen", [:]), ("sum(frozen)", [:]), ("rate(frozen_total[5m])", [:]), ("max_over_time(frozen[5m])", [:]),
    ("sum(frozen) or vector(0)", [:]), ("absent(frozen)", [:]), ("sum(frozen) + sum(frozen_total)", [:]),
    // Beside something fresh, the rest of the expression counts as it stands.
    ("sum(up) + sum(rate(frozen_total[5m]) * 0)", [[:]: 1]), ("ended", [:]), ("count(ended) or count(up)", [[:]: 2]),
    ("sum(up) / 0", [[:]: .infinity]),
  ]

  private static func expectRightReadings(
    _ source: any MetricSource, _ name: String, at now: Instant = fixed
  ) async throws {
    for (expression, wanted) in readings {
      let found = try await source.query(expression, at: now)
      #expect(found.count == wanted.count, "\(name): \(expression) gives \(found)")
      for element in found {
        let value = try #require(wanted[element.labels], "\(name): \(expression) gives \(element.labels)")
        #expect(value == element.value || abs(value - element.value) < 1e-9, "\(name): \(expression)")
        #expect(element.at == now)
      }
    }
    // VictoriaMetrics leaves out what is no number; either way there is no reading.
    #expect(try await source.query("0 * sum(up) / 0", at: now).first?.value.isNaN != false, "\(name)")
    for wrong in ["up(", "up[5m]", "\"text\"", "up * on () up", "unknown(up)"] {
      await #expect(throws: (any Error).self, "\(name): \(wrong)") { try await source.query(wrong, at: now) }
    }
  }

  private static func remote(_ url: String) -> PrometheusMetricSource {
    var settings = PrometheusSettings(url: url)
    settings.staleAfter = staleAfter
    settings.timeout = .seconds(30)
    return PrometheusMetricSource(settings)
  }

  /// Sends the samples and waits until they can be seen.
  private static func fill(_ url: String, at now: Instant = fixed) async throws {
    let request = HTTPRequest(
      "POST", url + "/api/v1/write",
      headers: [
        HTTPHeader("Content-Type", "application/x-protobuf"), HTTPHeader("Content-Encoding", "snappy"),
        HTTPHeader("X-Prometheus-Remote-Write-Version", "0.1.0"),
      ], body: RemoteWriteEncoder.body(series(at: now)))
    let response = try await HTTPClient().send(request, deadline: .seconds(20))
    #expect((200...299).contains(response.status), "\(String(decoding: response.body, as: UTF8.self))")
    let source = remote(url)
    try await Bench.eventually("samples can be seen at \(url)") {
      try await source.query("count(requests_total) + count(up)", at: now).isEmpty ? nil : true
    }
  }

  private static func started(_ program: RunningProgram, _ url: String) async throws {
    try await Bench.eventually("\(url) answers; it said: \(program.text)") {
      try #require(program.isRunning, "it ended: \(program.text)")
      let request = HTTPRequest("GET", url + "/-/ready")
      return try? await HTTPClient().send(request, deadline: .seconds(5)).status == 200 ? true : nil
    }
  }

  // MARK: The sources

  @Test func theEmbeddedStoreGivesTheRightReadings() async throws {
    let store = SeriesStore()
    let samples = Self.series(at: Self.fixed).flatMap { one in
      one.samples.map { (labels: one.labels, timestamp: $0.timestamp, value: $0.value) }
    }
    try store.append(samples, now: Self.fixed.milliseconds)
    let source = EmbeddedMetricSource(source: store, engine: Engine(), staleAfter: Self.staleAfter)
    try await Self.expectRightReadings(source, "embedded")
  }

  @Test(.timeLimit(.minutes(2))) func anotherPoolkeeperGivesTheRightReadings() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await Brain.start([
        "serve", "--config", Bench.root.appendingPathComponent("config/worker-pools.json").path, "--data",
        directory.path,
      ])
      defer { brain.program.kill() }
      let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970) * 1_000)
      try await Self.fill(brain.url, at: now)
      try await Self.expectRightReadings(Self.remote(brain.url), "poolkeeper", at: now)
    }
  }

  @Test(.timeLimit(.minutes(2))) func aPrometheusGivesTheRightReadings() async throws {
    guard let prometheus = Bench.program("prometheus") else {
      return print("skipped: no prometheus; scripts/install-packages.sh --test fetches it")
    }
    try await Bench.withDirectory { directory in
      let port = try Bench.freePort()
      let file = directory.appendingPathComponent("prometheus.yml")
      try Data("global: {}\n".utf8).write(to: file)
      let peer = try RunningProgram(
        prometheus,
        [
          "--config.file=\(file.path)", "--storage.tsdb.path=\(directory.appendingPathComponent("tsdb").path)",
          "--web.listen-address=127.0.0.1:\(port)", "--web.enable-remote-write-receiver",
          "--storage.tsdb.retention.time=100y",
        ])
      defer { peer.kill() }
      let url = "http://127.0.0.1:\(port)"
      try await Self.started(peer, url)
      try await Self.fill(url)
      try await Self.expectRightReadings(Self.remote(url), "prometheus")
    }
  }

  @Test(.timeLimit(.minutes(2))) func aVictoriaMetricsGivesTheRightReadings() async throws {
    guard let victoria = Bench.program("victoria-metrics") else {
      return print("skipped: no victoria-metrics; scripts/install-packages.sh --test fetches it")
    }
    try await Bench.withDirectory { directory in
      let port = try Bench.freePort()
      let peer = try RunningProgram(
        victoria,
        [
          "-storageDataPath=\(directory.path)", "-httpListenAddr=127.0.0.1:\(port)", "-retentionPeriod=100y",
          "-search.latencyOffset=0s",
        ])
      defer { peer.kill() }
      let url = "http://127.0.0.1:\(port)"
      try await Self.started(peer, url)
      try await Self.fill(url)
      try await Self.expectRightReadings(Self.remote(url), "victoria-metrics")
    }
  }

  // MARK: Trust

  /// Makes a certificate that signs itself.
  private static func certificate(_ name: String, in directory: URL) async throws {
    let openssl = try RunningProgram(
      try #require(Bench.program("openssl")),
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
        directory.appendingPathComponent("\(name).key").path, "-out",
        directory.appendingPathComponent("\(name).pem").path,
      ])
    #expect(await openssl.end() == 0, "\(openssl.text)")
  }

  @Test(.timeLimit(.minutes(2))) func aServerAndAPoolkeeperKnowEachOtherByTheirCertificates() async throws {
    guard let prometheus = Bench.program("prometheus"), Bench.program("openssl") != nil else {
      return print("skipped: no prometheus or no openssl; scripts/install-packages.sh --test fetches prometheus")
    }
    try await Bench.withDirectory { directory in
      for name in ["server", "client"] { try await Self.certificate(name, in: directory) }
      let port = try Bench.freePort()
      let (file, web) = (
        directory.appendingPathComponent("prometheus.yml"), directory.appendingPathComponent("web.yml")
      )
      try Data("global: {}\n".utf8).write(to: file)
      try Data(
        """
        tls_server_config:
          cert_file: server.pem
          key_file: server.key
          client_ca_file: client.pem
          client_auth_type: RequireAndVerifyClientCert
        """.utf8
      ).write(to: web)
      let peer = try RunningProgram(
        prometheus,
        [
          "--config.file=\(file.path)", "--storage.tsdb.path=\(directory.appendingPathComponent("tsdb").path)",
          "--web.listen-address=127.0.0.1:\(port)", "--web.config.file=\(web.path)",
        ])
      defer { peer.kill() }
      func path(_ name: String) -> PEMSource { .file(directory.appendingPathComponent(name).path) }

      var settings = PrometheusSettings(url: "https://127.0.0.1:\(port)")
      settings.timeout = .seconds(30)
      settings.trust = .authorities(path("server.pem"))
      settings.identity = ClientIdentity(certificate: path("client.pem"), key: path("client.key"))
      let known = PrometheusMetricSource(settings)
      var instant = Self.fixed
      try await Bench.eventually("the server answers; it said: \(peer.text)") {
        try #require(peer.isRunning, "it ended: \(peer.text)")
        // A server that was away is asked again at another instant only.
        instant = instant.advanced(by: .seconds(1))
        return try? await known.query("vector(3)", at: instant).first?.value == 3 ? true : nil
      }
      settings.identity = nil
      await #expect(throws: PortError.self) {
        try await PrometheusMetricSource(settings).query("vector(3)", at: Self.fixed)
      }
      settings.trust = .system
      let error = await #expect(throws: PortError.self) {
        try await PrometheusMetricSource(settings).query("vector(3)", at: Self.fixed)
      }
      #expect(error?.code == .forbidden)
    }
  }
}
