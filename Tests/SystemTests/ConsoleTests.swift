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

/// The console at `/` in a real browser, on the running demonstration.
@Suite(
  .serialized,
  .enabled(
    if: Browser.programs != nil,
    "chromium and chromedriver are not installed; scripts/install-packages.sh --test installs them"))
struct ConsoleTests {
  /// Messages that are no fault of the page: the browser tells of connections that end with the server.
  private static func faults(_ log: [Browser.LogEntry]) -> [String] {
    log.filter { $0.level != "INFO" && $0.level != "DEBUG" }.map(\.message)
  }

  /// Navigation's own measure and the page's, in milliseconds since the navigation began.
  private struct Timing: Decodable {
    var loaded: Double
    var shown: Double
    var hosts: [String]
    var total: Double { max(loaded, shown) }
  }

  @Test(.timeLimit(.minutes(10))) func loadsInUnderASecondAndShowsTheDemonstrationsTruth() async throws {
    try await ConsolePage.with { page in
      try await page.until("two workers are ready", "document.querySelectorAll('.state .chip.ready').length === 2")
      var timings: [Timing] = []
      // The best of up to ten: what else the machine does must not count as the page's slowness.
      while timings.count < 10, !timings.contains(where: { $0.total < 1_000 }) {
        try await page.open()
        timings.append(
          try await page.browser.evaluate(
            """
            const entry = performance.getEntriesByType("navigation")[0];
            const hosts = performance.getEntriesByType("resource").map((it) => new URL(it.name).host);
            return { loaded: entry.loadEventEnd, shown: performance.getEntriesByName("first-data")[0].startTime,
              hosts: [...new Set(hosts)] };
            """, as: Timing.self))
      }
      let best = try #require(timings.map(\.total).min())
      #expect(best < 1_000, "\(timings)")
      #expect(timings.allSatisfy { $0.hosts == ["127.0.0.1:\(page.brain.port)"] }, "\(timings)")

      let (shown, view) = try await page.agrees()
      #expect(shown.workers.count == view.workers.count)
      #expect(shown.sizes.count == 4)
      let spent = try #require(view.report?.budgets.first { $0.scope == "all" }?.spent)
      let told = try #require(Double(try await page.text("[data-figure=spent]")))
      #expect(told >= spent.units - 0.01, "the page tells less than was spent before")
      let later = try #require(try await page.overview().report?.budgets.first { $0.scope == "all" }?.spent)
      #expect(told <= later.units + 0.01, "the page tells more than was spent after it was looked at")
      #expect(try await page.text("#place").contains("harbour"))
      #expect(try await page.text("#place").contains("Act"))
      #expect(Self.faults(try await page.browser.log()) == [])
    }
  }

  @Test(.timeLimit(.minutes(10))) func saysWhenTheServerIsGoneAndGoesOnWhenItIsBack() async throws {
    try await Bench.withDirectory { directory in
      let data = directory.appendingPathComponent("data").path
      try await ConsolePage.with(data: data) { page in
        try await page.agrees()
        page.brain.program.kill()
        try await page.until("it says so", "document.documentElement.dataset.connection === 'lost'")
        let banner = try await page.text("#lost")
        #expect(
          banner.contains(/Disconnected since \d\d:\d\d:\d\d UTC\. What is shown is as of \d\d:\d\d:\d\d/), "\(banner)")
        // Nothing may be ordered on the ground of old numbers.
        let buttons = "return document.querySelectorAll('[data-action=scale], [data-action=remove]').length;"
        #expect(try await page.browser.evaluate(buttons, as: Int.self) == 0)
        let brain = try await Brain.start(
          ConsolePage.arguments(data: data), port: page.brain.port)
        defer { brain.program.kill() }
        try await page.until("it is connected", "document.documentElement.dataset.connection === 'live'")
        try await page.until("nothing is said to be old", "document.getElementById('lost').hidden")
        let back = ConsolePage(browser: page.browser, brain: brain)
        #expect(try await back.agrees().shown.workers.count >= 2)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func addsWorkersByTheKeyboardAloneAndSaysWhatTheyCost() async throws {
    try await ConsolePage.with { page in
      let button = "it.dataset.action === 'scale' && it.dataset.pool === 'spot'"
      try await page.until("there is a button", "document.querySelector('[data-action=scale][data-pool=spot]')")
      try await page.tab(to: "adding workers", button)
      // Changing one's mind: nothing is asked for, and the focus is where it was.
      try await page.browser.press([Browser.Key.enter])
      try await page.until("a dialog asks", "document.querySelector('dialog[open]')")
      try await page.browser.press([Browser.Key.escape])
      try await page.until("it is closed", "!document.querySelector('dialog')")
      let focus = "const it = document.activeElement; return \(button);"
      #expect(try await page.browser.evaluate(focus, as: Bool.self))

      try await page.browser.press([Browser.Key.enter])
      try await page.until("the number has the focus", "document.activeElement.name === 'workers'")
      try await page.browser.press(["a"], holding: Browser.Key.control)
      try await page.browser.type("2")
      let view = try await page.overview()
      let template = try #require(view.pools.first { $0.name == "spot" }?.defaultTemplate)
      let price = try #require(
        view.prices.first { $0.pool == "spot" && $0.template == template }?.pricePerHour.perHour)
      let told = try await page.text("dialog .consequence")
      #expect(told.contains("2 workers of template \(template) will be created for pool spot"), "\(told)")
      #expect(told.contains("It costs \(price * 2) USD an hour"), "\(told)")
      try await page.tab(to: "the dialog's button", "it.matches('dialog button.primary')")
      #expect(try await page.text("dialog button.primary") == "Add 2 workers")
      try await page.browser.press([Browser.Key.enter])
      try await page.until("the dialog is done", "!document.querySelector('dialog')")
      try await page.until(
        "the outcome is told", "document.getElementById('toasts').textContent.includes('2 workers asked for')")
      try await page.until(
        "the workers are seen", "document.querySelectorAll('tr[data-worker^=worker-spot]').length === 2")
      #expect(try await page.brain.workers().count { $0.pool == "spot" } == 2)
      #expect(Self.faults(try await page.browser.log()) == [])
    }
  }

