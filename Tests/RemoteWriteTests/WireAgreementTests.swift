import CRemoteWrite
import TimeSeries
import Testing

@testable import RemoteWrite

/// The hand-written scanner against the generated code.
@Suite struct WireAgreementTests {
  /// What the generated code sees in a whole message; `nil` when it refuses the bytes.
  private func generatedItems(_ bytes: [UInt8]) -> [String]? {
    guard let message = prometheus__write_request__unpack(nil, bytes.count, bytes) else { return nil }
    defer { prometheus__write_request__free_unpacked(message, nil) }
    var items: [String] = []
    for i in 0..<message.pointee.n_timeseries {
      let series = message.pointee.timeseries[i]!.pointee
      var run = ByteSink()
      for j in 0..<series.n_labels {
        let label = series.labels[j]!.pointee
        LabelWire.append(
          name: UnsafeRawBufferPointer(start: label.name.data, count: label.name.len),
          value: UnsafeRawBufferPointer(start: label.value.data, count: label.value.len), to: &run)
      }
      guard series.n_labels > 0, LabelRules.violation(run: run.bytes, StoreLimits()) == nil else { continue }
      let labels = LabelWire.labels(in: run.bytes)
      for j in 0..<series.n_samples {
        let sample = series.samples[j]!.pointee
        items.append("\(labels) \(sample.timestamp) \(sample.value.bitPattern)")
      }
    }
    return items
  }

  /// What the store holds after it took one request into empty memory, with everything acceptable by time.
  private func storedPoints(_ bytes: [UInt8], into store: SeriesStore, generatedOnly: Bool) -> (Bool, WriteReport) {
    var scanner = RequestScanner()
    scanner.usesGeneratedCodeOnly = generatedOnly
    let (_, report, isWellFormed) = store.write(now: Bodies.now) { head in
      let isWellFormed = bytes.withUnsafeBytes { scanner.scanVersion1($0, into: &head) }
      return (isWellFormed, isWellFormed)
    }
    return (isWellFormed, report)
  }

  private func makeStore() -> SeriesStore {
    var limits = StoreLimits()
    limits.outOfOrderMilliseconds = 1_000_000
    return SeriesStore(limits: limits)
  }

  @Test(arguments: 0..<8) func bothWaysEndInTheSameStore(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let fast = makeStore()
    let slow = makeStore()
    for _ in 0..<200 {
      var bytes = RandomRequests.request(&generator)
      if Int.random(in: 0..<4, using: &generator) == 0 { bytes = RandomRequests.mutated(bytes, &generator) }
      let left = storedPoints(bytes, into: fast, generatedOnly: false)
      let right = storedPoints(bytes, into: slow, generatedOnly: true)
      #expect(left == right)
    }
    #expect(try Bodies.dump(fast) == Bodies.dump(slow))
    #expect(fast.metadata() == slow.metadata())
    #expect(fast.exemplars([[]], from: .min, through: .max) == slow.exemplars([[]], from: .min, through: .max))
    #expect(fast.statistics == slow.statistics)
    #expect(fast.statistics.samplesAppendedTotal > 50 && fast.statistics.histogramsAppendedTotal > 5)
  }

  /// A length may be written with more bytes than it needs, but protobuf-c reads five at most.
  @Test(arguments: [1, 2, 4, 5, 6, 9]) func refusesLengthsThatTheGeneratedCodeRefuses(bytes: Int) {
    let length = [UInt8](repeating: 0x80, count: bytes - 1) + [0]
    let message: [UInt8] = [0x0a] + length
    let isTaken = storedPoints(message, into: makeStore(), generatedOnly: false).0
    #expect(isTaken == (generatedItems(message) != nil))
    #expect(isTaken == (bytes <= 5))
  }

  @Test(arguments: 0..<4) func takesNothingThatTheGeneratedCodeRefuses(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed + 100))
    var taken = 0
    for _ in 0..<700 {
      var bytes = RandomRequests.request(&generator)
      if Bool.random(using: &generator) { bytes = RandomRequests.mutated(bytes, &generator) }
      let store = makeStore()
      let (isWellFormed, report) = storedPoints(bytes, into: store, generatedOnly: false)
      guard isWellFormed else {
        #expect(try Bodies.dump(store).isEmpty)
        continue
      }
      let items = try #require(generatedItems(bytes), "\(bytes)")
      let dump = try Bodies.dump(store).joined(separator: "\n")
      // Each sample that the generated code sees is stored, or was refused for its time or as a duplicate.
      #expect(items.count >= report.samplesStored)
      #expect(items.count <= report.samplesStored + report.rejectedCount)
      taken += report.samplesStored
      if report.rejected.isEmpty {
        for item in items {
          let parts = item.split(separator: " ").suffix(2)
          #expect(dump.contains("\(parts.first!)=\(parts.last!)"))
        }
      }
    }
    #expect(taken > 300)
  }
}
