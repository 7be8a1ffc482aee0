/// Selecting series by matchers.
extension Head {
  /// Slots of the series that fit all matchers, ascending.
  func matching(_ matchers: [LabelMatcher]) -> [UInt32] {
    var include: [[UInt32]] = []
    var exclude: [[UInt32]] = []
    for matcher in matchers {
      if matcher.fits("") {
        // Fits series without the label too: take away those whose value does not fit.
        let lists = valueNumbers(matcher, fitting: false).map { labels.postings[$0].slots }
        if !lists.isEmpty { exclude.append(Postings.union(lists)) }
      } else {
        let numbers = valueNumbers(matcher, fitting: true)
        if numbers.isEmpty { return [] }
        include.append(Postings.union(numbers.map { labels.postings[$0].slots }))
      }
    }
    include.sort { $0.count < $1.count }
    var slots: [UInt32]
    if let first = include.first {
      slots = first
      for list in include.dropFirst() where !slots.isEmpty { slots = Postings.intersection(slots, list) }
    } else {
      slots = aliveSlots()
    }
    for list in exclude { slots = Postings.difference(slots, list) }
    return slots
  }

  /// Numbers of the labels of the matcher's name whose values fit (or do not fit) it.
  private func valueNumbers(_ matcher: LabelMatcher, fitting: Bool) -> [Int] {
    if let literals = matcher.literals, fitting == matcher.isPositive {
      return literals.compactMap { $0.isEmpty ? nil : labels.find(name: matcher.name, value: $0) }
    }
    guard let name = labels.nameIndex(of: matcher.name) else { return [] }
    var numbers: [Int] = []
    for number in labels.names[name].labels where matcher.fits(bytes: labels.entries[Int(number)].valueBytes) == fitting
    {
      numbers.append(Int(number))
    }
    return numbers
  }

  /// All slots in use, ascending.
  private func aliveSlots() -> [UInt32] {
    var slots: [UInt32] = []
    slots.reserveCapacity(seriesCount)
    for slot in 0..<seriesUsed where series[slot].isAlive { slots.append(UInt32(slot)) }
    return slots
  }

  /// Timestamp of the oldest sample that is held; `Int64.max` when there is none.
  func oldest(_ slot: Int) -> Int64 {
    let state = series[slot]
    var oldest = sealed[slot].first?.header.firstTimestamp ?? .max
    if oldest == .max && state.encoder.sampleCount > 0 { oldest = state.encoder.firstTimestamp }
    if state.hasAside, let entry = aside[UInt32(slot)] { oldest = min(oldest, entry.oldest) }
    return oldest
  }

  /// Whether the series may have samples in the window.
  @inline(__always)
  func mayHaveSamples(_ slot: Int, from: Int64, through: Int64) -> Bool {
    let state = series + slot
    guard state.pointee.stored >= from, state.pointee.stored != .min else { return false }
    if state.pointee.encoder.sampleCount > 0, state.pointee.encoder.firstTimestamp <= through { return true }
    return oldest(slot) <= through
  }

  /// A consistent view of the series that fit and may have samples in the window.
  /// - Parameter latestOnly: whether only the latest sample of each series will be asked for; then no chunk is copied
  ///   where the newest sample is the latest one.
  func select(_ matchers: [LabelMatcher], from: Int64, through: Int64, latestOnly: Bool) -> StoredSelection {
    let matched = matching(matchers)
    var slots: [UInt32] = []
    slots.reserveCapacity(matched.count)
    var needed = 0
    for slot in matched where mayHaveSamples(Int(slot), from: from, through: through) {
      slots.append(slot)
      let encoder = series[Int(slot)].encoder
      if !(latestOnly && isLatestKnown(Int(slot), through: through)) { needed += encoder.byteCount + BitStream.slack }
    }
    let selection = StoredSelection(
      labels: LabelLists(pin: labels.pin, count: slots.count), count: slots.count, bytes: needed)
    for (index, slot) in slots.enumerated() {
      let state = series + Int(slot)
      let copies = !(latestOnly && isLatestKnown(Int(slot), through: through))
      (selection.labels.lists + index).initialize(
        to: .init(numbers: UnsafePointer(state.pointee.labels.unsafelyUnwrapped), count: Int(state.pointee.labelCount)))
      selection.setOpen(index, state, from: from, through: through, copies: copies)
      if copies && !(state.pointee.encoder.sampleCount > 0 && state.pointee.encoder.firstTimestamp <= from) {
        addSealed(Int(slot), from: from, through: through, to: selection, at: index)
      }
      if state.pointee.hasAside { selection.setAside(index, aside[slot]) }
    }
    return selection
  }

  /// Whether the newest sample is the latest one at `through`, so that no chunk needs to be looked at for it.
  @inline(__always)
  private func isLatestKnown(_ slot: Int, through: Int64) -> Bool {
    let state = series + slot
    return !state.pointee.hasAside && state.pointee.encoder.sampleCount > 0
      && state.pointee.encoder.lastTimestamp <= through
  }

  private func addSealed(_ slot: Int, from: Int64, through: Int64, to selection: StoredSelection, at index: Int) {
    let chunks = sealed[slot]
    var first = chunks.count
    while first > 0, chunks[first - 1].header.lastTimestamp >= from { first -= 1 }
    for chunk in chunks[first...] where chunk.header.firstTimestamp <= through { selection.addSealed(index, chunk) }
  }
}
