import Testing

/// The walls of the house, held against every file.
@Suite struct ArchitectureTests {
  private static let maximumLines = 600

  private func sources(of room: Room) throws -> [SwiftSource] {
    try RepositoryFiles.below("Sources/" + room.name).filter { $0.hasSuffix(".swift") }.map(RepositoryFiles.source)
  }

  @Test func everyFolderOfSourcesIsARoom() throws {
    let folders = try RepositoryFiles.directories(in: "Sources").filter { $0 != "C" }
    #expect(folders == Room.all.map(\.name).sorted())
  }

  @Test func roomsImportOnlyWhatLiesBelowThem() {
    for (index, room) in Room.all.enumerated() {
      let below = Set(Room.all[..<index].map(\.name))
      let upward = room.mayImport.filter { name in Room.all.contains { $0.name == name } && !below.contains(name) }
      #expect(upward.isEmpty, "\(room.name) would import upwards")
    }
  }

  @Test func pureRoomsRestOnPureRooms() {
    let impure = Set(Room.all.filter { $0.kind != .pure }.map(\.name))
    for room in Room.all where room.kind == .pure {
      let known = Set(Room.all.map(\.name)).union(Room.cModules)
      #expect(impure.isDisjoint(with: room.mayImport), "\(room.name)")
      #expect(known.isSuperset(of: room.mayImport), "\(room.name) would import a foreign package")
    }
  }

  @Test(arguments: Room.all.map(\.name))
  func thePackageDeclaresWhatTheTableAllows(name: String) throws {
    let room = try #require(Room.all.first { $0.name == name })
    let manifest = try PackageManifest(RepositoryFiles.text(of: "Package.swift"))
    let declared = try #require(manifest.dependencies[name], "Package.swift has no target \(name)")
    #expect(declared.sorted() == room.mayImport.sorted())
  }

  @Test(arguments: Room.all.map(\.name))
  func filesKeepTheirRoomsRules(name: String) throws {
    let room = try #require(Room.all.first { $0.name == name })
    let files = try sources(of: room)
    #expect(!files.isEmpty, "Sources/\(name) is empty")
    let violations = files.flatMap { file in
      CodeRule.importViolations(in: file, of: room) + CodeRule.violations(in: file, of: room)
    }
    #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))")
  }

  @Test func noSwiftFileIsTooLong() throws {
    for path in ["Sources", "Tests", "Benchmarks"].flatMap(RepositoryFiles.below) where path.hasSuffix(".swift") {
      let count = try RepositoryFiles.text(of: path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
      #expect(count <= Self.maximumLines, "\(path) has \(count) lines: look for a seam")
    }
  }

  @Test func everyRoomHasTestsAndEveryTestTargetHasSome() throws {
    let targets = try RepositoryFiles.directories(in: "Tests").filter { $0.hasSuffix("Tests") }
    for target in targets {
      let files = RepositoryFiles.below("Tests/" + target).filter { $0.hasSuffix(".swift") }
      let tests = try files.filter { try RepositoryFiles.source($0).code.contains("@Test") }
      #expect(!tests.isEmpty, "Tests/\(target) has no test")
    }
    for room in Room.all {
      // The program is tested as a process; ports are protocols, tested by those who conform.
      let target = ["poolkeeper": "SystemTests", "Ports": "SimulatorTests"][room.name] ?? room.name + "Tests"
      #expect(targets.contains(target), "\(room.name) has no tests")
    }
  }

  @Test func noFileHoldsAPathOfSomeonesMachineOrAnUnfinishedThought() throws {
    let folders = ["Sources", "Tests", "Benchmarks", "docs", "scripts", "rules", "dashboards", "config"]
    let files = folders.flatMap(RepositoryFiles.below) + ["Package.swift", "Makefile", "README.md", "CONTRIBUTING.md"]
    for path in files {
      guard let text = try? RepositoryFiles.text(of: path) else { continue }
      let found = TextRule.violations(in: text, path: path)
      #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }
  }
}
