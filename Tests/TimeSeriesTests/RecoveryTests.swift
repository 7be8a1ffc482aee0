import Testing

@testable import TimeSeries

@Suite struct RecoveryTests {
  private func options(_ change: (inout SeriesStore.Options) -> Void = { _ in }) -> SeriesStore.Options {
    var options = SeriesStore.Options()
    options.limits.outOfOrderMilliseconds = 3_600_000
    change(&options)
    return options
  }

  private func fill(_ store: SeriesStore, rounds: Range<Int>, series: Range<Int> = 0..<30) throws {
    for round in rounds {
      let timestamp = Stores.now + Int64(round) * 15_000
      try store.append(Stores.round(series, at: timestamp), now: timestamp)
      if round % 4 == 3 {
        try store.append(Stores.round(series.prefix(3), at: timestamp - 20_000), now: timestamp)
      }
    }
  }

  @Test func holdsTheSameAfterARestart() throws {
    let files = MemoryFiles()
    let (store, first) = try SeriesStore.open(files: files, options: options(), now: Stores.now)
    #expect(first == RecoveryReport())
    try fill(store, rounds: 0..<300)
    let (again, report) = try SeriesStore.open(files: files, options: options(), now: Stores.now)
    #expect(try Stores.dump(again) == Stores.dump(store))
    #expect(report.damage.isEmpty && report.series == 30 && report.samplesReplayed == 30 * 300)
  }

