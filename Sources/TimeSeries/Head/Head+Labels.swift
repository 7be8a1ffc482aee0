/// What series, names and values there are.
extension Head {
  /// Slots that fit any of the selectors (all series when there is none) and may have samples in the window.
  func matchingAny(_ selectors: [[LabelMatcher]], from: Int64, through: Int64) -> [UInt32] {
    let lists = selectors.isEmpty ? [matching([])] : selectors.map { matching($0) }
    return Postings.union(lists).filter { mayHaveSamples(Int($0), from: from, through: through) }
  }

  /// Names of the labels that the series carry, sorted.
  func labelNames(_ slots: [UInt32]) -> [String] {
    var seen = [Bool](repeating: false, count: labels.names.count)
    for slot in slots {
      let state = series[Int(slot)]
      for i in 0..<Int(state.labelCount) { seen[Int(labels.entries[Int(state.labels![i])].name)] = true }
    }
    return labels.names.indices.filter { seen[$0] }.map { labels.names[$0].text }.sorted(by: Labels.precedes)
  }

  /// Values of one label that the series carry, sorted.
  func labelValues(_ name: String, _ slots: [UInt32]) -> [String] {
    guard let wanted = labels.nameIndex(of: name) else { return [] }
    var numbers: Set<UInt32> = []
    for slot in slots {
      let state = series[Int(slot)]
      for i in 0..<Int(state.labelCount) {
        let number = state.labels![i]
        if Int(labels.entries[Int(number)].name) == wanted {
          numbers.insert(number)
          break
        }
      }
    }
    var values: [String] = []
    for number in numbers { values.append(labels.value(Int(number))) }
    return values.sorted(by: Labels.precedes)
  }
}
