import Model
import Ports
import Synchronization
import TestSupport
import Testing

@testable import Kubernetes

/// A process that dies at any request leaves the state before or after its entry, never one between.
@Suite struct JournalCrashTests {
  /// Workers that change, one that ends with its bill, one without, requests, memory and events.
  private static func first() -> JournalEntry {
    var entry = JournalSamples.entry((1...4).map { JournalSamples.worker($0, state: .provisioning) })
    entry.workers[3].billedFrom = JournalSamples.start
    entry.requests = [JournalSamples.request("a"), JournalSamples.request("b")]
    entry.events = (1...8).map(JournalSamples.event)
    return entry
  }

  private static func second(large: Bool) -> JournalEntry {
    var entry = JournalSamples.entry([
      JournalSamples.worker(1, state: .ready), JournalSamples.worker(3, state: .terminated),
      JournalSamples.worker(4, state: .terminated), JournalSamples.worker(5),
    ])
    entry.workers[2].billedFrom = JournalSamples.start
    entry.workers[2].billedUntil = JournalSamples.start.advanced(by: .hours(1))
    entry.requests = [JournalSamples.request("c")]
    entry.closedRequests = ["a"]
    entry.memory = JournalSamples.memory()
    // Over the end of a page.
    entry.events = (9...13).map(JournalSamples.event)
    if large {
      for index in entry.workers.indices {
        entry.workers[index].lastError = String(repeating: "\(index)", count: 1_500)
      }
    }
    return entry
  }

  /// With which the large entry needs three pages.
  private static let layout = KubernetesJournal.Layout(bodyInLedgerBytes: 8_000, pageBytes: 4_000, eventsInPage: 10)

  /// A server with the first entry, by a process that is gone.
  private static func prepared() async throws -> JournalBench {
    let bench = JournalBench(layout: layout)
    let journal = bench.journal("pod-0")
    _ = try await journal.load()
    try await journal.write(first())
    return bench
  }

  private struct Story {
    var before: JournalContents
    var after: JournalContents
    var requests: Int
  }

  private static func story(large: Bool) async throws -> Story {
    let bench = try await prepared()
    let fuse = Fuse()
    let before = try await bench.contents()
    let journal = bench.journal(
      "pod-1", through: ResourceClient(bench.server) { _ in fuse.fate() })
    _ = try await journal.load()
    try await journal.write(second(large: large))
    return Story(before: before, after: try await bench.contents(), requests: fuse.requests)
  }

  @Test(arguments: Fuse.Way.allCases, [false, true])
  func theStateIsBeforeOrAfterWhereverTheProcessDies(way: Fuse.Way, large: Bool) async throws {
    let story = try await Self.story(large: large)
    #expect(story.before != story.after && story.requests > (large ? 12 : 8))
    var ends = (before: 0, after: 0)
    for request in 1...story.requests {
      let bench = try await Self.prepared()
      let fuse = Fuse(at: request, way)
      let client = ResourceClient(bench.server) { _ in fuse.fate() }
      let journal = bench.journal("pod-1", through: client)
      var isWritten = false
      do {
        _ = try await journal.load()
        try await journal.write(Self.second(large: large))
        isWritten = true
      } catch is PortError {}
      let what = "\(way) request \(request), large: \(large)"
      // Who only reads sees one of the two, whatever is still unfinished.
      let seen = try await bench.contents()
      #expect(seen == story.before || seen == story.after, "seen after \(what)")
      // So does the next process, which finishes what was left.
      let next = bench.journal("pod-2")
      let found = try await JournalContents(next)
      #expect(found == seen, "found after \(what)")
      if isWritten { #expect(found == story.after, "lost after \(what)") }
      if found == story.after { ends.after += 1 } else { ends.before += 1 }
      // What was on its way arrives now, and changes nothing.
      client.arrive()
      #expect(try await bench.contents() == found, "arrived after \(what)")
      try await next.write(JournalSamples.entry([JournalSamples.worker(9)]))
      #expect(try await JournalContents(bench.journal("pod-3")).workers.map(\.id).contains("id-9"), "\(what)")
      let pages = bench.server.names(.ledgerPages).filter { !$0.contains("events") }
      #expect(pages.isEmpty || found == story.before && way == .late, "\(what) left \(pages)")
    }
    #expect(ends.before > 0 && ends.after > 0, "\(ends)")
  }

  /// One answer is lost, and everything after it is well: the process itself finds out.
  @Test(arguments: [false, true])
  func oneLostAnswerIsFoundByReading(large: Bool) async throws {
    let story = try await Self.story(large: large)
    for lost in 1...story.requests {
      for fate in [ResourceClient.Fate.losesItsAnswer, .isLost, .isHeldBack] {
        let bench = try await Self.prepared()
        let count = Mutex(0)
        let client = ResourceClient(bench.server) { _ in
          count.withLock { count in
            count += 1
            return count == lost ? fate : .passes
          }
        }
        let journal = bench.journal("pod-1", through: client)
        // A list that was not answered fails as a whole, and is asked for again.
        do { _ = try await journal.load() } catch is PortError { _ = try await journal.load() }
        try await journal.write(Self.second(large: large))
        client.arrive()
        #expect(try await bench.contents() == story.after, "\(fate) at \(lost)")
        try await journal.write(JournalSamples.entry([JournalSamples.worker(9)]))
        #expect(try await bench.contents().workers.contains { $0.id == "id-9" }, "\(fate) at \(lost)")
      }
    }
  }

  /// No answer comes to any try: nobody knows, so nothing is written before the ledger has been taken over again.
  @Test func whatStaysInDoubtStopsTheWriterUntilItHasRead() async throws {
    let bench = try await Self.prepared()
    let isDeaf = Mutex(false)
    let client = ResourceClient(bench.server) { request in
      isDeaf.withLock { $0 } && request.kind == .ledgers
        ? (request.isWrite ? .isHeldBack : .fails(.unreachable)) : .passes
    }
    let journal = bench.journal("pod-1", through: client)
    _ = try await journal.load()
    isDeaf.withLock { $0 = true }
    let doubt = await #expect(throws: PortError.self) { try await journal.write(Self.second(large: false)) }
    #expect(doubt?.code == .uncertain)
    isDeaf.withLock { $0 = false }
    let refusal = await #expect(throws: PortError.self) { try await journal.write(Self.second(large: false)) }
    #expect(refusal?.code == .conflict)
    let before = try await bench.contents()
    _ = try await journal.load()
    // It was on its way all the time, and finds another ledger now.
    client.arrive()
    #expect(try await bench.contents() == before)
    try await journal.write(Self.second(large: false))
    #expect(try await bench.contents() == Self.story(large: false).after)
  }
}
