import TimeSeries

/// Version 2.0: texts live in a table of symbols. Series are brought into the form of 1.0's labels, and then found alike.
extension RequestScanner {
  /// Symbols of one request.
  static let symbolLimit = 1_000_000

  /// Stages an `io.prometheus.write.v2.Request`.
  /// - Returns: whether the bytes are a well-formed message. If not, the batch must be given up.
  mutating func scanVersion2(_ body: UnsafeRawBufferPointer, into head: inout Head) -> Bool {
    items = 0
    symbols.removeAll(keepingCapacity: true)
    defer { symbols.removeAll(keepingCapacity: true) }
    guard readSymbols(body) else { return false }
    // The table begins with the empty text, so that reference 0 means none.
    if let first = symbols.first, first.count > 0 { return false }
    var cursor = WireCursor(body)
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      guard cursor.tag(&tag) else { return false }
      if tag == 0x2a {
        var start = cursor.position
        var count = 0
        guard cursor.field(&start, &count), scanSeries2(start, count, into: &head) else { return false }
      } else {
        guard cursor.skip(tag) else { return false }
      }
    }
    return true
  }

  private mutating func readSymbols(_ body: UnsafeRawBufferPointer) -> Bool {
    var cursor = WireCursor(body)
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      guard cursor.tag(&tag) else { return false }
      if tag == 0x22 {
        var start = cursor.position
        var count = 0
        guard symbols.count < RequestScanner.symbolLimit, cursor.field(&start, &count) else { return false }
        symbols.append(UnsafeRawBufferPointer(start: start, count: count))
      } else {
        guard tag >> 3 != 4, tag >> 3 != 5 || tag & 7 == 2, cursor.skip(tag) else { return false }
      }
    }
    return true
  }

  private mutating func scanSeries2(_ start: UnsafeRawPointer, _ count: Int, into head: inout Head) -> Bool {
    run.removeAll()
    var labelCount = 0
    var counts = ItemCounts()
    var cursor = WireCursor(start, start + count)
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      guard cursor.tag(&tag) else { return false }
      var field = cursor.position
      var length = 0
      switch tag {
      case 0x0a:
        guard cursor.field(&field, &length), appendLabels(field, length, &labelCount, head.limits) else { return false }
      case 0x12, 0x1a, 0x22, 0x2a:
        guard cursor.field(&field, &length) else { return false }
        if tag == 0x12 { counts.samples += 1 }
        if tag == 0x1a { counts.histograms += 1 }
        if tag == 0x22 { counts.exemplars += 1 }
      default:
        guard tag >> 3 > 5, cursor.skip(tag) else { return false }
      }
    }
    var slot = -1
    if counts.total == 0 || admitReplica(&labelCount, counts, into: &head) {
      slot = findVersion2(labelCount, counts.total, into: &head)
    }
    if counts.samples > 0 && counts.histograms > 0 && slot >= 0 {
      head.reject(
        .invalidHistogram, count: counts.total, "a series holds samples and histograms in one request; send one of them"
      )
      slot = -1
    }
    return stageItems2(start, count, slot: slot, into: &head)
  }

  /// Appends the labels of packed references in canonical form.
  private mutating func appendLabels(
    _ field: UnsafeRawPointer, _ length: Int, _ labelCount: inout Int, _ limits: StoreLimits
  ) -> Bool {
    var cursor = WireCursor(field, field + length)
    while !cursor.isAtEnd {
      var name: UInt64 = 0
      var value: UInt64 = 0
      guard cursor.varint(&name), cursor.varint(&value), name < UInt64(symbols.count), value < UInt64(symbols.count)
      else { return false }
      labelCount += 1
      // More labels than allowed are only counted, so that references to long symbols cannot take memory.
      if labelCount <= limits.labelsPerSeries {
        LabelWire.append(name: symbols[Int(name)], value: symbols[Int(value)], to: &run)
      }
    }
    return true
  }

  private mutating func findVersion2(_ labelCount: Int, _ itemCount: Int, into head: inout Head) -> Int {
    if labelCount <= head.limits.labelsPerSeries {
      let slot = head.find(run.base, run.count, hash: WireHash.of(run.base, run.count))
      if slot >= 0 || itemCount == 0 { return slot }
    }
    return findOrCreate(labelCount: labelCount, itemCount: itemCount, into: &head)
  }

  private mutating func stageItems2(
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
        guard cursor.field(&field, &length), stageHistogram(field, length, slot: slot, into: &head) else {
          return false
        }
      case 0x22:
        guard cursor.field(&field, &length), stageExemplar2(field, length, slot: slot, into: &head) else {
          return false
        }
      case 0x2a:
        guard cursor.field(&field, &length), stageMetadata2(field, length, slot: slot, into: &head) else {
          return false
        }
      default:
        guard cursor.skip(tag) else { return false }
      }
    }
    return true
  }

  /// `Exemplar{labels_refs=1, value=2, timestamp=3}`.
  private mutating func stageExemplar2(
    _ field: UnsafeRawPointer, _ length: Int, slot: Int, into head: inout Head
  ) -> Bool {
    var labels: [Label] = []
    var isGood = length <= RequestScanner.exemplarBytes
    var bits: UInt64 = 0
    var timestamp: UInt64 = 0
    var cursor = WireCursor(field, field + length)
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      guard cursor.tag(&tag) else { return false }
      switch tag {
      case 0x0a:
        var start = cursor.position
        var count = 0
        guard cursor.field(&start, &count) else { return false }
        var references = WireCursor(start, start + count)
        while !references.isAtEnd {
          var name: UInt64 = 0
          var value: UInt64 = 0
          guard references.varint(&name), references.varint(&value), let label = symbolLabel(name, value) else {
            isGood = false
            break
          }
          if isGood { labels.append(label) }
        }
      case 0x11: guard cursor.fixed64(&bits) else { return false }
      case 0x18: guard cursor.varint(&timestamp) else { return false }
      default: guard tag >> 3 > 3, cursor.skip(tag) else { return false }
      }
    }
    guard takesItem(slot, &head) else { return true }
    if isGood {
      head.stage(
        slot: slot, exemplar: Labels(labels), value: Double(bitPattern: bits), timestamp: Int64(bitPattern: timestamp))
    } else {
      head.reject(.invalidExemplar, "an exemplar is too large, or its labels are not in the symbols or not UTF-8")
    }
    return true
  }

  /// `Metadata{type=1, help_ref=3, unit_ref=4}` of the series' metric.
  private func stageMetadata2(
    _ field: UnsafeRawPointer, _ length: Int, slot: Int, into head: inout Head
  ) -> Bool {
    var kind: UInt64 = 0
    var help: UInt64 = 0
    var unit: UInt64 = 0
    var cursor = WireCursor(field, field + length)
    while !cursor.isAtEnd {
      var tag: UInt64 = 0
      guard cursor.tag(&tag) else { return false }
      switch tag {
      case 0x08: guard cursor.varint(&kind) else { return false }
      case 0x18: guard cursor.varint(&help) else { return false }
      case 0x20: guard cursor.varint(&unit) else { return false }
      default: guard tag >> 3 > 4 || tag >> 3 == 2, cursor.skip(tag) else { return false }
      }
    }
    guard slot >= 0, kind > 0, let texts = symbolLabel(help, unit) else { return true }
    head.stageMetadata(
      ofMetricAt: slot, kind: RequestScanner.kind(Int(truncatingIfNeeded: kind)), help: texts.name, unit: texts.value)
    return true
  }

  /// Two symbols as a label; `nil` when one is not there or not UTF-8.
  private func symbolLabel(_ name: UInt64, _ value: UInt64) -> Label? {
    guard name < UInt64(symbols.count), value < UInt64(symbols.count),
      let name = String(validating: symbols[Int(name)], as: UTF8.self),
      let value = String(validating: symbols[Int(value)], as: UTF8.self)
    else { return nil }
    return Label(name: name, value: value)
  }
}
