import API
import Exposition
import HTTPTypes
import Model
import Testing

@Suite struct SelfRouteTests {
  @Test(arguments: Way.allCases)
  func tellsMetricsInTheFormatThatTheScraperAccepts(way: Way) async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    try await fixture.test(way) { server async throws in
      let text = try await server.get("/metrics")
      #expect(text.status == 200)
      #expect(text.type == "text/plain; version=0.0.4; charset=utf-8")
      #expect(text.text.contains("# TYPE poolkeeper_head_samples_appended_total counter\n"))
      #expect(text.text.contains("\npoolkeeper_head_series 3\n"))
      #expect(text.text.contains("\npoolkeeper_pool_maximum_workers{pool=\"burst\"} 10\n"))
      #expect(!text.text.contains("# EOF"))
      let open = try await server.get(
        "/metrics", accept: "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3")
      #expect(open.type == "application/openmetrics-text; version=1.0.0; charset=utf-8")
      #expect(open.text.contains("# TYPE poolkeeper_head_samples_appended counter\n"))
      #expect(open.text.hasSuffix("# EOF\n"))
    }
  }

  @Test func countsRequestsAndSamplesAndWhatWasRejected() async throws {
    let fixture = ServerFixture()
    let now = Samples.now.milliseconds
    try await fixture.test(.inProcess) { server async throws in
      _ = try await server.write(WireBytes.body(5, at: now))
      _ = try await server.write(WireBytes.body(7, at: now + 1_000))
      _ = try await server.write(WireBytes.invalidText(at: now))
      _ = try await server.write([1, 2, 3])
      _ = try await server.write([], type: "text/plain")
      let text = try await server.get("/metrics").text
      for line in [
        #"poolkeeper_remote_write_requests_total{code="204"} 2"#,
        #"poolkeeper_remote_write_requests_total{code="400"} 2"#,
        #"poolkeeper_remote_write_requests_total{code="415"} 1"#, "poolkeeper_remote_write_samples_total 12",
        #"poolkeeper_remote_write_rejected_samples_total{reason="invalid_labels"} 1"#, "poolkeeper_head_series 7",
      ] {
        #expect(text.contains(line + "\n"), "\(line)")
      }
    }
  }

  @Test(arguments: Way.allCases)
  func isHealthyAtOnceAndReadyAfterTheFirstDecision(way: Way) async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.report = nil }
    try await fixture.test(way) { server async throws in
      #expect(try await server.get("/-/healthy").status == 200)
      let before = try await server.get("/-/ready")
      #expect(before.status == 503)
      #expect(before.text == "No decision has been made yet.\n")
      fixture.operations.change { $0.report = Samples.report }
      #expect(try await server.get("/-/ready").status == 200)
    }
  }

  @Test(arguments: Way.allCases)
  func answersHeadLikeGetWithoutTheBody(way: Way) async throws {
    try await ServerFixture().test(way) { server async throws in
      for path in ["/", "/metrics", "/-/healthy", "/api/v1/pools", "/api/v1/query?query=1", "/api/v1/status/buildinfo"]
      {
        let head = try await server.call(.head, path)
        let get = try await server.get(path)
        #expect(head.status == 200, "\(path)")
        #expect(head.text.isEmpty, "\(path)")
        #expect(head.type == get.type, "\(path)")
        // The process' own figures change from scrape to scrape.
        if path != "/metrics" { #expect(head.headers[.contentLength] == get.headers[.contentLength], "\(path)") }
      }
    }
  }

  @Test func showsFurtherExporters() async throws {
    var fixture = ServerFixture()
    fixture.parts.exporters["/exporters/nodes"] = { format in Array((format == .text ? "text" : "open").utf8) }
    try await fixture.test(.inProcess) { server async throws in
      #expect(try await server.get("/exporters/nodes").text == "text")
      #expect(try await server.get("/exporters/nodes", accept: "application/openmetrics-text").text == "open")
    }
  }

  /// More header bytes than are taken end the connection, not the process.
  @Test func refusesHeadersThatAreTooLarge() async throws {
    let fixture = ServerFixture()
    try await fixture.test(.overSocket) { server async throws in
      let refused = try? await server.call(
        .get, "/-/healthy", headers: [.userAgent: String(repeating: "x", count: 100_000)])
      #expect(refused == nil || refused?.status == 400 || refused?.status == 431)
    }
    try await fixture.test(.overSocket) { server async throws in
      #expect(try await server.get("/-/healthy").status == 200)
    }
  }
}
