import Exposition
import Foundation
import Testing

/// Rules and dashboards may only use what the program exposes.
@Suite struct RulesAndDashboardsTests {
  private static func files(_ folder: String, _ suffix: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: repositoryRoot.appending(path: folder).path)
    return (names ?? []).filter { $0.hasSuffix(suffix) }.map { folder + "/" + $0 }.sorted()
  }

  private static let all =
    files("rules", ".yml") + files("rules/tests", ".yml") + files("docs/runbooks", ".md") + files("dashboards", ".json")

  /// Series by the names under which PromQL finds them.
  private static let series: [String: MetricDescriptor] = MetricDescriptor.all.reduce(into: [:]) { table, metric in
    let suffixes = metric.type == .histogram ? ["_bucket", "_sum", "_count"] : [""]
    for suffix in suffixes { table[metric.name + suffix] = metric }
  }

  /// Labels that Prometheus or its operator add, those of alerts, and the bound of a bucket.
  private static let foreignLabels: Set<String> = ["job", "instance", "cluster", "severity", "le"]

  private func text(of path: String) throws -> String {
    try String(contentsOf: repositoryRoot.appending(path: path), encoding: .utf8)
  }

  @Test func thereAreRulesAndDashboards() {
    #expect(Self.files("rules", ".rules.yml").count >= 1)
    #expect(Self.files("rules/tests", ".yml").count >= 1)
    #expect(Self.files("dashboards", ".json").count >= 1)
  }

  @Test(arguments: all)
  func everyMetricIsExposed(path: String) throws {
    // Names of recording rules hold colons; what stands beside one is not a metric's name.
    let names = try text(of: path).matches(of: /(:?)\b(poolkeeper_[a-z0-9_]+)(:?)/).filter {
      $0.1.isEmpty && $0.3.isEmpty
    }
    for name in Set(names.map { String($0.2) }).sorted() {
      #expect(Self.series[name] != nil, "\(path) uses \(name), which the program does not expose")
    }
  }

  @Test(arguments: all)
  func everyLabelIsOneOfTheMetrics(path: String) throws {
    let selectors = try text(of: path).replacing("\\\"", with: "\"").matches(
      of: /(:?)\b(poolkeeper_[a-z0-9_]+)\{([^}]*)\}/)
    for selector in selectors where selector.1.isEmpty {
      guard let metric = Self.series[String(selector.2)] else { continue }
      for label in selector.3.matches(of: /(\w+)\s*(=~|!~|!=|=)\s*"/) {
        let name = String(label.1)
        #expect(metric.labels.contains(name) || Self.foreignLabels.contains(name), "\(path): \(selector.0)")
      }
    }
  }

  @Test(arguments: files("dashboards", ".json"))
  func dashboardsAreComplete(path: String) throws {
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: repositoryRoot.appending(path: path)))
    let dashboard = try #require(object as? [String: Any])
    #expect(dashboard["uid"] as? String == String(path.dropFirst("dashboards/".count).dropLast(".json".count)))
    let variables = (dashboard["templating"] as? [String: Any])?["list"] as? [[String: Any]] ?? []
    #expect(variables.contains { $0["name"] as? String == "datasource" && $0["type"] as? String == "datasource" })
    let panels = try #require(dashboard["panels"] as? [[String: Any]])
    #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    var taken: Set<[Int]> = []
    for panel in panels {
      let title = panel["title"] as? String ?? "a panel without title"
      #expect((panel["description"] as? String)?.hasSuffix(".") == true, "\(title) does not say what it shows")
      #expect((panel["datasource"] as? [String: String])?["uid"] == "${datasource}", "\(title)")
      let targets = panel["targets"] as? [[String: Any]] ?? []
      #expect(!targets.isEmpty && targets.allSatisfy { ($0["expr"] as? String)?.isEmpty == false }, "\(title)")
      let place = try #require(panel["gridPos"] as? [String: Int])
      let (x, y, width, height) = (place["x"]!, place["y"]!, place["w"]!, place["h"]!)
      #expect(x + width <= 24, "\(title) is wider than the page")
      for column in x..<x + width {
        for row in y..<y + height { #expect(taken.insert([column, row]).inserted, "\(title) lies on another panel") }
      }
    }
  }
}
