import ControlLoop
import Model
import Ports
import ServiceLifecycle
import Simulator
import Synchronization

/// Shows the demonstration: a live view on a terminal, plain lines elsewhere.
final class DemoScreen: Service {
  let scenario: Scenario
  let infrastructure: SimulatedInfrastructure
  let loop: ControlLoop
  let time: any TimeSource
  let speed: Double
  let address: String
  let live: Bool
  private let events: EventTrail

  /// Real time between two pictures.
  static let refresh: Duration = .milliseconds(200)

  init(
    world: DemoWorld, loop: ControlLoop, time: any TimeSource, speed: Double, address: String, events: EventTrail,
    live: Bool
  ) {
    scenario = world.scenario
    infrastructure = world.infrastructure
    self.loop = loop
    self.time = time
    self.speed = speed
    self.address = address
    self.live = live
    self.events = events
  }

  func run() async throws {
    if live { Console.raw("\u{1b}[?1049h\u{1b}[?25l") }
    try? await cancelWhenGracefulShutdown { [self] in
      var chapter: String?
      while !Task.isCancelled {
        if live {
          await draw()
        } else if let current = scenario.chapter(at: time.now()), current.title != chapter {
          chapter = current.title
          Console.out("\(current.at.clockText)  —— \(current.title)")
        }
        try await Task.sleep(for: Self.refresh)
      }
    }
    if live { Console.raw("\u{1b}[?25h\u{1b}[?1049l") }
  }

  private func draw() async {
    let size = Console.size
    let view = DemoView(columns: size.columns, rows: size.rows, coloured: true)
    let lines = view.lines(await frame()).prefix(size.rows - 1)
    let picture = lines.map { $0 + Console.clearToEnd }.joined(separator: "\r\n")
    Console.raw("\u{1b}[H" + picture + "\u{1b}[J")
  }

  private func frame() async -> DemoFrame {
    let now = time.now()
    let (pending, running) = infrastructure.look { world in
      (world.report.podsPending, world.pods.values.count { $0.phase == .running })
    }
    let status = await loop.status()
    let report = await loop.latest()?.report
    return DemoFrame(
      now: now, elapsed: now - scenario.start, total: scenario.end - scenario.start, speed: speed,
      chapter: scenario.chapter(at: now)?.title ?? "", pendingPods: pending, runningPods: running, report: report,
      workers: await loop.workers(), events: events.latest,
      spent: status.budgets.filter { $0.scope != "burst_event" && $0.scope != "all" }.reduce(.zero) { $0 + $1.spent },
      currency: await loop.policy().money.currency, address: address)
  }
}

/// The newest events, for the view and the summary.
final class EventTrail: Sendable {
  private struct State {
    var latest: [JournalEvent] = []
    var counts: [String: Int] = [:]
  }

  private let state = Mutex(State())
  private let printing: Bool

  /// - Parameter printing: print each event as a line.
  init(printing: Bool) { self.printing = printing }

  func add(_ events: [JournalEvent]) {
    state.withLock { state in
      state.latest = Array((state.latest + events).suffix(60))
      for event in events { state.counts[event.code, default: 0] += 1 }
    }
    guard printing else { return }
    for event in events { Console.out("\(event.at.clockText)  \(event.code)  \(event.name): \(event.sentence)") }
  }

  var latest: [JournalEvent] { state.withLock { $0.latest } }
  func count(_ code: String) -> Int { state.withLock { $0.counts[code] ?? 0 } }
}
