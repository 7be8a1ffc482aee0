public import ArgumentParser
import Foundation
import Model
public import SimulatedRuns
import Synchronization

extension RunProfile: ExpressibleByArgument {}

struct SimulateRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Live through days of faults in virtual time, and judge every step.",
    discussion: """
      The real loop decides and acts in a simulated world whose hosts, pools, load and faults are drawn from the seed; \
      checkers look after each step. The same seed, days and profile give the same run and the same digest. With --seeds, \
      many runs are made on all cores. A broken promise ends with exit code 1, after the seed, the shortest part of the run \
      that still breaks it, and what happened last. docs/simulation.md tells more.
      """)

  @Option(name: .long, help: "The first seed.")
  var seed: UInt64 = 1
  @Option(name: .long, help: "How many seeds, one run each.")
  var seeds: Int = 1
  @Option(name: .long, help: "Days of each run.")
  var days: Int = 2
  @Option(
    name: .long,
    help: "calm, swarm or wild; with several seeds, of ten runs eight are swarm unless this says otherwise.")
  var profile: RunProfile?
  @Option(name: .long, help: "Runs at once.")
  var jobs: Int = ProcessInfo.processInfo.activeProcessorCount
  @Option(name: .long, help: ArgumentHelp("Write what happened, line by line.", valueName: "file"))
  var log: String?
  @Option(name: .long, help: ArgumentHelp("End there, as a reproduction says.", valueName: "RFC 3339"))
  var until: String?
  @Option(name: .long, help: ArgumentHelp("Only these disturbances, as a reproduction says.", valueName: "3,17"))
  var only: String?
  @Flag(name: .long, help: "No single calls that go wrong, as a reproduction says.")
  var withoutHabits = false

  func validate() throws {
    guard (1...3660).contains(days) else { throw ValidationError("--days must be 1 to 3660.") }
    guard (1...10_000_000).contains(seeds) else { throw ValidationError("--seeds must be 1 to 10000000.") }
    guard (1...1024).contains(jobs) else { throw ValidationError("--jobs must be 1 to 1024.") }
    if let until, Instant(rfc3339: until) == nil {
      throw ValidationError("--until takes a time like 2026-01-31T08:00:00Z.")
    }
    if let only, !only.isEmpty, only.split(separator: ",").contains(where: { Int($0) == nil }) {
      throw ValidationError("--only takes numbers like 3,17.")
    }
    if seeds > 1, until != nil || only != nil || withoutHabits || log != nil {
      throw ValidationError("--until, --only, --without-habits and --log belong to a single run: leave --seeds away.")
    }
  }

  func run() throws {
    if seeds == 1 { try runOne() } else { try runMany() }
  }

  // MARK: - One run

  private func runOne() throws {
    let scene = Scene.draw(seed: seed, days: days, profile: profile ?? .swarm)
    var limits = RunLimits()
    limits.until = until.flatMap(Instant.init(rfc3339:))
    limits.only = only.map { Set($0.split(separator: ",").compactMap { Int($0) }) }
    limits.hasHabits = !withoutHabits
    let progress = Progress("seed \(seed)")
    let outcome = SimulatedRun(scene, limits: limits).run { share in
      progress.update(share: share)
      return !progress.isInterrupted
    }
    progress.end()
    if let log {
      do { try Data((outcome.log.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: log)) } catch {
        throw Failure(.environment, "\(log) cannot be written: \(error.localizedDescription)")
      }
    }
    guard let first = outcome.violations.first else {
      if !outcome.isWhole { Console.out("interrupted; until then:") }
      Console.out(outcome.summary)
      return
    }
    report(outcome, first, of: scene)
    Console.out(outcome.summary)
    throw ExitCode(Failure.Kind.failed.rawValue)
  }

  /// Events before the violation that are printed.
  private static let eventsShown = 40

  private func report(_ outcome: RunOutcome, _ first: Violation, of scene: Scene) {
    Console.out("what happened before:")
    let end = outcome.log.firstIndex { $0.contains("VIOLATION") } ?? outcome.log.count - 1
    for line in outcome.log[...end].suffix(Self.eventsShown) { Console.out("  \(line)") }
    for violation in outcome.violations {
      Console.out("violation \(violation.at) \(violation.checker): \(violation.sentence)")
    }
    Console.out("seed \(seed) days \(days) profile \(scene.profile.rawValue) program \(Self.program)")
    guard until == nil, only == nil, !withoutHabits else { return }
    let progress = Progress("shortest part of seed \(seed) that breaks it")
    let least = Reproduction.least(of: scene, breaking: first) { !progress.isInterrupted }
    progress.end()
    var command = "poolkeeper simulate run --seed \(seed) --days \(days) --profile \(scene.profile.rawValue)"
    if let until = least.until { command += " --until \(until)" }
    command += " --only \"\(least.disturbances.map(String.init).joined(separator: ","))\""
    if !least.needsHabits { command += " --without-habits" }
    Console.out("shortest part, after \(least.runs) runs: \(command)")
    for number in least.disturbances {
      let disturbance = scene.disturbances[number]
      Console.out("  disturbance \(number) at \(disturbance.at): \(disturbance.kind.sentence)")
    }
  }

  /// The version, and the commit of the checkout that this is run in, where it is one.
  private static var program: String {
    let version = Poolkeeper.version
    guard let head = try? String(contentsOfFile: ".git/HEAD", encoding: .utf8) else { return version }
    let line = head.trimmingCharacters(in: .whitespacesAndNewlines)
    guard line.hasPrefix("ref: ") else { return "\(version) commit \(line)" }
    guard let commit = try? String(contentsOfFile: ".git/\(line.dropFirst(5))", encoding: .utf8) else { return version }
    return "\(version) commit \(commit.trimmingCharacters(in: .whitespacesAndNewlines))"
  }

  // MARK: - Many runs

  private func runMany() throws {
    let sweep = SeedSweep(firstSeed: seed, count: seeds, days: days, profile: profile, jobs: jobs)
    let progress = Progress("\(seeds) runs of \(days) days")
    let began = ContinuousClock.now
    let told = Atomic<Int>(0)
    let result = sweep.run { share, sofar in
      // In the order in which they are found: long before the end there is something to look at.
      for failure in sofar.failures.dropFirst(told.exchange(sofar.failures.count, ordering: .relaxed)) {
        progress.aside { Console.out(Self.sentence(failure)) }
      }
      progress.update(share: share, note: "\(Int(sofar.days)) days, \(sofar.failures.count) failed")
      return !progress.isInterrupted
    }
    progress.end()
    let seconds = max((ContinuousClock.now - began).inSeconds, 0.001)
    if result.runs < seeds { Console.out("interrupted after \(result.runs) of \(seeds) runs") }
    let rate = (result.days / seconds * 10).rounded() / 10
    Console.out(
      "runs \(result.runs) decisions \(result.decisions) starts \(result.starts) program \(Self.program)\n"
        + "\(rate) days per second on \(jobs) threads, \(Int(seconds.rounded())) s")
    let days = (result.days * 100).rounded() / 100
    Console.out(
      "days \(days) events \(result.events) violations \(result.failures.count) digest \(result.digest)")
    if !result.failures.isEmpty { throw ExitCode(Failure.Kind.failed.rawValue) }
  }

  private static func sentence(_ failure: (seed: UInt64, profile: RunProfile, violation: Violation)) -> String {
    "seed \(failure.seed) profile \(failure.profile.rawValue) \(failure.violation.checker): \(failure.violation.sentence)"
  }
}
