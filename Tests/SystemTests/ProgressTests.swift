import Foundation
import Synchronization
import Testing

@testable import poolkeeper

@Suite struct TimeLeftTests {
  /// Tells shares a second apart, and what is said after each.
  private func told(_ shares: [Double]) -> [Duration?] {
    var left = TimeLeft()
    return shares.enumerated().map { index, share in
      let elapsed = Duration.seconds(index + 1)
      left.note(share: share, at: elapsed)
      return left.left(at: elapsed)
    }
  }

  @Test func steadyWorkIsToldToTheSecond() throws {
    let all = told((1...100).map { Double($0) / 100 })
    #expect(all[0] == nil)
    for second in 2...100 {
      let left = try #require(all[second - 1])
      #expect(abs(left / .seconds(1) - Double(100 - second)) < 0.001, "after \(second) s: \(left)")
    }
  }

  @Test func workThatBecomesSlowerIsFollowed() throws {
    // Half of it in ten seconds, and since then a hundredth a second.
    var shares = (1...10).map { Double($0) / 20 }
    shares += (1...30).map { 0.5 + Double($0) / 100 }
    let left = try #require(told(shares).last ?? nil)
    #expect(left >= .seconds(19) && left <= .seconds(21), "\(left)")
  }

  @Test func workThatBecomesFasterIsFollowed() throws {
    let shares = (1...40).map { Double($0 * $0) / 6_400 }
    let left = try #require(told(shares).last ?? nil)
    // By the mean of all it would be two minutes; as it goes on it is done forty seconds later.
    #expect(left > .seconds(40) && left < .seconds(100), "\(left)")
  }

  @Test func workThatStandsStillIsUnknownAndLaterKnownAgain() throws {
    let shares = (1...10).map { Double($0) / 100 } + Array(repeating: 0.1, count: 20) + [0.11, 0.12]
    let all = told(shares)
    #expect(all[9] != nil)
    #expect(all[25] == nil && all[29] == nil)
    #expect(try #require(all[31]) > .seconds(100))
    // It says more and more until then, and never less.
    let growing = all[9..<19].compactMap { $0 }
    #expect(growing == growing.sorted())
  }

  @Test(arguments: [0, -1, .nan, -.infinity, 1e-300]) func noAbsurdTimeIsTold(share: Double) {
    #expect(told([share, share, share, share]).allSatisfy { $0 == nil })
  }

  @Test func sharesInAnyOrderAndBeyondTheEndNeverTellLessThanNothing() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let all = told((0..<80).map { _ in Double.random(in: -0.5...1.5, using: &random) })
      #expect(all.allSatisfy { $0.map { $0 >= .zero && $0 <= TimeLeft.longest } ?? true })
    }
    #expect(told([0.5, 0.9, 7]).last == .some(.zero))
  }

  @Test func aLongTimeNeedsNoMoreRoom() throws {
    var left = TimeLeft()
    for second in 1...100_000 { left.note(share: Double(second) / 200_000, at: .seconds(second)) }
    #expect(Mirror(reflecting: left).children.contains { ($0.value as? [Any])?.count ?? 0 <= TimeLeft.maximumMarks })
    let seconds = try #require(left.left(at: .seconds(100_000))) / .seconds(1)
    #expect(abs(seconds - 100_000) < 100)
  }
}

