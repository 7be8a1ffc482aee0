import Testing
import TimeSeries

@Suite struct LabelsTests {
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
