import Exposition
import Foundation
import PromQL
import Testing

@testable import Dashboards

/// What the descriptions ask, and where they lead.
@Suite struct DashboardTests {
  @Test func everyDashboardHasAUidAndATitleOfItsOwn() {
    let all = Dashboard.all
    #expect(
      all.map(\.uid) == [
        "worker-pools-overview", "worker-lifecycle", "worker-cost-tracking", "scaling-decisions",
        "poolkeeper-internals",
      ])
    #expect(Set(all.map(\.title)).count == all.count)
    for dashboard in all {
      #expect(dashboard.purpose.hasSuffix("."))
      #expect(Set(dashboard.variables.map(\.name)).count == dashboard.variables.count)
      // A reader who follows a link to a panel must find one.
      #expect(Set(dashboard.panels.map(\.title)).count == dashboard.panels.count, "\(dashboard.uid)")
    }
  }

  @Test(arguments: Dashboard.all)
  func everyPanelSaysHowToReadIt(dashboard: Dashboard) {
    for panel in dashboard.panels {
      let meaning = panel.meaning
      for sentence in [meaning.shows, meaning.good, meaning.bad] {
        #expect(sentence.count > 1 && sentence.hasSuffix("."), "\(panel.title): \(sentence)")
      }
      #expect(!panel.targets.isEmpty, "\(panel.title)")
      #expect(Set(panel.targets).count == panel.targets.count, "\(panel.title) asks the same twice")
    }
  }

  @Test(arguments: Dashboard.all)
  func linesFillThePageAndNothingOverlaps(dashboard: Dashboard) {
    var taken: Set<[Int]> = []
    var rows = 0
    for (item, place) in Layout.items(of: dashboard) {
      #expect(place.x >= 0 && place.width > 0 && place.x + place.width <= Layout.columns, "\(item)")
      #expect(place.height > 0)
      rows = max(rows, place.y + place.height)
      for x in place.x..<place.x + place.width {
        for y in place.y..<place.y + place.height { #expect(taken.insert([x, y]).inserted, "\(item) overlaps") }
      }
      // Narrower ones cannot be read.
      if case .panel(let panel) = item { #expect(place.width >= 3, "\(panel.title)") }
    }
    #expect(taken.count == rows * Layout.columns, "there are holes")
  }

  @Test func sharesOfALineAreItsWeights() {
    func panel(_ weight: Int) -> Panel {
      Panel("\(weight)", .gauge, .init("a.", good: "b.", bad: "c."), [Target("1")]).weight(weight)
    }
    let dashboard = Dashboard(
      uid: "u", title: "t", purpose: "p.", variables: [],
      [Section("s", [Line(height: 5, [panel(1), panel(2), panel(4)]), Line(height: 3, [panel(1)])])])
    #expect(
      Layout.items(of: dashboard).map(\.place) == [
        .init(x: 0, y: 0, width: 24, height: 1), .init(x: 0, y: 1, width: 3, height: 5),
        .init(x: 3, y: 1, width: 7, height: 5), .init(x: 10, y: 1, width: 14, height: 5),
        .init(x: 0, y: 6, width: 24, height: 3),
      ])
  }

  // MARK: - Links

  @Test(arguments: Dashboard.all)
  func everyLinkLeadsSomewhere(dashboard: Dashboard) throws {
    let uids = Set(Dashboard.all.map(\.uid))
    let alerts = try alertNames()
    for panel in dashboard.panels {
      for uid in panel.details {
        #expect(uids.contains(uid) && uid != dashboard.uid, "\(panel.title) leads to \(uid)")
      }
      for alert in panel.alerts { #expect(alerts.contains(alert), "\(panel.title): rules/ has no alert \(alert)") }
    }
    #expect(dashboard.panels.contains { !$0.alerts.isEmpty })
  }

  private func alertNames() throws -> Set<String> {
    let names = try RepositoryFiles.paths("rules", ".rules.yml").flatMap { path in
      try RepositoryFiles.text(path).matches(of: /alert:\s*(\w+)/).map { String($0.1) }
    }
    return Set(names)
  }

  // MARK: - Expressions

  /// Series by the names under which PromQL finds them.
  private static let series: [String: MetricDescriptor] = MetricDescriptor.all.reduce(into: [:]) { table, metric in
    let suffixes = metric.type == .histogram ? ["_bucket", "_sum", "_count"] : [""]
    for suffix in suffixes { table[metric.name + suffix] = metric }
  }

  /// Labels that the scrape adds, and the bound of a bucket.
  private static let foreignLabels: Set<String> = ["cluster", "instance", "job", "le"]

  private func expressions(_ dashboard: Dashboard) -> [String] {
    dashboard.panels.flatMap(\.targets).map { $0.query(dashboard.variables) }
      + Event.all.map { $0.query(dashboard.variables) }
      + dashboard.variables.map { Target($0.metric).query(dashboard.variables) }
  }

  @Test(arguments: Dashboard.all)
  func everyExpressionIsPromQLOverMetricsThatThereAre(dashboard: Dashboard) throws {
    for expression in expressions(dashboard) {
      let query = try Query(parse: Substitution.of(expression))
      #expect(query.resultType == "vector", "\(expression)")
      for selector in query.selectorTexts {
        let parts = try #require(selector.wholeMatch(of: /(\w+)(?:\{(.*)\})?/), "\(selector) names no metric")
        let metric = try #require(Self.series[String(parts.1)], "\(parts.1) is not exposed")
        for matcher in (parts.2 ?? "").matches(of: /(\w+)(?:=~|!~|!=|=)"/) {
          let label = String(matcher.1)
          #expect(metric.labels.contains(label) || Self.foreignLabels.contains(label), "\(selector)")
        }
      }
      #expect(!expression.contains("@"), "\(expression) has a short form that is none")
    }
  }

  @Test(arguments: Dashboard.all)
  func everyVariableThatIsUsedIsThereAndEveryOneIsUsed(dashboard: Dashboard) {
    let known = Set(dashboard.variables.map(\.name))
    let used = Set(
      dashboard.panels.flatMap(\.targets).flatMap {
        $0.query(dashboard.variables).matches(of: /\$([a-z]+)/).map { String($0.1) }
      })
    #expect(used == known)
    // Events are marked everywhere, also where no pool can be chosen: then in all of them.
    for panel in dashboard.panels {
      if let name = panel.repeatedFor { #expect(known.contains(name), "\(panel.title)") }
    }
  }

  /// A legend that names a label which the aggregation has dropped is empty.
  @Test(arguments: Dashboard.all)
  func legendsNameLabelsThatAreLeft(dashboard: Dashboard) {
    for panel in dashboard.panels {
      for target in panel.targets {
        for label in target.legend.matches(of: /\{\{(\w+)\}\}/).map({ String($0.1) }) {
          let kept = target.expression.matches(of: /by \(([^)]*)\)/).contains { match in
            match.1.split(separator: ", ").contains { $0 == label }
          }
          #expect(kept, "\(panel.title): \(target.legend) of \(target.expression)")
        }
        if panel.field.unit == .money {
          #expect(target.legend.contains("{{currency}}"), "\(panel.title) does not say in which currency")
        }
      }
    }
  }

  @Test func tablesNameColumnsThatTheirTargetsGive() throws {
    for panel in Dashboard.all.flatMap(\.panels) {
      guard let table = panel.kind.table else { continue }
      for column in table.columns {
        if column.source.hasPrefix("Value #") {
          #expect(panel.letters.contains(String(column.source.dropFirst("Value #".count))), "\(column)")
        } else {
          #expect(panel.targets.contains { $0.expression.contains(column.source) }, "\(column)")
        }
      }
      if let sorting = table.sortedBy { #expect(table.columns.map(\.title).contains(sorting)) }
    }
  }
}

/// Values for Grafana's variables, so that an expression can be asked.
enum Substitution {
  static func of(_ expression: String, rate: String = "5m") -> String {
    ["cluster", "pool", "scope"].reduce(expression.replacing("$__rate_interval", with: rate)) {
      $0.replacing("$\($1)", with: ".*")
    }
  }
}
