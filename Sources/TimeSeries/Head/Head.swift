/// The series and samples in memory. Not thread-safe: the store guards it with a lock.
///
/// A batch is written in three steps: samples are *staged* (checked against the newest of their series), encoded for the
/// log, and *applied* to the chunks once the log has them, or rolled back.
package struct Head: ~Copyable {
  /// A chunk is finished at this many samples, bytes, or milliseconds, whichever comes first.
  static let chunkSamples = 120
  static let chunkBytes = 1_536
  static let chunkMilliseconds: Int64 = 2 * 3_600_000

  package internal(set) var limits: StoreLimits

  // Series by slot.
  var series: UnsafeMutablePointer<SeriesState>
  var seriesCapacity = 1_024
  var seriesUsed = 0
  var freeSlots: [UInt32] = []
  var table = SlotTable()
  var labels = LabelTable()
  /// Finished chunks by slot, oldest first.
  var sealed: [[SealedChunk]] = []
  /// Samples beside the chunks by slot, present where `hasAside`.
  var aside: [UInt32: AsideSamples] = [:]
  /// Nothing but the end of reads that only fetch memory.
  var fetched: UInt64 = 0
  /// Created but not yet in the log.
  var unlogged: [UInt32] = []
  /// Whether samples of unknown slots in the log are passed over; otherwise they are damage.
  var skipsUnknownSlots = false
  /// Where the next series is looked for first.
  var hint = 0
  /// Index + 1 of a label in the dictionary that is being written, 0 for none; by label number.
  var dictionaryIndexes: [UInt32] = []

  // The current batch.
  var staged: UnsafeMutablePointer<StagedSample>
  var stagedCapacity = 4_096
  var stagedCount = 0
  var stagedHistograms: [StagedHistogram] = []
  var stagedExemplars: [Exemplar] = []
  var stagedMetadata: [MetricMetadata] = []
  var oldestAllowed = Int64.min
  var newestAllowed = Int64.max
  package internal(set) var report = WriteReport()
  var rejectedCounts = [Int](repeating: 0, count: Rejection.allCases.count)

  // Beside the samples.
  var metadata: [String: MetricMetadata] = [:]
  var exemplars = ExemplarRing()

  // Totals since the start.
  var totals = HeadTotals()
  /// Scratch for interning.
  var scratch = ByteSink()
  var scratchNumbers: [UInt32] = []

  init(limits: StoreLimits) {
    self.limits = limits
    series = .allocate(capacity: seriesCapacity)
    staged = .allocate(capacity: stagedCapacity)
  }

  deinit {
    for slot in 0..<seriesUsed {
      // Selections may outlive the head.
      if let list = series[slot].labels { labels.memory.leave(UnsafeMutableRawPointer(list)) }
      series[slot].open?.deallocate()
    }
    series.deallocate()
    staged.deallocate()
  }

  /// Series that are held now.
  var seriesCount: Int { seriesUsed - freeSlots.count }

  /// Estimated bytes held.
  var byteCount: Int {
    totals.openBytes + totals.sealedBytes + totals.asideBytes + seriesCapacity * MemoryLayout<SeriesState>.stride
      + seriesCount * 64 + table.byteCount + labels.byteCount
  }

  // MARK: Finding and making series

  /// The series whose labels have these bytes on the wire.
  /// - Parameters:
  ///   - run: consecutive label fields as in a remote-write series.
  ///   - hash: `WireHash` of the run.
  /// - Returns: the series' slot, or -1 when it is not known (or is written in an unusual way).
  package mutating func find(_ run: UnsafeRawPointer, _ count: Int, hash: UInt64) -> Int {
    // Senders repeat the order in which they first sent their series, so the next slot is tried before the table: its
    // memory follows the last one's.
    if hint < seriesUsed, series[hint].hash == hash, hasLabels(hint, run, count, hash) {
      hint &+= 1
      return hint &- 1
    }
    let found = table.find(hash) { slot in hasLabels(slot, run, count, hash) }
    if found >= 0 { hint = found &+ 1 }
    return found
  }

  /// Whether the series in a slot has exactly these label bytes.
  @inline(__always)
  private func hasLabels(_ slot: Int, _ run: UnsafeRawPointer, _ count: Int, _ hash: UInt64) -> Bool {
    let state = series + slot
    guard state.pointee.hash == hash, Int(state.pointee.labelBytes) == count, let numbers = state.pointee.labels else {
      return false
    }
    let entries = labels.entries
    var offset = 0
    for i in 0..<Int(state.pointee.labelCount) {
      let entry = entries + Int(numbers[i])
      let length = Int(entry.pointee.wireCount)
      if offset &+ length > count { return false }
      if !WireBytes.equal(run + offset, entry.pointee.wire.unsafelyUnwrapped, length) { return false }
      offset &+= length
    }
    return offset == count
  }

  /// The series whose labels have these canonical bytes, made when it is new; -1 when the series limit is reached.
  package mutating func findOrCreate(run: UnsafeRawBufferPointer) -> Int {
    guard let base = run.baseAddress else { return -1 }
    let hash = WireHash.of(base, run.count)
    let found = find(base, run.count, hash: hash)
    if found >= 0 { return found }
    if seriesCount >= limits.series { return -1 }
    report.seriesCreated += 1
    let slot = freeSlots.popLast().map(Int.init) ?? seriesUsed
    create(slot: slot, run: run, hash: hash)
    unlogged.append(UInt32(slot))
    return slot
  }

  /// Fills a free slot.
  mutating func create(slot: Int, run: UnsafeRawBufferPointer, hash: UInt64) {
    scratchNumbers.removeAll(keepingCapacity: true)
    var source = ByteSource(run)
    while let (name, value) = LabelWire.next(&source) {
      scratchNumbers.append(UInt32(labels.intern(name: name, value: value, scratch: &scratch)))
    }
    create(slot: slot, labels: scratchNumbers, runBytes: run.count, hash: hash)
  }

  /// Fills a free slot with a series of interned labels.
  mutating func create(slot: Int, labels numbers: [UInt32], runBytes: Int, hash: UInt64) {
    ensureSlots(slot + 1)
    var state = SeriesState()
    state.hash = hash
    state.labelBytes = UInt32(runBytes)
    state.labelCount = UInt16(numbers.count)
    state.labels = .allocate(capacity: max(1, numbers.count))
    for (i, number) in numbers.enumerated() {
      state.labels![i] = number
      labels.postings[Int(number)].insert(UInt32(slot))
    }
    totals.labelReferences += numbers.count
    series[slot] = state
    table.insert(hash, slot: slot)
    totals.seriesCreated += 1
  }

  /// Makes slots below `count` exist, free ones where nothing is known of them.
  mutating func ensureSlots(_ count: Int) {
    if count > seriesCapacity {
      let capacity = max(count, seriesCapacity + seriesCapacity / 2)
      let larger = UnsafeMutablePointer<SeriesState>.allocate(capacity: capacity)
      larger.moveInitialize(from: series, count: seriesUsed)
      series.deallocate()
      series = larger
      seriesCapacity = capacity
    }
    while seriesUsed < count {
      (series + seriesUsed).initialize(to: SeriesState())
      seriesUsed += 1
      sealed.append([])
    }
  }

  /// The labels of a series as text.
  func labelSet(_ slot: Int) -> Labels {
    let state = series[slot]
    var entries: [Label] = []
    entries.reserveCapacity(Int(state.labelCount))
    for i in 0..<Int(state.labelCount) { entries.append(labels.label(Int(state.labels![i]))) }
    return Labels(sortedUnique: entries)
  }
}

/// Running totals of the head.
struct HeadTotals {
  var seriesCreated = 0
  var seriesRemoved = 0
  /// Finished chunks that fell behind the retention while their series went on.
  var chunksRemoved = 0
  var samplesAppended = 0
  var histogramsAppended = 0
  var exemplarsAppended = 0
  var duplicates = 0
  var outOfOrder = 0
  var rejected = [Int](repeating: 0, count: Rejection.allCases.count)
  var openBytes = 0
  var sealedBytes = 0
  var sealedChunks = 0
  var asideBytes = 0
  var openChunks = 0
  var labelReferences = 0
  /// Newest timestamp ever appended.
  var newest = Int64.min
}
