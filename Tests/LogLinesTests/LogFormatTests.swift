import LogLines
import Logging
import Model
import Testing

@Suite struct LogFormatTests {
  private static let time = Instant(rfc3339: "2026-11-10T12:00:00.250Z")!

  private static func record(
    _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata = [:]
  ) -> LogRecord {
    LogRecord(time: time, level: level, message: message, metadata: metadata)
  }

  @Test func writesTextInColumnsWithSortedValues() {
    let line = LogFormat.text.line(Self.record(.info, "listening", ["mode": "act", "address": "127.0.0.1:9095"]))
    #expect(line == "2026-11-10T12:00:00.250Z INFO     listening                address=127.0.0.1:9095 mode=act")
    #expect(LogFormat.text.line(Self.record(.critical, "stuck")) == "2026-11-10T12:00:00.250Z CRITICAL stuck")
  }

  @Test func writesOneJSONObjectWithStableKeys() {
    let line = LogFormat.json.line(
      Self.record(
        .warning, "say \"hello\"",
        ["b": "2\n3", "a": .stringConvertible(1), "nested": ["key": "value"], "list": ["x", "y"]]
      ))
    #expect(
      line == #"{"time":"2026-11-10T12:00:00.250Z","level":"warning","message":"say \"hello\"","a":"1","b":"2\n3","#
        + #""list":"x, y","nested.key":"value"}"#)
  }

  @Test func keepsItsOwnKeysFree() {
    let line = LogFormat.json.line(Self.record(.info, "m", ["time": "1", "level": "2", "message": "3"]))
    #expect(
      line
        == #"{"time":"2026-11-10T12:00:00.250Z","level":"info","message":"m","level_":"2","message_":"3","time_":"1"}"#)
  }

  /// What comes from outside must not make lines of its own, or move a reader's cursor.
  @Test(arguments: LogFormat.allCases) func letsNoValueEndALineOrControlATerminal(format: LogFormat) {
    let evil = "a\nINFO all is well\r\u{1B}[2J\u{9B}31m\u{2028}\u{0}"
    let line = format.line(Self.record(.error, evil, [evil: "\(evil)"]))
    #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || $0.value == 0x2028 })
  }

  @Test(arguments: LogFormat.allCases) func cutsLongValues(format: LogFormat) {
    let line = format.line(Self.record(.error, "m", ["v": "\(String(repeating: "ä", count: 100_000))"]))
    #expect(line.utf8.count < LogFormat.longestValue + 200)
    #expect(line.contains("…"))
  }

  @Test func coloursTextOnlyWhereItIsWanted() {
    let record = Self.record(.error, "m", ["k": "v"])
    #expect(LogFormat.text.line(record, coloured: true).contains("\u{1B}[31mERROR\u{1B}[0m"))
    #expect(!LogFormat.text.line(record).contains("\u{1B}"))
    #expect(!LogFormat.json.line(record, coloured: true).contains("\u{1B}"))
  }

  @Test func quotesValuesThatWouldNotReadAsOne() {
    let line = LogFormat.text.line(Self.record(.info, "m", ["a": "two words", "b": "", "c": "x=y", "d": "plain"]))
    #expect(line.hasSuffix(#" a="two words" b="" c="x=y" d=plain"#))
  }
}
