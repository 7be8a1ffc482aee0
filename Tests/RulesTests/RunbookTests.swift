import Foundation
import Rules
import Testing

/// Every alert has a page that tells what to do, and every page an alert.
@Suite struct RunbookTests {
  private static let pages = Reading.files("docs/runbooks", ".md")
  private static let alerts: [Rule] = {
    let rules = try? Reading.rules(Reading.text("rules/poolkeeper.rules.yml")).groups.flatMap(\.rules)
    return (rules ?? []).filter { if case .alerting = $0.kind { true } else { false } }
  }()

  @Test func everyAlertHasAPageAndEveryPageAnAlert() {
    #expect(Self.alerts.count >= 25)
    #expect(Set(Self.alerts.map(\.name)).count == Self.alerts.count)
    #expect(Self.pages == Self.alerts.map { "docs/runbooks/\($0.name).md" }.sorted())
  }

  @Test func everyAlertSaysHowGraveItIsWhatItIsAndWhereToRead() {
    for alert in Self.alerts {
      #expect(["critical", "warning", "info"].contains(alert.labels["severity"]), "\(alert.name)")
      #expect(alert.annotations["summary"]?.isEmpty == false, "\(alert.name)")
      #expect(alert.annotations["description"]?.hasSuffix(".") == true, "\(alert.name)")
      #expect(
        alert.annotations["runbook_url"] == "file:///usr/share/doc/poolkeeper/runbooks/\(alert.name).md",
        "\(alert.name)")
      #expect(alert.name.hasPrefix("Poolkeeper"), "\(alert.name): Alertmanager's example tells ours by this")
    }
  }

  @Test(arguments: pages)
  func aPageHasAllItsParts(path: String) throws {
    let page = try Reading.text(path)
    let name = try #require(path.split(separator: "/").last?.dropLast(3))
    #expect(page.hasPrefix("# \(name)\n\nOne alert for "))
    let parts = page.components(separatedBy: "\n## ").dropFirst().map { part in
      (title: part.prefix { $0 != "\n" }, text: part.drop { $0 != "\n" })
    }
    #expect(parts.map { String($0.title) } == ["What it means", "What to look at", "What to do", "When to worry"])
    #expect(parts.allSatisfy { $0.text.count > 40 })
    #expect(parts[1].text.contains("`"), "names what to type")
    #expect(parts[1].text.contains("PromQL"))
    let dashboards = [
      "worker-pools-overview", "worker-lifecycle", "worker-cost-tracking", "scaling-decisions", "poolkeeper-internals",
    ]
    #expect(dashboards.contains { parts[1].text.contains("`\($0)`") }, "names a dashboard")
    // Pages that it points to are there.
    for link in page.matches(of: /\]\(([A-Za-z]+\.md)\)/) {
      #expect(Self.pages.contains("docs/runbooks/\(link.1)"), "\(link.1)")
    }
  }
}
