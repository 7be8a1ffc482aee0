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
}
