import ArgumentParser
import Foundation

/// The server as a process of its own on a simulated world, with chaos drawn from a seed. `make soak` runs it.
struct SimulateSoak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Run the real server on a simulated world through kills, full disks, cut networks and slow clients.",
    discussion: """
      Ends with the world's own account against the server's, and with what the server's processes held over time. Exit \
      code 0 when nothing was found. docs/soak.md tells what is done and how to read the report.
      """,
    shouldDisplay: false)

  @Option(name: .long, help: "How long the chaos lasts.")
  var minutes: Double = 10
  @Option(name: .long, help: "Draws what is done, and when.")
  var seed: UInt64 = 1
  @Option(name: .long, help: "The file that the server's configuration is made from.")
  var config: String = "config/worker-pools.json"
  @Option(name: .long, help: "The program that is tried; this one when not given.")
  var server: String?
  @Option(name: .long, help: "Keep the server's and the world's files here; a temporary directory when not given.")
  var data: String?

  @Option(name: .long, help: "Seconds after the last fault by which all must be well again.")
  var healingSeconds: Double = 180

  func validate() throws {
    guard (1...3_600).contains(healingSeconds) else { throw ValidationError("--healing-seconds must be 1 to 3600.") }
    guard minutes >= 0.2, minutes <= 24 * 60 else { throw ValidationError("--minutes must be 0.2 to 1440.") }
  }

  func run() async throws {
    let own = Bundle.main.executablePath ?? CommandLine.arguments[0]
    let directory = URL(
      fileURLWithPath: data ?? NSTemporaryDirectory() + "poolkeeper-soak-\(UUID().uuidString.prefix(8))")
    guard FileManager.default.fileExists(atPath: config) else {
      throw Failure(.usage, "There is no file \(config); name the operator's file with --config.")
    }
    do { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) } catch {
      throw Failure(.environment, "The directory \(directory.path) cannot be made: \(error.localizedDescription)")
    }
    let progress = Progress("soak")
    defer { progress.end() }
    var settings = SoakSettings(
      seed: seed, length: .seconds(minutes * 60), server: server ?? own, world: own,
      example: URL(fileURLWithPath: config), directory: directory)
    settings.healing = .seconds(healingSeconds)
    let report = try await SoakRun(settings, progress: progress).run()
    progress.end()
    Console.out(report.lines.joined(separator: "\n"))
    if report.isGood, data == nil {
      try? FileManager.default.removeItem(at: directory)
    } else {
      Console.out("\nJournal, samples, world and what the server said last are in \(directory.path).")
    }
    if !report.isGood { throw Failure(.failed, "The soak found \(report.findings.count) faults.") }
    if report.isInterrupted { throw Failure(.interrupted, "Interrupted; what was found until then is above.") }
  }
}
