import Synchronization

/// What is forgotten, by age and by bytes. The store is held for some series at a time, so that samples go on arriving.
extension SeriesStore {
  /// Series that are looked at while the store is held once.
  static let portion = 4_096
  /// Samples younger than this never give way to the limit of bytes.
  static let newestKept: Int64 = 15 * 60_000
  /// Buckets of age among which the limit of bytes finds its cut.
  private static let ages = 256

  /// Drops finished chunks and whole series that are older than `cutoff`.
  /// - Returns: how many series were forgotten.
  func forget(before cutoff: Int64) -> Int {
    var gone: [UInt32] = []
    var slot = 0
    while true {
      let (older, used) = state.withLock { state in
        let older = state.head.removeChunks(before: cutoff, slots: slot..<slot + Self.portion)
        return (older, state.head.seriesUsed)
      }
      gone += older
      slot += Self.portion
      if slot >= used { break }
    }
    let slots = gone
    return state.withLock { $0.head.forget(slots, before: cutoff) }
  }

  /// Lets the oldest samples go when memory or disk take more than the limit, down to nine tenths of it.
  ///
  /// On disk a snapshot may take half of the limit, and the log behind it the other half.
  func cutForBytes(_ now: Int64, _ report: inout MaintenanceReport) {
    let limit = limits.retentionBytes
    guard limit > 0 else { return }
    let (memory, snapshot) = state.withLock { ($0.head.byteCount, $0.snapshotBytes) }
    let overMemory = memory > limit ? memory - limit / 10 * 9 : 0
    // A snapshot holds the same chunks as memory, so as many of its bytes go with them, at least.
    let overDisk = snapshot > limit / 2 ? snapshot - limit / 20 * 9 : 0
    let excess = max(overMemory, overDisk)
    guard excess > 0, let cutoff = cutoff(freeing: excess, now) else { return }
    report.seriesForgotten += forget(before: cutoff)
    report.cutForBytes = cutoff
    state.withLock { state in
      state.cutsForBytes += 1
      // Only a new snapshot gives the room on disk back.
      if overDisk > 0 { state.isSnapshotWanted = true }
    }
  }

  /// The time before which finished chunks hold `bytes`; as late as allowed when all of them do not.
  private func cutoff(freeing bytes: Int, _ now: Int64) -> Int64? {
    let start = now.subtractingSaturated(limits.retentionMilliseconds)
    let end = now.subtractingSaturated(Self.newestKept)
    guard end > start else { return nil }
    let width = max(1, (end - start) / Int64(Self.ages))
    // One bucket more: what is younger than the last cut that is allowed.
    var sums = [Int](repeating: 0, count: Self.ages + 1)
    var slot = 0
    while true {
      let (portion, used) = state.withLock { state in
        var portion = [Int](repeating: 0, count: Self.ages + 1)
        state.head.addBytes(ofSlots: slot..<slot + Self.portion, to: &portion, start: start, width: width)
        return (portion, state.head.seriesUsed)
      }
      for i in sums.indices { sums[i] += portion[i] }
      slot += Self.portion
      if slot >= used { break }
    }
    var freed = 0
    for i in 0..<Self.ages {
      freed += sums[i]
      if freed >= bytes { return start + Int64(i + 1) * width }
    }
    return end
  }
}
