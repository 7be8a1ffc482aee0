import Testing

@testable import TimeSeries

@Suite struct SnapshotTests {
  /// One step of every kind of content; the same for each store that it is given to.
  private struct Load {
    var generator: SeededGenerator
    var histograms: [RandomHistograms]

    init(seed: UInt64) {
      var generator = SeededGenerator(seed: seed)
      histograms = RandomHistograms.Kind.allCases.map { RandomHistograms($0, &generator) }
      self.generator = generator
    }

    mutating func step(_ number: Int, _ stores: [SeriesStore]) throws {
      let time = Stores.now + Int64(number) * 15_000
      var samples: [(labels: Labels, timestamp: Int64, value: Double)] = []
      for series in 0..<12 where Int.random(in: 0..<5, using: &generator) > 0 {
        let value: Double =
          switch series % 4 {
          case 0: Double(number)
          case 1: Double(bitPattern: generator.next())
          case 2: [.staleMarker, 0, -0.0, .infinity].randomElement(using: &generator)!
          default: Double.random(in: 0...1, using: &generator)
          }
        let jitter = Int64.random(in: 0...200, using: &generator)
        samples.append((Stores.labels(series + number / 60), time + jitter, value))
        if number % 9 == 4 { samples.append((Stores.labels(series + number / 60), time - 40_000, value)) }
      }
      let late = Int.random(in: 0..<8, using: &generator) == 0
      let made = histograms.indices.map { histograms[$0].next(&generator) }
      for store in stores {
        try store.append(samples, now: time)
        _ = store.write(now: time) { head in
          for (index, histogram) in made.enumerated() {
            var run = ByteSink()
            for label in Labels(["__name__": "h", "kind": "\(index)"]).entries { LabelWire.append(label, to: &run) }
            let slot = head.findOrCreate(run: run.bytes)
            head.stage(slot: slot, timestamp: late ? time - 100_000 : time, histogram: histogram)
          }
          return (true, ())
        }
      }
    }
  }

  @Test(arguments: 0..<2) func goesOnAsIfNothingHadBeen(seed: UInt64) throws {
    var options = SeriesStore.Options()
    options.limits.outOfOrderMilliseconds = 3_600_000
    options.limits.retentionMilliseconds = 4 * 3_600_000
    options.segmentBytes = 20_000
    options.snapshotLogBytes = 60_000
    let files = MemoryFiles()
    let plain = SeriesStore(limits: options.limits)
    var load = Load(seed: seed)
    for part in 0..<6 {
      let now = Stores.now + Int64(part) * 50 * 15_000
      let (store, report) = try SeriesStore.open(files: files, options: options, now: now)
      #expect(report.damage.isEmpty)
      #expect(try Stores.dump(store) == Stores.dump(plain))
      for number in part * 50..<(part + 1) * 50 {
        try load.step(number, [store, plain])
        #expect(store.maintain(now: now).faults.isEmpty)
      }
      if part % 3 != 1 { #expect(store.close(now: now).snapshotBytes != nil) }
      #expect(try Stores.dump(store) == Stores.dump(plain))
    }
    #expect(plain.statistics.histogramsAppendedTotal > 900)
    #expect(try Stores.dump(plain).contains { $0.contains("NativeHistogram") })
  }

  @Test func refusesAStateThatNoEncoderHas() throws {
    let files = MemoryFiles()
    let store = try SeriesStore.open(files: files, now: Stores.now).store
    let labels = Labels(["__name__": "m"])
    for step in 0..<3 { try store.append([(labels, Stores.now + Int64(step), Double(step))], now: Stores.now) }
    _ = store.close(now: Stores.now)
    let (name, whole) = try #require(files.files.first { $0.key.hasPrefix("snapshot") })
    // The window's two bytes follow the last value's eight; a width below zero would write where it must not.
    let marker = withUnsafeBytes(of: (2.0).bitPattern.littleEndian) { Array($0) }
    let place = try #require(whole.indices.first { whole[$0...].starts(with: marker) })
    var bytes = whole
    bytes[place + 8] = 60
    bytes[place + 9] = 60
    bytes = Self.repaired(bytes)
    let (again, report) = try SeriesStore.open(files: MemoryFiles([name: bytes]), now: Stores.now)
    #expect(report.damage.count == 1)
    try again.append([(labels, Stores.now + 10, 4.5)], now: Stores.now)
    #expect(try Stores.points(again).contains("\(labels) \(Stores.now + 10) \((4.5).bitPattern)"))
  }

  /// The file with the checksums that its blocks should have.
  private static func repaired(_ file: [UInt8]) -> [UInt8] {
    var file = file
    var offset = 8
    while offset + RecordFrame.headerBytes <= file.count {
      let length = (0..<4).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
      let end = offset + RecordFrame.headerBytes + length
      let checksum = file.withUnsafeBytes { CRC32C.of(UnsafeRawBufferPointer(rebasing: $0[offset + 8..<end])) }
      for i in 0..<4 { file[offset + 4 + i] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * i)) }
      offset = end
    }
    return file
  }
}
