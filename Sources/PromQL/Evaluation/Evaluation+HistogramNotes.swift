import TimeSeries

/// Notes on histograms that do not quite fit each other.
extension Evaluation {
  /// Notes what adding two histograms has to gloss over; `operation` is addition or subtraction.
  func noteAddition(_ left: NativeHistogram, _ right: NativeHistogram, _ operation: String, _ place: String) {
    if left.hasConflictingReset(with: right) { noteConflictingResets(operation, place) }
    if left.hasOtherCustomBounds(than: right) { noteReconciledBounds(operation, place) }
  }

  func noteConflictingResets(_ operation: String, _ place: String) {
    annotations.warn("conflicting counter resets during histogram \(operation) \(place)")
  }

  func noteReconciledBounds(_ operation: String, _ place: String) {
    annotations.inform("mismatched custom buckets were reconciled during \(operation) \(place)")
  }
}

extension NativeHistogram {
  /// Whether NaN was observed: it counts, but lies in no bucket.
  var hasNaNObservations: Bool {
    sum.isNaN && buckets.reduce(0) { $0 + $1.count } < count
  }
}
