import Synchronization

/// What the HTTP API asks beside samples.
extension SeriesStore {
  /// Labels of the series that fit any of the selectors (all series when there is none), sorted.
  /// - Parameters:
  ///   - from: milliseconds, inclusive; series without samples in `from ... through` are left out.
  ///   - limit: most series returned; `nil` for all.
  public func series(
    _ selectors: [[LabelMatcher]], from: Int64 = .min, through: Int64 = .max, limit: Int? = nil
  ) -> [Labels] {
    let all = state.withLock { state -> [Labels] in
      let slots = state.head.matchingAny(selectors, from: from, through: through)
      var result: [Labels] = []
      result.reserveCapacity(slots.count)
      for slot in slots { result.append(state.head.labelSet(Int(slot))) }
      return result
    }
    return Array(all.sorted().prefix(limit ?? .max))
  }

  /// Names of the labels of the series that fit any of the selectors (all series when there is none), sorted.
  public func labelNames(
    _ selectors: [[LabelMatcher]] = [], from: Int64 = .min, through: Int64 = .max, limit: Int? = nil
  ) -> [String] {
    let names = state.withLock { state in
      state.head.labelNames(state.head.matchingAny(selectors, from: from, through: through))
    }
    return Array(names.prefix(limit ?? .max))
  }

  /// Values of one label of the series that fit any of the selectors (all series when there is none), sorted.
  public func labelValues(
    _ name: String, _ selectors: [[LabelMatcher]] = [], from: Int64 = .min, through: Int64 = .max, limit: Int? = nil
  ) -> [String] {
    let values = state.withLock { state -> [String] in
      let slots = state.head.matchingAny(selectors, from: from, through: through)
      return state.head.labelValues(name, slots)
    }
    return Array(values.prefix(limit ?? .max))
  }

  /// Type, help and unit of the metric families, sorted by family.
  /// - Parameter family: only this one; `nil` for all.
  public func metadata(family: String? = nil, limit: Int? = nil) -> [MetricMetadata] {
    let all = state.withLock { state in Array(state.head.metadata.values) }
    let wanted = family.map { family in all.filter { $0.family == family } } ?? all
    return Array(wanted.sorted { Labels.precedes($0.family, $1.family) }.prefix(limit ?? .max))
  }

  /// Exemplars of the series that fit any of the selectors, oldest first.
  public func exemplars(_ selectors: [[LabelMatcher]], from: Int64, through: Int64) -> [Exemplar] {
    let all = state.withLock { $0.head.exemplars.entries }
    return all.filter { exemplar in
      exemplar.timestamp >= from && exemplar.timestamp <= through
        && selectors.contains { $0.allSatisfy { $0.fits(exemplar.series[$0.name] ?? "") } }
    }.sorted { $0.timestamp < $1.timestamp }
  }

  /// Counts of this instant.
  public var statistics: StoreStatistics {
    var result = counts
    result.oldestTimestamp = oldestTimestamp
    return result
  }

  /// Timestamp of the oldest sample. Looks at every series, but holds the store only for some of them at a time.
  private var oldestTimestamp: Int64? {
    var oldest = Int64.max
    var slot = 0
    while true {
      let (found, used) = state.withLock { state in
        var found = Int64.max
        for slot in (slot..<slot + Self.portion).clamped(to: 0..<state.head.seriesUsed) {
          found = min(found, state.head.oldest(slot))
        }
        return (found, state.head.seriesUsed)
      }
      oldest = min(oldest, found)
      slot += Self.portion
      if slot >= used { return oldest == .max ? nil : oldest }
    }
  }

  private var counts: StoreStatistics {
    state.withLock { state in
      var result = StoreStatistics()
      let totals = state.head.totals
      result.series = state.head.seriesCount
      result.seriesCreatedTotal = totals.seriesCreated
      result.seriesRemovedTotal = totals.seriesRemoved
      result.chunks = totals.sealedChunks + totals.openChunks
      result.labels = state.head.labels.count
      result.samplesAppendedTotal = totals.samplesAppended
      result.histogramsAppendedTotal = totals.histogramsAppended
      result.exemplarsAppendedTotal = totals.exemplarsAppended
      result.duplicateSamplesTotal = totals.duplicates
      result.outOfOrderSamplesTotal = totals.outOfOrder
      result.rejectedTotal = Rejection.allCases.map { .init(reason: $0, count: totals.rejected[$0.index]) }
      result.headBytes = state.head.byteCount
      result.chunksRemovedTotal = totals.chunksRemoved
      result.cutsForBytesTotal = state.cutsForBytes
      result.diskBytes = state.snapshotBytes + max(0, state.logBytesBehindSnapshot)
      result.newestTimestamp = totals.newest == .min ? nil : totals.newest
      result.logBytesTotal = state.log.appendedBytes
      result.logFailuresTotal = state.log.failures
      result.logSegment = state.log.segment
      result.snapshotsTotal = state.snapshots
      result.snapshotBytes = state.snapshotBytes
      return result
    }
  }
}
