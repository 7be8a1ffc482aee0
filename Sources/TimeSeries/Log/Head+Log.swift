/// The current batch as log records, and log records back into the head.
///
/// Source of the layout: docs/format/log.md.
extension Head {
  /// Appends the records of the staged batch.
  mutating func encodeBatch(into sink: inout ByteSink) {
    if !unlogged.isEmpty { encodeSeries(into: &sink) }
    var outOfOrder = 0
    for i in 0..<stagedCount where staged[i].isOutOfOrder { outOfOrder += 1 }
    if stagedCount > outOfOrder {
      encodeSamples(.samples, count: stagedCount - outOfOrder, outOfOrder: false, into: &sink)
    }
    if outOfOrder > 0 { encodeSamples(.outOfOrderSamples, count: outOfOrder, outOfOrder: true, into: &sink) }
    if !stagedHistograms.isEmpty {
      let start = RecordFrame.open(.histograms, in: &sink)
      sink.appendVarint(UInt64(stagedHistograms.count))
      for entry in stagedHistograms {
        sink.appendVarint(UInt64(entry.slot))
        sink.appendSigned(entry.timestamp)
        HistogramCodec.append(entry.histogram, to: &sink)
      }
      RecordFrame.close(start, in: &sink)
    }
    if !stagedMetadata.isEmpty { Head.encode(metadata: stagedMetadata, into: &sink) }
  }

  static func encode(metadata: [MetricMetadata], into sink: inout ByteSink) {
    let start = RecordFrame.open(.metadata, in: &sink)
    sink.appendVarint(UInt64(metadata.count))
    for entry in metadata {
      sink.append(text: entry.family)
      sink.append(UInt8(MetricMetadata.Kind.allCases.firstIndex(of: entry.kind)!))
      sink.append(text: entry.help)
      sink.append(text: entry.unit)
    }
    RecordFrame.close(start, in: &sink)
  }

  /// A dictionary of the labels, then the series as indices into it.
  private mutating func encodeSeries(into sink: inout ByteSink) {
    let start = RecordFrame.open(.series, in: &sink)
    var indices: [UInt32] = []
    swap(&indices, &dictionaryIndexes)
    while indices.count < labels.used { indices.append(0) }
    var order: [UInt32] = []
    for slot in unlogged {
      let state = series[Int(slot)]
      for i in 0..<Int(state.labelCount) where indices[Int(state.labels![i])] == 0 {
        order.append(state.labels![i])
        indices[Int(state.labels![i])] = UInt32(order.count)
      }
    }
    sink.appendVarint(UInt64(order.count))
    for number in order { appendLabel(Int(number), to: &sink) }
    sink.appendVarint(UInt64(unlogged.count))
    for slot in unlogged {
      let state = series[Int(slot)]
      sink.appendVarint(UInt64(slot))
      sink.appendVarint(UInt64(state.labelCount))
      for i in 0..<Int(state.labelCount) { sink.appendVarint(UInt64(indices[Int(state.labels![i])] - 1)) }
    }
    for number in order { indices[Int(number)] = 0 }
    swap(&indices, &dictionaryIndexes)
    RecordFrame.close(start, in: &sink)
  }

  /// A label's wire form with its length before it.
  func appendLabel(_ number: Int, to sink: inout ByteSink) {
    let entry = labels.entries[number]
    sink.appendVarint(UInt64(entry.wireCount))
    sink.append(entry.wire!, Int(entry.wireCount))
  }

  private mutating func encodeSamples(_ kind: RecordKind, count: Int, outOfOrder: Bool, into sink: inout ByteSink) {
    let start = RecordFrame.open(kind, in: &sink)
    sink.appendVarint(UInt64(count))
    var timestamp: Int64 = 0
    var slot: Int64 = -1
    for i in 0..<stagedCount {
      let sample = staged[i]
      if sample.isOutOfOrder != outOfOrder { continue }
      sink.reserve(32)
      let width = 8 &- sample.bits.trailingZeroBitCount / 8
      let sameTime = sample.timestamp == timestamp
      let nextSlot = Int64(sample.slot) == slot &+ 1
      sink.append(UInt8(truncatingIfNeeded: width) | (sameTime ? 0x10 : 0) | (nextSlot ? 0x20 : 0))
      if !nextSlot { sink.appendSigned(Int64(sample.slot) &- slot) }
      if !sameTime { sink.appendSigned(sample.timestamp &- timestamp) }
      sink.append(high: sample.bits, width: width)
      timestamp = sample.timestamp
      slot = Int64(sample.slot)
    }
    RecordFrame.close(start, in: &sink)
  }

