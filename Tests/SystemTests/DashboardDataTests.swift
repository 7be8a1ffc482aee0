import API
import Dashboards
import Foundation
import HTTPTransport
import Model
import Testing
import TimeSeries

@testable import poolkeeper

/// Every panel of every dashboard has data: on our own engine, from what the program keeps of itself, and on a real
/// Prometheus that scrapes it.
@Suite struct DashboardDataTests {
  /// What a panel or an event asks.
  struct Question: Hashable, CustomStringConvertible {
    var dashboard: String
    var panel: String
    var query: String

    var description: String { "\(dashboard): \(panel): \(query)" }
  }

  /// What the story does not bring, and why it need not.
  private static let withoutData: [String: String] = [
    "Plan rejected": "Such a plan is a defect of the program.",
    "Configuration": "The demonstration reads its configuration once.",
    "Certificates": "Nothing is encrypted where the world is not on the wire.",
    "Worker failed": "No worker fails in the story; what one counts that does is held by GaugesTests.",
  ]

  private static let questions: [Question] = Dashboard.all.flatMap { dashboard in
    dashboard.panels.flatMap { panel in
      panel.targets.map { Question(dashboard: dashboard.uid, panel: panel.title, query: $0.query(dashboard.variables)) }
    }
      + Event.all.map {
        Question(dashboard: dashboard.uid, panel: $0.title, query: $0.query(dashboard.variables))
      }
  }.filter { withoutData[$0.panel] == nil }

  /// Seconds of the world in one real second: a worker's life, which the test asks for, takes some real seconds.
  private static let speed = 120.0

