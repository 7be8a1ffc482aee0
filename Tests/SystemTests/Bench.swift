import Foundation
import Testing

@testable import poolkeeper

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

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
  static func freePort() throws -> Int { try FreePort.find() }

  /// A socket to which others can connect, and whom nobody answers.
  static func listeningSocket() throws -> (socket: Int32, port: Int) {
    let bound = try FreePort.boundSocket()
    guard listen(bound.socket, 16) == 0 else { throw CocoaError(.fileNoSuchFile) }
    return bound
  }

  static func closeSocket(_ socket: Int32) { close(socket) }

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

extension Brain {
  /// Starts the program under test and waits until it answers.
  static func start(
    _ arguments: [String], port: Int? = nil, environment: [String: String] = [:]
  ) async throws -> Brain {
    try await start(Bench.poolkeeper, arguments, port: port ?? Bench.freePort(), environment: environment)
  }
}
