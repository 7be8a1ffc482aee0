import Model
import Ports

/// What the demonstration shows at one instant.
struct DemoFrame {
  var now: Instant
  /// Since the scenario began.
  var elapsed: Duration
  var total: Duration
  var speed: Double
  var chapter: String
  var pendingPods: Int
  var runningPods: Int
  var report: Report?
  var workers: [WorkerStatus]
  /// Newest last.
  var events: [JournalEvent]
  var spent: Money
  var currency: String
  var address: String
}

/// The live view: a frame as lines for a terminal. Pure, so that a test can look at it.
struct DemoView {
  var columns: Int
  var rows: Int
  var coloured: Bool

  func lines(_ frame: DemoFrame) -> [String] {
    var lines = head(frame)
    lines += pools(frame)
    lines += triggers(frame)
    lines += workers(frame)
    let room = max(3, rows - lines.count - 3)
    lines.append(style("What happened", "1"))
    lines += frame.events.suffix(room).map { event in
      "\(style(event.at.clockText, "2"))  \(pad(event.code, 22)) \(event.name): \(event.sentence)"
    }
    return lines.map(clipped)
  }

  private func head(_ frame: DemoFrame) -> [String] {
    let share = min(1, max(0, frame.elapsed.inSeconds / max(1, frame.total.inSeconds)))
    let width = 24
    let done = Int((share * Double(width)).rounded())
    let bar = String(repeating: "█", count: done) + String(repeating: "░", count: width - done)
    let pending = frame.pendingPods > 0 ? style("\(frame.pendingPods) pending", "33") : "0 pending"
    return [
      "\(style("Poolkeeper", "1;36"))  \(frame.now.description.prefix(19))Z  \(bar)  ×\(Int(frame.speed))  \(frame.chapter)",
      "Pods: \(frame.runningPods) running, \(pending)    Spent: \(frame.spent) \(frame.currency)    "
        + "API and /metrics: http://\(frame.address)",
      frame.report?.summary ?? "Waiting for the first decision.",
      "",
    ]
  }

  private func pools(_ frame: DemoFrame) -> [String] {
    guard let report = frame.report else { return [] }
    var lines = [style("\(pad("Pool", 11))\(pad("workers", 24))\(pad("verdict", 9))budget", "1")]
    for pool in report.pools {
      let ready = String(repeating: "■", count: pool.ready)
      let coming = String(repeating: "▫", count: pool.underWay)
      let going = String(repeating: "×", count: pool.leaving)
      let drawn = style(ready, "32") + style(coming, "33") + style(going, "31")
      let width = pool.ready + pool.underWay + pool.leaving
      let limits = " \(pool.minimum)–\(pool.maximum)"
      let filler = String(repeating: " ", count: max(0, 24 - width - limits.count))
      let budget = report.budgets.first { $0.scope == pool.pool.rawValue }.map { "\($0.spent) of \($0.cap)" } ?? ""
      lines.append(
        "\(pad(pool.pool.rawValue, 11))\(drawn)\(style(limits, "2"))\(filler)\(pad(pool.verdict.rawValue, 9))\(budget)")
    }
    return lines + [""]
  }

  private func triggers(_ frame: DemoFrame) -> [String] {
    guard let report = frame.report, !report.triggers.isEmpty else { return [] }
    var lines = [style("\(pad("Trigger", 28))\(pad("reading", 12))\(pad("threshold", 11))state", "1")]
    for trigger in report.triggers {
      let reading = trigger.state.lastReading.map { Self.short($0.value) } ?? "–"
      let colour: String =
        switch trigger.state.phase {
        case .firing: "31"
        case .pending: "33"
        case .unknown: "35"
        case .inactive: "2"
        }
      lines.append(
        "\(pad(trigger.trigger.rawValue, 28))\(pad(reading, 12))\(pad(Self.short(trigger.threshold), 11))"
          + style(trigger.state.phase.rawValue, colour))
    }
    return lines + [""]
  }

  private func workers(_ frame: DemoFrame) -> [String] {
    let moving = frame.workers.filter { $0.record.state != .ready }
    guard !moving.isEmpty else { return [] }
    var lines = [style("\(pad("On the move", 22))\(pad("state", 14))step", "1")]
    lines += moving.prefix(8).map { worker in
      "\(pad(worker.record.name.rawValue, 22))\(pad(worker.record.state.rawValue, 14))\(worker.record.step?.name ?? "")"
    }
    if moving.count > 8 { lines.append("… and \(moving.count - 8) more") }
    return lines + [""]
  }

  // MARK: - Text

  static func short(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() && abs(tenths) < 1e15 ? String(Int(tenths)) : String(tenths)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func style(_ text: String, _ code: String) -> String {
    coloured && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }

  /// Cuts a line to the terminal's width without counting or cutting its colour codes.
  private func clipped(_ line: String) -> String {
    var shown = ""
    var count = 0
    var inCode = false
    for character in line {
      if character == "\u{1b}" { inCode = true }
      if inCode {
        shown.append(character)
        if character == "m" { inCode = false }
        continue
      }
      if count < columns { shown.append(character) }
      count += 1
    }
    return shown
  }
}
