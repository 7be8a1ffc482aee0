import Testing

@testable import Proxmox

@Suite struct JSONValueTests {
  private func value(_ text: String) -> JSONValue? { JSONValue(Array(text.utf8)) }

  @Test func readsEveryKindOfValue() {
    let text = " {\"a\" : [1, -2.5e1, 0, true, false, null], \"b\":{\"c\":{}},\"d\":[],\"e\":\"x\"}\r\n\t"
    #expect(
      value(text)
        == .object([
          "a": .list([.integer(1), .number(-25), .integer(0), .flag(true), .flag(false), .null]),
          "b": .object(["c": .object([:])]), "d": .list([]), "e": .text("x"),
        ]))
  }

  @Test(arguments: [
    ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{c}\n\r\t"), ("\"\\u00fc\\u20AC\"", "ü€"),
    ("\"a\\ud83d\\ude00b\"", "a😀b"), ("\"\\ud83dx\"", "\u{fffd}x"), ("\"\\ud83d\\u0041\"", "\u{fffd}A"),
    ("\"\\ude00\"", "\u{fffd}"), ("\"grüße\"", "grüße"), ("\"\"", ""),
  ])
  func readsTexts(json: String, text: String) {
    #expect(value(json) == .text(text))
  }

  @Test(arguments: [
    "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "\"", "\"\\",
    "\"\\x\"",
    "\"\\u12\"", "\"\\u12G4\"", "\"\n\"", "01", "-", "1.", ".5", "1e", "+1", "tru", "nul", "truex", "1 2", "[1 2]",
    "[,1]", "NaN",
    "\"\\ud83d\\uXYZW\"",
  ])
  func refusesWhatIsNoJSON(json: String) {
    #expect(value(json) == nil)
  }

  @Test func largeNumbersAreNotCut() {
    #expect(value("9223372036854775807") == .integer(.max))
    #expect(value("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(value("9223372036854775808")?.integer == nil)
  }

  @Test func depthIsBounded() {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(value(nested(JSONReader.maximumDepth)) != nil)
    #expect(value(nested(100_000)) == nil)
  }
}
