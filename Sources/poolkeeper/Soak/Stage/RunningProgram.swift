import Dispatch
import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A program that was started here; killed when nobody holds it any more.
///
/// What it says goes into a file and not into a pipe: a pipe's other end is inherited by every program that is
/// started at the same time, and then has no end. `@unchecked Sendable`: the process object is only asked for its state.
final class RunningProgram: @unchecked Sendable {
  private let process = Process()
  private let output: URL
  private let keepsOutput: Bool

  /// - Parameters:
  ///   - program: a path.
  ///   - output: a file for what it says, which is kept; one of our own when there is none.
  init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], output: URL? = nil
  ) throws {
    keepsOutput = output != nil
    self.output =
      output ?? FileManager.default.temporaryDirectory.appendingPathComponent("said-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: self.output.path, contents: nil)
    let file = try FileHandle(forWritingTo: self.output)
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.standardOutput = file
    process.standardError = file
    process.standardInput = FileHandle.nullDevice
    try process.run()
    try file.close()
  }

  deinit {
    kill()
    if !keepsOutput { try? FileManager.default.removeItem(at: output) }
  }

  var isRunning: Bool { process.isRunning }
  /// Once it has ended: whether `kill -9` was the cause.
  var wasKilled: Bool { process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL }
  /// Once it has ended: its exit code, or the signal that ended it.
  var status: Int32 { process.terminationStatus }
  /// Its id, by which others may end it.
  var identifier: Int32 { process.processIdentifier }
  var text: String { String(decoding: (try? Data(contentsOf: output)) ?? Data(), as: UTF8.self) }

  /// `kill -9`: nothing is flushed, nothing is said.
  func kill() {
    guard process.isRunning else { return }
    #if canImport(Darwin)
      Darwin.kill(process.processIdentifier, SIGKILL)
    #else
      Glibc.kill(process.processIdentifier, SIGKILL)
    #endif
    process.waitUntilExit()
  }

  /// Sends a signal, for example `SIGTERM`.
  func signal(_ number: Int32) {
    #if canImport(Darwin)
      _ = Darwin.kill(process.processIdentifier, number)
    #else
      _ = Glibc.kill(process.processIdentifier, number)
    #endif
  }

  /// Waits for the end on a thread of its own: those that tasks run on are few, and others need them.
  /// - Returns: the exit code.
  func end() async -> Int32 {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [self] in
        process.waitUntilExit()
        continuation.resume(returning: process.terminationStatus)
      }
    }
  }
}