  @Test(.timeLimit(.minutes(10))) func removesAWorkerAfterAskingAndShowsARefusalInTheDialog() async throws {
    try await ConsolePage.with { page in
      try await page.until("two workers are ready", "document.querySelectorAll('.state .chip.ready').length === 2")
      // More than the pool may hold: the refusal's sentence is in the dialog, and the dialog stays.
      try await page.tab(to: "adding workers", "it.dataset.action === 'scale' && it.dataset.pool === 'gpu'")
      try await page.browser.press([Browser.Key.enter])
      try await page.until("the number has the focus", "document.activeElement.name === 'workers'")
      try await page.browser.press(["a"], holding: Browser.Key.control)
      try await page.browser.type("50")
      try await page.browser.press([Browser.Key.enter])
      try await page.until("the refusal is told", "document.querySelector('dialog .refusal')?.textContent.length > 20")
      try await page.browser.press([Browser.Key.escape])
      try await page.until("it is closed", "!document.querySelector('dialog')")

      let name = "worker-permanent-001"
      try await page.tab(to: "removing", "it.dataset.action === 'remove' && it.dataset.worker === '\(name)'")
      try await page.browser.press([Browser.Key.enter])
      try await page.until("a dialog asks", "document.querySelector('dialog[open] .consequence')")
      let told = try await page.text("dialog .consequence")
      #expect(told.contains("evicted within the limits of their disruption budgets"), "\(told)")
      #expect(told.contains("another worker will be created in its place"), "\(told)")
      try await page.browser.press([" "])
      try await page.until(
        "force is told", "document.querySelector('dialog .consequence').textContent.includes('not waited for')")
      #expect(try await page.text("dialog button.primary") == "Remove by force")
      try await page.browser.press([" "])
      try await page.tab(to: "the dialog's button", "it.matches('dialog button.primary')")
      try await page.browser.press([Browser.Key.enter])
      try await page.until("the dialog is done", "!document.querySelector('dialog')")
      let events = try await Bench.eventually(within: ConsolePage.patience, "the worker goes") {
        let events = try await page.overview().events
        return events.contains { $0.name == name && $0.code == "worker_terminated" } ? events : nil
      }
      #expect(events.contains { $0.sentence.contains("asked for the removal of \(name)") })
      try await page.until(
        "it is among those that went", "document.querySelector('tr.gone .name')?.textContent === '\(name)'")
    }
  }

