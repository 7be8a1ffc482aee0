import Model
import Ports
import Synchronization
import TestSupport
import Testing

@testable import Kubernetes

/// Two processes that both believe to lead, for a moment.
@Suite struct JournalFencingTests {
  /// A process that stands still at its `at`th request until it is let go.
  private final class Stall: Sendable {
    private struct State {
      var count = 0
      var isStill = false
      var isOpen = false
      var waiting: CheckedContinuation<Void, Never>?
    }

    private let at: Int
    private let state = Mutex(State())

    init(at: Int) { self.at = at }

    var isStill: Bool { state.withLock { $0.isStill } }
    var requests: Int { state.withLock { $0.count } }

    func fate() async -> ResourceClient.Fate {
      let stops = state.withLock { state in
        state.count += 1
        return state.count == at && !state.isOpen
      }
      guard stops else { return .passes }
      await withCheckedContinuation { continuation in
        let isOpen = state.withLock { state in
          state.isStill = true
          if !state.isOpen { state.waiting = continuation }
          return state.isOpen
        }
        if isOpen { continuation.resume() }
      }
      return .passes
    }

    func letGo() {
      let waiting = state.withLock { state in
        state.isOpen = true
        defer { state.waiting = nil }
        return state.waiting
      }
      waiting?.resume()
    }
  }

  private static func entry(_ worker: Int, _ state: WorkerState, event: Int) -> JournalEntry {
    var entry = JournalSamples.entry([JournalSamples.worker(worker, state: state)])
    entry.events = [JournalSamples.event(event)]
    return entry
  }

  private static func write(_ journal: any Journal, _ entry: JournalEntry) async -> PortError? {
    do {
      try await journal.write(entry)
      return nil
    } catch {
      return error as? PortError ?? PortError(.failed, "\(error)", operation: "test")
    }
  }

  /// The old leader writes its second entry and stands still at each request in turn, while the new one takes over and
  /// changes the same worker, or ends it.
  @Test(arguments: [WorkerState.ready, .terminated])
  func anOldLeaderWritesNothingAndRollsNothingBack(end: WorkerState) async throws {
    var wasWritten = 0
    var wasRefused = 0
    for request in 1...6 {
      let bench = JournalBench()
      let seed = bench.journal("pod-0")
      _ = try await seed.load()
      try await seed.write(Self.entry(1, .requested, event: 1))
      let stall = Mutex<Stall?>(nil)
      let old = bench.journal(
        "old", through: ResourceClient(bench.server) { _ in await stall.withLock { $0 }?.fate() ?? .passes })
      _ = try await old.load()
      let still = Stall(at: request)
      stall.withLock { $0 = still }
      async let outcome = Self.write(old, Self.entry(2, .provisioning, event: 2))
      // The write has either come to its stop or ended before it.
      let isOver = Task { await Task.yield() }
      await isOver.value
      var turns = 0
      while !still.isStill, turns < 2_000 {
        await Task.yield()
        turns += 1
      }
      let new = bench.journal("new")
      let taken = try await new.load()
      #expect(await Self.write(new, Self.entry(2, end, event: 3)) == nil)
      #expect(await Self.write(new, Self.entry(3, .ready, event: 4)) == nil)
      let expected = try await bench.contents()
      still.letGo()
      let failure = await outcome
      #expect(try await bench.contents() == expected, "the old leader's late requests changed something at \(request)")
      if failure == nil {
        wasWritten += 1
        #expect(taken.workers.map(\.id) == ["id-1", "id-2"], "what was answered is what the new leader found")
      } else {
        wasRefused += 1
        #expect(failure?.code == .superseded && failure?.message.contains("new leads now") == true)
        #expect(taken.workers.map(\.id) == ["id-1"])
      }
      // At every later instant, too.
      for _ in 0..<3 {
        let later = await Self.write(old, Self.entry(1, .failed, event: 5))
        #expect(later?.code == .superseded || later?.code == .conflict)
      }
      #expect(try await bench.contents() == expected)
      let third = try await JournalContents(bench.journal("third"))
      #expect(third == expected, "at \(request)")
    }
    #expect(wasWritten > 0 && wasRefused > 0)
  }

  /// Processes take over, write, stand still, lose answers and die in an order that a seed draws. The journal is always what the
  /// accepted entries make of it, in the order of their acceptance.
  @Test(arguments: 0..<60) func acceptedEntriesAreOneHistory(seed: Int) async throws {
    var random = ElectionWorld.Draw(state: UInt64(seed))
    let bench = JournalBench()
    // For each process whether the next request loses its answer, is lost, or comes late.
    let fates = Mutex<[[ResourceClient.Fate]]>(Array(repeating: [], count: 3))
    let clients = (0..<3).map { index in
      ResourceClient(bench.server) { _ in fates.withLock { $0[index].isEmpty ? .passes : $0[index].removeFirst() } }
    }
    var journals = (0..<3).map { bench.journal("pod-\($0)", through: clients[$0]) }
    var events = 0
    // Entries that were accepted, and those of which the writer does not know.
    var accepted: [Int] = []
    var doubtful: Set<Int> = []
    for step in 0..<60 {
      let index = Int.random(in: 0..<3, using: &random)
      if random.chance(0.3) {
        fates.withLock { fates in
          let drawn: [ResourceClient.Fate] = [.passes, .isLost, .losesItsAnswer, .isHeldBack, .fails(.unreachable)]
          fates[index] = (0..<Int.random(in: 1...5, using: &random)).map { _ in drawn.randomElement(using: &random)! }
        }
      }
      switch Int.random(in: 0..<10, using: &random) {
      case 0: journals[index] = bench.journal("pod-\(index)-\(step)", through: clients[index])
      case 1: clients[index].arrive()
      case 2...4: _ = try? await journals[index].load()
      default:
        events += 1
        var entry = Self.entry(events % 7, events.isMultiple(of: 3) ? .terminated : .ready, event: events)
        if events.isMultiple(of: 5) { entry.workers[0].billedFrom = JournalSamples.start }
        let failure = await Self.write(journals[index], entry)
        if failure == nil { accepted.append(events) }
        if let failure, ![.superseded, .conflict].contains(failure.code) { doubtful.insert(events) }
      }
    }
    for client in clients { client.arrive() }
    let contents = try await JournalContents(bench.journal("last"))
    let told = contents.events.reversed().compactMap { event in
      Int(event.sentence.dropFirst("Number ".count).dropLast())
    }
    // Each accepted entry once, in order; beside them only such whose writer was told that nobody knows.
    #expect(told.filter { accepted.contains($0) } == accepted, "seed \(seed)")
    #expect(Set(told).count == told.count && Set(told).subtracting(accepted).isSubset(of: doubtful), "seed \(seed)")
    // And the workers are what those entries leave.
    var expected: [Int: WorkerState] = [:]
    for event in told { expected[event % 7] = event.isMultiple(of: 3) ? .terminated : .ready }
    let alive = expected.filter { $0.value == .ready }.keys.sorted().map { WorkerID("id-\($0)") }
    #expect(contents.workers.map(\.id) == alive, "seed \(seed)")
  }
}
