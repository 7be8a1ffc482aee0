import Foundation
import Testing

/// The image cannot be built without a registry; what can be told of its recipe without one is held here.
@Suite struct ContainerfileTests {
  private static let file = "config/container/Containerfile"

  /// Instructions with their continued lines joined, comments left out.
  private static func instructions() throws -> [(name: String, text: String)] {
    let lines = try Packaging.text(file).split(separator: "\n").filter { !$0.hasPrefix("#") }
    return lines.joined(separator: "\n").replacing("\\\n", with: " ").split(separator: "\n").map { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
    }
  }

  @Test func copiesOnlyWhatIsThereAndAllThatTheBuildNeeds() throws {
    var copied: Set<String> = []
    for (name, text) in try Self.instructions() where name == "COPY" && !text.hasPrefix("--from") {
      for source in text.split(separator: " ").dropLast() {
        copied.insert(String(source))
        #expect(FileManager.default.fileExists(atPath: Packaging.path(String(source))), "\(source) is not there")
      }
    }
    #expect(
      copied.isSuperset(of: [
        "Makefile", "Package.swift", "Sources", "Tests", "Benchmarks", "config", "docs", "rules", "dashboards",
        "scripts",
        "LICENSE", "README.md",
      ]))
  }

  @Test func takesOutOfTheFirstStageOnlyWhatTheInstallationPutsThere() async throws {
    guard Packaging.tool("objcopy") != nil else { return }
    let taken = try Self.instructions().filter { $0.name == "COPY" && $0.text.hasPrefix("--from=build ") }
      .compactMap { $0.text.split(separator: " ").dropFirst().first.map(String.init) }
    #expect(taken.count == 4)
    try await Bench.withDirectory { directory in
      let made = try await Packaging.script("make-tarball.sh", ["/bin/true", "--output", directory.path])
      try #require(made.code == 0, "\(made.text)")
      let archive = made.text.trimmingCharacters(in: .whitespacesAndNewlines)
      #expect(try await Packaging.run("/bin/tar", ["-xzf", archive, "-C", directory.path]).code == 0)
      let image = directory.appendingPathComponent("image").path
      let installed = try await Packaging.run(archive.dropLast(".tar.gz".count) + "/install.sh", ["--root", image])
      #expect(installed.code == 0, "\(installed.text)")
      for path in taken {
        let place = path.replacing(/^\/image/, with: image)
        #expect(FileManager.default.fileExists(atPath: place), "\(path) would not be there")
      }
    }
  }

  @Test func runsTheServerAsNobodyInParticular() throws {
    let instructions = try Self.instructions()
    #expect(instructions.last { $0.name == "USER" }?.text == "65532:65532")
    #expect(instructions.last { $0.name == "ENTRYPOINT" }?.text == "[\"/usr/local/bin/poolkeeper\"]")
    #expect(!instructions.contains { $0.name == "HEALTHCHECK" })
    let deployment = try Packaging.text("config/kubernetes/base/deployment.yaml")
    #expect(deployment.contains("runAsUser: 65532"))
  }

  @Test func isCleanForHadolint() async throws {
    guard let hadolint = Packaging.pythonTool("hadolint") else { return }
    let found = try await Packaging.run(hadolint, ["--no-color", Packaging.path(Self.file)])
    #expect(found.code == 0, "\(found.text)")
  }
}
