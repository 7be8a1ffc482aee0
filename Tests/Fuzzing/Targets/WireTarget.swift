import TimeSeries

@testable import RemoteWrite

/// The scanner of uncompressed messages. 1.0 is read in two ways, which must agree.
enum WireTarget {
  static let now: Int64 = 1_700_000_000_000

  static func runVersion1(_ bytes: UnsafeRawBufferPointer) throws {
    let fast = scan(bytes, generatedOnly: false)
    let slow = scan(bytes, generatedOnly: true)
    try FuzzFinding.check(
      fast.isWellFormed == slow.isWellFormed, "one way reads the message and the other does not: \(fast) \(slow)")
    if fast.isWellFormed {
      try FuzzFinding.check(fast.report == slow.report, "\(fast.report) is not \(slow.report)")
      try FuzzFinding.check(fast.content == slow.content, "the stores differ")
    }
  }

  static func runVersion2(_ bytes: UnsafeRawBufferPointer) throws {
    let store = SeriesStore(limits: limits)
    let (report, isWellFormed) = scan2(bytes, into: store)
    if !isWellFormed { try FuzzFinding.check(try dump(store).isEmpty, "something of a bad message was stored") }
    // What was taken once is taken again without a change.
    let before = try dump(store)
    let (again, isAgain) = scan2(bytes, into: store)
    try FuzzFinding.check(isAgain == isWellFormed, "the second time ends otherwise")
    try FuzzFinding.check(try dump(store) == before, "a replay changes the store")
    try FuzzFinding.check(
      !isWellFormed || again.samplesStored <= report.samplesStored + report.rejectedCount, "a replay stores more")
  }

  static var limits: StoreLimits {
    var limits = StoreLimits()
    limits.outOfOrderMilliseconds = 1_000_000
    limits.series = 1_000
    limits.labelsPerSeries = 8
    limits.labelValueBytes = 200
    limits.samplesPerRequest = 500
    limits.exemplars = 100
    return limits
  }

  /// All that a store holds, sorted.
  static func dump(_ store: SeriesStore) throws -> [String] {
    try store.select([], from: .min, through: .max).map { series in
      var buffer = SampleBuffer()
      series.read(from: .min, through: .max, into: &buffer)
      let samples = zip(buffer.timestamps, buffer.values).map { "\($0)=\($1.bitPattern)" }
      return "\(series.labels) \(samples) \(buffer.histograms.map { $0.map { "\($0)" } ?? "-" })"
    }.sorted()
  }

  private struct Outcome {
    var isWellFormed = false
    var report = WriteReport()
    var content: [String] = []
  }

  private static func scan(_ bytes: UnsafeRawBufferPointer, generatedOnly: Bool) -> Outcome {
    let store = SeriesStore(limits: limits)
    var outcome = Outcome()
    // Twice, so that the second time finds the series that the first one made.
    for _ in 0..<2 {
      var scanner = RequestScanner()
      scanner.usesGeneratedCodeOnly = generatedOnly
      let (_, report, isWellFormed) = store.write(now: now) { head in
        let isWellFormed = scanner.scanVersion1(bytes, into: &head)
        return (isWellFormed, isWellFormed)
      }
      outcome.isWellFormed = isWellFormed
      outcome.report = report
    }
    outcome.content = (try? dump(store)) ?? ["no dump"]
    return outcome
  }

  private static func scan2(_ bytes: UnsafeRawBufferPointer, into store: SeriesStore) -> (WriteReport, Bool) {
    var scanner = RequestScanner()
    scanner.replicas.begin(ReplicaDeduplication(), ReplicaElection(), now: now)
    let (_, report, isWellFormed) = store.write(now: now) { head in
      let isWellFormed = scanner.scanVersion2(bytes, into: &head)
      return (isWellFormed, isWellFormed)
    }
    return (report, isWellFormed)
  }
}
