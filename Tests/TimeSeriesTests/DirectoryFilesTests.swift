import Testing
import TimeSeries

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite struct DirectoryFilesTests {
  /// Runs `body` with a fresh directory, and removes it afterwards.
  private func withDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/poolkeeper-store-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    let directory = String(cString: made)
    defer {
      for name in (try? DirectoryFiles(directory: directory + "/data").names()) ?? [] {
        unlink("\(directory)/data/\(name)")
      }
      unlink("\(directory)/data/lock")
      rmdir("\(directory)/data")
      rmdir(directory)
    }
    try body(directory + "/data")
  }

  @Test func keepsTheStoreOnDisk() throws {
    try withDirectory { directory in
      var expected: [String] = []
      for part in 0..<4 {
        var options = SeriesStore.Options()
        options.synchronization = part == 0 ? .always : .interval(milliseconds: 1)
        let (store, report) = try SeriesStore.open(directory: directory, options: options, now: Stores.now)
        #expect(report.damage.isEmpty)
        #expect(try Stores.dump(store) == expected)
        let timestamp = Stores.now + Int64(part) * 15_000
        try store.append(Stores.round(0..<50, at: timestamp), now: timestamp)
        #expect(store.maintain(now: timestamp).faults.isEmpty)
        if part == 2 { #expect(store.close(now: timestamp).snapshotBytes ?? 0 > 100) }
        expected = try Stores.dump(store)
      }
    }
  }

  @Test func refusesADirectoryThatAnotherStoreUses() throws {
    try withDirectory { directory in
      let (store, _) = try SeriesStore.open(directory: directory, now: Stores.now)
      let failure = #expect(throws: TimeSeriesError.self) {
        _ = try SeriesStore.open(directory: directory, now: Stores.now)
      }
      #expect(try #require(failure).message.contains("another process"))
      try store.append(Stores.round(0..<1, at: Stores.now), now: Stores.now)
    }
  }

  /// Names and lengths of the files.
  private func listing(_ directory: String) throws -> [String] {
    let files = ReadOnlyFiles(directory: directory)
    return try files.names().sorted().map { name in
      "\(name) \(try files.withContents(of: name) { $0.count })"
    }
  }

  @Test func readsAStoreThatIsInUseAndLeavesItAsItIs() throws {
    try withDirectory { directory in
      var options = SeriesStore.Options()
      options.segmentBytes = 2_000
      options.snapshotLogBytes = 4_000
      let (store, _) = try SeriesStore.open(directory: directory, options: options, now: Stores.now)
      for round in 0..<40 {
        let timestamp = Stores.now + Int64(round) * 15_000
        try store.append(Stores.round(0..<20, at: timestamp), now: timestamp)
        if round % 8 == 7 { _ = store.maintain(now: timestamp) }
        let before = try listing(directory)
        let (copy, recovery) = try SeriesStore.openForReading(directory: directory, options: options, now: timestamp)
        #expect(recovery.damage.isEmpty)
        #expect(try Stores.dump(copy) == Stores.dump(store))
        // Even what it is told itself stays in its memory.
        try copy.append(Stores.round(0..<1, at: timestamp + 1), now: timestamp + 1)
        _ = copy.close(now: timestamp + 1)
        #expect(try listing(directory) == before)
      }
    }
  }

  @Test func readsUpToARecordThatIsOnlyHalfWrittenAndLeavesItThere() throws {
    try withDirectory { directory in
      let (store, _) = try SeriesStore.open(directory: directory, now: Stores.now)
      try store.append(Stores.round(0..<5, at: Stores.now), now: Stores.now)
      let whole = try Stores.dump(store)
      let name = try #require(try ReadOnlyFiles(directory: directory).names().first { $0.hasPrefix("log-") })
      let length = try ReadOnlyFiles(directory: directory).withContents(of: name) { $0.count }
      let descriptor = open("\(directory)/\(name)", O_WRONLY)
      defer { close(descriptor) }
      #expect(pwrite(descriptor, [9, 9, 9], 3, off_t(length)) == 3)
      let before = try listing(directory)
      let (copy, recovery) = try SeriesStore.openForReading(directory: directory, now: Stores.now)
      #expect(recovery.damage.map(\.isTornTail) == [true])
      #expect(try Stores.dump(copy) == whole)
      #expect(try listing(directory) == before)
    }
  }

  @Test func saysThatThereIsNoStoreToRead() {
    let failure = #expect(throws: TimeSeriesError.self) {
      _ = try SeriesStore.openForReading(directory: "/dev/null/poolkeeper", now: Stores.now)
    }
    #expect(failure?.code == .storage)
  }

  @Test func saysWhatIsWrongWithAPathThatCannotBeMade() throws {
    let failure = #expect(throws: TimeSeriesError.self) {
      _ = try SeriesStore.open(directory: "/dev/null/poolkeeper", now: Stores.now)
    }
    #expect(failure?.code == .storage)
  }
}

@Suite struct ConcurrencyTests {
  @Test func takesWritesReadsAndMaintenanceAtOnce() async throws {
    let store = try SeriesStore.open(files: MemoryFiles(), options: options, now: Stores.now).store
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          for round in 0..<60 {
            let timestamp = Stores.now + Int64(round) * 1_000
            try store.append(Stores.round(writer * 20..<writer * 20 + 20, at: timestamp), now: timestamp)
          }
        }
      }
      group.addTask {
        for _ in 0..<20 { #expect(store.maintain(now: Stores.now).faults.isEmpty) }
      }
      group.addTask {
        for _ in 0..<20 {
          for series in try store.select([], from: .min, through: .max) {
            var buffer = SampleBuffer()
            series.read(from: .min, through: .max, into: &buffer)
            // A view has each series' samples from the first on, without a gap.
            let isWhole = buffer.timestamps == buffer.timestamps.indices.map { Stores.now + Int64($0) * 1_000 }
            #expect(isWhole)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(store.statistics.samplesAppendedTotal == 4 * 20 * 60)
  }

  /// Labels of a selection lie in memory that the store goes on adding to and taking from.
  @Test func readersSeeWholeLabelsWhileSeriesComeAndAreForgotten() async throws {
    var limits = StoreLimits()
    limits.retentionMilliseconds = 150_000
    let store = SeriesStore(limits: limits)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for round in 0..<120 {
          // More than the interval at which retention is applied.
          let now = Stores.now + Int64(round) * 61_000
          let samples = (0..<30).map { number in
            let text = "\(round)-\(number)"
            return (labels: Labels(["__name__": "churn", "one": text, "other": text]), timestamp: now, value: 1.0)
          }
          try store.append(samples, now: now)
          #expect(store.maintain(now: now).faults.isEmpty)
        }
      }
      for _ in 0..<3 {
        group.addTask {
          for _ in 0..<200 {
            let selection = try store.selection([], from: .min, through: .max, latestOnly: true)
            var seen: Set<Labels> = []
            for index in 0..<selection.count {
              let labels = selection.labels(index)
              #expect(labels.metric == "churn" && labels["one"] != nil && labels["one"] == labels["other"])
              seen.insert(labels)
            }
            #expect(seen.count == selection.count)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(store.statistics.seriesRemovedTotal > 3_000)
  }

  private var options: SeriesStore.Options {
    var options = SeriesStore.Options()
    options.snapshotLogBytes = 1_000
    options.segmentBytes = 3_000
    return options
  }
}
