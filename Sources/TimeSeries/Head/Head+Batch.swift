/// Staging, applying and rolling back a batch.
extension Head {
  /// Starts a batch.
  /// - Parameter now: milliseconds since the Unix epoch, from which retention and the future's limit are counted.
  package mutating func beginBatch(now: Int64) {
    stagedCount = 0
    stagedHistograms.removeAll(keepingCapacity: true)
    stagedExemplars.removeAll(keepingCapacity: true)
    stagedMetadata.removeAll(keepingCapacity: true)
    report = WriteReport()
    for i in rejectedCounts.indices { rejectedCounts[i] = 0 }
    oldestAllowed = now.subtractingSaturated(limits.retentionMilliseconds)
    newestAllowed = now.addingSaturated(limits.futureMilliseconds)
  }

  /// Stages one sample of a known series.
  @inline(__always)
  mutating func stageInline(_ slot: Int, _ timestamp: Int64, _ bits: UInt64) {
    let state = series + slot
    if timestamp > state.pointee.newest && timestamp <= newestAllowed && timestamp >= oldestAllowed {
      state.pointee.newest = timestamp
      state.pointee.newestBits = bits
      state.pointee.newestIsHistogram = false
      push(StagedSample(slot: UInt32(truncatingIfNeeded: slot), isOutOfOrder: false, timestamp: timestamp, bits: bits))
    } else {
      stageSlowly(slot, timestamp, bits)
    }
  }

  /// Stages one sample of a known series.
  package mutating func stage(slot: Int, timestamp: Int64, bits: UInt64) { stageInline(slot, timestamp, bits) }

  @inline(__always)
  private mutating func push(_ sample: StagedSample) {
    if stagedCount == stagedCapacity { growStaged() }
    (staged + stagedCount).initialize(to: sample)
    stagedCount &+= 1
  }

  @inline(never)
  private mutating func growStaged() {
    let larger = UnsafeMutablePointer<StagedSample>.allocate(capacity: stagedCapacity * 2)
    larger.moveInitialize(from: staged, count: stagedCount)
    staged.deallocate()
    staged = larger
    stagedCapacity *= 2
  }

  /// Everything but the ordinary next sample.
  @inline(never)
  private mutating func stageSlowly(_ slot: Int, _ timestamp: Int64, _ bits: UInt64) {
    let state = series[slot]
    if timestamp > newestAllowed { return reject(.tooFarInFuture, slot: slot, timestamp: timestamp) }
    if timestamp < oldestAllowed { return reject(.olderThanRetention, slot: slot, timestamp: timestamp) }
    if timestamp == state.newest && !state.newestIsHistogram && bits == state.newestBits {
      report.duplicates += 1
      report.samplesStored += 1
      return
    }
    if let known = stagedBits(slot, timestamp) ?? storedBits(slot, timestamp) {
      if known == bits {
        report.duplicates += 1
        report.samplesStored += 1
      } else {
        reject(.conflictingDuplicate, slot: slot, timestamp: timestamp)
      }
      return
    }
    if timestamp == state.newest || hasHistogram(slot, timestamp) {
      return reject(.conflictingDuplicate, slot: slot, timestamp: timestamp)
    }
    if timestamp < state.newest.subtractingSaturated(limits.outOfOrderMilliseconds) {
      return reject(.outOfOrder, slot: slot, timestamp: timestamp)
    }
    report.outOfOrder += 1
    push(StagedSample(slot: UInt32(slot), isOutOfOrder: true, timestamp: timestamp, bits: bits))
  }

