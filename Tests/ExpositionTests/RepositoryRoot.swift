import Foundation

/// The directory that holds Package.swift, looked for upwards from this file; symbolic links on the way stay as they are.
let repositoryRoot: URL = {
  var directory = URL(filePath: #filePath).deletingLastPathComponent()
  while directory.path != "/", !FileManager.default.fileExists(atPath: directory.appending(path: "Package.swift").path)
  {
    directory.deleteLastPathComponent()
  }
  return directory
}()
