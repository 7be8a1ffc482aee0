import ConfigurationFile
import Testing

@Suite struct SyntaxTests {
  @Test(arguments: [
    ("", 1, 1, "", "empty"), ("{", 1, 2, "", "key in double quotes"), ("[1", 1, 3, "", "comma"),
    ("{\n  \"a\": 1,\n}", 3, 1, "", "A comma stands before }"), ("[1,]", 1, 4, "", "A comma stands before ]"),
    ("{\"a\" 1}", 1, 6, "", "colon"), ("{\"a\": 'x'}", 1, 7, "/a", "single quote"),
    ("{\"a\": {\"b/c\": [1, tru]}}", 1, 19, "/a/b~1c/1", "A value is expected"),
    ("{\"a\": 01}", 1, 9, "/a", "needless zero"), ("{\"a\": 1e999}", 1, 12, "/a", "too large"),
    ("{\"a\": -}", 1, 8, "/a", "digit"), ("{\"a\": 1.}", 1, 9, "/a", "digit"), ("{\"a\": 1e}", 1, 9, "/a", "digit"),
    ("{} {}", 1, 4, "", "follows the end"), ("// x\n{}", 1, 1, "", "comment"),
    ("{\"a\": \"x\ny\"}", 1, 9, "/a", "not closed"),
    ("{\"a\": \"\\q\"}", 1, 9, "/a", "no escape"), ("{\"a\": \"\\ud800\"}", 1, 14, "/a", "surrogate"),
    ("{\"a\": \"\\u12\"}", 1, 12, "/a", "hexadecimal"), ("{\"a\": \"x", 1, 9, "/a", "ends inside"),
    ("{\"a\": NaN}", 1, 7, "/a", "A value is expected"), ("{a: 1}", 1, 2, "", "key in double quotes"),
  ])
  func tellsWhereAndWhatIsNotJSON(text: String, line: Int, column: Int, pointer: String, message: String) throws {
    let outcome = ConfigurationReader().read(text)
    let problem = try #require(outcome.problems.first)
    #expect(outcome.problems.count == 1)
    #expect(outcome.configuration == nil)
    #expect(problem.code == "syntax")
    #expect(problem.position == TextPosition(line: line, column: column))
    #expect(problem.pointer == pointer)
    #expect(problem.message.contains(message))
  }

  @Test func refusesTextThatIsNotUTF8() {
    let outcome = ConfigurationReader().read([0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x31, 0x7D])
    #expect(outcome.problems.map(\.code) == ["syntax"])
    #expect(outcome.problems.first?.remedy == "Save the file in UTF-8.")
  }

  @Test(arguments: ["[", "{\"a\":"])
  func refusesDeepNestingRatherThanOverflow(opening: String) {
    let outcome = ConfigurationReader().read(String(repeating: opening, count: 100_000))
    #expect(outcome.problems.map(\.code) == ["syntax"])
    #expect(outcome.problems.first?.message.contains("64 levels") == true)
  }

  @Test func refusesAFileBeyondTheLimit() {
    let outcome = ConfigurationReader().read([UInt8](repeating: 0x20, count: 5 << 20))
    #expect(outcome.problems.first?.message.contains("4194304") == true)
  }

  @Test func readsEscapesAndAByteOrderMark() throws {
    var edited = try Edited()
    try edited.set("/poolkeeper/data_directory", "\"PLACE\"")
    let text = String(decoding: try edited.bytes(), as: UTF8.self)
      .split(separator: "PLACE").joined(separator: "d\\u00e4ta \\ud83d\\ude80 \\\"\\/\\t")
    let outcome = ConfigurationReader().read([0xEF, 0xBB, 0xBF] + Array(text.utf8))
    #expect(outcome.configuration?.service.dataDirectory == "däta 🚀 \"/\t")
  }

  @Test(arguments: [
    ("127.0.0.1:9095", "127.0.0.1", 9095, true), (":80", "0.0.0.0", 80, false), ("[::1]:0", "::1", 0, true),
    ("localhost:65535", "localhost", 65535, true), ("0.0.0.0:1", "0.0.0.0", 1, false),
  ])
  func readsAddresses(text: String, host: String, port: Int, isLoopback: Bool) throws {
    let address = try #require(ListenAddress(text))
    #expect((address.host, address.port) == (host, port))
    #expect(address.isLoopback == isLoopback)
    #expect(ListenAddress(address.description) == address)
  }

  @Test(arguments: [
    "", "9095", "host", "host:", "host:x", "host:65536", "::1:80", "[host]:80", "a b:80", "h:+1", "h:-1",
  ])
  func refusesWhatIsNoAddress(text: String) { #expect(ListenAddress(text) == nil) }
}
