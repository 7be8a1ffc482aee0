/// What happened in a soak, and what it found.
struct SoakReport: Sendable {
  var seed: UInt64
  var length: Duration
  var isInterrupted = false
  /// How often what was done, and what could not be done at its time.
  var events: [ChaosEvent.Kind: Int] = [:]
  var skipped: [ChaosEvent.Kind: Int] = [:]
  /// Times that the server died at a call.
  var killsAtCalls = 0
  /// How long it took until all was well; `nil` when nobody waited for it.
  var healing: Duration?
  var elapsed: Duration = .zero
  var lives: [ProcessLifetime] = []
  var findings: [SoakFinding] = []
  /// What went wrong with the soak itself.
  var notes: [String] = []

  var people = SoakOperator.Tally()
  var samplesAsked = 0
  var samplesUnknown = 0
  var samplesRefused: [Int: Int] = [:]
  var machines = 0
  var bills = 0
  var evicted = 0

  init(seed: UInt64, length: Duration) {
    self.seed = seed
    self.length = length
  }

  /// Shorter lives, in seconds, are only told of when they leaked.
  static let toldAge = 30.0
  /// More findings of one check are counted and not told.
  static let toldFindings = 10

  var isGood: Bool { findings.isEmpty }
  /// Whether a process lived long enough.
  var hasLookedForLeaks: Bool { lives.contains { !$0.judgements.isEmpty } }

  /// The summary, as lines.
  var lines: [String] {
    [
      "Soak with seed \(seed): \(ProgressLine.text(length)) of chaos, \(ProgressLine.text(elapsed)) in all"
        + (isInterrupted ? ", interrupted" : ""), "", chaos, "", load, "", leaks, "", checks,
    ]
  }

  private var chaos: String {
    var table = Table(["what was done", "times", "skipped"])
    for kind in ChaosEvent.Kind.allCases {
      table.add([kind.words, "\(events[kind] ?? 0)", skipped[kind].map { "\($0)" } ?? ""])
    }
    let noted = notes.prefix(Self.toldFindings).map { "\nnot done: \($0)" }.joined()
    return table.text + noted
  }

  private var load: String {
    func statuses(_ counts: [Int: Int]) -> String {
      counts.isEmpty
        ? "none" : counts.sorted { $0.key < $1.key }.map { "\($0.value)× \($0.key)" }.joined(separator: ", ")
    }
    var table = Table(["load", ""])
    table.add(["numbered samples asked for", "\(samplesAsked)"])
    table.add(["without an acknowledgement", "\(samplesUnknown); requests refused: \(statuses(samplesRefused))"])
    table.add([
      "orders, extensions, removals",
      "\(people.accepted) accepted, \(people.unanswered) unanswered; refused: \(statuses(people.refused))",
    ])
    table.add(["machines made, workers billed", "\(machines), \(bills)"])
    table.add(["pods evicted", "\(evicted)"])
    table.add(["starts of the server, of these after a death at a call", "\(lives.count), \(killsAtCalls)"])
    table.add(["healed after", healing.map { ProgressLine.text($0) } ?? "not waited for"])
    return table.text
  }

  private var leaks: String {
    var table = Table(["process", "lived", "figure", "from", "to", "an hour", ""])
    // The longest is always told.
    let told = min(Self.toldAge, lives.map(\.age).max() ?? 0)
    var untold = 0
    for life in lives {
      let judgements = life.judgements.filter { life.age >= told || $0.isLeak }
      if judgements.isEmpty { untold += 1 }
      for judgement in judgements {
        let figure = judgement.figure
        table.add([
          "\(life.number)", "\(Int(life.age)) s", figure.rawValue, figure.text(judgement.from),
          figure.text(judgement.to), (judgement.slope < 0 ? "" : "+") + figure.text(judgement.slope),
          judgement.isLeak ? "LEAK" : "flat",
        ])
      }
    }
    return table.text + (untold == 0 ? "" : "\n\(untold) shorter lives without a leak")
  }

  private var checks: String {
    var table = Table(["check", ""])
    for check in SoakCheck.allCases {
      let found = findings.filter { $0.check == check }
      table.add([check.rawValue, found.isEmpty ? (isUnknown(check) ? "not looked at" : "ok") : "\(found.count) FOUND"])
    }
    var told = ""
    for check in SoakCheck.allCases {
      let found = findings.filter { $0.check == check }
      for finding in found.prefix(Self.toldFindings) { told += "\n\(check.rawValue): \(finding.sentence)" }
      if found.count > Self.toldFindings { told += "\n… and \(found.count - Self.toldFindings) more of this check" }
    }
    return table.text + (told.isEmpty ? "" : "\n" + told)
  }

  /// Whether it was not looked at, because somebody interrupted.
  private func isUnknown(_ check: SoakCheck) -> Bool {
    switch check {
    case .healed, .orphans, .records: isInterrupted
    case .memory, .descriptors: !hasLookedForLeaks
    default: false
    }
  }
}

extension ChaosEvent.Kind {
  var words: String {
    switch self {
    case .kill: "kill -9"
    case .killAtCall: "kill -9 at a call of its own"
    case .terminate: "SIGTERM"
    case .pause: "SIGSTOP, SIGCONT"
    case .fullDisk: "full disk"
    case .cutNetwork: "a face of the world cut off"
    case .hangWorld: "the world hangs"
    case .restartWorld: "the world gone and back"
    case .slowClients: "slow clients"
    case .reload: "reload"
    case .reloadRefused: "reload of a bad file"
    case .trouble: "trouble in the world"
    }
  }
}
