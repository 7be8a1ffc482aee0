import Foundation
import Model
import Ports

/// The real clock, shifted so that it begins at an instant.
struct RealClock: TimeSource {
  private let begin = ContinuousClock.now
  let since: Instant

  init(since: Instant) { self.since = since }

  func now() -> Instant { since.advanced(by: ContinuousClock.now - begin) }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// A script of `Scripts`, run by the Python that `scripts/install-packages.sh --test` makes.
enum PythonScript {
  struct Missing: Error, CustomStringConvertible {
    let description = "There is no .build/python with the clients: run scripts/install-packages.sh --test."
  }

  /// - Returns: the exit status, and what was printed, errors too.
  static func run(_ name: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let root = folder.deletingLastPathComponent().deletingLastPathComponent()
    let python = root.appending(path: ".build/python/bin/python")
    guard FileManager.default.isExecutableFile(atPath: python.path) else { throw Missing() }
    let process = Process()
    process.executableURL = python
    process.arguments = ["-B", folder.appending(path: "Scripts/\(name)").path] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    return try await withCheckedThrowingContinuation { continuation in
      // The reader ends when the process has closed its end, which is when it has ended.
      let reader = Thread {
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        continuation.resume(returning: (process.terminationStatus, String(decoding: data, as: UTF8.self)))
      }
      do {
        try process.run()
        reader.start()
      } catch { continuation.resume(throwing: error) }
    }
  }
}
