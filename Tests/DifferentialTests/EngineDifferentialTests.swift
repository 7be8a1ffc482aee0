import Foundation
import Testing
import TimeSeries

@testable import PromQL
@testable import RemoteWrite

/// Our store and engine beside the installed Prometheus: the same remote-write bodies to both, the same questions to
/// both, the same answers from both.
///
/// Each seed has its own series and expressions. `POOLKEEPER_DIFFERENTIAL_SEEDS=100` asks for a hundred seeds, and
/// `POOLKEEPER_DIFFERENTIAL_SEEDS=40-59` for these, which is the way to see a failure again.
@Suite(.serialized) struct EngineDifferentialTests {
  private static let seeds: ClosedRange<UInt64> = {
    let numbers = (ProcessInfo.processInfo.environment["POOLKEEPER_DIFFERENTIAL_SEEDS"] ?? "10")
      .split(separator: "-").compactMap { UInt64($0) }
    switch numbers.count {
    case 1: return 0...max(1, numbers[0]) - 1
    case 2 where numbers[0] <= numbers[1]: return numbers[0]...numbers[1]
    default: return 0...9
    }
  }()
  private static let questionsPerSeed = 320
  /// Questions that the peer is asked at the same time.
  private static let batch = 16

  private static let installed = Testing.ConditionTrait.enabled(
    "no prometheus 2.42 here; scripts/install-packages.sh --test fetches it"
  ) { PeerPrometheus.installed != nil }

  @Test(installed, .timeLimit(.minutes(600)))
  func answersAsTheInstalledPrometheusDoes() async throws {
    let tally = try await compare { seed in
      var draw = ExpressionDraw(seed: seed)
      let bodies = RandomWorld(seed: seed).requests.map { RemoteWriteEncoder.body($0) }
      return (bodies, (0..<Self.questionsPerSeed).map { _ in draw.question() })
    }
    let asked = Self.seeds.count * Self.questionsPerSeed
    #expect(tally.compared * 10 > asked * 8, "too many questions are excluded")
    #expect(tally.succeeded * 2 > asked, "too few questions have an answer")
  }

  @Test(installed, .timeLimit(.minutes(600)))
  func answersAsTheInstalledPrometheusDoesForNativeHistograms() async throws {
    let questions = Self.questionsPerSeed / 4
    let tally = try await compare(areHistograms: true) { seed in
      var draw = HistogramDraw(seed: seed)
      let bodies = HistogramWorld(seed: seed).messages.map { message in
        message.withUnsafeBytes { SnappyBlock.compress($0) }
      }
      return (bodies, (0..<questions).map { _ in draw.question() })
    }
    let asked = Self.seeds.count * questions
    #expect(tally.compared * 10 > asked * 6, "too many questions are excluded")
    #expect(tally.populated * 2 > asked, "too few questions have an answer")
  }

  @Test(installed, .timeLimit(.minutes(600)))
  func formatsAsTheInstalledPrometheusDoes() async throws {
    let peer = try await PeerPrometheus.start(lookback: RandomWorld.lookback)
    var compared = 0
    for seed in Self.seeds {
      var draw = ExpressionDraw(seed: seed)
      for _ in 0..<Self.questionsPerSeed / 2 {
        let question = draw.question()
        // Another name of another length would be split into lines elsewhere.
        guard let query = try? Query(parse: question.text), question.text == question.spelledForPeer,
          !KnownDifference.isNewToThePeer(question), !KnownDifference.isFormattedOtherwise(query)
        else { continue }
        compared += 1
        let (ours, theirs) = (query.format(), try await peer.format(question.text) ?? "an error")
        #expect(ours == theirs, "seed \(seed): \(question.text)\nours:\n\(ours)\ntheirs:\n\(theirs)")
      }
    }
    #expect(compared * 10 > Self.seeds.count * Self.questionsPerSeed * 3, "too many expressions are excluded")
  }

