import Testing

@testable import TimeSeries

/// Label sets as a list and as a reference into a store must not be told apart by anything but their speed.
@Suite struct LabelsTests {
  private static let names = ["__name__", "A", "a", "ab", "job", "é", "zone"]
  private static let values = ["", "a", "ab", "abc", "é", "e\u{301}", "\u{ffff}", "😀", "longer than fifteen bytes"]

  /// Random sets, each as a list and as a store gives it back.
  private func pairs(_ generator: inout SeededGenerator) throws -> [(list: Labels, stored: Labels)] {
    let store = SeriesStore()
    var lists: [Labels] = []
    for number in 0..<60 {
      var labels = Self.names.map { Label(name: $0, value: Self.values.randomElement(using: &generator)!) }
      labels[0].value = "m_\(number % 4)"
      let list = Labels(labels)
      lists.append(list)
      try store.append([(list, Stores.now + Int64(number), 1)], now: Stores.now)
    }
    let selection = try store.selection([], from: .min, through: .max, latestOnly: true)
    return (0..<selection.count).map { index in
      let stored = selection.labels(index)
      return (Labels(sortedUnique: stored.entries), stored)
    }
  }

  @Test(arguments: 0..<6) func areTheSameInEitherForm(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    var pairs = try pairs(&generator)
    pairs += pairs.map { ($0.list.withoutMetadata, $0.stored.withoutMetadata) }
    for (list, stored) in pairs {
      #expect(list == stored && stored == list && list.hashValue == stored.hashValue)
      #expect(list.count == stored.count && list.metric == stored.metric && "\(list)" == "\(stored)")
      for name in Self.names + ["missing"] {
        #expect(list[name] == stored[name])
        #expect(list.setting(name, to: "x") == stored.setting(name, to: "x"))
        #expect(list.setting(name, to: "") == stored.setting(name, to: ""))
        #expect(list.removing([name, "a"]) == stored.removing([name, "a"]))
        #expect(list.keeping([name, "zone"]) == stored.keeping([name, "zone"]))
      }
      var bytes: [[UInt8]] = []
      stored.forEachBytes { bytes += [Array($0), Array($1)] }
      #expect(bytes == list.entries.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] })
    }
    for (a, b) in pairs {
      for (c, d) in pairs {
        #expect((a == c) == (b == d) && (a == d) == (b == c))
        #expect((a < c) == (b < d))
      }
    }
  }

  @Test func tellTextsApartByTheirBytes() {
    let composed = Labels(["a": "é"])
    let decomposed = Labels(["a": "e\u{301}"])
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
  }

  private static let composed = "caf\u{E9}"
  private static let decomposed = "cafe\u{301}"

  @Test func tellsApartWhatOnlyUnicodeHoldsForTheSame() {
    #expect(Self.composed == Self.decomposed)
    #expect(!Self.composed.hasSameBytes(as: Self.decomposed))
    let (left, right) = (Labels(["x": Self.composed]), Labels(["x": Self.decomposed]))
    #expect(left != right)
    #expect(Set([left, right, Labels(["x": Self.composed])]).count == 2)
    // Both orders are by bytes: the combining form begins with a plain e.
    #expect(right < left && !(left < right))
  }

  @Test func keepsLabelsWhoseNamesDifferInTheirBytesOnly() {
    let both = Labels([Self.composed: "1", Self.decomposed: "2"])
    #expect(both.count == 2)
    #expect(both[Self.composed] == "1" && both[Self.decomposed] == "2")
    #expect(both.removing([Self.composed]) == Labels([Self.decomposed: "2"]))
    #expect(both.keeping([Self.composed]) == Labels([Self.composed: "1"]))
    #expect(both.setting(Self.decomposed, to: "") == Labels([Self.composed: "1"]))
  }

  @Test(arguments: ["", "a", "fifteen letters", "a text that is too long for a small string", "漢字", "\u{0}"])
  func findsTheSameBytesInTextsThatShareNoMemory(_ text: String) {
    let copy = String(decoding: Array(text.utf8), as: UTF8.self)
    #expect(text.hasSameBytes(as: copy))
    #expect(!text.hasSameBytes(as: copy + "x"))
    #expect(!("x" + text).hasSameBytes(as: "y" + copy))
  }

  @Test func matchersCompareBytes() throws {
    let alternatives = "\(Self.decomposed)|tea"
    #expect(try LabelMatcher(name: "x", operation: .equal, value: Self.composed).fits(Self.composed))
    #expect(try !LabelMatcher(name: "x", operation: .equal, value: Self.composed).fits(Self.decomposed))
    #expect(try LabelMatcher(name: "x", operation: .matches, value: alternatives).fits(Self.decomposed))
    #expect(try !LabelMatcher(name: "x", operation: .matches, value: alternatives).fits(Self.composed))
    let twins = "\(Self.composed)|\(Self.decomposed)"
    #expect(try LabelMatcher(name: "x", operation: .matches, value: twins).fits(Self.decomposed))
    #expect(try LabelMatcher(name: "x", operation: .matches, value: twins).fits(Self.composed))
  }
}
