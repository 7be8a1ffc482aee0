import Foundation
import Testing

/// The service as systemd sees it.
@Suite struct ServiceUnitTests {
  private static let unit = Packaging.path("config/systemd/poolkeeper.service")

  /// Tenths: systemd's own threshold counts in them.
  private static let exposure = 20

  @Test func leavesAnExposureOfAtMostTwo() async throws {
    guard let analyze = Packaging.tool("systemd-analyze") else { return }
    let outcome = try await Packaging.run(
      analyze, ["security", "--offline=true", "--no-pager", "--threshold=\(Self.exposure)", Self.unit])
    #expect(outcome.code == 0, "\(outcome.text)")
    #expect(outcome.text.contains("Overall exposure level for poolkeeper.service"))
  }

  @Test func isUnderstoodBySystemdWithoutAComplaint() async throws {
    guard let analyze = Packaging.tool("systemd-analyze") else { return }
    try await Bench.withDirectory { directory in
      // The program stands elsewhere while it is not installed.
      let unit = directory.appendingPathComponent("poolkeeper.service")
      try Packaging.text("config/systemd/poolkeeper.service")
        .replacing("/usr/bin/poolkeeper", with: Bench.poolkeeper).write(to: unit, atomically: true, encoding: .utf8)
      let outcome = try await Packaging.run(analyze, ["verify", "--man=no", "--recursive-errors=no", unit.path])
      #expect(outcome.code == 0 && outcome.text.isEmpty, "\(outcome.text)")
    }
  }

  @Test func startsTheInstalledProgramWithTheInstalledConfiguration() throws {
    let lines = try Packaging.text("config/systemd/poolkeeper.service").split(separator: "\n")
    let start =
      "ExecStart=/usr/bin/poolkeeper serve --config /etc/poolkeeper/worker-pools.json --data /var/lib/poolkeeper"
    for line in [
      start, "Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "TimeoutStopSec=15", "Restart=on-failure",
      "User=poolkeeper", "StateDirectory=poolkeeper", "EnvironmentFile=-/etc/default/poolkeeper",
      "LoadCredential=poolkeeper:/etc/poolkeeper/credentials",
    ] { #expect(lines.contains(Substring(line)), "the unit lacks \(line)") }
  }

  @Test func theEnvironmentFileIsOneThatChangesNothing() throws {
    for line in try Packaging.text("config/systemd/poolkeeper.default").split(separator: "\n") {
      #expect(line.hasPrefix("#"), "\(line) would be in force")
    }
  }
}
