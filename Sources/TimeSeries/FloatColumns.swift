/// Timestamps and values of one series side by side in memory that is used again for the next one, so that reading a
/// series costs no allocation, reference counting or check of uniqueness.
package struct FloatColumns: ~Copyable {
  private var timesBase: UnsafeMutablePointer<Int64>
  private var valuesBase: UnsafeMutablePointer<Double>
  private var start = 0
  private var end = 0
  private var capacity = 256
  private var mayHaveStaleMarkers = false

  /// Empty columns.
  package init() {
    timesBase = .allocate(capacity: capacity)
    valuesBase = .allocate(capacity: capacity)
  }

  deinit {
    timesBase.deallocate()
    valuesBase.deallocate()
  }

  /// Number of samples.
  package var count: Int { end - start }

  /// Milliseconds since the Unix epoch, strictly ascending. Valid until the columns change.
  package var times: UnsafeBufferPointer<Int64> { UnsafeBufferPointer(start: timesBase + start, count: count) }

  /// Parallel to `times`. Valid until the columns change.
  package var values: UnsafeBufferPointer<Double> { UnsafeBufferPointer(start: valuesBase + start, count: count) }

  /// Drops all samples.
  mutating func removeAll() {
    start = 0
    end = 0
    mayHaveStaleMarkers = false
  }

  /// Appends all samples of a chunk.
  mutating func append(_ decoder: inout XORChunkDecoder, samples: Int) {
    if end + samples > capacity { grow(samples) }
    end += decoder.take(timesBase + end, valuesBase + end, limit: samples)
    if decoder.hasTakenStaleMarker { mayHaveStaleMarkers = true }
  }

  /// Appends one sample.
  mutating func append(timestamp: Int64, value: Double) {
    if end == capacity { grow(1) }
    timesBase[end] = timestamp
    valuesBase[end] = value
    if value.isStaleMarker { mayHaveStaleMarkers = true }
    end += 1
  }

  private mutating func grow(_ more: Int) {
    let larger = max(capacity * 2, end + more)
    let newTimes = UnsafeMutablePointer<Int64>.allocate(capacity: larger)
    let newValues = UnsafeMutablePointer<Double>.allocate(capacity: larger)
    newTimes.initialize(from: timesBase, count: end)
    newValues.initialize(from: valuesBase, count: end)
    timesBase.deallocate()
    valuesBase.deallocate()
    (timesBase, valuesBase, capacity) = (newTimes, newValues, larger)
  }

  /// Keeps the samples with `from <= timestamp <= through`.
  mutating func trim(from: Int64, through: Int64) {
    while start < end, timesBase[end - 1] > through { end -= 1 }
    while start < end, timesBase[start] < from { start += 1 }
  }

  /// Takes the stale markers out.
  package mutating func removeStaleMarkers() {
    guard mayHaveStaleMarkers else { return }
    let (times, values, count) = (timesBase + start, valuesBase + start, count)
    var kept = 0
    for index in 0..<count where !values[index].isStaleMarker {
      times[kept] = times[index]
      values[kept] = values[index]
      kept += 1
    }
    end = start + kept
  }
}
