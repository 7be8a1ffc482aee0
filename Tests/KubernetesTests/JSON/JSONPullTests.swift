import Testing

@testable import Kubernetes

@Suite struct JSONPullTests {
  @Test func takesWhatIsAskedForAndStepsOverTheRest() {
    let text = """
      { "skip" : {"a":[1,{"b":"]}\\""}], "c":null} , "name":"grüße", "n": -12, "yes":true,"no" :false,
        "list":["a", "b" ,"c"], "empty":[], "nothing":{} , "wrong": 1.5 }
      """
    var found: [String] = []
    let sound: Bool? = reading(text) { json in
      json.members { json, key in
        switch key {
        case "name": found.append(json.text() ?? "none")
        case "n": found.append(String(json.integer() ?? 0))
        case "yes", "no": found.append(json.flag().map(String.init) ?? "none")
        case "list", "empty": found.append(json.textList().joined(separator: "+"))
        case "nothing": found.append(json.enterObject() && json.nextKey() == nil ? "empty" : "more")
        case "wrong": found.append(json.integer().map(String.init) ?? "none")
        default: json.skip()
        }
      }
      return true
    }
    #expect(sound == true)
    #expect(found == ["grüße", "-12", "true", "false", "a+b+c", "", "empty", "none"])
  }

  @Test(arguments: [
    (#""a\n\t\"\\\/\u00e9""#, "a\n\t\"\\/é"), (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"),
    (#""\ud83dx""#, "\u{FFFD}x"), (#""""#, ""),
  ])
  func readsEscapes(text: String, expected: String) {
    #expect(reading(text) { $0.text() } == expected)
  }

  @Test(arguments: [
    "", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\" 1}", "[1,2", "\"abc", "{\"a\":{\"b\":[1}", "{1:2}", #""\q""#,
    #""\u12"#,
    #""\u00""#,
  ])
  func noticesWhatIsCutOffOrMalformed(text: String) {
    let sound: Bool? = reading(text) { json in
      if text.hasPrefix("\"") { return json.text() != nil }
      json.members { json, _ in _ = json.textList() }
      return true
    }
    #expect(sound != true)
  }

  @Test func goesAsDeepAsTheTextDoesWithoutRecursion() {
    let depth = 200_000
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(reading(text) { json in json.skip() } != nil)
  }

  @Test func sharesEqualValuesOnlyWhereTheyAreSound() {
    let pools = DecodingPools()
    let good = reading(#"[{"a":"b"},{"a":"b"}]"#, pools: pools) { json in json.list { $0.sharedTexts() } }
    #expect(good == [["a": "b"], ["a": "b"]])
    let bad = #"[{"operator":"Odd","key":"k"}]"#
    for _ in 0..<2 {
      #expect(
        reading(bad, pools: pools) { json in
          json.shared(\.spreads) { json in
            json.list { json in
              _ = json.requirement()
              return nil
            }
          }
        } == nil)
    }
  }

  @Test func writesWhatItReads() {
    let value: JSONValue = ["a": "q\"\\\n\u{1}é", "b": [1, true, .null], "c": .members([("d", nil), ("e", 2)])]
    #expect(
      String(decoding: value.bytes, as: UTF8.self) == #"{"a":"q\"\\\u000a\u0001é","b":[1,true,null],"c":{"e":2}}"#)
  }
}
