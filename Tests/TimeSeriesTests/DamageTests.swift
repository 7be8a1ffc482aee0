import Testing

@testable import TimeSeries

/// Every byte of a log and of a snapshot matters: damage is found wherever it is, and what is before it is kept.
@Suite struct DamageTests {
  private var options: SeriesStore.Options {
    var options = SeriesStore.Options()
    options.limits.outOfOrderMilliseconds = 3_600_000
    return options
  }

  /// A store with all kinds of content, request by request.
  /// - Returns: the files, and after each request the log's length and what was held.
  private func fill(
    _ files: MemoryFiles, requests: Range<Int>
  ) throws -> (store: SeriesStore, acknowledged: [(length: Int, points: Set<String>)]) {
    let (store, _) = try SeriesStore.open(files: files, options: options, now: Stores.now)
    var generator = SeededGenerator(seed: 1)
    var histograms = RandomHistograms(.integer, &generator)
    var acknowledged: [(length: Int, points: Set<String>)] = [(0, [])]
    for request in requests {
      let time = Stores.now + Int64(request) * 15_000
      try store.append(Stores.round(0..<3, at: time), now: time)
      let value = histograms.next(&generator)
      var run = ByteSink()
      for label in Labels(["__name__": "h", "host": "a"]).entries { LabelWire.append(label, to: &run) }
      _ = store.write(now: time) { head in
        head.stage(slot: head.findOrCreate(run: run.bytes), timestamp: time, histogram: value)
        head.stage(metadata: MetricMetadata(family: "f\(request)", kind: .gauge, help: "What.", unit: ""))
        return (true, ())
      }
      if request % 3 == 2 { try store.append(Stores.round(0..<2, at: time - 20_000), now: time) }
      let length = files.files.first { $0.key.hasPrefix("log-") }?.value.count ?? 0
      acknowledged.append((length, try points(store)))
    }
    return (store, acknowledged)
  }

  /// Floats and histograms that a store holds.
  private func points(_ store: SeriesStore) throws -> Set<String> {
    var points: Set<String> = []
    for series in try store.select([], from: .min, through: .max) {
      var buffer = SampleBuffer()
      series.read(from: .min, through: .max, into: &buffer)
      for i in 0..<buffer.count {
        let histogram = buffer.histograms.isEmpty ? nil : buffer.histograms[i]
        points.insert("\(series.labels) \(buffer.timestamps[i]) \(buffer.values[i].bitPattern) \(histogram?.sum ?? 0)")
      }
    }
    return points
  }

  @Test func findsEveryChangedByteOfALog() throws {
    let files = MemoryFiles()
    let (_, acknowledged) = try fill(files, requests: 0..<5)
    let name = "log-0000000001"
    let whole = files.files[name]!
    var generator = SeededGenerator(seed: 2)
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= UInt8.random(in: 1...255, using: &generator)
      let damaged = MemoryFiles([name: bytes])
      let (store, report) = try SeriesStore.open(files: damaged, options: options, now: Stores.now)
      #expect(report.damage.count == 1, "byte \(index)")
      let damage = try #require(report.damage.first)
      #expect(damage.file == name && damage.goodBytes <= index && damage.goodBytes + damage.lostBytes == whole.count)
      let held = try points(store)
      #expect(held.isSuperset(of: acknowledged.last { $0.length <= index }!.points), "byte \(index)")
      #expect(held.isSubset(of: acknowledged.last!.points))
      #expect(try SeriesStore.open(files: damaged, options: options, now: Stores.now).recovery.damage.isEmpty)
    }
  }

  @Test func findsEveryEndOfALogThatIsNoRecordsEnd() throws {
    let files = MemoryFiles()
    let (_, acknowledged) = try fill(files, requests: 0..<5)
    let name = "log-0000000001"
    let whole = files.files[name]!
    var ends = 0
    for length in 0...whole.count {
      let torn = MemoryFiles([name: Array(whole.prefix(length))])
      let (store, report) = try SeriesStore.open(files: torn, options: options, now: Stores.now)
      if report.damage.isEmpty { ends += 1 }
      for damage in report.damage { #expect(damage.isTornTail && damage.goodBytes + damage.lostBytes == length) }
      #expect(try points(store).isSuperset(of: acknowledged.last { $0.length <= length }!.points))
    }
    // An empty file, the header alone, and the end of each record.
    let records = RecordCount.of(whole)
    #expect(ends == records + 2)
  }

  @Test func findsEveryChangedByteAndEveryEndOfASnapshot() throws {
    let files = MemoryFiles()
    let (store, acknowledged) = try fill(files, requests: 0..<40)
    #expect(store.close(now: Stores.now).faults.isEmpty)
    let (name, whole) = try #require(files.files.first { $0.key.hasPrefix("snapshot") })
    let all = acknowledged.last!.points
    #expect(try points(SeriesStore.open(files: files, options: options, now: Stores.now).store) == all)
    var generator = SeededGenerator(seed: 3)
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= UInt8.random(in: 1...255, using: &generator)
      for content in [bytes, Array(whole.prefix(index))] {
        let damaged = MemoryFiles([name: content])
        let (store, report) = try SeriesStore.open(files: damaged, options: options, now: Stores.now)
        #expect(report.damage.count == 1, "byte \(index)")
        let damage = try #require(report.damage.first)
        #expect(!damage.isTornTail && damage.goodBytes <= index)
        #expect(damage.goodBytes + damage.lostBytes == content.count)
        // Series are in one block here: all of them, or none.
        let held = try points(store)
        #expect(held.isEmpty || held == all)
      }
    }
  }
}

private enum RecordCount {
  static func of(_ log: [UInt8]) -> Int {
    log.withUnsafeBytes { bytes in
      var count = 0
      _ = WriteAheadLog.read(bytes) { _, _ in
        count += 1
        return true
      }
      return count
    }
  }
}