@Suite struct ProgressLineTests {
  @Test func tellsWhatHowFarHowLongAndTheNote() {
    let line = ProgressLine(
      what: "simulate run", share: 0.435, elapsed: .seconds(75), left: .seconds(3_725), note: "no violation\nyet")
    #expect(
      line.text(columns: 200)
        == "simulate run  ████████░░░░░░░░░░░░ 43 %, 1 min 15 s, 1 h 02 min left, no violation yet")
    #expect(line.text(columns: 31) == "simulate run  ████████░░░░░░░░")
    #expect(line.plain == "simulate run: 43 %, 1 min 15 s, 1 h 02 min left, no violation yet")
  }

  @Test(
    arguments: [
      (-1, "0 %"), (.nan, "0 %"), (.infinity, "100 %"), (0.9999, "99 %"), (1, "100 %"), (2, "100 %"),
    ] as [(Double, String)])
  func percentagesStayWithinBounds(share: Double, percent: String) {
    let line = ProgressLine(what: "x", share: share, elapsed: .zero, left: .zero, note: "")
    #expect(line.plain == "x: \(percent), 0 s")
    #expect(line.text(columns: 0).isEmpty)
  }

  @Test(
    arguments: [
      (-5, "0 s"), (59, "59 s"), (60, "1 min 00 s"), (3_599, "59 min 59 s"), (3_600, "1 h 00 min"),
      (172_800, "2 d 00 h"), (400_000, "4 d 15 h"),
    ] as [(Int, String)])
  func timesAreToldInTwoUnits(seconds: Int, text: String) { #expect(ProgressLine.text(.seconds(seconds)) == text) }
}

@Suite struct ProgressTests {
  /// What a progress wrote.
  private final class Written: Sendable {
    private let all = Mutex<[String]>([])
    var texts: [String] { all.withLock { $0 } }
    func add(_ text: String) { all.withLock { $0.append(text) } }
  }

  @Test func drawsOneLineAnewOnATerminalAndClearsIt() {
    let written = Written()
    let progress = poolkeeper.Progress("tune", isTerminal: true, interval: .zero) { written.add($0) }
    progress.update(share: 0.25, note: "first")
    progress.update(share: 0.5, note: "second")
    progress.aside { written.add("a result\n") }
    progress.update(share: 0.75)
    progress.end()
    progress.update(share: 1, note: "too late")
    progress.end()
    let texts = written.texts.filter { !$0.contains("unknown") || $0.contains("first") || $0.contains("second") }
    #expect(texts.first?.hasPrefix("\rtune  █████░") == true && texts.first?.contains("first") == true)
    #expect(!written.texts.contains { $0.hasPrefix("\r") && $0.contains("\n") })
    #expect(written.texts.firstIndex(of: "a result\n").map { written.texts[$0 - 1] } == "\r\u{1b}[K")
    #expect(written.texts.last == "\r\u{1b}[K")
    #expect(!written.texts.contains { $0.contains("too late") })
  }

  @Test func saysNothingBeforeTheFirstIntervalWhereLinesStay() {
    let written = Written()
    let progress = poolkeeper.Progress("tune", isTerminal: false, interval: .seconds(3_600)) { written.add($0) }
    for step in 0..<1_000 { progress.update(share: Double(step) / 1_000, note: "\(step)") }
    progress.end()
    #expect(written.texts.isEmpty)
  }

  @Test func whatIsShownBetweenUpdatesIsTheShareThatWasToldLast() {
    let written = Written()
    let progress = poolkeeper.Progress("tune", isTerminal: true, interval: .seconds(3_600)) { written.add($0) }
    progress.update(share: 0.25, note: "searching")
    progress.update(share: 0.5)
    #expect(written.texts.count == 1)
    progress.show()
    #expect(written.texts.last?.hasPrefix("\rtune  ██████████░░░░░░░░░░ 50 %, ") == true)
    #expect(written.texts.last?.contains("searching") == true)
    progress.end()
  }

  @Test func makesANoteOnlyWhenItIsShownAndOnceForAllThreads() async {
    let (written, made) = (Written(), Written())
    let progress = poolkeeper.Progress("run", isTerminal: true, interval: .seconds(3_600)) { written.add($0) }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for step in 0..<1_000 {
            progress.update(
              share: Double(step) / 1_000,
              note: {
                made.add("note")
                return "step \(step)"
              }())
          }
        }
      }
    }
    progress.end()
    #expect(made.texts.count == 1)
    #expect(written.texts.count { $0.contains("step") } == 1)
  }
}
