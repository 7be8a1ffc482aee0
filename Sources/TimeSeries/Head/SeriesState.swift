/// One series in the head. Trivial, so that the hot path neither counts references nor allocates; what it points to is
/// owned by the head.
struct SeriesState {
  /// Timestamp of the newest sample, those staged by the current batch included; `Int64.min` before the first.
  var newest: Int64 = .min
  /// Its value's bits; meaningless when it is a histogram.
  var newestBits: UInt64 = 0
  /// Hash of the label bytes on the wire.
  var hash: UInt64 = 0
  /// The label numbers in the order of the labels' names; `nil` when the slot is free.
  var labels: UnsafeMutablePointer<UInt32>?
  /// The open chunk's bytes, `nil` before the first sample.
  var open: UnsafeMutableRawPointer?
  var encoder = XORChunkEncoder()
  /// Bytes allocated at `open`.
  var openCapacity: UInt32 = 0
  /// Bytes of all labels on the wire.
  var labelBytes: UInt32 = 0
  var labelCount: UInt16 = 0
  /// Whether the newest sample is a native histogram.
  var newestIsHistogram = false
  /// Whether there are entries beside the chunks: out-of-order samples or histograms.
  var hasAside = false
  /// Newest timestamp that is stored (without what is only staged).
  var stored: Int64 = .min

  var isAlive: Bool { labels != nil }
}

/// A sample that waits for its batch to be logged.
struct StagedSample {
  var slot: UInt32
  var isOutOfOrder: Bool
  var timestamp: Int64
  var bits: UInt64
}

/// A native histogram that waits for its batch to be logged.
struct StagedHistogram {
  let slot: UInt32
  let timestamp: Int64
  let histogram: NativeHistogram
}

/// Samples of one series that do not fit its chunks. All ascend by timestamp.
struct AsideSamples {
  var timestamps: [Int64] = []
  var bits: [UInt64] = []
  var histograms = HistogramColumn()

  var isEmpty: Bool { timestamps.isEmpty && histograms.isEmpty }

  /// The oldest timestamp of either kind.
  var oldest: Int64 { min(timestamps.first ?? .max, histograms.oldest) }

  /// The place of the first sample that is not older.
  static func lowerBound(_ timestamps: [Int64], _ timestamp: Int64) -> Int {
    var low = 0
    var high = timestamps.count
    while low < high {
      let middle = (low + high) >> 1
      if timestamps[middle] < timestamp { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Adds a sample unless there is one of this timestamp.
  mutating func insert(_ timestamp: Int64, _ value: UInt64) {
    let index = AsideSamples.lowerBound(timestamps, timestamp)
    if index < timestamps.count && timestamps[index] == timestamp { return }
    timestamps.insert(timestamp, at: index)
    bits.insert(value, at: index)
  }

  /// Adds a histogram unless there is one of this timestamp.
  /// - Returns: by how many bytes the estimate grew.
  mutating func insert(_ timestamp: Int64, _ histogram: NativeHistogram) -> Int {
    let before = histograms.byteCount
    histograms.insert(timestamp, histogram)
    return histograms.byteCount - before
  }

  /// Drops what is older than `cutoff`; histograms go by whole chunks.
  mutating func removeAll(before cutoff: Int64) {
    let samples = AsideSamples.lowerBound(timestamps, cutoff)
    timestamps.removeFirst(samples)
    bits.removeFirst(samples)
    histograms.removeAll(before: cutoff)
  }
}
