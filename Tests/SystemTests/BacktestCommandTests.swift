import API
import Backtest
import Foundation
import HTTPTransport
import Model
import RemoteWrite
import Testing
import TimeSeries

@testable import poolkeeper

/// `poolkeeper backtest` as a person types it.
@Suite struct BacktestCommandTests {
  private static let example = Bench.root.appendingPathComponent("config/worker-pools.json").path
  private static let start = Instant(rfc3339: "2026-03-02T00:00:00Z")!

  private static func run(_ arguments: [String]) async throws -> (code: Int32, text: String) {
    let program = try RunningProgram(Bench.poolkeeper, arguments)
    let code = await program.end()
    return (code, program.text)
  }

  /// Two days: a service by day, and work every few hours.
  static let history: History = {
    let end = start.advanced(by: .hours(48))
    func pod(_ name: String, _ kind: String, _ millicores: Int64, at hours: Double) -> PodObservation {
      var pod = PodObservation(
        key: PodKey(namespace: "shop", name: name), uid: name,
        createdAt: start.advanced(by: .seconds(Int(hours * 3600))), phase: .pending,
        requests: Resources(cpuMillicores: millicores, memoryBytes: 2 << 30, pods: 1))
      pod.unschedulable = true
      pod.ownerKind = kind
      pod.ownerName = String(name.prefix(3))
      pod.tolerations = [Toleration(key: "", operator: .exists)]
      return pod
    }
    var pods: [RecordedPod] = []
    for number in 0..<12 {
      let begins = Double(number % 2) * 24 + 8
      let pod = pod("web-\(number)", "ReplicaSet", 1_500, at: begins)
      pods.append(RecordedPod(pod: pod, createdAt: pod.createdAt, deletedAt: pod.createdAt.advanced(by: .hours(10))))
    }
    for number in 0..<8 {
      let pod = pod("job-\(number)", "Job", 3_000, at: Double(number) * 6 + 1)
      pods.append(RecordedPod(pod: pod, createdAt: pod.createdAt, runsFor: .minutes(90)))
    }
    pods.sort { ($0.createdAt, $0.pod.key) < ($1.createdAt, $1.pod.key) }
    var history = History(source: "two made-up days", start: start, end: end, pods: pods)
    history.untold = ["Nobody asked the users."]
    return history
  }()

  private static func withHistory(_ name: String, _ body: (URL, String) async throws -> Void) async throws {
    try await Bench.withDirectory { directory in
      let file = directory.appendingPathComponent(name).path
      try HistoryFile.write(history, to: file)
      try await body(directory, file)
    }
  }

  private static func comparison(_ text: String) throws -> BacktestComparison {
    try JSONFormat.decoder().decode(BacktestComparison.self, from: Data(text.utf8))
  }

  @Test(.timeLimit(.minutes(5))) func comparesAPolicyWithAVariantTheReferencesAndTheFloor() async throws {
    try await Self.withHistory("history.json.gz") { _, file in
      let arguments = [
        "backtest", "--config", Self.example, "--history", file, "--set", "pools.burst.idle_timeout_minutes=5",
      ]
      let (code, text) = try await Self.run(arguments + ["--json"])
      #expect(code == 0, "\(text)")
      let comparison = try Self.comparison(text)
      #expect(
        comparison.results.map(\.kind) == [
          .poolkeeper, .poolkeeper, .fixedFleet, .thresholds, .clusterAutoscaler, .karpenter,
        ])
      #expect(comparison.results[1].name == "pools.burst.idle_timeout_minutes=5")
      #expect(comparison.facts.pods == 20 && comparison.facts.work == 8)
      #expect(comparison.facts.untold == ["Nobody asked the users."])
      let floor = try #require(comparison.floor)
      for result in comparison.results {
        #expect(result.isComplete && result.cost > .zero && result.refusedPlans == 0, "\(result.name)")
        #expect(result.waits.pods == 20, "\(result.name)")
        #expect(result.waits.distribution.reduce(0, +) == 20 - result.waits.neverRan, "\(result.name)")
        if result.waits.longest == 0 { #expect(result.cost >= floor.cost, "\(result.name)") }
      }
      // The same input gives the same bytes.
      #expect(try await Self.run(arguments + ["--json"]).text == text)
      let (_, table) = try await Self.run(arguments)
      for word in ["POLICY", "Poolkeeper", "OF FLOOR", "floor", "what made workers come and go", "Nobody asked"] {
        #expect(table.contains(word), "\(word): \(table)")
      }
      #expect(!table.contains("\u{1b}"))
    }
  }

