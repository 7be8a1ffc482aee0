import TimeSeries

/// The running state of the simple aggregations: for each group and step the accumulators, side by side in memory.
struct GroupColumns {
  let operation: AggregationOperator
  let steps: Int
  private(set) var dropsName: [Bool] = []
  private var counts: [Double] = []
  private var sums: [Double] = []
  private var compensations: [Double] = []
  /// Means that left the plain sum because it overflowed.
  private var means: [Int: RunningMean] = [:]
  /// Sums or means of histograms, where there are any.
  private var histograms: [Int: HistogramAccumulator] = [:]
  private(set) var ignoredHistograms = false
  private(set) var mixed = false
  /// The metrics whose histograms had other kinds of buckets than those before them.
  private(set) var incompatibleMetrics: [String] = []
  private(set) var conflictingResets = false
  private(set) var reconciledBounds = false

  init(_ operation: AggregationOperator, steps: Int) {
    self.operation = operation
    self.steps = steps
  }

  private mutating func grow(to groups: Int) {
    guard dropsName.count < groups else { return }
    let added = (groups - dropsName.count) * steps
    dropsName.append(contentsOf: repeatElement(false, count: groups - dropsName.count))
    counts.append(contentsOf: repeatElement(0, count: added))
    sums.append(contentsOf: repeatElement(0, count: added))
    compensations.append(contentsOf: repeatElement(0, count: added))
  }

  /// Adds a series to a group.
  mutating func add(_ row: Row, to group: Int) {
    grow(to: group + 1)
    if row.dropsName { dropsName[group] = true }
    let base = group * steps
    let hasHistograms = row.hasHistograms
    if operation == .sum && !hasHistograms {
      addSums(row.values, at: base)
      return
    }
    let operation = operation
    for step in 0..<steps {
      let value = row.values[step]
      if value.isAbsent { continue }
      let slot = base + step
      if hasHistograms, let histogram = row.histograms[step] {
        add(histogram, of: row.labels, at: slot)
        continue
      }
      switch operation {
      case .sum: Arithmetic.add(value, &sums[slot], &compensations[slot])
      case .avg: addToMean(value, at: slot)
      case .min: if counts[slot] == 0 || sums[slot] > value || sums[slot].isNaN { sums[slot] = value }
      case .max: if counts[slot] == 0 || sums[slot] < value || sums[slot].isNaN { sums[slot] = value }
      case .stddev, .stdvar: addToVariance(value, at: slot)
      default: break
      }
      counts[slot] += 1
    }
  }

  /// Sums of floats over plain memory: by far the most frequent aggregation.
  private mutating func addSums(_ values: [Double], at base: Int) {
    let steps = steps
    values.withUnsafeBufferPointer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        compensations.withUnsafeMutableBufferPointer { compensations in
          counts.withUnsafeMutableBufferPointer { counts in
            // Without branches, of which half would be guessed wrong: which of the two is larger, and whether the
            // sample is there. Otherwise as `Arithmetic.add`.
            for step in 0..<steps {
              let (term, sum, compensation) = (values[step], sums[base + step], compensations[base + step])
              let isThere = !term.isAbsent
              let total = sum + term
              let isSmaller = sum.magnitude >= term.magnitude
              let (larger, smaller) = (isSmaller ? sum : term, isSmaller ? term : sum)
              let rounded = total.isInfinite ? 0 : compensation + ((larger - total) + smaller)
              sums[base + step] = isThere ? total : sum
              compensations[base + step] = isThere ? rounded : compensation
              counts[base + step] += isThere ? 1 : 0
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private mutating func addToMean(_ value: Double, at slot: Int) {
    if counts[slot] == 0 {
      sums[slot] = value
      return
    }
    if means.isEmpty || means[slot] == nil {
      var (sum, compensation) = (sums[slot], compensations[slot])
      Arithmetic.add(value, &sum, &compensation)
      if !sum.isInfinite {
        (sums[slot], compensations[slot]) = (sum, compensation)
        return
      }
      means[slot] = RunningMean(sum: sums[slot], compensation: compensations[slot], count: counts[slot])
    }
    means[slot]?.add(value)
  }

  /// Welford's recurrence; `sums` holds the squared distances and `compensations` the mean.
  @inline(__always)
  private mutating func addToVariance(_ value: Double, at slot: Int) {
    if counts[slot] == 0 {
      compensations[slot] = value
      sums[slot] = value.isFinite ? 0 : .nan
      return
    }
    let delta = value - compensations[slot]
    compensations[slot] += delta / (counts[slot] + 1)
    sums[slot] += delta * (value - compensations[slot])
  }

  private mutating func add(_ histogram: NativeHistogram, of labels: Labels, at slot: Int) {
    switch operation {
    case .count, .group: counts[slot] += 1
    case .sum, .avg:
      guard var known = histograms.removeValue(forKey: slot) else {
        histograms[slot] = HistogramAccumulator(histogram, isMean: operation == .avg)
        return
      }
      let wasIncompatible = known.isIncompatible
      known.add(histogram)
      if known.isIncompatible, !wasIncompatible, !incompatibleMetrics.contains(labels.metric) {
        incompatibleMetrics.append(labels.metric)
      }
      histograms[slot] = known
    default: ignoredHistograms = true
    }
  }

  /// The rows of the result.
  mutating func rows(_ labels: [Labels]) -> [Row] {
    grow(to: labels.count)
    var rows: [Row] = []
    rows.reserveCapacity(labels.count)
    for (group, set) in labels.enumerated() {
      var row = Row.empty(set, dropsName: dropsName[group], count: steps)
      for step in 0..<steps { finish(group * steps + step, step, &row) }
      if row.isPopulated { rows.append(row) }
    }
    return rows
  }

  private mutating func finish(_ slot: Int, _ step: Int, _ row: inout Row) {
    let count = counts[slot]
    if let total = histograms[slot] {
      if total.isIncompatible { return }
      if total.hasConflictingResets { conflictingResets = true }
      if total.hasReconciledBounds { reconciledBounds = true }
      if count > 0 {
        mixed = true
        return
      }
      row.set(step, total.value.compacted())
      return
    }
    guard count > 0 else { return }
    switch operation {
    case .sum: row.values[step] = sums[slot].isInfinite ? sums[slot] : sums[slot] + compensations[slot]
    case .avg: row.values[step] = means[slot]?.value ?? (sums[slot] / count + compensations[slot] / count)
    case .count: row.values[step] = count
    case .group: row.values[step] = 1
    case .stdvar: row.values[step] = sums[slot] / count
    case .stddev: row.values[step] = (sums[slot] / count).squareRoot()
    default: row.values[step] = sums[slot]
    }
  }
}

extension RunningMean {
  /// Goes on from a compensated sum.
  init(sum: Double, compensation: Double, count: Double) {
    self.init(sum)
    self.resume(compensation: compensation, count: count)
  }
}
