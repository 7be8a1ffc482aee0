import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension SoakRun {
  /// Does what the plan says until it is over, or the person at the terminal has enough.
  func chaos() async throws {
    let start = ContinuousClock.now
    var steps = plan.steps[...]
    while ContinuousClock.now - start < settings.length, !progress.isInterrupted {
      while let step = steps.first, ContinuousClock.now - start >= step.at {
        steps.removeFirst()
        try await look()
        if step.isEnd { try await end(step.event) } else { try await begin(step.event) }
      }
      try await look()
      try await Task.sleep(for: SoakSettings.look)
    }
    report.isInterrupted = progress.isInterrupted
  }

  private func begin(_ event: ChaosEvent) async throws {
    let isPrepared = answering == stage.brain.program.identifier && stage.brain.program.isRunning && !isStopped
    switch event.kind {
    case .kill:
      try await disarm()
      isDown = true
      stage.stop()
      outages.begin("no answer", at: now)
    case .killAtCall:
      guard isPrepared else { return skip(event) }
      isArmed = true
      await inject(event.detail.replacing("{pid}", with: "\(stage.brain.program.identifier)"), event)
    case .terminate:
      guard isPrepared else { return skip(event) }
      try await disarm()
      endingSince = ContinuousClock.now
      stage.brain.program.signal(SIGTERM)
    case .pause:
      guard isPrepared else { return skip(event) }
      isStopped = true
      outages.begin("stopped", at: now)
      stage.brain.program.signal(SIGSTOP)
    case .fullDisk:
      outages.begin("full disk", at: now)
      guard await limitFiles("\(SoakSettings.fullDiskBytes)") else { return skip(event) }
    case .cutNetwork:
      outages.begin("cut", at: now)
      await inject(event.detail, event)
    case .hangWorld:
      outages.begin("hang", at: now)
      stage.world.program.signal(SIGSTOP)
    case .restartWorld:
      outages.begin("world", at: now)
      stage.stopWorld()
    case .slowClients: slow = SlowClients(port: stage.brain.port)
    case .reload: try reload { $0.set("worker_pool_definitions/burst/max_size", 19) }
    case .reloadRefused:
      // One that is only starting would find the bad file and rightly refuse to start.
      guard isPrepared else { return skip(event) }
      try reload { $0.set("worker_pool_definitions/burst/max_size", -1) }
      try await Task.sleep(for: .seconds(1))
      try reload { _ in }
    case .trouble:
      guard let fault = await trouble(event.detail) else { return skip(event) }
      outages.begin("trouble", at: now)
      await inject(fault, event)
    }
    report.events[event.kind, default: 0] += 1
  }

  private func end(_ event: ChaosEvent) async throws {
    switch event.kind {
    case .kill: if isDown { try launch() }
    case .killAtCall:
      try await stage.lift()
      // It may have been killed since the last look.
      try await look()
      isArmed = false
    case .pause:
      stage.brain.program.signal(SIGCONT)
      isStopped = false
      outages.end("stopped", at: now)
    case .fullDisk:
      _ = await limitFiles("unlimited")
      outages.end("full disk", at: now)
    case .cutNetwork:
      try await stage.lift()
      outages.end("cut", at: now)
    case .hangWorld:
      stage.world.program.signal(SIGCONT)
      outages.end("hang", at: now)
    case .restartWorld:
      try await stage.startWorld()
      takeAlong()
      outages.end("world", at: now)
    case .slowClients:
      slow?.end()
      slow = nil
    case .trouble:
      try await stage.lift()
      outages.end("trouble", at: now)
    case .terminate, .reload, .reloadRefused: break
    }
  }

  /// The world kills nobody any more: the number of a process that is gone could be given to another.
  private func disarm() async throws {
    guard isArmed else { return }
    try await stage.lift()
    isArmed = false
  }

  private func skip(_ event: ChaosEvent) { report.skipped[event.kind, default: 0] += 1 }

  private func inject(_ fault: String, _ event: ChaosEvent) async {
    do { try await stage.inject(fault) } catch { report.notes.append("\(event.kind.rawValue) \(fault): \(error)") }
  }

  /// The fault with a ready worker's node, where it needs one.
  private func trouble(_ detail: String) async -> String? {
    guard detail.contains("{node}") else { return detail }
    let ready = try? await workers().filter(\.isReady).map(\.name).min()
    return ready.map { detail.replacing("{node}", with: $0) }
  }

  /// A full disk without being root: the system lets no file of the process grow beyond some bytes, which the program meets as it
  /// meets a disk without room. `prlimit` of util-linux changes that from outside.
  ///
  /// - Returns: whether it is so now.
  private func limitFiles(_ bytes: String) async -> Bool {
    let process = stage.brain.program.identifier
    guard stage.brain.program.isRunning,
      let run = try? RunningProgram("/usr/bin/prlimit", ["--pid", "\(process)", "--fsize=\(bytes):unlimited"])
    else { return false }
    return await run.end() == 0
  }

  /// Writes the configuration with a change, and lets a server that is prepared read it.
  private func reload(_ change: (inout JSONObject) -> Void) throws {
    var object = JSONObject(configuration)
    change(&object)
    try JSONSerialization.data(withJSONObject: object.members)
      .write(to: WireStage.configurationFile(settings.directory), options: .atomic)
    if answering == stage.brain.program.identifier, stage.brain.program.isRunning {
      stage.brain.program.signal(SIGHUP)
    }
  }

  // MARK: Healing

  /// Takes all faults back and waits until all is well.
  func heal() async throws {
    stage.world.program.signal(SIGCONT)
    if !stage.world.program.isRunning { try await stage.startWorld() }
    try await stage.lift()
    isArmed = false
    stage.brain.program.signal(SIGCONT)
    isStopped = false
    _ = await limitFiles("unlimited")
    slow?.end()
    slow = nil
    if isDown { try launch() }
    try reload { _ in }
    for cause in ["stopped", "full disk", "cut", "hang", "world", "trouble"] { outages.end(cause, at: now) }
    if report.isInterrupted { return }

    let start = ContinuousClock.now
    var missing: String? = "nothing was asked"
    while ContinuousClock.now - start < settings.healing, !progress.isInterrupted {
      try await look()
      missing = await whatIsMissing()
      if missing == nil { break }
      try await Task.sleep(for: SoakSettings.look)
    }
    report.healing = ContinuousClock.now - start
    report.isInterrupted = progress.isInterrupted
    if let missing, !report.isInterrupted { found(.healed, "after \(settings.healing): \(missing)") }
  }

  private func whatIsMissing() async -> String? {
    do { return SoakJudge.missing(try await stage.report(), try await workers()) } catch {
      return "no answer: \(error)"
    }
  }
}
