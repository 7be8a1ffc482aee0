import Foundation
import JournalStore
import Model

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension SoakRun {
  /// Looks at everything that can be looked at, and ends the server in order.
  func judge(_ senders: [NumberedSender]) async throws {
    do {
      for sender in senders {
        let (asked, lost) = try await sender.lost(from: stage.brain)
        report.samplesAsked += asked
        for sentence in lost { found(.samples, sentence) }
      }
    } catch { found(.samples, "the samples cannot be asked for: \(error)") }

    var world = try await stage.report()
    if !report.isInterrupted {
      // Both are asked again while they differ by what happened between the two questions.
      var paired: [SoakFinding] = []
      for _ in 0..<5 {
        world = try await stage.report()
        paired = SoakJudge.pairing(world, try await workers())
        if paired.isEmpty { break }
        try await Task.sleep(for: .seconds(1))
      }
      report.findings += paired
    }
    report.findings += SoakJudge.harm(world)
    report.machines = world.machines.count
    report.evicted = world.podsEvicted
    try await endServer()
    let last = now
    try await ledger(try await stage.report(), until: last)
    report.lives.append(life)
    // Who interrupts knows that little was looked at, and the report says so.
    if !report.isInterrupted || report.hasLookedForLeaks { report.findings += SoakJudge.leaks(report.lives) }
    report.elapsed = ContinuousClock.now - began
  }

  private func endServer() async throws {
    let program = stage.brain.program
    guard program.isRunning else { return found(.alive, "it had ended when it was to be ended") }
    program.signal(SIGTERM)
    let start = ContinuousClock.now
    while program.isRunning, ContinuousClock.now - start < SoakSettings.ending {
      try await Task.sleep(for: SoakSettings.look)
    }
    if program.isRunning {
      found(.ends, "it did not end within \(SoakSettings.ending) of SIGTERM")
      stage.stop()
    } else if program.status != 0 {
      found(.ends, "its exit code was \(program.status)")
    }
    outages.begin("ended", at: now)
  }

  /// What the journal says was paid against what the world metered.
  private func ledger(_ world: WorldAccount, until last: Double) async throws {
    let path = WireStage.dataDirectory(settings.directory).appendingPathComponent("journal.sqlite").path
    let cluster = configuration["cluster_name"] as? String ?? ""
    let records = try await SQLiteJournal(path: path, cluster: cluster).billed(since: Instant(milliseconds: 0))
    func seconds(_ instant: Instant?) -> Double? { instant.map { Double($0.milliseconds) / 1000 } }
    let bills = records.compactMap { record in
      seconds(record.billedFrom).map {
        LedgerAccount.Bill(id: record.id.rawValue, from: $0, until: seconds(record.billedUntil))
      }
    }
    let meters = world.machines.map { LedgerAccount.Meter(id: $0.id, from: $0.clonedAt, until: $0.deletedAt) }
    report.bills = bills.count
    let account = LedgerAccount(outages: outages.all(until: last), unseen: SoakSettings.unseen, now: last)
    for sentence in account.findings(bills: bills, meters: meters) { found(.ledger, sentence) }
  }
}
