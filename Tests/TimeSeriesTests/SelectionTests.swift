import Testing

@testable import TimeSeries

@Suite struct SelectionTests {
  private static let values = ["", "a", "b", "ab", "abc", "b-1", "é"]

  private func matcher(_ generator: inout SeededGenerator) throws -> LabelMatcher {
    let name = ["__name__", "x", "y", "z", "id", "missing"].randomElement(using: &generator)!
    let operation = [MatchOperation.equal, .notEqual, .matches, .notMatches].randomElement(using: &generator)!
    let plain = Self.values.randomElement(using: &generator)!
    let patterns = ["a|b", "a.*", "ab.+", ".*", ".+", "", "(a|b)c?", "[^a]+", "a|", "é", "m_[0-3]", "1.*", ".*[02468]"]
    let isPattern = operation == .matches || operation == .notMatches
    return try LabelMatcher(
      name: name, operation: operation, value: isPattern ? patterns.randomElement(using: &generator)! : plain)
  }

  @Test(arguments: 0..<5) func agreesWithLookingAtEverySeries(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let store = SeriesStore()
    var all: [Labels] = []
    for number in 0..<150 {
      var labels = [Label(name: "__name__", value: "m_\(number % 10)"), Label(name: "id", value: "\(number)")]
      for name in ["x", "y", "z"] {
        labels.append(Label(name: name, value: Self.values.randomElement(using: &generator)!))
      }
      all.append(Labels(labels))
      try store.append([(Labels(labels), Stores.now, 1)], now: Stores.now)
    }
    for _ in 0..<60 {
      let matchers = try (0..<Int.random(in: 0...3, using: &generator)).map { _ in try matcher(&generator) }
      let expected = all.filter { labels in matchers.allSatisfy { $0.fits(labels[$0.name] ?? "") } }.sorted()
      let selected = try store.select(matchers, from: .min, through: .max).map(\.labels).sorted()
      #expect(selected == expected, "\(matchers)")
    }
  }

  @Test(arguments: [
    ("abc.*", "abc", true), ("abc.*", "ab", false), ("abc.+", "abc", false), ("abc.+", "abc\n", true),
    (".*", "", true), (".+", "", false), ("a|b", "b", true), ("a|b", "ab", false),
  ]) func comparesPrefixesAndLiteralsAsTheExpressionWould(_ pattern: String, _ text: String, _ fits: Bool) throws {
    #expect(try RegularExpression(pattern).matches(text) == fits)
    #expect(try RegularExpression("(?:\(pattern))").matches(text) == fits)
  }
}

@Suite struct SlotTableTests {
  @Test func agreesWithADictionaryThroughInsertionsAndRemovals() {
    var generator = SeededGenerator(seed: 11)
    var table = SlotTable(capacity: 16)
    var known: [Int: UInt64] = [:]
    for step in 0..<4_000 {
      if step % 3 != 0 || known.isEmpty {
        // Few distinct hashes, so that runs collide.
        let hash = UInt64.random(in: 0..<64, using: &generator) << 20 | UInt64.random(in: 0..<8, using: &generator)
        known[step] = hash
        table.insert(hash, slot: step)
      } else {
        let slot = known.keys.sorted().randomElement(using: &generator)!
        table.remove(known[slot]!, slot: slot)
        known[slot] = nil
        #expect(table.find(known[slot] ?? 0) { $0 == slot } == -1)
      }
      if known.count > 200 {
        for (slot, hash) in known.sorted(by: { $0.key < $1.key }).prefix(150) {
          #expect(table.find(hash) { $0 == slot } == slot)
          table.remove(hash, slot: slot)
          known[slot] = nil
        }
      }
    }
    for (slot, hash) in known { #expect(table.find(hash) { $0 == slot } == slot) }
    #expect(table.count == known.count)
  }
}
