import TimeSeries

/// Requests while replicas are told apart.
extension RequestScanner {
  /// What a series of a request holds.
  struct ItemCounts {
    var samples = 0
    var histograms = 0
    var exemplars = 0

    var total: Int { samples + histograms + exemplars }

    /// Counts a field of a 1.0 series.
    mutating func add(version1 tag: UInt64) {
      switch tag {
      case 0x12: samples += 1
      case 0x1a: exemplars += 1
      default: histograms += 1
      }
    }
  }

  /// One `TimeSeries`: the replica label is left out of the bytes by which the series is looked for.
  @inline(never)
  mutating func scanReplicatedSeries(
    _ start: UnsafeRawPointer, _ count: Int, into head: inout Head
  ) -> Bool {
    guard let marks = replicas.marks(start, count) else { return false }
    let labelBytes = marks.labelBytes
    var cursor = WireCursor(start + labelBytes, start + count)
    // A series without samples is nobody's sign of life.
    if usesGeneratedCodeOnly || cursor.isAtEnd || !RequestScanner.holdsOnlySamples(cursor) {
      return scanUnusualSeries(start, count, into: &head)
    }
    var slot = -1
    switch replicas.judge(marks) {
    case .unmarked:
      slot = head.find(start, labelBytes, hash: WireHash.of(start, labelBytes))
    case .elected(let offset, let length):
      run.removeAll()
      run.append(start, offset)
      run.append(start + offset + length, labelBytes - offset - length)
      slot = head.find(run.base, run.count, hash: WireHash.of(run.base, run.count))
    case .other:
      // Nobody will compare these labels with known ones, so it has to be seen here that they are whole.
      guard LabelWire.isCanonical(UnsafeRawBufferPointer(start: start, count: labelBytes)) else {
        return scanUnusualSeries(start, count, into: &head)
      }
      let before = items
      guard stageSamples(&cursor, slot: -1, into: &head) else { return false }
      head.countDeduplicated(samples: items - before, histograms: 0, exemplars: 0)
      return true
    case .tooManyClusters: break
    }
    if slot < 0 { return scanUnusualSeries(start, count, into: &head) }
    return stageSamples(&cursor, slot: slot, into: &head)
  }

  /// What is left of a series that holds only samples.
  @inline(__always)
  private mutating func stageSamples(_ cursor: inout WireCursor, slot: Int, into head: inout Head) -> Bool {
    while cursor.position < cursor.end {
      cursor.position += 1
      var sample = cursor.position
      var length = 0
      guard cursor.field(&sample, &length), stageSample(sample, length, slot: slot, into: &head) else { return false }
    }
    return true
  }

  /// Judges the series whose labels are in `run`, and takes the replica label out of it.
  /// - Parameter labelCount: how many labels the series has; counted down with the label that is taken out.
  /// - Returns: whether the series is to be stored; if not, its items have been counted.
  mutating func admitReplica(_ labelCount: inout Int, _ counts: ItemCounts, into head: inout Head) -> Bool {
    guard replicas.isOn else { return true }
    guard let marks = replicas.marks(run.base, run.count) else { return true }
    switch replicas.judge(marks) {
    case .unmarked: return true
    case .elected(let offset, let count):
      run.remove(at: offset, count)
      labelCount -= 1
      return true
    case .other:
      head.countDeduplicated(samples: counts.samples, histograms: counts.histograms, exemplars: counts.exemplars)
    case .tooManyClusters:
      let rules = replicas.rules
      head.reject(
        .clusterLimit, count: counts.total,
        "replicas of more than \(rules.clusters) clusters send samples; the label `\(rules.clusterLabel)` "
          + "(\(rules.configurationPrefix).cluster_label) must name a pair of servers, not a target")
    }
    return false
  }
}