  @Test(.timeLimit(.minutes(10))) func everyPanelHasDataInTheDemonstration() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await Brain.start([
        "demo", "--plain", "--no-wire", "--speed", "\(Int(Self.speed))", "--config",
        try Self.configuration(in: directory),
        "--data", directory.appendingPathComponent("brain").path,
      ])
      defer { brain.program.kill() }
      let begin = try await Self.now(brain.url)
      let peer = try Self.prometheus(in: directory, scraping: brain)
      defer { peer?.program.kill() }
      let own = Server(url: brain.url, begin: begin, rate: "3m", step: 60)
      try await Self.expectData(own, while: { await Self.provoke(brain) })
      if let peer { try await Self.expectData(peer.server, while: { await Self.provoke(brain) }) }
    }
  }

  @Test func rendersTheFilesThatAreCheckedIn() async throws {
    try await Bench.withDirectory { directory in
      let out = directory.appendingPathComponent("new/dashboards")
      let render = try RunningProgram(Bench.poolkeeper, ["dashboards", "render", "--out", out.path])
      #expect(await render.end() == 0, "\(render.text)")
      for dashboard in Dashboard.all {
        let name = "\(dashboard.uid).json"
        let written = try Data(contentsOf: out.appendingPathComponent(name))
        #expect(written == (try Data(contentsOf: Bench.root.appendingPathComponent("dashboards/\(name)"))), "\(name)")
        #expect(render.text.contains("\(out.path)/\(name): \(dashboard.title)\n"))
      }
      let elsewhere = ["dashboards", "render", "--out", out.path, "--runbooks", "https://wiki.example.org/r/"]
      #expect(await (try RunningProgram(Bench.poolkeeper, elsewhere)).end() == 0)
      let text = try String(
        contentsOf: out.appendingPathComponent("worker-lifecycle.json"), encoding: .utf8)
      #expect(text.contains(#""query": "https://wiki.example.org/r""#))
    }
  }

  @Test func refusesAnAddressThatIsNoneAndAPlaceThatCannotBeWritten() async throws {
    let address = try RunningProgram(Bench.poolkeeper, ["dashboards", "render", "--runbooks", "wiki"])
    #expect(await address.end() == 64)
    #expect(address.text.contains("write it like https://"), "\(address.text)")
    let place = try RunningProgram(Bench.poolkeeper, ["dashboards", "render", "--out", "/dev/null/dashboards"])
    #expect(await place.end() == 4)
    #expect(place.text.contains("cannot be written to /dev/null/dashboards"), "\(place.text)")
  }

  // MARK: - Asking

  /// Somebody who answers PromQL, and how finely it must be asked to see the story.
  private struct Server {
    var url: String
    var begin: Double
    /// In place of Grafana's window for rates.
    var rate: String
    var step: Double
  }

  /// Asks until every question has had an answer.
  private static func expectData(_ server: Server, while goOn: () async -> Void) async throws {
    var open = questions
    do {
      try await Bench.eventually(within: .seconds(240), "data for every panel from \(server.url)") {
        await goOn()
        let end = try await now(server.url)
        var left: [Question] = []
        for question in open where try await !hasData(question, server, until: end) { left.append(question) }
        open = left
        return open.isEmpty ? true : nil
      }
    } catch {
      Issue.record("without data: \(open.map(\.description).joined(separator: "\n"))")
    }
  }

  private static func now(_ url: String) async throws -> Double {
    try #require(try await Brain.query("vector(time())", from: url).first?.value?.value)
  }

  private static func hasData(_ question: Question, _ server: Server, until end: Double) async throws -> Bool {
    // Events look at the last two minutes, which are a moment of this world.
    let timed = question.query.replacing("$__rate_interval", with: server.rate).replacing(
      "[2m]", with: "[\(server.rate)]")
    let query = ["cluster", "pool", "scope"].reduce(timed) { $0.replacing("$\($1)", with: ".*") }
    // Old Prometheus servers answer no more than 11,000 points.
    let step = max(server.step, ((end - server.begin) / 10_000).rounded(.up))
    var parts = URLComponents(string: server.url + "/api/v1/query_range")!
    parts.queryItems = [
      URLQueryItem(name: "query", value: query), URLQueryItem(name: "start", value: "\(server.begin)"),
      URLQueryItem(name: "end", value: "\(end)"), URLQueryItem(name: "step", value: "\(step)"),
    ]
    let text = parts.string!.replacing("+", with: "%2B")
    let response = try await HTTPClient().send(HTTPRequest("GET", text), deadline: .seconds(30))
    let answer = try JSONDecoder().decode(Answer.self, from: Data(response.body))
    #expect(answer.error == nil, "\(question): \(answer.error ?? "")")
    return answer.data?.result.contains { !($0.values ?? []).isEmpty } == true
  }

  private struct Answer: Decodable {
    struct Body: Decodable { var result: [QueryElement] }
    var data: Body?
    var error: String?
  }

  // MARK: - What the story does not bring in time

  /// A worker is asked for, or removed when it is ready; a pair of Prometheus servers writes, and somebody asks for what is
  /// not there.
  private static func provoke(_ brain: Brain) async {
    guard let now = try? await now(brain.url) else { return }
    for replica in ["a", "b"] {
      let labels = Labels(["__name__": "written_by_a_pair", "cluster": "pair", "__replica__": replica])
      _ = await brain.write([(labels, [(Int64(now * 1_000), 1)])])
    }
    _ = try? await brain.send("GET", "/nothing")
    _ = try? await brain.send("GET", "/api/v1/query?query=sum(")
    guard let burst = try? await brain.workers().filter({ $0.pool == "burst" }) else { return }
    if burst.isEmpty {
      _ = try? await brain.send(
        "POST", "/api/v1/pools/burst/scale", headers: [HTTPHeader("Content-Type", "application/json")],
        body: Array(#"{"workers":1,"template":"small","ttl_hours":4}"#.utf8))
    } else if let ready = burst.first(where: { $0.state == .ready }) {
      _ = try? await brain.send("DELETE", "/api/v1/workers/\(ready.name)")
    }
  }

  /// Our own configuration with a forecast, with pairs of servers, and with somebody to tell.
  private static func configuration(in directory: URL) throws -> String {
    let source = Bench.root.appendingPathComponent("config/worker-pools.json")
    var root = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: source)) as? [String: Any])
    var own = try #require(root["poolkeeper"] as? [String: Any])
    var metrics = try #require(own["metrics"] as? [String: Any])
    metrics["ha_deduplication"] = ["enabled": true]
    own["metrics"] = metrics
    var pools = try #require(own["pools"] as? [String: Any])
    pools["permanent"] = ["forecast": ["methods": ["linear"], "horizon_seconds": 900, "look_back_minutes": 45]]
    own["pools"] = pools
    // Nobody listens there: what is counted is that nothing arrives.
    own["notifications"] = ["receivers": [["name": "people", "url": "http://127.0.0.1:9/"]]]
    root["poolkeeper"] = own
    let file = directory.appendingPathComponent("worker-pools.json")
    try JSONSerialization.data(withJSONObject: root).write(to: file)
    return file.path
  }

  /// `nil` where no Prometheus is installed.
  private static func prometheus(
    in directory: URL, scraping brain: Brain
  ) throws -> (program: RunningProgram, server: Server)? {
    guard let program = Bench.program("prometheus") else {
      print("skipped: no prometheus; scripts/install-packages.sh --test fetches it")
      return nil
    }
    let settings = directory.appendingPathComponent("prometheus.yml")
    try Data(
      """
      global: {scrape_interval: 500ms, scrape_timeout: 500ms}
      scrape_configs:
        - job_name: poolkeeper
          static_configs: [{targets: ["127.0.0.1:\(brain.port)"]}]

      """.utf8
    ).write(to: settings)
    let port = try Bench.freePort()
    let running = try RunningProgram(
      program,
      [
        "--config.file=\(settings.path)", "--storage.tsdb.path=\(directory.appendingPathComponent("tsdb").path)",
        "--web.listen-address=127.0.0.1:\(port)",
      ])
    let begin = Date().timeIntervalSince1970
    return (running, Server(url: "http://127.0.0.1:\(port)", begin: begin, rate: "5s", step: 1))
  }
}
