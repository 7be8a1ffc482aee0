import Testing

@testable import poolkeeper

@Suite struct LeakJudgementTests {
  private static let mebibyte = 1_048_576.0

  /// A life of so many seconds, looked at every second.
  private func life(_ seconds: Int, _ value: (Double) -> Double) -> [ProcessSample] {
    (1...seconds).map { second in
      let value = value(Double(second))
      return ProcessSample(
        age: Double(second), resident: value * Self.mebibyte, anonymous: value * Self.mebibyte, descriptors: value)
    }
  }

  /// Something between -1 and 1 that is never twice the same and always the same at one time.
  private func noise(_ time: Double) -> Double { (time * 12.9898).truncatingRemainder(dividingBy: 2) - 1 }

  @Test(
    arguments: [
      ("nothing changes", 0), ("noise", 1), ("grows while it warms up and then stays", 2), ("falls", 3),
      ("a step in the middle, as allocators take", 4), ("peaks that come and go", 5), ("slow clients now and then", 6),
    ] as [(String, Int)])
  func flatIsNoLeak(what: String, shape: Int) throws {
    let shapes: [(Double) -> Double] = [
      { _ in 100 }, { 100 + 8 * self.noise($0) }, { min($0, 100) * 2 }, { 300 - $0 / 4 }, { $0 < 400 ? 100 : 116 },
      { Int($0) % 37 < 3 ? 400 : 100 }, { 40 + (Int($0) % 90 < 30 ? 12 : 0) },
    ]
    for figure in LeakingFigure.allCases {
      let judgement = try #require(LeakJudgement(figure, life(600, shapes[shape])))
      #expect(!judgement.isLeak, "\(what): \(judgement)")
    }
  }

  @Test(
    arguments: [
      ("so much every second", 0), ("under noise", 1), ("under peaks", 2), ("in steps", 3), ("faster and faster", 4),
    ] as [(String, Int)])
  func whatRisesIsALeak(what: String, shape: Int) throws {
    let shapes: [(Double) -> Double] = [
      { 100 + $0 / 4 }, { 100 + $0 / 4 + 8 * self.noise($0) }, { 100 + $0 / 4 + (Int($0) % 37 < 3 ? 300 : 0) },
      { 100 + (($0 / 30).rounded(.down) * 8) }, { 100 + $0 * $0 / 2_000 },
    ]
    for figure in LeakingFigure.allCases {
      let judgement = try #require(LeakJudgement(figure, life(600, shapes[shape])))
      #expect(judgement.isLeak, "\(what): \(judgement)")
      #expect(judgement.slope > 0 && judgement.to > judgement.from)
    }
  }

  @Test func theSlopeIsToldByTheHour() throws {
    let judgement = try #require(LeakJudgement(.descriptors, life(900) { 50 + $0 / 10 }))
    #expect(abs(judgement.slope - 360) < 0.001)
    #expect(judgement.span == 600)
  }

  @Test func aShortLifeTellsNothing() {
    #expect(LeakJudgement(.resident, []) == nil)
    #expect(LeakJudgement(.resident, life(15) { $0 }) == nil)
    #expect(LeakJudgement(.resident, life(30) { $0 }) != nil)
  }

  @Test func aSoakInWhichNobodyLivedLongHasNotLooked() {
    var short = ProcessLifetime(number: 1)
    for sample in life(5, { $0 }) { short.note(sample) }
    #expect(SoakJudge.leaks([short]).map(\.check) == [.memory, .descriptors])
    var long = ProcessLifetime(number: 2)
    for sample in life(100, { _ in 50 }) { long.note(sample) }
    #expect(SoakJudge.leaks([short, long]).isEmpty)
    var leaking = ProcessLifetime(number: 3)
    for sample in life(100, { $0 }) { leaking.note(sample) }
    let found = SoakJudge.leaks([short, long, leaking])
    #expect(Set(found.map(\.check)) == [.memory, .descriptors])
    #expect(found.allSatisfy { $0.sentence.hasPrefix("process 3: ") })
  }

  @Test func aLongLifeIsThinnedOutAndJudgedTheSame() throws {
    var life = ProcessLifetime(number: 1)
    for sample in self.life(50_000, { 100 + $0 / 100 }) { life.note(sample) }
    #expect(life.samples.count <= ProcessLifetime.mostSamples)
    #expect(life.samples.map(\.age) == life.samples.map(\.age).sorted())
    let judgement = try #require(life.judgements.last)
    #expect(judgement.isLeak && abs(judgement.slope - 36) < 0.01)
  }

  @Test func readsWhatTheSystemTells() throws {
    let status = "Name:\tpoolkeeper\nVmRSS:\t   81920 kB\nRssAnon:\t  2048 kB\nThreads:\t7\n"
    #expect(ProcessLook.kibibytes("VmRSS:", in: status) == 81_920)
    #expect(ProcessLook.kibibytes("RssAnon:", in: status) == 2_048)
    #expect(ProcessLook.kibibytes("RssFile:", in: status) == nil)
    #expect(ProcessLook.kibibytes("Threads:", in: status) == nil)
  }
}