  @Test(arguments: [
    (["backtest", "--config", example], "Give one source of history"),
    (["backtest", "--config", example, "--pods", "a", "--series", "b"], "not 2 of them"),
    (["backtest", "--config", example, "--history", "a", "--from", "1d"], "belong to --prometheus or --data"),
    (["backtest", "--config", example, "--history", "a", "--reference", "other"], "reference"),
    (["backtest", "--config", example, "--prometheus", "prometheus:9090"], "is no URL"),
    (["backtest", "--config", example, "--prometheus", "http://u:p@host"], "do not belong into the URL"),
    (["backtest", "--config", example, "--prometheus", "configured"], "names no Prometheus server"),
    (["backtest", "--config", example, "--history", "a", "--set", "pools.burst.maximun=3"], "maximum"),
    (["backtest", "--config", example, "--history", "a", "--policy", "b.json"], "NAME=FILE"),
    (["backtest", "--config", example, "--history", "a", "--policy", "Poolkeeper=\(example)"], "Two policies"),
  ])
  func saysWhatIsWrongWithTheArguments(arguments: [String], words: String) async throws {
    let (code, text) = try await Self.run(arguments)
    #expect(code == 64, "\(text)")
    #expect(text.contains(words), "\(text)")
  }

  @Test(arguments: [
    (["--history", "/does/not/exist"], Int32(4), "cannot be read"), (["--history", example], 64, "no history"),
    (["--data", "/does/not/exist"], 4, "There is no store"),
    (["--prometheus", "http://127.0.0.1:1", "--from", "1h"], 3, "gives no answer"),
  ])
  func saysWhatIsWrongWithASource(arguments: [String], code: Int32, words: String) async throws {
    let (found, text) = try await Self.run(["backtest", "--config", Self.example] + arguments)
    #expect(found == code, "\(text)")
    #expect(text.contains(words), "\(text)")
  }

  // MARK: - The own store

  @Test(.timeLimit(.minutes(5))) func readsTheStoreOfAServerThatRunsAndSavesWhatItRead() async throws {
    let cluster = RecordedCluster(start: Self.start)
    let end = Self.start.advanced(by: .seconds(RecordedCluster.length))
    try await Bench.withDirectory { directory in
      let data = directory.appendingPathComponent("data").path
      // Open all the while, and locked.
      var options = SeriesStore.Options()
      options.limits.retentionMilliseconds = end.milliseconds
      let (store, _) = try SeriesStore.open(
        directory: data + "/metrics", options: options, now: end.milliseconds)
      try store.append(cluster.samples, now: end.milliseconds)
      let saved = directory.appendingPathComponent("saved.json").path
      let (code, text) = try await Self.run([
        "backtest", "--config", Self.example, "--data", data, "--from", "\(Self.start)", "--to", "\(end)",
        "--reference", "none", "--json", "--save", saved,
      ])
      #expect(code == 0, "\(text)")
      let comparison = try Self.comparison(text)
      #expect(comparison.results.count == 1)
      #expect(comparison.facts.pods == HistoryReadingTests.expected.count)
      let history = try HistoryFile.read(saved)
      #expect(history.pods.count == comparison.facts.pods)
      #expect(history.start == Self.start && history.end == end)
      // The whole store, when nothing else is said.
      let (_, whole) = try await Self.run([
        "backtest", "--config", Self.example, "--data", data, "--reference", "none", "--json",
      ])
      #expect(try Self.comparison(whole).facts.start == Self.start)
      withExtendedLifetime(store) {}
    }
  }

  // MARK: - The page

  private static let axe: String? = {
    let file = Bench.root.appendingPathComponent(".build/axe/axe_playwright_python/axe.min.js")
    return try? String(contentsOf: file, encoding: .utf8)
  }()

  @Test(
    .timeLimit(.minutes(10)),
    .enabled(
      if: Browser.programs != nil,
      "chromium and chromedriver are not installed; scripts/install-packages.sh --test installs them"))
  func thePageWorksInABrowserOnEveryScreen() async throws {
    try await Self.withHistory("history.json") { directory, file in
      let page = directory.appendingPathComponent("page.html")
      let (code, text) = try await Self.run([
        "backtest", "--config", Self.example, "--history", file, "--html", page.path,
      ])
      #expect(code == 0, "\(text)")
      try await Browser.with { browser in
        try await browser.open(page.absoluteString)
        for (width, scheme) in [(1280, "light"), (375, "dark"), (375, "light")] {
          try await browser.show(width: width, height: 812, scheme: scheme)
          let wide = try await browser.evaluate(
            "return [document.documentElement.scrollWidth, innerWidth];", as: [Int].self)
          #expect(wide[0] <= wide[1], "at \(width)")
          let figures = try await browser.evaluate(
            "return [...document.querySelectorAll('figure > svg')].filter((it) => it.getBoundingClientRect().height > 100)"
              + ".length;", as: Int.self)
          #expect(figures >= 6)
          guard let axe = Self.axe else { continue }
          let violations = try await browser.awaiting(
            """
            const done = arguments[arguments.length - 1];
            if (!window.axe) { \(axe) }
            document.querySelectorAll("details").forEach((it) => { it.open = true; });
            axe.run(document, { resultTypes: ["violations"] }).then(
              (result) => done(result.violations.map((it) => it.id + ": " + it.nodes.slice(0, 3)
                .map((node) => node.html.slice(0, 160) + " " + (node.failureSummary ?? "")).join(" | "))),
              (error) => done(["axe failed: " + error]));
            """, as: [String].self)
          #expect(violations == [], "at \(width), \(scheme)")
        }
        #expect(try await browser.log().map(\.message) == [])
      }
    }
  }
}
