import Foundation

/// Data beside the repository, which a checkout may lack.
enum SharedData {
  /// The directory that holds the package's manifest.
  private static let root: URL? = {
    var place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while place.path != "/" {
      if FileManager.default.fileExists(atPath: place.appendingPathComponent("Package.swift").path) { return place }
      place.deleteLastPathComponent()
    }
    return nil
  }()

  /// Prometheus's test scripts by name, sorted; empty when they are not there.
  static let scripts: [String] = {
    guard let folder = root?.appendingPathComponent("../shared/data/promqltest"),
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    else { return [] }
    return names.filter { $0.hasSuffix(".test") }.sorted().map { folder.appendingPathComponent($0).path }
  }()
}