  /// Stages one native histogram of a known series. The histogram has been validated.
  package mutating func stage(slot: Int, timestamp: Int64, histogram: NativeHistogram) {
    let state = series[slot]
    if timestamp > newestAllowed { return reject(.tooFarInFuture, slot: slot, timestamp: timestamp) }
    if timestamp < oldestAllowed { return reject(.olderThanRetention, slot: slot, timestamp: timestamp) }
    if timestamp > state.newest {
      series[slot].newest = timestamp
      series[slot].newestIsHistogram = true
      stagedHistograms.append(StagedHistogram(slot: UInt32(slot), timestamp: timestamp, histogram: histogram))
      return
    }
    let known =
      stagedHistograms.last { $0.slot == slot && $0.timestamp == timestamp }?.histogram
      ?? storedHistogram(slot, timestamp)
    if let known {
      guard known.isSame(as: histogram) else {
        return reject(.conflictingDuplicate, slot: slot, timestamp: timestamp)
      }
      report.duplicates += 1
      report.histogramsStored += 1
    } else if timestamp == state.newest || (stagedBits(slot, timestamp) ?? storedBits(slot, timestamp)) != nil {
      reject(.conflictingDuplicate, slot: slot, timestamp: timestamp)
    } else if timestamp < state.newest.subtractingSaturated(limits.outOfOrderMilliseconds) {
      reject(.outOfOrder, slot: slot, timestamp: timestamp)
    } else {
      report.outOfOrder += 1
      stagedHistograms.append(StagedHistogram(slot: UInt32(slot), timestamp: timestamp, histogram: histogram))
    }
  }

  /// Stages an exemplar of a known series.
  package mutating func stage(slot: Int, exemplar labels: Labels, value: Double, timestamp: Int64) {
    stagedExemplars.append(
      Exemplar(series: labelSet(slot), labels: labels, value: value, timestamp: timestamp))
  }

  /// Stages a family's metadata.
  package mutating func stage(metadata entry: MetricMetadata) {
    guard !entry.family.isEmpty, metadata[entry.family] != entry else { return }
    stagedMetadata.append(entry)
  }

  /// Stages what a request says of a series' metric.
  package mutating func stageMetadata(ofMetricAt slot: Int, kind: MetricMetadata.Kind, help: String, unit: String) {
    stage(metadata: MetricMetadata(family: labelSet(slot).metric, kind: kind, help: help, unit: unit))
  }

  /// Counts content that is not stored.
  /// - Parameter reason: evaluated only for the first few.
  package mutating func reject(_ rejection: Rejection, count: Int = 1, _ reason: @autoclosure () -> String) {
    rejectedCounts[rejection.index] += count
    if report.reasons.count < WriteReport.reasonLimit { report.reasons.append(reason()) }
  }

  /// Counts what a replica sent that is not the elected one.
  package mutating func countDeduplicated(samples: Int, histograms: Int, exemplars: Int) {
    report.samplesDeduplicated += samples
    report.histogramsDeduplicated += histograms
    report.exemplarsDeduplicated += exemplars
  }

  private mutating func reject(_ rejection: Rejection, slot: Int, timestamp: Int64) {
    rejectedCounts[rejection.index] += 1
    guard report.reasons.count < WriteReport.reasonLimit else { return }
    report.reasons.append(sentence(rejection, slot: slot, timestamp: timestamp))
  }

  private mutating func sentence(_ rejection: Rejection, slot: Int, timestamp: Int64) -> String {
    let what = "sample of \(labelSet(slot)) at \(timestamp) ms"
    let prefix = limits.configurationPrefix
    switch rejection {
    case .outOfOrder:
      return "\(what) is out of order: the newest is at \(series[slot].newest) ms and the window "
        + "(\(prefix).out_of_order_window_seconds) is \(limits.outOfOrderMilliseconds) ms"
    case .conflictingDuplicate:
      return "\(what) is there already with another value; send each timestamp of a series once"
    case .olderThanRetention:
      return "\(what) is older than the retention (\(prefix).retention_hours) of \(limits.retentionMilliseconds) ms"
    case .tooFarInFuture:
      return "\(what) lies more than \(limits.futureMilliseconds) ms in the future; compare the clocks"
    default:
      return "\(what) was refused: \(rejection.rawValue)"
    }
  }

  /// Whether the batch would change anything.
  var hasStaged: Bool { stagedCount > 0 || !stagedHistograms.isEmpty || !stagedMetadata.isEmpty }

