import Foundation
import Testing

/// The scripts for operators, run with a program in Poolkeeper's place that tells what it was called with.
@Suite struct ScriptTests {
  private struct Outcome {
    var code: Int32
    /// Arguments of the call, one a line; empty without a call.
    var call: String
    var errors: String
    var output: String
  }

  private func run(_ script: String, _ arguments: [String], exitCode: Int = 0) throws -> Outcome {
    let directory = FileManager.default.temporaryDirectory.appending(path: "scripts-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let program = directory.appending(path: "poolkeeper")
    let calls = directory.appending(path: "calls")
    try "#!/bin/sh\nprintf '%s\\n' \"$@\" >'\(calls.path)'\nexit \(exitCode)\n"
      .write(to: program, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)

    let process = Process()
    process.executableURL = RepositoryFiles.root.appending(path: "scripts/" + script)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["POOLKEEPER_BIN": program.path]) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    let complained = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(
      code: process.terminationStatus, call: (try? String(contentsOf: calls, encoding: .utf8)) ?? "",
      errors: String(decoding: complained, as: UTF8.self), output: String(decoding: said, as: UTF8.self))
  }

  @Test(arguments: [
    (
      "provision-burst-workers.sh --count 3 --template medium --ttl 4h",
      "provision --pool burst --count 3 --template medium --ttl 4h"
    ),
    ("provision-burst-workers.sh", "provision --pool burst --count 1"),
    ("provision-spot-workers.sh --count 5 --template medium", "provision --pool spot --count 5 --template medium"),
    ("provision-gpu-worker.sh --count 1 --template gpu-nvidia", "provision --pool gpu --count 1 --template gpu-nvidia"),
    ("provision-gpu-worker.sh --ttl 1h30m --output json", "provision --pool gpu --count 1 --ttl 1h30m --output json"),
    ("extend-worker-ttl.sh worker-burst-001 --hours 2", "extend worker-burst-001 --hours 2"),
    ("extend-worker-ttl.sh --hours 2 worker-burst-001", "extend worker-burst-001 --hours 2"),
    ("extend-worker-ttl.sh worker-burst-001", "extend worker-burst-001"),
    ("extend-worker-ttl.sh worker-burst-001 --hours 1.5", "extend worker-burst-001 --hours 1.5"),
    ("provision-spot-workers.sh --ttl 2.5", "provision --pool spot --count 1 --ttl 2.5"),
    ("remove-worker.sh worker-burst-001", "remove worker-burst-001"),
    ("remove-worker.sh worker-burst-001 --force", "remove worker-burst-001 --force"),
    ("remove-worker.sh worker-burst-001 --reason broken", "remove worker-burst-001 --reason broken"),
    ("extend-worker-ttl.sh worker-burst-001 --reason late", "extend worker-burst-001 --reason late"),
    ("provision-burst-workers.sh --reason release", "provision --pool burst --count 1 --reason release"),
    ("remove-worker.sh worker-burst-001 --output json", "remove worker-burst-001 --output json"),
  ])
  func callsTheProgram(command: String, call: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let outcome = try run(words[0], Array(words.dropFirst()))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.call.split(separator: "\n").joined(separator: " ") == call)
  }

  @Test func passesEachArgumentOnAsOne() throws {
    let outcome = try run("provision-burst-workers.sh", ["--template", "two words; $(x) '\""])
    #expect(outcome.call.hasSuffix("--template\ntwo words; $(x) '\"\n"))
  }

  @Test(arguments: [1, 3, 64, 75])
  func passesTheExitCodeOn(code: Int) throws {
    #expect(try run("remove-worker.sh", ["worker-burst-001"], exitCode: code).code == Int32(code))
    #expect(try run("provision-spot-workers.sh", [], exitCode: code).code == Int32(code))
  }

  @Test(arguments: [
    ("provision-burst-workers.sh --count", "--count needs a value"),
    ("provision-burst-workers.sh --count 0", "whole number"),
    ("provision-burst-workers.sh --count -1", "whole number"),
    ("provision-burst-workers.sh --count three", "whole number"),
    ("provision-burst-workers.sh --count 99999", "whole number"),
    ("provision-burst-workers.sh --ttl forever", "a duration like 4h"),
    ("provision-spot-workers.sh --pool gpu", "unknown argument \"--pool\""),
    ("provision-gpu-worker.sh 3", "unknown argument \"3\""),
    ("extend-worker-ttl.sh --hours 2", "which worker?"),
    ("extend-worker-ttl.sh worker-burst-001 --hours two", "a number of hours"),
    ("extend-worker-ttl.sh a b", "one worker at a time"),
    ("remove-worker.sh", "which worker?"),
    ("remove-worker.sh worker-burst-001 --forse", "unknown argument \"--forse\""),
  ])
  func refusesWrongArgumentsWithoutACall(command: String, complaint: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let outcome = try run(words[0], Array(words.dropFirst()))
    #expect(outcome.code == 64)
    #expect(outcome.call == "")
    #expect(outcome.errors.contains(complaint) && outcome.errors.contains("--help"), "\(outcome.errors)")
  }

  @Test(arguments: RepositoryFiles.below("scripts").filter { $0.hasSuffix(".sh") && !$0.contains("/lib/") })
  func everyScriptCanBeRunAndStopsAtErrors(path: String) throws {
    #expect(FileManager.default.isExecutableFile(atPath: RepositoryFiles.root.appending(path: path).path))
    let text = try RepositoryFiles.text(of: path)
    #expect(text.hasPrefix("#!/usr/bin/env bash\n#") && text.contains("\nset -euo pipefail\n"))
  }

  @Test(arguments: [
    "provision-burst-workers.sh", "provision-spot-workers.sh", "provision-gpu-worker.sh", "extend-worker-ttl.sh",
    "remove-worker.sh", "install-packages.sh",
  ])
  func helpTellsTheUsage(script: String) throws {
    let outcome = try run(script, ["--help"])
    #expect(outcome.code == 0)
    #expect(outcome.output.hasPrefix("usage: ") && outcome.output.contains(script))
    #expect(outcome.call == "")
  }
}