  @Test(.timeLimit(.minutes(10))) func showsWhatWaitsForApprovalAndApprovesIt() async throws {
    try await Bench.withDirectory { directory in
      let file = try EditedConfiguration.write(
        in: directory,
        [("worker_pool_definitions/burst/provisioning_triggers/manual", ["enabled": true, "requires_approval": true])])
      try await ConsolePage.with(config: file) { page in
        try await page.until("nothing waits", "document.getElementById('approvals').hidden")
        try await page.tab(to: "adding workers", "it.dataset.action === 'scale' && it.dataset.pool === 'burst'")
        try await page.browser.press([Browser.Key.enter])
        try await page.until("the number has the focus", "document.activeElement.name === 'workers'")
        try await page.browser.press([Browser.Key.enter])
        try await page.until(
          "it is said to wait", "document.getElementById('toasts').textContent.includes('waits for approval')")
        try await page.until("it is shown", "document.querySelector('#approvals-list [data-action=approve]')")
        #expect(try await page.brain.workers().allSatisfy { $0.pool != "burst" })

        try await page.tab(to: "approving", "it.dataset.action === 'approve'")
        try await page.browser.press([Browser.Key.enter])
        try await page.until("a dialog asks", "document.querySelector('dialog[open] .consequence')")
        #expect(try await page.text("dialog .consequence").contains(/It costs \d+\.\d\d USD\./))
        try await page.tab(to: "the dialog's button", "it.matches('dialog button.primary')")
        try await page.browser.press([Browser.Key.enter])
        try await page.until("the dialog is done", "!document.querySelector('dialog')")
        try await page.until("nothing waits any more", "document.getElementById('approvals').hidden")
        try await page.until(
          "the worker is seen", "document.querySelectorAll('tr[data-worker^=worker-burst]').length === 1")
        #expect(Self.faults(try await page.browser.log()) == [])
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func asksWhoSomebodyIsAndOffersWhatTheirRoleAllows() async throws {
    try await Bench.withDirectory { directory in
      let access = [("eve", "read"), ("ann", "operate")].map { name, role in
        ["name": name, "role": role, "token_sha256": AccessSecrets.hash(ofToken: "token-of-\(name)")]
      }
      let file = try EditedConfiguration.write(
        in: directory,
        [("poolkeeper/server/access", access), ("poolkeeper/infrastructure", ["kind": "simulated"])])
      let brain = try await Brain.start([
        "serve", "--mode", "act", "--data", directory.appendingPathComponent("data").path, "--config", file,
      ])
      defer { brain.program.kill() }
      try await Browser.with { browser in
        try await browser.show(width: 1440, height: 900, scheme: "light")
        let page = ConsolePage(browser: browser, brain: brain)
        let button = "document.querySelector('[data-action=scale][data-pool=burst]')"
        try await browser.open(brain.url + "/")
        try await page.until("it asks", "document.querySelector('dialog input[name=secret]')")
        #expect(try await page.text("#decision") == "Sign in to see the pools.")
        #expect(Self.faults(try await browser.log()) == [])
        try await page.signIn("something else")
        try await page.until("the refusal is told", "document.querySelector('.refusal').textContent.length > 10")

        try await page.signIn("token-of-eve")
        try await page.until("the pools are shown", "document.querySelectorAll('.pool').length === 4")
        #expect(try await page.text("#account") == "eve (read)")
        #expect(try await browser.evaluate("return Boolean(\(button));", as: Bool.self) == false)
        #expect(try await browser.evaluate("return document.cookie;", as: String.self) == "")
        try await page.tab(to: "the account", "it.id === 'account'")
        try await browser.press([Browser.Key.enter])
        try await page.until(
          "it offers to sign out", "document.querySelector('dialog .primary')?.textContent === 'Sign out'")
        try await page.tab(to: "signing out", "it.matches('dialog .primary')")
        try await browser.press([Browser.Key.enter])
        try await page.until("it asks again", "document.querySelector('dialog input[name=secret]')")
        #expect(try await page.text("#pools") == "")

        try await page.signIn("token-of-ann")
        try await page.until("there is a button", button)
        try await browser.reload()
        try await page.until("the session is still there", button)
        try await page.tab(to: "adding workers", "it.dataset.action === 'scale' && it.dataset.pool === 'burst'")
        try await browser.press([Browser.Key.enter])
        try await page.until("a dialog asks", "document.querySelector('dialog[open] input[name=reason]')")
        try await page.tab(to: "the reason", "it.name === 'reason'")
        try await browser.type("a load test at nine")
        try await browser.press([Browser.Key.enter])
        try await page.until("the dialog is done", "!document.querySelector('dialog')")
        try await page.until(
          "who and why are told", "/ann.*a load test at nine/.test(document.getElementById('events').textContent)")
      }
    }
  }

  /// A stream has no end of its own, and a stop waits for what is being answered.
  @Test(.timeLimit(.minutes(3))) func aStopEndsTheStreamAtOnce() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await Brain.start([
        "serve", "--mode", "observe", "--data", directory.appendingPathComponent("data").path, "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path,
      ])
      let stream = try await HTTPClient().stream(
        HTTPRequest("GET", brain.url + "/api/v1/stream", headers: [], body: nil),
        limits: HTTPStreamLimits(idle: .seconds(120)))
      #expect(stream.status == 200)
      var chunks = stream.makeAsyncIterator()
      #expect(try await chunks.next() != nil)
      brain.program.signal(SIGTERM)
      #expect(await brain.program.end() == 0)
      while let chunk = try? await chunks.next() { #expect(!chunk.isEmpty) }
    }
  }
}
