import Foundation
import Testing

/// What is handed out: the Debian package and the archive, made of the program that was built for the tests.
@Suite struct PackageTests {
  /// Only of a program that was linked for this machine alone, as the one under test is.
  private static let tagsOfDebugBuilds = "custom-library-search-path"

  @Test(.timeLimit(.minutes(15))) func theDebianPackageInstallsUpgradesAndLeavesNothingBehind() async throws {
    guard Packaging.tool("dpkg-deb") != nil, Packaging.tool("dpkg-shlibdeps") != nil else { return }
    try await Bench.withDirectory { directory in
      let made = try await Packaging.script(
        "make-deb.sh", [Bench.poolkeeper, "--fast", "--output", directory.path])
      try #require(made.code == 0, "\(made.text)")
      let package = made.text.trimmingCharacters(in: .whitespacesAndNewlines)

      let fields = try await Packaging.run("/usr/bin/dpkg-deb", ["--field", package])
      for library in ["libcurl4", "libsnappy1v5", "libprotobuf-c1", "libre2-", "libsqlite3-0", "zlib1g", "adduser"] {
        #expect(fields.text.contains(library), "the package does not depend on \(library)")
      }
      if let lintian = Packaging.tool("lintian") {
        let found = try await Packaging.run(
          lintian,
          [
            "--allow-root", "--fail-on", "error,warning", "--suppress-tags", Self.tagsOfDebugBuilds,
            "--tag-display-limit", "0", package,
          ])
        #expect(found.code == 0, "\(found.text)")
      }
      let tried = try await Packaging.script("test-deb.sh", [package])
      if tried.code == 77 {
        print("skipped: \(tried.text)")
      } else {
        #expect(tried.code == 0, "\(tried.text)")
      }
    }
  }

  /// A program that needs nothing but libc, and to which it is all the same what it is asked.
  private static let standIn = "/bin/true"

  @Test func theArchiveOfTheSameSourceIsTheSame() async throws {
    guard Packaging.tool("objcopy") != nil else { return }
    try await Bench.withDirectory { directory in
      var sums: [String] = []
      for (name, zone) in [("a", "UTC"), ("b", "Pacific/Auckland")] {
        let output = directory.appendingPathComponent(name)
        let made = try await Packaging.run(
          "/bin/sh",
          [
            "-c", "umask \(name == "a" ? "022" : "077"); exec \"$@\"", "sh", Packaging.path("scripts/make-tarball.sh"),
            Self.standIn, "--output", output.path,
          ],
          environment: ["SOURCE_DATE_EPOCH": "1700000000", "TZ": zone])
        try #require(made.code == 0, "\(made.text)")
        sums.append(try String(contentsOf: output.appendingPathComponent("SHA256SUMS"), encoding: .utf8))
      }
      if sums[0] != sums[1] {
        let difference = try await Packaging.run(
          "/bin/sh",
          [
            "-c",
            """
            cd "$1" && mkdir of-a of-b && tar -xzf a/*.tar.gz -C of-a && tar -xzf b/*.tar.gz -C of-b
            diff -r of-a of-b | head -50; ls -lR of-a >a/files; ls -lR of-b >b/files; diff a/files b/files | head -50
            """, "sh", directory.path,
          ])
        Issue.record("two archives of one source differ:\n\(difference.text)")
      }
      #expect(sums[0].contains(/^[0-9a-f]{64}  poolkeeper-[0-9.]+-linux-[a-z0-9_]+\.tar\.gz\n$/), "\(sums[0])")
    }
  }

  @Test func theArchiveIsNotMadeOfAProgramThatNeedsMoreThanOtherSystemsHave() async throws {
    guard Packaging.tool("objcopy") != nil else { return }
    try await Bench.withDirectory { directory in
      let refused = try await Packaging.script("make-tarball.sh", [Bench.poolkeeper, "--output", directory.path])
      #expect(refused.code == 1)
      #expect(refused.text.contains("which not every system has"), "\(refused.text)")
    }
  }

  @Test(.timeLimit(.minutes(10))) func theArchiveInstallsKeepsAConfigurationAndIsTakenAway() async throws {
    guard Packaging.tool("objcopy") != nil else { return }
    try await Bench.withDirectory { directory in
      let made = try await Packaging.script(
        "make-tarball.sh", [Bench.poolkeeper, "--any-libraries", "--output", directory.path])
      try #require(made.code == 0, "\(made.text)")
      let archive = made.text.trimmingCharacters(in: .whitespacesAndNewlines)
      #expect(try await Packaging.run("/bin/tar", ["-xzf", archive, "-C", directory.path]).code == 0)
      let unpacked = String(archive.dropLast(".tar.gz".count))
      let root = directory.appendingPathComponent("system")
      func install(_ arguments: String...) async throws {
        let outcome = try await Packaging.run(unpacked + "/install.sh", ["--root", root.path] + arguments)
        #expect(outcome.code == 0, "\(outcome.text)")
      }
      func file(_ path: String) -> URL { root.appendingPathComponent(path) }
      try await install()
      let program = file("usr/local/bin/poolkeeper").path
      let version = try await Packaging.run(program, ["--version"])
      #expect(version.code == 0 && version.text.contains(/^[0-9]+\.[0-9]+\.[0-9]+\n$/), "\(version.text)")
      let configuration = file("etc/poolkeeper/worker-pools.json")
      #expect(try await Packaging.run(program, ["check", configuration.path]).code == 0)
      let unit = try String(contentsOf: file("etc/systemd/system/poolkeeper.service"), encoding: .utf8)
      #expect(unit.contains("ExecStart=/usr/local/bin/poolkeeper serve"))

      try Data("mine\n".utf8).write(to: configuration)
      try await install()
      #expect(try Data(contentsOf: configuration) == Data("mine\n".utf8))

      try await install("--remove")
      let left = try #require(FileManager.default.enumerator(atPath: root.path)).compactMap { $0 as? String }
        .filter {
          (try? FileManager.default.attributesOfItem(atPath: file($0).path)[.type]) as? FileAttributeType
            == .typeRegular
        }
      #expect(left.sorted() == ["etc/default/poolkeeper", "etc/poolkeeper/worker-pools.json"])
    }
  }

  @Test func theScriptsAreCleanForShellCheck() async throws {
    guard let shellcheck = Packaging.pythonTool("shellcheck") else { return }
    let scripts = [
      "scripts/build-release.sh", "scripts/make-deb.sh", "scripts/make-tarball.sh", "scripts/test-deb.sh",
      "scripts/install-packages.sh", "scripts/lib/package.sh", "scripts/lib/install-tarball.sh",
      "config/debian/postinst", "config/debian/prerm", "config/debian/postrm",
    ]
    let found = try await Packaging.run(
      shellcheck, ["-x", "--source-path", Bench.root.path] + scripts.map(Packaging.path))
    #expect(found.code == 0, "\(found.text)")
  }
}
