import TimeSeries

/// Reads a request's bytes and stages what they hold. Both versions share samples, histograms and limits.
///
/// A known series costs a hash and a comparison of its label bytes, and its samples are taken straight from the wire.
/// Only new series and unusual forms go through the generated protobuf code.
struct RequestScanner: ~Copyable {
  /// Samples, histograms and exemplars met so far.
  var items = 0
  /// Lets every series go through the generated code; for comparing both ways.
  var usesGeneratedCodeOnly = false
  /// Label bytes in canonical form.
  var run = ByteSink()
  /// Tells replicas apart, where that is asked for.
  var replicas = ReplicaFilter()
  /// Texts of a 2.0 request.
  var symbols: [UnsafeRawBufferPointer] = []

  init() {}

  /// Stages a `prometheus.WriteRequest`.
  /// - Returns: whether the bytes are a well-formed message. If not, the batch must be given up.
  mutating func scanVersion1(_ body: UnsafeRawBufferPointer, into head: inout Head) -> Bool {
    items = 0
    var cursor = WireCursor(body)
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      var start = cursor.position
      var count = 0
      guard cursor.tag(&tag) else { return false }
      switch tag {
      case 0x0a:
        guard cursor.field(&start, &count) else { return false }
        let isWellFormed =
          replicas.isOn
          ? scanReplicatedSeries(start, count, into: &head) : scanSeries(start, count, into: &head)
        if !isWellFormed { return false }
      case 0x1a:
        guard cursor.field(&start, &count), stageMetadata(start, count, into: &head) else { return false }
      default:
        guard tag >> 3 != 1, tag >> 3 != 3, cursor.skip(tag) else { return false }
      }
    }
    return true
  }

  /// One `TimeSeries`.
  @inline(__always)
  private mutating func scanSeries(_ start: UnsafeRawPointer, _ count: Int, into head: inout Head) -> Bool {
    var cursor = WireCursor(start, start + count)
    while cursor.position < cursor.end, cursor.position.load(as: UInt8.self) == 0x0a {
      cursor.position += 1
      var label = cursor.position
      var length = 0
      guard cursor.field(&label, &length) else { return false }
    }
    if usesGeneratedCodeOnly || !RequestScanner.holdsOnlySamples(cursor) {
      return scanUnusualSeries(start, count, into: &head)
    }
    let labelBytes = cursor.position - start
    let slot = head.find(start, labelBytes, hash: WireHash.of(start, labelBytes))
    if slot < 0 { return scanUnusualSeries(start, count, into: &head) }
    while cursor.position < cursor.end {
      cursor.position += 1
      var sample = cursor.position
      var length = 0
      guard cursor.field(&sample, &length), stageSample(sample, length, slot: slot, into: &head) else { return false }
    }
    return true
  }

  /// Whether all that follows are fields of tag 0x12 with plausible lengths.
  @inline(__always)
  static func holdsOnlySamples(_ cursor: WireCursor) -> Bool {
    var p = cursor.position
    let end = cursor.end
    while p < end {
      guard end - p >= 2, p.load(as: UInt8.self) == 0x12 else { return false }
      let length = p.load(fromByteOffset: 1, as: UInt8.self)
      guard length < 0x80 else { return false }
      p += 2 + Int(length)
    }
    return p == end
  }

  /// A series that is new, or that holds something else than labels followed by samples.
  @inline(never)
  mutating func scanUnusualSeries(_ start: UnsafeRawPointer, _ count: Int, into head: inout Head) -> Bool {
    run.removeAll()
    var labelCount = 0
    var counts = ItemCounts()
    var cursor = WireCursor(start, start + count)
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      guard cursor.tag(&tag) else { return false }
      guard (1...4).contains(tag >> 3) else {
        guard cursor.skip(tag) else { return false }
        continue
      }
      var field = cursor.position
      var length = 0
      guard tag & 7 == 2, cursor.field(&field, &length) else { return false }
      guard tag == 0x0a else {
        counts.add(version1: tag)
        continue
      }
      labelCount += 1
      // More labels than allowed are only counted, so that they cannot take memory.
      let keeps = labelCount <= head.limits.labelsPerSeries
      guard GeneratedCode.readLabel(field, length, into: &run, keeps: keeps) else { return false }
    }
    if counts.total == 0 { return true }
    let isStored = admitReplica(&labelCount, counts, into: &head)
    let slot = isStored ? findOrCreate(labelCount: labelCount, itemCount: counts.total, into: &head) : -1
    return stageItems(start, count, slot: slot, into: &head)
  }

  /// Validates the labels in `run` and finds or makes their series.
  /// - Parameter labelCount: how many the series has; `run` has no more than the limit allows.
  /// - Returns: the slot; -1 when the labels are refused, and then all items of the series are counted as rejected.
  mutating func findOrCreate(labelCount: Int, itemCount: Int, into head: inout Head) -> Int {
    let limits = head.limits
    if labelCount > limits.labelsPerSeries {
      head.reject(.labelLimit, count: itemCount, LabelRules.tooMany(labelCount, limits))
      return -1
    }
    if let (rejection, reason) = LabelRules.violation(run: run.bytes, limits) {
      head.reject(rejection, count: itemCount, reason)
      return -1
    }
    let slot = head.findOrCreate(run: run.bytes)
    if slot < 0 { head.rejectSeries(LabelWire.labels(in: run.bytes), samples: itemCount) }
    return slot
  }

  /// Samples, exemplars and histograms of a 1.0 series.
  /// - Parameter slot: -1 to look only whether the bytes are well-formed.
  private mutating func stageItems(
    _ start: UnsafeRawPointer, _ count: Int, slot: Int, into head: inout Head
  ) -> Bool {
    var cursor = WireCursor(start, start + count)
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      guard cursor.tag(&tag) else { return false }
      var field = cursor.position
      var length = 0
      switch tag {
      case 0x12:
        guard cursor.field(&field, &length), stageSample(field, length, slot: slot, into: &head) else { return false }
      case 0x1a:
        guard cursor.field(&field, &length), stageExemplar(field, length, slot: slot, into: &head) else { return false }
      case 0x22:
        guard cursor.field(&field, &length), stageHistogram(field, length, slot: slot, into: &head) else {
          return false
        }
      default:
        guard cursor.skip(tag) else { return false }
      }
    }
    return true
  }

  /// One sample of either version.
  @inline(__always)
  mutating func stageSample(_ field: UnsafeRawPointer, _ length: Int, slot: Int, into head: inout Head) -> Bool {
    var bits: UInt64 = 0
    var timestamp: Int64 = 0
    guard WireSample.read(field, length, &bits, &timestamp) else { return false }
    if takesItem(slot, &head) { head.stage(slot: slot, timestamp: timestamp, bits: bits) }
    return true
  }

  /// Counts an item; answers whether it is to be staged.
  @inline(__always)
  mutating func takesItem(_ slot: Int, _ head: inout Head) -> Bool {
    items &+= 1
    if slot < 0 { return false }
    if items <= head.limits.samplesPerRequest { return true }
    rejectItem(&head)
    return false
  }

  @inline(never)
  private func rejectItem(_ head: inout Head) {
    let limits = head.limits
    head.reject(
      .sampleLimit,
      "the request has more than \(limits.samplesPerRequest) samples (\(limits.configurationPrefix).max_samples_per_request);"
        + " what is beyond is dropped: lower max_samples_per_send in the sender's queue_config")
  }
}
