import API
import Foundation
import HTTPTransport
import Model
import Testing

@testable import poolkeeper

/// How the console looks on different screens, and that everybody can use it.
@Suite(
  .serialized,
  .enabled(
    if: Browser.programs != nil,
    "chromium and chromedriver are not installed; scripts/install-packages.sh --test installs them"))
struct ConsoleLayoutTests {
  /// axe-core as one script; `nil` where it has not been fetched.
  private static let axe: String? = {
    let file = Bench.root.appendingPathComponent(".build/axe/axe_playwright_python/axe.min.js")
    return try? String(contentsOf: file, encoding: .utf8)
  }()

  private static let widths = [1440, 768, 375]
  private static let schemes = ["light", "dark"]

  @Test(.timeLimit(.minutes(10))) func fitsEveryScreenInBothThemes() async throws {
    try await ConsolePage.with { page in
      try await page.until("two workers are ready", "document.querySelectorAll('.state .chip.ready').length === 2")
      for width in Self.widths {
        var grounds: Set<String> = []
        for scheme in Self.schemes {
          try await page.browser.show(width: width, height: 812, scheme: scheme)
          let wide = try await page.browser.evaluate(
            """
            const out = [...document.querySelectorAll("body *")]
              .filter((it) => !it.closest(".hidden, thead") && it.getBoundingClientRect().right > innerWidth + 1);
            return document.documentElement.scrollWidth > innerWidth || out.length > 0
              ? out.slice(0, 5).map((it) => it.tagName + "." + it.className) : [];
            """, as: [String].self)
          #expect(wide == [], "at \(width), \(scheme)")
          grounds.insert(
            try await page.browser.evaluate("return getComputedStyle(document.body).backgroundColor;", as: String.self))
        }
        #expect(grounds.count == 2, "light and dark look alike at \(width)")
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func remembersTheChosenColoursAgainstTheSystems() async throws {
    try await ConsolePage.with { page in
      func ground() async throws -> String {
        try await page.browser.evaluate("return getComputedStyle(document.body).backgroundColor;", as: String.self)
      }
      let light = try await ground()
      try await page.browser.press(["t", "t"])
      try await page.until("dark is chosen", "document.documentElement.dataset.theme === 'dark'")
      let dark = try await ground()
      #expect(dark != light)
      try await page.browser.reload()
      try await page.until("it is remembered", "document.documentElement.dataset.theme === 'dark'")
      #expect(try await ground() == dark)
      try await page.browser.press(["t"])
      try await page.until("the system's again", "document.documentElement.dataset.theme === undefined")
      #expect(try await ground() == light)
    }
  }

  /// By our own rules, which need nothing that may be absent.
  @Test(.timeLimit(.minutes(10))) func everyControlHasANameAndThePageAnOrder() async throws {
    try await ConsolePage.with { page in
      try await page.until("two workers are ready", "document.querySelectorAll('.state .chip.ready').length === 2")
      for keys in [[], ["a"], [Browser.Key.escape, "?"]] {
        try await page.press(keys)
        if !keys.isEmpty { try await page.until("a dialog is open", "document.querySelector('dialog[open]')") }
        let faults = try await page.browser.evaluate(
          """
          const faults = [];
          const named = (it) => (it.getAttribute("aria-label") || it.innerText || it.labels?.[0]?.textContent
            || document.getElementById(it.getAttribute("aria-labelledby"))?.textContent || it.title || "").trim();
          for (const it of document.querySelectorAll("button, input, select, a, summary, dialog, section:not([hidden]), [role=img]")) {
            if (!it.closest("[hidden]") && !named(it)) faults.push("no name: " + it.outerHTML.slice(0, 120));
          }
          for (const it of document.querySelectorAll("th")) if (!it.scope) faults.push("no scope: " + it.textContent);
          for (const it of document.querySelectorAll("table")) {
            if (!it.caption && !it.closest("details")) faults.push("no caption: " + it.className);
          }
          for (const it of document.querySelectorAll("img")) if (!it.hasAttribute("alt")) faults.push("no text: " + it.src);
          const ids = [...document.querySelectorAll("[id]")].map((it) => it.id);
          for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push("twice: " + id);
          const levels = [...document.querySelectorAll("main h1, main h2, main h3")].filter((it) => it.checkVisibility())
            .map((it) => Number(it.tagName[1]));
          levels.forEach((level, at) => { if (at > 0 && level > levels[at - 1] + 1) faults.push("heading skipped at " + at); });
          if (levels[0] !== 1) faults.push("the first heading is not of level 1");
          for (const tag of ["header", "main", "footer"]) {
            if (document.querySelectorAll("body > " + tag).length !== 1) faults.push("not one " + tag);
          }
          if (document.documentElement.lang !== "en") faults.push("no language");
          return faults;
          """, as: [String].self)
        #expect(faults == [], "after \(keys)")
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func theFirstTabLeadsPastTheHeadAndFocusIsSeen() async throws {
    try await ConsolePage.with { page in
      try await page.browser.press([Browser.Key.tab])
      let skip = "document.activeElement.matches('.skip') && document.activeElement.getBoundingClientRect().top >= 0"
      try await page.until("the skip link has the focus and is seen", skip)
      try await page.browser.press([Browser.Key.enter])
      try await page.until("the decision has the focus", "document.activeElement.id === 'main'")
      try await page.tab(to: "a button", "it.matches('button')")
      let outline =
        "const style = getComputedStyle(document.activeElement); return style.outlineStyle + style.outlineWidth;"
      #expect(try await page.browser.evaluate(outline, as: String.self) == "solid2px")
    }
  }

  @Test(
    .timeLimit(.minutes(10)),
    .enabled(if: axe != nil, "axe-core is not in .build/axe; scripts/install-packages.sh --test puts it there"))
  func axeFindsNothingWrong() async throws {
    let axe = try #require(Self.axe)
    try await ConsolePage.with { page in
      try await page.until("two workers are ready", "document.querySelectorAll('.state .chip.ready').length === 2")
      for (width, scheme, keys) in [
        (1440, "light", []), (1440, "dark", ["a"]), (768, "dark", [Browser.Key.escape, "?"]),
        (375, "light", [Browser.Key.escape]), (375, "dark", []),
      ] {
        try await page.browser.show(width: width, height: 812, scheme: scheme)
        try await page.press(keys)
        // A tool of the test, which the page's policy would not let in as a script of its own.
        let violations = try await page.browser.awaiting(
          """
          const done = arguments[arguments.length - 1];
          if (!window.axe) { \(axe) }
          axe.run(document, { resultTypes: ["violations"] }).then(
            (result) => done(result.violations.map((it) => it.id + ": " + it.help + " " + it.nodes.slice(0, 3)
              .map((node) => node.html.slice(0, 160) + " " + (node.failureSummary ?? "")).join(" | "))),
            (error) => done(["axe failed: " + error]));
          """, as: [String].self)
        #expect(violations == [], "at \(width), \(scheme), after \(keys)")
      }
    }
  }

  /// The pictures of the README, at an hour at which there is something to be seen.
  @Test(
    .timeLimit(.minutes(15)),
    .enabled(if: ProcessInfo.processInfo.environment["POOLKEEPER_RECORD"] == "1", "only with POOLKEEPER_RECORD=1"))
  func takesThePicturesOfTheReadme() async throws {
    try await ConsolePage.with { page in
      try await Bench.eventually(within: .seconds(600), "burst workers are ready and more are under way") {
        let workers = try await page.brain.workers().filter { $0.pool == "burst" }
        return workers.contains { $0.state == .ready } && workers.contains { $0.state == .joining } ? true : nil
      }
      let folder = Bench.root.appendingPathComponent("docs/images")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (name, width, height, scheme) in [
        ("light", 1280, 1180, "light"), ("dark", 1280, 1180, "dark"), ("phone", 375, 812, "light"),
      ] {
        try await page.browser.show(width: width, height: height, scheme: scheme)
        try await page.agrees()
        let picture = try await page.browser.picture()
        #expect(picture.count < 200_000, "\(name)")
        try picture.write(to: folder.appendingPathComponent("console-\(name).png"))
      }
    }
  }
}
