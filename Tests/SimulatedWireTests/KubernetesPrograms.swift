import Foundation
import SimulatedWire
import Testing

/// Programs that talk to the simulated cluster, and the files that they need.
struct KubernetesProgram: Sendable, CustomTestStringConvertible {
  var path: String
  var testDescription: String { path.split(separator: "/").suffix(3).joined(separator: "/") }

  struct Result: Sendable {
    var status: Int32
    var output: String
    var errors: String
  }

  private static var repository: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  /// Each kubectl that is there: the one on the PATH, and the one that scripts/install-packages.sh --test unpacks.
  static let kubectls: [KubernetesProgram] = {
    let folders =
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init).prefix(64)
    let onPath = folders.map { $0 + "/kubectl" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    let unpacked = repository.appendingPathComponent(".build/debian/usr/bin/kubectl").path
    let found = [onPath, unpacked].compactMap { $0 }.filter { FileManager.default.isExecutableFile(atPath: $0) }
    return found.map { KubernetesProgram(path: $0) }
  }()

  /// The Python of the virtual environment that the test programs are installed in.
  static let python: KubernetesProgram? = {
    let path = repository.appendingPathComponent(".build/python/bin/python3").path
    return FileManager.default.isExecutableFile(atPath: path) ? KubernetesProgram(path: path) : nil
  }()

  /// Runs the program to its end.
  func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files rather than pipes, which would have to be emptied meanwhile.
    let outputs = try ["out", "err"].map { name in
      let url = folder.appendingPathComponent(name)
      try Data().write(to: url)
      return (url: url, handle: try FileHandle(forWritingTo: url))
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = outputs[0].handle
    process.standardError = outputs[1].handle
    var variables = ProcessInfo.processInfo.environment
    variables["HOME"] = folder.path
    for (name, value) in environment { variables[name] = value }
    process.environment = variables
    let status: Int32 = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return Result(
      status: status, output: try String(contentsOf: outputs[0].url, encoding: .utf8),
      errors: try String(contentsOf: outputs[1].url, encoding: .utf8))
  }
}

/// kubectl with a kubeconfig of its own.
struct Kubectl: Sendable {
  var program: KubernetesProgram
  var kubeconfig: URL

  static func using<Result>(
    _ program: KubernetesProgram, _ face: KubernetesFace, user: KubernetesFace.User = .administrator,
    _ body: (Kubectl) async throws -> Result
  ) async throws -> Result {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("kubeconfig-\(UUID().uuidString)")
    try face.kubeconfig(user).write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await body(Kubectl(program: program, kubeconfig: file))
  }

  func run(_ arguments: String...) async throws -> KubernetesProgram.Result {
    try await program.run(arguments, environment: ["KUBECONFIG": kubeconfig.path])
  }

  /// Runs what must succeed.
  /// - Returns: what it printed.
  func output(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
    let result = try await program.run(arguments, environment: ["KUBECONFIG": kubeconfig.path])
    #expect(
      result.status == 0, "kubectl \(arguments.joined(separator: " ")): \(result.errors)\(result.output)",
      sourceLocation: sourceLocation)
    return result.output
  }
}
