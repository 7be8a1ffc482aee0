import Foundation
import Testing

@testable import Dashboards

/// The files in dashboards/ and Grafana's opinion of them.
@Suite struct DashboardFilesTests {
  private static let isRecording = ProcessInfo.processInfo.environment["POOLKEEPER_RECORD"] != nil

  private static func text(_ dashboard: Dashboard) -> String {
    DashboardDocument(dashboard, in: Dashboard.all, runbooks: Dashboard.standardRunbooks).text
  }

  @Test func filesAreWhatTheDescriptionsGive() throws {
    for dashboard in Dashboard.all {
      let path = "dashboards/\(dashboard.uid).json"
      let text = Self.text(dashboard)
      if Self.isRecording {
        try Data(text.utf8).write(to: RepositoryFiles.root.appendingPathComponent(path))
      }
      let file = (try? RepositoryFiles.text(path)) ?? ""
      #expect(
        file == text,
        "\(path) is another: POOLKEEPER_RECORD=1 swift test --filter DashboardFilesTests writes it anew")
    }
    let expected = Dashboard.all.map { "dashboards/\($0.uid).json" }.sorted()
    #expect(try RepositoryFiles.paths("dashboards", ".json") == expected)
  }

  @Test func theSameDescriptionGivesTheSameText() {
    for dashboard in Dashboard.all { #expect(Self.text(dashboard) == Self.text(dashboard)) }
  }

  @Test(arguments: Dashboard.all)
  func everyPanelHasANumberAndAPlaceOfItsOwn(dashboard: Dashboard) throws {
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(Self.text(dashboard).utf8)) as? [String: Any])
    let panels = try #require(document["panels"] as? [[String: Any]])
    #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    var taken: Set<[Int]> = []
    for panel in panels {
      let place = try #require(panel["gridPos"] as? [String: Int])
      let (x, y) = (try #require(place["x"]), try #require(place["y"]))
      let (width, height) = (try #require(place["w"]), try #require(place["h"]))
      #expect(x + width <= 24)
      for column in x..<x + width {
        for row in y..<y + height { #expect(taken.insert([column, row]).inserted, "\(panel["title"] ?? "")") }
      }
      guard panel["type"] as? String != "row" else { continue }
      #expect((panel["datasource"] as? [String: String])?["uid"] == "${datasource}")
      let letters = (panel["targets"] as? [[String: Any]] ?? []).compactMap { $0["refId"] as? String }
      #expect(!letters.isEmpty && Set(letters).count == letters.count)
    }
  }

  @Test func linksCarryTimeAndVariablesAndTheAddressOfTheRunbooks() throws {
    let text = DashboardDocument(.workerPoolsOverview, in: Dashboard.all, runbooks: "https://docs.example.org/r").text
    #expect(text.contains(#""url": "/d/worker-lifecycle?${__url_time_range}&${__all_variables}""#))
    #expect(text.contains(#""url": "${runbooks}/PoolkeeperPoolNearMaximum.md""#))
    #expect(text.contains(#""query": "https://docs.example.org/r""#))
    #expect(!text.contains("/d/worker-pools-overview"), "it links to itself")
  }

  @Test func textIsEscaped() {
    let value: JSONValue = ["a": .text("\"\\\n\t\u{1}é"), "b": [], "c": [:], "d": [.number(0.5), .number(2), .null]]
    #expect(
      value.document == #"""
        {
          "a": "\"\\\n\t\u0001é",
          "b": [],
          "c": {},
          "d": [
            0.5,
            2,
            null
          ]
        }

        """#)
  }

  /// Grafana's models, as its makers publish them: nothing of a dashboard may be unknown to them. Of the oldest and the
  /// newest version that the dashboards are meant for.
  @Test(arguments: ["python-grafana-10", "python-grafana-newest"])
  func grafanasOwnModelsReadEveryDashboard(environment: String) throws {
    let python = RepositoryFiles.root.appendingPathComponent(".build/\(environment)/bin/python")
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      return print("skipped: no .build/\(environment); scripts/install-packages.sh --test makes it")
    }
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("dashboards-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let files = try Dashboard.all.map { dashboard in
      let file = directory.appendingPathComponent("\(dashboard.uid).json")
      try Data(Self.text(dashboard).utf8).write(to: file)
      return file.path
    }
    let script = RepositoryFiles.root.appendingPathComponent("Tests/DashboardsTests/Scripts/read_dashboards.py")
    let process = Process()
    process.executableURL = python
    process.arguments = [script.path] + files
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.contains(": 0 faults\n"), "\(said)")
  }
}
