import MCP
import Testing

@Suite struct JSONValueTests {
  private func parsed(_ text: String) -> JSONValue? { JSONValue(Array(text.utf8)) }

  @Test(
    arguments: [
      ("null", .null),
      (" true ", .bool(true)),
      ("-0", .integer(0)),
      ("9223372036854775807", .integer(.max)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("1.5e3", .number(1_500)),
      (#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, .text("a\"\\/\u{8}\u{c}\n\r\té😀")),
      ("[]", .list([])),
      (#"{"b":[1,{"c":null}],"a":"x"}"#, ["a": "x", "b": [1, ["c": .null]]]),
      (#"{"a":1,"a":2}"#, ["a": 2]),
    ] as [(String, JSONValue)])
  func readsWhatIsJSON(text: String, value: JSONValue) {
    #expect(parsed(text) == value)
  }

  @Test(arguments: [
    "", " ", "nul", "tru", "01", "1.", ".5", "-", "1e", "+1", "[1,]", "[1", "{", #"{"a"}"#, #"{"a":}"#, #"{a:1}"#,
    #"{"a":1,}"#, "'a'", #""a"#, "\"a\nb\"", #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#,
    "1 2", "[] x", "1e999", "NaN", "Infinity",
  ])
  func refusesWhatIsNone(text: String) {
    #expect(parsed(text) == nil)
  }

  @Test func refusesBytesThatAreNoText() {
    #expect(JSONValue([0x22, 0xFF, 0x22]) == nil)
    #expect(JSONValue([0x22, 0xC3, 0x22]) == nil)
  }

  @Test func refusesWhatIsNestedTooDeeply() {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(parsed(nested(128)) != nil)
    #expect(parsed(nested(129)) == nil)
    #expect(parsed(nested(1_000_000)) == nil)
  }

  @Test(arguments: [
    #"{"a":[1,-2,0.5,true,null],"b":"é\n\u0001\"\\","c":{}}"#, #""\u2028""#, "[]", "1e+20",
  ])
  func writesOneLineThatReadsBackTheSame(text: String) throws {
    let value = try #require(parsed(text))
    #expect(!value.line.contains("\n") && !value.line.contains("\u{2028}"))
    #expect(parsed(value.line) == value)
  }

  @Test func writesWhatJSONCannotSayAsText() {
    #expect(JSONValue.list([.number(.infinity), .number(.nan)]).line == #"["inf","nan"]"#)
  }
}
