import Foundation

/// Files of the repository and of the folder beside it.
enum Repository {
  /// The directory that holds Package.swift.
  static let root: URL = {
    var directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: directory.appendingPathComponent("Package.swift").path) {
      let parent = directory.deletingLastPathComponent()
      precondition(parent.path != directory.path, "no Package.swift above \(#filePath)")
      directory = parent
    }
    return directory
  }()

  static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: root.appendingPathComponent(path))) }

  /// The operator's own file, which is not part of the repository.
  static var operatorsFile: [UInt8]? { try? bytes("../shared/data/worker-pools.json") }
}
