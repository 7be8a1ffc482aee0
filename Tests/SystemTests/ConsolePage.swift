import API
import Foundation
import Model
import Ports
import Testing

@testable import poolkeeper

/// The console in a browser, as somebody sees it.
struct ConsolePage {
  let browser: Browser
  let brain: Brain

  /// Far beyond what is usual: a loaded machine draws late.
  static let patience: Duration = .seconds(120)

  /// Seconds of the world in one: workers come within ten seconds, and the story's first load only after minutes, when
  /// the tests that count workers are long over.
  static let speed = 20

  /// A demonstration and the page on it.
  static func with(
    data: String? = nil, speed: Int = ConsolePage.speed, config: String? = nil,
    _ body: (ConsolePage) async throws -> Void
  ) async throws {
    let brain = try await Brain.start(arguments(data: data, speed: speed, config: config))
    defer { brain.program.kill() }
    try await Browser.with { browser in
      try await browser.show(width: 1440, height: 900, scheme: "light")
      let page = ConsolePage(browser: browser, brain: brain)
      try await page.open()
      try await body(page)
    }
  }

  static func arguments(data: String?, speed: Int = ConsolePage.speed, config: String? = nil) -> [String] {
    [
      "demo", "--no-wire", "--plain", "--speed", "\(speed)", "--config",
      config ?? Bench.root.appendingPathComponent("config/worker-pools.json").path,
    ] + (data.map { ["--data", $0] } ?? [])
  }

  /// Opens the page and waits for the first data.
  func open() async throws {
    try await browser.open(brain.url + "/")
    try await until("the page shows data", "document.getElementById('main').getAttribute('aria-busy') === 'false'")
  }

  /// Waits until an expression of JavaScript is true.
  func until(_ what: String, _ condition: String) async throws {
    try await Bench.eventually(within: Self.patience, "\(what) (\(condition))") {
      try await browser.evaluate("return Boolean(\(condition));", as: Bool.self) ? true : nil
    }
  }

  func text(_ selector: String) async throws -> String {
    try await browser.evaluate("return document.querySelector('\(selector)')?.innerText ?? '';", as: String.self)
  }

  /// Fills in a token where the page asks who one is.
  func signIn(_ token: String) async throws {
    try await tab(to: "the token", "it.name === 'secret'")
    try await browser.press(["a"], holding: Browser.Key.control)
    try await browser.type(token)
    try await browser.press([Browser.Key.enter])
  }

  /// What the page says of one worker.
  struct Worker: Decodable, Equatable {
    var name: String
    var state: String
  }

  /// What can be compared with the API's answer.
  struct Shown: Decodable, Equatable {
    var summary: String
    var workers: [Worker]
    /// By pool, as `3 of 0–20`.
    var sizes: [String: String]
    /// By scope.
    var caps: [String: String]
    var count: String
  }

  func shown() async throws -> Shown {
    try await browser.evaluate(
      """
      const all = (selector) => [...document.querySelectorAll(selector)];
      return {
        summary: document.getElementById("decision").textContent,
        workers: all("tr[data-worker]").map((row) => ({
          name: row.querySelector(".name").textContent, state: row.querySelector(".state .chip").textContent.toLowerCase() }))
          .filter((worker) => worker.state !== "terminated"),
        sizes: Object.fromEntries(all(".pool .size-line").map((line) => [line.closest(".pool").dataset.key,
          line.querySelector(".big").textContent + line.querySelector(".muted").textContent])),
        caps: Object.fromEntries(all("tr[data-scope]").map((row) => [row.dataset.scope,
          row.querySelector("[data-label=Cap]").textContent.replaceAll(",", "")])),
        count: document.querySelector("[data-figure=workers]").textContent,
      };
      """, as: Shown.self)
  }

  /// The same of the API's answer.
  static func expected(_ view: OverviewView) -> Shown {
    let sizes = view.pools.compactMap { pool in
      pool.report.map { (pool.name.rawValue, "\($0.ready + $0.underWay) of \($0.minimum)–\($0.maximum)") }
    }
    let caps = (view.report?.budgets ?? []).map { budget in
      let units = budget.cap.units
      return (budget.scope, units == units.rounded() ? "\(Int(units))" : "\(budget.cap)")
    }
    return Shown(
      summary: view.summary, workers: view.workers.map { Worker(name: $0.name.rawValue, state: $0.state.rawValue) },
      sizes: Dictionary(sizes, uniquingKeysWith: { first, _ in first }),
      caps: Dictionary(caps, uniquingKeysWith: { first, _ in first }), count: "\(view.workers.count)")
  }

  func overview() async throws -> OverviewView { try await brain.get("/api/v1/overview", as: OverviewView.self) }

  /// Waits until the page shows what the API says. The demonstration goes on meanwhile, so what the API said before and
  /// after the look must be the same for the look to count.
  /// - Returns: what was shown.
  @discardableResult
  func agrees() async throws -> (shown: Shown, view: OverviewView) {
    var last = ""
    return try await Bench.eventually(within: Self.patience, "the page shows what the API says; last: \(last)") {
      let before = try await overview()
      let shown = try await shown()
      last = "\(shown)"
      return Self.expected(before) == shown ? (shown, before) : nil
    }
  }

  /// Presses keys one after the other; behind Escape, when the dialog is closed.
  func press(_ keys: [String]) async throws {
    for key in keys {
      try await browser.press([key])
      if key == Browser.Key.escape { try await until("the dialog is closed", "!document.querySelector('dialog')") }
    }
  }

  /// Goes on from control to control by Tab until one fits.
  func tab(to what: String, _ condition: String) async throws {
    for _ in 0..<200 {
      try await browser.press([Browser.Key.tab])
      let script = "const it = document.activeElement; return Boolean(\(condition));"
      if try await browser.evaluate(script, as: Bool.self) { return }
    }
    Issue.record("Tab does not lead to \(what)")
    throw CancellationError()
  }
}