  @Test func holdsTheSameAfterSnapshotsAndRestarts() throws {
    let files = MemoryFiles()
    let plain = SeriesStore(limits: options().limits)
    let small = options {
      $0.segmentBytes = 2_000
      $0.snapshotLogBytes = 5_000
    }
    for part in 0..<10 {
      let rounds = part * 40..<(part + 1) * 40
      let (store, report) = try SeriesStore.open(files: files, options: small, now: Stores.now)
      #expect(report.damage.isEmpty)
      for round in rounds {
        try fill(store, rounds: round..<round + 1, series: part * 5..<part * 5 + 20)
        #expect(store.maintain(now: Stores.now + Int64(round) * 15_000).faults.isEmpty)
        try fill(plain, rounds: round..<round + 1, series: part * 5..<part * 5 + 20)
      }
      if part % 2 == 0 { #expect(store.close(now: Stores.now).snapshotBytes != nil) }
      #expect(try Stores.dump(store) == Stores.dump(plain))
    }
    #expect(files.files.keys.filter { $0.hasPrefix("snapshot") }.count == 1)
  }

  @Test func losesNoAcknowledgedRequestWhenTheTailIsTorn() throws {
    let files = MemoryFiles()
    let (store, _) = try SeriesStore.open(files: files, options: options(), now: Stores.now)
    var acknowledged: [(length: Int, points: Set<String>)] = [(0, [])]
    for round in 0..<8 {
      try fill(store, rounds: round..<round + 1, series: 0..<4)
      acknowledged.append((files.files["log-0000000001"]!.count, try Stores.points(store)))
    }
    let whole = files.files["log-0000000001"]!
    for length in 0...whole.count {
      let torn = MemoryFiles(["log-0000000001": Array(whole.prefix(length))])
      let (again, report) = try SeriesStore.open(files: torn, options: options(), now: Stores.now)
      let complete = acknowledged.last { $0.length <= length }!
      let held = try Stores.points(again)
      // Of the torn request there may be whole records, never anything else.
      #expect(held.isSuperset(of: complete.points))
      #expect(held.isSubset(of: acknowledged.first { $0.length >= length }!.points))
      if length == complete.length { #expect(report.damage.isEmpty) }
      for damage in report.damage {
        #expect(damage.isTornTail && damage.goodBytes + damage.lostBytes == length)
        #expect(damage.goodBytes >= complete.length)
      }
      // And it can be written on.
      try fill(again, rounds: 20..<21, series: 0..<4)
      let (third, _) = try SeriesStore.open(files: torn, options: options(), now: Stores.now)
      #expect(try Stores.dump(third) == Stores.dump(again))
    }
  }

  @Test func noticesEveryFlippedBitAndKeepsWhatIsBefore() throws {
    let files = MemoryFiles()
    let (store, _) = try SeriesStore.open(files: files, options: options(), now: Stores.now)
    try fill(store, rounds: 0..<6, series: 0..<4)
    let whole = files.files["log-0000000001"]!
    for bit in stride(from: 0, to: whole.count * 8, by: 3) {
      var bytes = whole
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      let (_, report) = try SeriesStore.open(
        files: MemoryFiles(["log-0000000001": bytes]), options: options(), now: Stores.now)
      #expect(report.damage.count == 1)
      #expect(report.damage.first.map { $0.goodBytes <= bit / 8 } ?? false)
    }
  }

  @Test func survivesDamagedSnapshots() throws {
    let files = MemoryFiles()
    let (store, _) = try SeriesStore.open(files: files, options: options(), now: Stores.now)
    try fill(store, rounds: 0..<130, series: 0..<6)
    _ = store.close(now: Stores.now)
    let (name, whole) = try #require(files.files.first { $0.key.hasPrefix("snapshot") })
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<200 {
      var bytes = whole
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
      let (again, report) = try SeriesStore.open(files: MemoryFiles([name: bytes]), options: options(), now: Stores.now)
      #expect(report.damage.count == 1)
      try fill(again, rounds: 200..<201)
    }
    for length in 0..<min(whole.count, 300) {
      let torn = MemoryFiles([name: Array(whole.prefix(length))])
      #expect(try SeriesStore.open(files: torn, options: options(), now: Stores.now).recovery.damage.count == 1)
    }
  }

  @Test func refusesAndRecoversByItselfWhenTheDeviceIsFull() throws {
    let files = MemoryFiles()
    let (store, _) = try SeriesStore.open(files: files, options: options(), now: Stores.now)
    try fill(store, rounds: 0..<5)
    for room in stride(from: 0, to: 150, by: 3) {
      let before = try Stores.dump(store)
      files.setRoom(room)
      let timestamp = Stores.now + Int64(room + 10) * 15_000
      let failure = #expect(throws: TimeSeriesError.self) {
        try store.append(Stores.round(0..<40, at: timestamp), now: timestamp)
      }
      #expect(failure?.code == .storage)
      #expect(try Stores.dump(store) == before)
      files.setRoom(nil)
      try store.append(Stores.round(0..<40, at: timestamp), now: timestamp)
      #expect(try Stores.dump(store) != before)
    }
    let (again, report) = try SeriesStore.open(files: files, options: options(), now: Stores.now)
    #expect(report.damage.isEmpty)
    #expect(try Stores.dump(again) == Stores.dump(store))
  }

  @Test func keepsWhatTheLogSaysBehindADamagedSnapshot() throws {
    let files = MemoryFiles()
    let (store, _) = try SeriesStore.open(files: files, options: options(), now: Stores.now)
    try fill(store, rounds: 0..<5, series: 0..<600)
    _ = store.close(now: Stores.now)
    try fill(store, rounds: 5..<8, series: 0..<600)
    var content = files.files
    let name = try #require(content.keys.first { $0.hasPrefix("snapshot") })
    content[name]![content[name]!.count - 40] ^= 1
    let damaged = MemoryFiles(content)
    let (again, report) = try SeriesStore.open(files: damaged, options: options(), now: Stores.now)
    #expect(report.damage.map(\.file) == [name])
    #expect(report.series >= 512)
    #expect(try Stores.points(again).isSubset(of: Stores.points(store)))
    #expect(again.maintain(now: Stores.now).snapshotBytes != nil)
    let (third, second) = try SeriesStore.open(files: damaged, options: options(), now: Stores.now)
    #expect(second.damage.isEmpty)
    #expect(try Stores.dump(third) == Stores.dump(again))
  }

  @Test func putsLaterSegmentsAsideBehindADamagedOne() throws {
    let files = MemoryFiles()
    let small = options { $0.segmentBytes = 1_000 }
    let (store, _) = try SeriesStore.open(files: files, options: small, now: Stores.now)
    try fill(store, rounds: 0..<40)
    var content = files.files
    #expect(content.count > 4)
    content["log-0000000002"]![60] ^= 0x10
    let damaged = MemoryFiles(content)
    let (_, report) = try SeriesStore.open(files: damaged, options: small, now: Stores.now)
    #expect(report.damage.first?.file == "log-0000000002")
    #expect(report.damage.count == content.count - 1)
    #expect(damaged.files.keys.contains("log-0000000003.damaged"))
    let (_, second) = try SeriesStore.open(files: damaged, options: small, now: Stores.now)
    #expect(second.damage.isEmpty)
  }
}
