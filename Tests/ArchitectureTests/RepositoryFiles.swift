import Foundation

/// The files of this repository, by their path from its root, sorted.
enum RepositoryFiles {
  /// The directory that holds Package.swift, looked for upwards from this file.
  static let root: URL = {
    var directory = URL(filePath: #filePath).deletingLastPathComponent()
    while directory.path != "/" {
      if FileManager.default.fileExists(atPath: directory.appending(path: "Package.swift").path) { break }
      directory.deleteLastPathComponent()
    }
    return directory
  }()

  /// Files below `folder`, hidden ones left out.
  static func below(_ folder: String) -> [String] {
    var found: [String] = []
    func walk(_ path: String) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path)) ?? []
      for name in names where !name.hasPrefix(".") && name != "__pycache__" {
        let child = path.isEmpty ? name : path + "/" + name
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: root.appending(path: child).path, isDirectory: &isDirectory)
        if isDirectory.boolValue { walk(child) } else { found.append(child) }
      }
    }
    walk(folder)
    return found.sorted()
  }

  static func directories(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).filter { name in
      var isDirectory: ObjCBool = false
      let path = root.appending(path: folder + "/" + name).path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }.sorted()
  }

  static func text(of path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func source(_ path: String) throws -> SwiftSource { SwiftSource(path: path, text: try text(of: path)) }
}
