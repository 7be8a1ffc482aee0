/// The slots of the series that carry one label, ascending. Most labels of a churning cluster belong to one series, so
/// that case needs no allocation.
enum Postings {
  case none
  case one(UInt32)
  case many([UInt32])

  var isEmpty: Bool { count == 0 }

  var count: Int {
    switch self {
    case .none: 0
    case .one: 1
    case .many(let slots): slots.count
    }
  }

  var slots: [UInt32] {
    switch self {
    case .none: []
    case .one(let slot): [slot]
    case .many(let slots): slots
    }
  }

  mutating func insert(_ slot: UInt32) {
    switch self {
    case .none:
      self = .one(slot)
    case .one(let other):
      if other != slot { self = .many(other < slot ? [other, slot] : [slot, other]) }
    case .many(var slots):
      self = .none  // gives up the reference, so that the array is changed in place
      if slots[slots.count - 1] < slot {
        slots.append(slot)
      } else {
        let index = Postings.lowerBound(slots, slot)
        if slots[index] != slot { slots.insert(slot, at: index) }
      }
      self = .many(slots)
    }
  }

  mutating func removeAll(where isGone: (UInt32) -> Bool) {
    let kept = slots.filter { !isGone($0) }
    self = kept.isEmpty ? .none : kept.count == 1 ? .one(kept[0]) : .many(kept)
  }

  /// The first index whose element is not below `slot`.
  static func lowerBound(_ slots: [UInt32], _ slot: UInt32, from start: Int = 0) -> Int {
    var low = start
    var high = slots.count
    while low < high {
      let middle = (low + high) >> 1
      if slots[middle] < slot { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The elements of both lists.
  static func intersection(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    let (small, large) = left.count <= right.count ? (left, right) : (right, left)
    var result: [UInt32] = []
    result.reserveCapacity(small.count)
    if small.count * 16 < large.count {
      var from = 0
      for slot in small {
        from = lowerBound(large, slot, from: from)
        if from == large.count { break }
        if large[from] == slot { result.append(slot) }
      }
      return result
    }
    var j = 0
    for slot in small {
      while j < large.count && large[j] < slot { j += 1 }
      if j == large.count { break }
      if large[j] == slot { result.append(slot) }
    }
    return result
  }

  /// The elements of `left` that are not in `right`.
  static func difference(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    guard !right.isEmpty else { return left }
    var result: [UInt32] = []
    result.reserveCapacity(left.count)
    var j = 0
    for slot in left {
      while j < right.count && right[j] < slot { j += 1 }
      if j == right.count || right[j] != slot { result.append(slot) }
    }
    return result
  }

  /// The elements of any of the lists.
  static func union(_ lists: [[UInt32]]) -> [UInt32] {
    if lists.count == 1 { return lists[0] }
    var all: [UInt32] = []
    all.reserveCapacity(lists.reduce(0) { $0 + $1.count })
    for list in lists { all += list }
    return sortedUnique(all)
  }

  /// The elements of any of the lists.
  static func union(_ lists: [Postings]) -> [UInt32] {
    if lists.count == 1 { return lists[0].slots }
    var all: [UInt32] = []
    all.reserveCapacity(lists.reduce(0) { $0 + $1.count })
    for list in lists {
      switch list {
      case .none: break
      case .one(let slot): all.append(slot)
      case .many(let slots): all += slots
      }
    }
    return sortedUnique(all)
  }

  private static func sortedUnique(_ all: [UInt32]) -> [UInt32] {
    var all = all
    // Values are mostly made in the order of the series, so their lists often are in order, too.
    var isAscending = true
    for index in all.indices.dropFirst() where all[index - 1] >= all[index] {
      isAscending = false
      break
    }
    if isAscending { return all }
    all.sort()
    var kept = 0
    for slot in all where kept == 0 || all[kept - 1] != slot {
      all[kept] = slot
      kept += 1
    }
    all.removeLast(all.count - kept)
    return all
  }
}