  /// Takes the staged samples into the chunks and closes the report.
  mutating func applyBatch() {
    for start in stride(from: 0, to: stagedCount, by: Head.fetchedSamples) {
      let places = start..<min(start + Head.fetchedSamples, stagedCount)
      fetch(places)
      for i in places {
        let sample = staged[i]
        if sample.isOutOfOrder {
          insertAside(Int(sample.slot), sample.timestamp, sample.bits)
        } else {
          appendInline(Int(sample.slot), sample.timestamp, sample.bits)
        }
      }
    }
    for entry in stagedHistograms { insertAside(Int(entry.slot), entry.timestamp, entry.histogram) }
    for entry in stagedExemplars { exemplars.append(entry, limit: limits.exemplars) }
    for entry in stagedMetadata { keep(entry) }
    report.samplesStored += stagedCount
    report.histogramsStored += stagedHistograms.count
    report.exemplarsStored += stagedExemplars.count
    totals.samplesAppended += stagedCount
    totals.histogramsAppended += stagedHistograms.count
    totals.exemplarsAppended += stagedExemplars.count
    totals.duplicates += report.duplicates
    totals.outOfOrder += report.outOfOrder
    closeReport()
    clearStaged()
  }

  /// Samples that are fetched together.
  static let fetchedSamples = 32

  /// Reads a word of each place that some staged samples will need. Their series lie far apart in memory, and come side by
  /// side when all are asked for before the first of them is worked on.
  mutating func fetch(_ places: Range<Int>) {
    var mixed: UInt64 = 0
    for i in places where Int(staged[i].slot) < seriesUsed {
      let state = series + Int(staged[i].slot)
      mixed &+= UInt64(bitPattern: state.pointee.newest) ^ state.pointee.encoder.lastBits
    }
    for i in places where Int(staged[i].slot) < seriesUsed {
      let state = series + Int(staged[i].slot)
      guard let open = state.pointee.open else { continue }
      mixed &+= UInt64(open.load(fromByteOffset: Int(state.pointee.encoder.bitCount &>> 3), as: UInt8.self))
    }
    // Kept, so that the reads are not left out.
    fetched = mixed
  }

  /// Forgets the staged samples: the series' newest are again what is stored.
  mutating func rollBackBatch() {
    for i in 0..<stagedCount { restoreNewest(Int(staged[i].slot)) }
    for entry in stagedHistograms { restoreNewest(Int(entry.slot)) }
    closeReport()
    clearStaged()
  }

  mutating func keep(_ entry: MetricMetadata) {
    guard metadata.count < limits.metadataFamilies || metadata[entry.family] != nil else { return }
    metadata[entry.family] = entry
  }

  private mutating func closeReport() {
    for rejection in Rejection.allCases where rejectedCounts[rejection.index] > 0 {
      let count = rejectedCounts[rejection.index]
      report.rejected.append(WriteReport.RejectedCount(reason: rejection, count: count))
      totals.rejected[rejection.index] += count
    }
  }

  private mutating func clearStaged() {
    stagedCount = 0
    stagedHistograms.removeAll(keepingCapacity: true)
    stagedExemplars.removeAll(keepingCapacity: true)
    stagedMetadata.removeAll(keepingCapacity: true)
  }

  private mutating func restoreNewest(_ slot: Int) {
    let state = series + slot
    state.pointee.newest = state.pointee.stored
    if let newest = storedBits(slot, state.pointee.stored) {
      state.pointee.newestBits = newest
      state.pointee.newestIsHistogram = false
    } else {
      state.pointee.newestIsHistogram = state.pointee.stored != .min
    }
  }

  /// The value of a sample that this batch staged.
  private func stagedBits(_ slot: Int, _ timestamp: Int64) -> UInt64? {
    for i in stride(from: stagedCount - 1, through: 0, by: -1)
    where staged[i].slot == slot && staged[i].timestamp == timestamp {
      return staged[i].bits
    }
    return nil
  }
}

extension Rejection {
  /// Position in `allCases`.
  var index: Int { Rejection.allCases.firstIndex(of: self)! }
}

extension Int64 {
  func subtractingSaturated(_ other: Int64) -> Int64 {
    let (value, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : value
  }

  func addingSaturated(_ other: Int64) -> Int64 {
    let (value, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : value
  }
}
