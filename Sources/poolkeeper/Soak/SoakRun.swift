import API
import Foundation
import HTTPTransport
import Model
import Ports
import Simulator

/// A soak: the real server on a world on the wire, with load, chaos and people, and a judgement at the end.
///
/// Used by one task; what loads the server runs in tasks of its own.
final class SoakRun {
  let settings: SoakSettings
  let plan: ChaosPlan
  let stage: WireStage
  let time: any TimeSource
  let progress: Progress
  var report: SoakReport

  // What is under way.
  let began = ContinuousClock.now
  var outages = OutageLog()
  /// The server's process is down because we want it to be.
  var isDown = false
  /// Since when it has been asked to end.
  var endingSince: ContinuousClock.Instant?
  /// The world was asked to kill it at a call.
  var isArmed = false
  /// The process that has answered: signals find it prepared.
  var answering: Int32?
  var isStopped = false
  var slow: SlowClients?
  var life = ProcessLifetime(number: 1)
  var lifeBegan = ContinuousClock.now
  /// What the configuration is while nobody changes it.
  let configuration: [String: Any]

  init(_ settings: SoakSettings, progress: Progress) async throws {
    self.settings = settings
    self.progress = progress
    plan = ChaosPlan(seed: settings.seed, length: settings.length)
    report = SoakReport(seed: settings.seed, length: settings.length)
    var wishes = WireStage.Wishes(minimum: 2)
    // As much as is asked for in the end and a little more, so that memory does not grow for ever in a long soak.
    wishes.change = { members in
      var object = JSONObject(members)
      object.set("poolkeeper/metrics/retention_hours", NumberedSender.askedHours + 1)
      members = object.members
    }
    let programs = WireStage.Programs(server: settings.server, world: settings.world, example: settings.example)
    stage = try await WireStage(settings.directory, programs, wishes)
    time = try SharedClock.open(stage.clock, speed: 1)
    let file = try Data(contentsOf: WireStage.configurationFile(settings.directory))
    configuration = try JSONSerialization.jsonObject(with: file) as? [String: Any] ?? [:]
    answering = stage.brain.program.identifier
    takeAlong()
  }

  /// Neither program outlives this one.
  func takeAlong() {
    Interruption.takeAlong(first: stage.brain.program.identifier, second: stage.world.program.identifier)
  }

  /// Of the world's clock, in seconds.
  var now: Double { Double(time.now().milliseconds) / 1000 }

  /// Chaos, healing, judgement.
  func run() async throws -> SoakReport {
    defer { stage.end() }
    // More than the workers that are always there can hold, so that removals meet pods, and a budget.
    try await stage.addPods("shop", replicas: 30, minimum: 20)
    // Other connections than our own questions have: a slow answer to one holds up no other.
    let (time, url) = (time, WorldFile(path: settings.directory.appendingPathComponent("world/world.json").path))
    let senders = (0..<SoakSettings.senders).map { NumberedSender(number: $0, time: time) }
    let people = SoakOperator(Brain(program: stage.brain.program, port: stage.brain.port), seed: settings.seed)
    let port = Brain(program: stage.brain.program, port: stage.brain.port)
    let feed = Task { await ExporterFeed(world: url, time: time).run(to: port) }
    let sending = senders.map { sender in Task { await sender.run(to: port) } }
    let asking = Task { await people.run() }
    defer { for task in sending + [feed, asking] { task.cancel() } }

    try await chaos()
    asking.cancel()
    await asking.value
    try await heal()
    for task in sending + [feed] { task.cancel() }
    for task in sending + [feed] { await task.value }
    report.people = people.tally
    report.samplesRefused = senders.reduce(into: [:]) { $0.merge($1.refusals, uniquingKeysWith: +) }
    report.samplesUnknown = senders.reduce(0) { $0 + $1.samples.unknown } * NumberedSender.series
    try await judge(senders)
    if !report.isGood {
      try stage.story.write(
        to: settings.directory.appendingPathComponent("server.log"), atomically: true, encoding: .utf8)
    }
    return report
  }

  // MARK: Looking

  /// One look: whether the server lives, answers, and what it holds; starts it again when it has died.
  func look() async throws {
    try watch()
    let program = stage.brain.program
    if !isDown, program.isRunning {
      let age = (ContinuousClock.now - lifeBegan) / .seconds(1)
      if let sample = ProcessLook.sample(of: program.identifier, age: age) { life.note(sample) }
      let answer = isStopped ? nil : try? await stage.brain.send("GET", "/-/healthy", deadline: .seconds(1))
      if answer?.status == 200 {
        answering = program.identifier
        outages.end("no answer", at: now)
      } else {
        outages.begin("no answer", at: now)
      }
    }
    report.elapsed = ContinuousClock.now - began
    let share = min(0.97, report.elapsed / (settings.length + .seconds(30)))
    progress.update(
      share: share,
      note: "\(report.events.values.reduce(0, +)) events, \(stage.starts) starts, \(report.findings.count) findings")
  }

  /// Whether the process has ended, and whether it should have.
  private func watch() throws {
    let program = stage.brain.program
    if program.isRunning {
      if let since = endingSince, !isStopped, ContinuousClock.now - since > SoakSettings.ending {
        found(.ends, "it did not end within \(SoakSettings.ending) of SIGTERM")
        stage.stop()
      }
      return
    }
    guard !isDown else { return }
    if endingSince != nil {
      if program.wasKilled || program.status != 0 {
        let how = "exit code or signal \(program.status)"
        // A kill at a call may come first.
        if !(program.wasKilled && isArmed) { found(.ends, "it ended with \(how): \(tail(program))") }
      }
    } else if !(program.wasKilled && isArmed) {
      found(.alive, "process \(life.number) ended by itself with \(program.status): \(tail(program))")
    } else {
      report.killsAtCalls += 1
    }
    try launch()
  }

  private func tail(_ program: RunningProgram) -> String {
    program.text.suffix(600).split(separator: "\n").joined(separator: " | ")
  }

  /// Starts a new process.
  func launch() throws {
    (isDown, endingSince, isStopped, answering) = (false, nil, false, nil)
    outages.begin("no answer", at: now)
    report.lives.append(life)
    try stage.launch()
    takeAlong()
    life = ProcessLifetime(number: life.number + 1)
    lifeBegan = ContinuousClock.now
  }

  func found(_ check: SoakCheck, _ sentence: String) {
    report.findings.append(SoakFinding(check: check, sentence: sentence))
    let at = ProgressLine.text(ContinuousClock.now - began)
    progress.aside { Console.error("found after \(at): \(check.rawValue): \(sentence)") }
  }

  /// The workers as the server tells them.
  func workers() async throws -> [SoakJudge.Worker] {
    let answer = try await stage.brain.send("GET", "/api/v1/workers", deadline: .seconds(5))
    return try JSONFormat.decoder().decode(WorkerList.self, from: Data(answer.body)).workers.map { worker in
      SoakJudge.Worker(
        id: worker.id.rawValue, name: worker.name.rawValue, machine: worker.machine?.rawValue,
        isReady: worker.state == .ready)
    }
  }
}