  /// Takes one record of the log back.
  /// - Returns: whether the payload made sense.
  mutating func replay(_ kind: RecordKind, _ payload: UnsafeRawBufferPointer) -> Bool {
    var source = ByteSource(payload)
    switch kind {
    case .series: replaySeries(&source)
    case .samples: replaySamples(&source, outOfOrder: false)
    case .outOfOrderSamples: replaySamples(&source, outOfOrder: true)
    case .histograms: replayHistograms(&source)
    case .metadata: replayMetadata(&source)
    default: return false
    }
    return !source.isDamaged && source.isAtEnd
  }

  private mutating func replaySeries(_ source: inout ByteSource) {
    var dictionary: [UInt32] = []
    internLabels(&source, into: &dictionary)
    var run = ByteSink()
    for _ in 0..<source.count(minimum: 2) {
      let slot = source.varint()
      guard define(slot: slot, labels: dictionary, &source, &run) else { return source.fail() }
    }
  }

  /// Samples are read and applied some at a time; see `fetch`.
  private mutating func replaySamples(_ source: inout ByteSource, outOfOrder: Bool) {
    var timestamp: Int64 = 0
    var slot: Int64 = -1
    var remaining = source.count()
    while remaining > 0 && !source.isDamaged {
      var count = 0
      while count < min(Head.fetchedSamples, remaining) {
        let control = source.byte()
        slot = slot &+ (control & 0x20 != 0 ? 1 : source.signed())
        if control & 0x10 == 0 { timestamp = timestamp &+ source.signed() }
        let bits = source.high(width: Int(control & 0x0f))
        guard !source.isDamaged, slot >= 0, slot <= Int64(UInt32.max) else {
          source.fail()
          break
        }
        (staged + count).initialize(
          to: StagedSample(slot: UInt32(slot), isOutOfOrder: outOfOrder, timestamp: timestamp, bits: bits))
        count &+= 1
      }
      remaining &-= count
      fetch(0..<count)
      for i in 0..<count {
        guard replay(staged[i]) || skipsUnknownSlots else { return source.fail() }
      }
    }
  }

  /// - Returns: whether the sample's series is known.
  @inline(__always)
  private mutating func replay(_ sample: StagedSample) -> Bool {
    let slot = Int(sample.slot)
    guard slot < seriesUsed, series[slot].isAlive else { return false }
    if sample.isOutOfOrder {
      if storedBits(slot, sample.timestamp) == nil { insertAside(slot, sample.timestamp, sample.bits) }
    } else if sample.timestamp > series[slot].newest {
      appendInline(slot, sample.timestamp, sample.bits)
      series[slot].newest = sample.timestamp
      series[slot].newestBits = sample.bits
      series[slot].newestIsHistogram = false
      totals.samplesAppended += 1
    }
    return true
  }

  private mutating func replayHistograms(_ source: inout ByteSource) {
    for _ in 0..<source.count() {
      let slot = source.varint()
      let timestamp = source.signed()
      let histogram = HistogramCodec.read(&source)
      guard !source.isDamaged else { return }
      guard slot < UInt64(seriesUsed), series[Int(slot)].isAlive else {
        if skipsUnknownSlots { continue }
        return source.fail()
      }
      insertAside(Int(slot), timestamp, histogram)
      if timestamp > series[Int(slot)].newest {
        series[Int(slot)].newest = timestamp
        series[Int(slot)].newestIsHistogram = true
      }
    }
  }

  private mutating func replayMetadata(_ source: inout ByteSource) {
    for _ in 0..<source.count() {
      let family = source.text()
      let kind = Int(source.byte())
      let help = source.text()
      let unit = source.text()
      guard !source.isDamaged, kind < MetricMetadata.Kind.allCases.count else { return source.fail() }
      keep(MetricMetadata(family: family, kind: MetricMetadata.Kind.allCases[kind], help: help, unit: unit))
    }
  }
}

extension ByteSink {
  /// The `width` (0 ... 8) most significant bytes, least significant of them first.
  @inline(__always)
  mutating func append(high bits: UInt64, width: Int) {
    reserve(8)
    let value = width == 0 ? 0 : bits &>> UInt64(64 &- 8 &* width)
    base.storeBytes(of: value.littleEndian, toByteOffset: count, as: UInt64.self)
    advance(width)
  }
}

extension ByteSource {
  /// The opposite of `append(high:width:)`.
  @inline(__always)
  mutating func high(width: Int) -> UInt64 {
    guard width <= 8 else {
      fail()
      return 0
    }
    // The common case: eight bytes can be loaded, of which the lowest `width` are the number's.
    if let word = peek() {
      skip(width)
      return width == 0 ? 0 : word &<< UInt64(64 &- 8 &* width)
    }
    var value: UInt64 = 0
    for i in 0..<width { value |= UInt64(byte()) &<< UInt64(64 &- 8 &* width &+ 8 &* i) }
    return value
  }
}
