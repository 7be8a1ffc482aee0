import Foundation
import Testing
import Yams

@testable import Dashboards

/// Grafana's provisioning files in config/grafana.
///
/// Source of the keys: Grafana's documentation, "Provision Grafana": Grafana ignores a key that it does not know, so that a
/// mistyped one would do nothing without a word.
@Suite struct GrafanaProvisioningTests {
  private static let folder = "config/grafana/provisioning"

  private func load(_ path: String, list: String) throws -> [[String: Any]] {
    let file = try #require(try Yams.load(yaml: try RepositoryFiles.text("\(Self.folder)/\(path)")) as? [String: Any])
    #expect(Set(file.keys) == ["apiVersion", list])
    #expect(file["apiVersion"] as? Int == 1)
    return try #require(file[list] as? [[String: Any]])
  }

  @Test func dataSourcesHaveOnlyKeysThatGrafanaKnows() throws {
    let sources = try load("datasources/poolkeeper.yaml", list: "datasources")
    #expect(sources.compactMap { $0["uid"] as? String } == ["prometheus", "poolkeeper"])
    #expect(sources.filter { $0["isDefault"] as? Bool == true }.count == 1, "one data source is the default")
    for source in sources {
      let known: Set = [
        "name", "uid", "type", "access", "orgId", "url", "isDefault", "editable", "jsonData", "secureJsonData",
      ]
      #expect(Set(source.keys).isSubset(of: known), "\(source.keys)")
      #expect(source["type"] as? String == "prometheus")
      #expect(source["access"] as? String == "proxy")
      let settings = try #require(source["jsonData"] as? [String: Any])
      #expect(Set(settings.keys).isSubset(of: ["httpMethod", "timeInterval", "prometheusType", "httpHeaderName1"]))
      let secrets = source["secureJsonData"] as? [String: String] ?? [:]
      for (key, value) in secrets {
        #expect(settings[key.replacing("Value", with: "Name")] != nil, "a header's value needs its name")
        #expect(value.contains("${"), "a secret comes from the environment")
      }
    }
  }

  @Test func theProviderHasOnlyKeysThatGrafanaKnows() throws {
    let providers = try load("dashboards/poolkeeper.yaml", list: "providers")
    #expect(providers.count == 1)
    let known: Set = [
      "name", "orgId", "folder", "folderUid", "type", "disableDeletion", "editable", "allowUiUpdates",
      "updateIntervalSeconds", "options",
    ]
    #expect(Set(providers[0].keys).isSubset(of: known), "\(providers[0].keys)")
    #expect(providers[0]["type"] as? String == "file")
    #expect((providers[0]["options"] as? [String: Any])?["path"] as? String == "${POOLKEEPER_DASHBOARDS}")
  }

  @Test func thePageNamesEveryDashboardAndEveryVariableOfTheEnvironment() throws {
    let page = try RepositoryFiles.text("config/grafana/README.md")
    for dashboard in Dashboard.all {
      #expect(page.contains("| \(dashboard.title) (`\(dashboard.uid)`) |"), "\(dashboard.title)")
    }
    for path in ["datasources/poolkeeper.yaml", "dashboards/poolkeeper.yaml"] {
      for variable in try RepositoryFiles.text("\(Self.folder)/\(path)").matches(of: /\$\{(\w+)\}/) {
        #expect(page.contains(" \(variable.1)="), "\(variable.1)")
      }
    }
  }
}
