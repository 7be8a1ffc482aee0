/// Selecting series by matchers.
extension Head {
  /// Slots of the series that fit all matchers, ascending.
  func matching(_ matchers: [LabelMatcher]) -> [UInt32] {
    var include: [[UInt32]] = []
    var exclude: [[UInt32]] = []
    var patterns: [LabelMatcher] = []
    for matcher in matchers {
      guard let literals = matcher.literals, matcher.isPositive != matcher.fits("") else {
        patterns.append(matcher)
        continue
      }
      // Only some values that are known beforehand fit, or do not fit.
      let lists = literals.compactMap { value in
        value.isEmpty ? nil : labels.find(name: matcher.name, value: value).map { labels.postings[$0].slots }
      }
      if matcher.isPositive {
        if lists.isEmpty { return [] }
        include.append(Postings.union(lists))
      } else if !lists.isEmpty {
        exclude.append(Postings.union(lists))
      }
    }
    include.sort { $0.count < $1.count }
    var slots = include.first
    for list in include.dropFirst() { slots = slots.map { Postings.intersection($0, list) } }
    for list in exclude { slots = Postings.difference(slots ?? aliveSlots(), list) }
    for matcher in patterns { slots = fitting(matcher, among: slots) }
    return slots ?? aliveSlots()
  }

  /// Those of `slots` (of all series when it is `nil`) that fit a matcher whose values have to be looked at: the values
  /// of the series when they are few, else all values that there are.
  private func fitting(_ matcher: LabelMatcher, among slots: [UInt32]?) -> [UInt32] {
    let fitsAbsent = matcher.fits("")
    guard let name = labels.nameIndex(of: matcher.name) else { return fitsAbsent ? slots ?? aliveSlots() : [] }
    let numbers = labels.names[name].labels
    if let slots, slots.count < numbers.count {
      return slots.filter { slot in
        guard let number = label(of: slot, name: UInt32(name)) else { return fitsAbsent }
        return matcher.fits(bytes: labels.entries[Int(number)].valueBytes)
      }
    }
    // A matcher that fits the empty value fits series without the label, too: take away those whose value does not fit.
    let lists = numbers.compactMap { number in
      matcher.fits(bytes: labels.entries[Int(number)].valueBytes) != fitsAbsent ? labels.postings[Int(number)] : nil
    }
    let list = Postings.union(lists)
    if fitsAbsent { return Postings.difference(slots ?? aliveSlots(), list) }
    return slots.map { Postings.intersection($0, list) } ?? list
  }

  /// The number of a series' label of some name.
  private func label(of slot: UInt32, name: UInt32) -> UInt32? {
    let state = series + Int(slot)
    let numbers = UnsafeBufferPointer(start: state.pointee.labels, count: Int(state.pointee.labelCount))
    for number in numbers where labels.entries[Int(number)].name == name { return number }
    return nil
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
