import LogLines
import Logging
import Model
import Synchronization
import Testing

@Suite struct LogOutputTests {
  /// An output with a clock that is moved by hand.
  private final class Bench: Sendable {
    let now = Mutex(Instant(rfc3339: "2026-11-10T12:00:00Z")!)
    let lines = Mutex<[String]>([])

    func output(_ style: LogOutput.Style = LogOutput.Style(format: .text, level: .info)) -> LogOutput {
      LogOutput(style, now: { self.now.withLock { $0 } }, write: { line in self.lines.withLock { $0.append(line) } })
    }

    func advance(_ duration: Duration) { now.withLock { $0 = $0.advanced(by: duration) } }
    var count: Int { lines.withLock { $0.count } }
    var last: String { lines.withLock { $0.last ?? "" } }
  }

  @Test func boundsWhatIsSaidAgainAndAgainAndTellsHowOften() {
    let bench = Bench()
    let logger = bench.output().logger(label: "test")
    // A day of ticks every five seconds while a system is away.
    for _ in 0..<(24 * 720) {
      logger.error("tick failed", metadata: ["error": "Nobody answers."])
      bench.advance(.seconds(5))
    }
    #expect(bench.count <= 3 + 24 * 12)
    #expect(bench.count >= 24 * 11)
    #expect(bench.last.contains("omitted=59"))
  }

  @Test func boundsFaultsThatDifferInAValueMoreWidely() {
    let bench = Bench()
    let logger = bench.output().logger(label: "test")
    for number in 0..<17_280 {
      logger.warning("not reached", metadata: ["after": "\(number)"])
      bench.advance(.seconds(5))
    }
    #expect((100...800).contains(bench.count), "\(bench.count)")
  }

  @Test func writesEachEventThatDiffers() {
    let bench = Bench()
    let logger = bench.output().logger(label: "test")
    for number in 0..<2_000 { logger.info("event", metadata: ["name": "worker-\(number)"]) }
    #expect(bench.count == 2_000)
  }

  @Test func saysAgainAtOnceWhatWasSilentForAWhile() {
    let bench = Bench()
    let logger = bench.output().logger(label: "test")
    for _ in 0..<10 { logger.error("tick failed") }
    #expect(bench.count == 3)
    bench.advance(.seconds(3_600))
    for _ in 0..<10 { logger.error("tick failed") }
    #expect(bench.count == 6)
  }

  @Test func isNotConfusedByAClockThatIsSetBack() {
    let bench = Bench()
    let logger = bench.output().logger(label: "test")
    for _ in 0..<10 { logger.error("tick failed") }
    bench.advance(.hours(-30))
    logger.error("tick failed")
    #expect(bench.count == 4)
  }

  @Test func takesAnotherLevelAndFormatWhileItRuns() {
    let bench = Bench()
    let output = bench.output()
    let logger = output.logger(label: "test")
    logger.debug("quiet")
    #expect(bench.count == 0)
    output.style = LogOutput.Style(format: .json, level: .debug)
    logger.debug("heard")
    #expect(bench.last == #"{"time":"2026-11-10T12:00:00.000Z","level":"debug","message":"heard"}"# + "\n")
    var own = logger
    own.logLevel = .error
    own.warning("not heard")
    #expect(bench.count == 1)
  }

  @Test(arguments: zip(Logger.Level.allCases, [7, 7, 6, 5, 4, 3, 2]))
  func marksLinesForTheJournalByLevel(level: Logger.Level, priority: Int) {
    let bench = Bench()
    var style = LogOutput.Style(format: .json, level: .trace)
    style.hasPriorities = true
    bench.output(style).logger(label: "test").log(level: level, "m")
    #expect(bench.last.hasPrefix("<\(priority)>{"))
  }

  @Test func mergesTheLoggersOwnValues() {
    let bench = Bench()
    var logger = bench.output(LogOutput.Style(format: .json, level: .info)).logger(label: "test")
    logger[metadataKey: "component"] = "loop"
    logger.info("m", metadata: ["k": "v"])
    #expect(bench.last.contains(#""component":"loop","k":"v""#))
  }
}