  /// Sends each seed's bodies to both and asks both its questions.
  private func compare(
    areHistograms: Bool = false, _ draw: (UInt64) -> (bodies: [[UInt8]], questions: [Question])
  ) async throws -> Tally {
    var tally = Tally()
    for seed in Self.seeds {
      let (bodies, questions) = draw(seed)
      let pair = try await Pair.start(bodies, areHistograms: areHistograms)
      for first in stride(from: 0, to: questions.count, by: Self.batch) {
        let part = Array(questions[first..<min(first + Self.batch, questions.count)])
        for (question, theirs) in zip(part, try await pair.peerAnswers(part)) {
          guard let difference = try tally.count(question, pair, theirs) else { continue }
          let small = await pair.shrunk(question)
          Issue.record(
            "seed \(seed): \(difference)\n\(try await pair.report(question))\nshrunk:\n\(try await pair.report(small))")
        }
      }
    }
    print(tally)
    return tally
  }
}

/// What became of the questions.
private struct Tally: CustomStringConvertible {
  var compared = 0
  /// Compared, and both answered.
  var succeeded = 0
  /// Compared, and both answered with at least one value.
  var populated = 0
  var excluded: [String: Int] = [:]

  /// Counts a question and compares the answers, unless a rule excludes it.
  mutating func count(_ question: Question, _ pair: Pair, _ theirs: Answer) throws -> String? {
    if let rule = pair.rule(question) {
      excluded[rule.name, default: 0] += 1
      return nil
    }
    let ours = try pair.ourAnswer(question)
    compared += 1
    if !ours.isFailure { succeeded += 1 }
    if ours.isPopulated { populated += 1 }
    return Comparison(question, areHistograms: pair.areHistograms).difference(ours, theirs)
  }

  var description: String {
    "compared \(compared), of these \(succeeded) with an answer, \(populated) with values; excluded "
      + "\(excluded.values.reduce(0, +)): "
      + excluded.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }.joined(
        separator: ", ")
  }
}

/// Both servers with the same series.
private struct Pair {
  let peer: PeerPrometheus
  let store: SeriesStore
  let engine: Engine
  let areHistograms: Bool

  static func start(_ bodies: [[UInt8]], areHistograms: Bool) async throws -> Pair {
    let peer = try await PeerPrometheus.start(lookback: RandomWorld.lookback)
    let store = SeriesStore()
    let receiver = RemoteWriteReceiver(store: store)
    for body in bodies {
      let outcome = receiver.receive(body, headers: .version1, now: RandomWorld.end)
      #expect(outcome.status == .accepted)
      try await peer.write(body)
    }
    var limits = EngineLimits()
    limits.lookback = RandomWorld.lookback
    return Pair(peer: peer, store: store, engine: Engine(limits: limits), areHistograms: areHistograms)
  }

  func ourAnswer(_ question: Question) throws -> Answer { try question.answer(engine, store) }

  func peerAnswers(_ questions: [Question]) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
      for (index, question) in questions.enumerated() {
        group.addTask { (index, try await peer.answer(question)) }
      }
      var answers: [Int: Answer] = [:]
      for try await (index, answer) in group { answers[index] = answer }
      return questions.indices.compactMap { answers[$0] }
    }
  }

  /// The rule that excludes a question from the comparison.
  func rule(_ question: Question) -> KnownDifference? {
    guard let tree = question.tree else { return nil }
    let context = KnownDifference.Context(question: question, engine: engine, source: store)
    return KnownDifference.all.first { $0.applies(tree, context) }
  }

  private func isDifferent(_ question: Question) async -> Bool {
    guard rule(question) == nil, let ours = try? ourAnswer(question), let theirs = try? await peer.answer(question)
    else {
      return false
    }
    return Comparison(question, areHistograms: areHistograms).difference(ours, theirs) != nil
  }

  /// The smallest question found that is answered differently, too.
  func shrunk(_ question: Question) async -> Question {
    var smallest = question
    var attempts = 0
    search: while attempts < 400 {
      for candidate in smallest.simpler {
        attempts += 1
        if await isDifferent(candidate) {
          smallest = candidate
          continue search
        }
        if attempts >= 400 { break }
      }
      break
    }
    return smallest
  }

  func report(_ question: Question) async throws -> String {
    let (ours, theirs) = (try ourAnswer(question), try await peer.answer(question))
    let difference = Comparison(question, areHistograms: areHistograms).difference(ours, theirs) ?? "no difference"
    return "\(question.times)\n\(question.text)\n\(difference)\nours: \(ours)\ntheirs: \(theirs)"
  }
}

extension Answer {
  fileprivate var isPopulated: Bool {
    switch self {
    case .failure: false
    case .scalar, .string: true
    case .vector(let series), .matrix(let series): !series.isEmpty
    }
  }
}
