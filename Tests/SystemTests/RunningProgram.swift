import Dispatch
import Foundation
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A program that a test has started; killed when the test ends.
///
/// What it says goes into a file and not into a pipe: a pipe's other end is inherited by every program that another test
/// starts at the same time, and then has no end. `@unchecked Sendable`: the process object is only asked for its state.
final class RunningProgram: @unchecked Sendable {
  private let process = Process()
  private let output: URL

  /// - Parameter program: a path.
  init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    output = FileManager.default.temporaryDirectory.appendingPathComponent("said-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let file = try FileHandle(forWritingTo: output)
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
    try? FileManager.default.removeItem(at: output)
  }

  var isRunning: Bool { process.isRunning }
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

  /// Waits for the end on a thread of its own: the tests' own threads are few, and others need them.
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

/// What system tests need of the machine that they run on.
enum Bench {
  /// The package's directory.
  static let root: URL = {
    var url = URL(fileURLWithPath: #filePath)
    while !FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path) {
      url.deleteLastPathComponent()
    }
    return url
  }()

  /// The program under test, built beside the tests.
  static let poolkeeper: String = {
    let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return products.appendingPathComponent("poolkeeper").path
  }()

  /// A program from the path or from the packages that the install script unpacks; `nil` when it is not there.
  static func program(_ name: String) -> String? {
    let unpacked = root.appendingPathComponent(".build/debian/usr/bin").path
    let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return (directories + [unpacked]).map { $0 + "/" + name }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// A directory for one test, removed afterwards.
  static func withDirectory<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("poolkeeper-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try await body(url)
  }

  /// A TCP port that was free a moment ago.
  static func freePort() throws -> Int {
    let (socket, port) = try boundSocket()
    close(socket)
    return port
  }

  /// A socket to which others can connect, and whom nobody answers.
  static func listeningSocket() throws -> (socket: Int32, port: Int) {
    let bound = try boundSocket()
    guard listen(bound.socket, 16) == 0 else { throw CocoaError(.fileNoSuchFile) }
    return bound
  }

  static func closeSocket(_ socket: Int32) { close(socket) }

  private static func boundSocket() throws -> (socket: Int32, port: Int) {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard bound else {
      close(socket)
      throw CocoaError(.fileNoSuchFile)
    }
    return (socket, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// Asks again and again until there is an answer. Waiting for a real program is a condition with a deadline, which is
  /// far beyond what is usual, so that a slow machine does not fail a test.
  @discardableResult
  static func eventually<Value>(
    within limit: Duration = .seconds(60), _ what: String, _ body: () async throws -> Value?
  ) async throws -> Value {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while true {
      if let value = try await body() { return value }
      guard ContinuousClock.now < deadline else {
        Issue.record("\(what) did not happen within \(limit)")
        throw CancellationError()
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
