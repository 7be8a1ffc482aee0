import Model

@testable import Kubernetes

/// Candidates, their clocks, a network and an API server, all drawn from a seed.
///
/// Until it is healed requests and answers are lost or come late, processes stand still, end cleanly and start anew.
/// Local clocks run up to 10 % too fast or too slow, and the times of day have nothing to do with each other.
struct ElectionWorld {
  private enum Event {
    case begin(candidate: Int, life: Int)
    case arrives(candidate: Int, life: Int, request: LeaseElection.Request, id: Int)
    case answered(candidate: Int, life: Int, answer: LeaseElection.Answer, id: Int)
    case starts(candidate: Int)
  }

  private struct Candidate {
    var election: LeaseElection
    var rate: Double
    var offset: Double
    /// Milliseconds that its time of day is off; `nil`: it stands still.
    var wallSkew: Int64?
    var life = 0
    var requestID = 0
    var stalledUntil = 0.0
    var isUp = true

    func local(_ now: Double) -> Duration { .milliseconds(Int64((offset + rate * now) * 1000)) }
    func wall(_ now: Double) -> Instant {
      Instant(milliseconds: 1_800_000_000_000 + (wallSkew.map { $0 + Int64(now * 1000) } ?? 0))
    }
  }

  /// A small generator, the same on every machine.
  struct Draw: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var bits = state
      bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
      bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
      return bits ^ (bits >> 31)
    }
    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
    mutating func seconds(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }
  }

  /// Seconds after which no answer is one.
  private static let answerLimit = 5.0
  /// Seconds that a request may be late at most.
  static let latest = 20.0

  private(set) var now = 0.0
  private var random: Draw
  private var candidates: [Candidate] = []
  private var events: [(at: Double, order: Int, event: Event)] = []
  private var order = 0
  private var lease: ObservedLease?
  private var version = 0
  var isHealed = false

  /// Pairs that led at one instant.
  private(set) var overlaps: [String] = []
  /// Terms that began, with the instant.
  private(set) var terms: [(at: Double, candidate: Int)] = []

  init(seed: UInt64) {
    random = Draw(state: seed)
    for index in 0..<Int.random(in: 2...5, using: &random) {
      candidates.append(
        Candidate(
          election: LeaseElection(identity: "candidate-\(index)-0", timings: .standard),
          rate: random.seconds(0.9...1.1), offset: random.seconds(0...100_000),
          wallSkew: random.chance(0.2) ? nil : Int64.random(in: -10_000_000_000...10_000_000_000, using: &random)))
      add(after: random.seconds(0...5), .begin(candidate: index, life: 0))
    }
  }

  /// Who leads now by its own judgement.
  var leaders: [Int] {
    candidates.indices.filter {
      candidates[$0].isUp && candidates[$0].election.isLeading(at: candidates[$0].local(now))
    }
  }

  mutating func run(until end: Double) {
    while let next = events.indices.min(by: { (events[$0].at, events[$0].order) < (events[$1].at, events[$1].order) }),
      events[next].at <= end
    {
      let (at, _, event) = events.remove(at: next)
      now = at
      meet(event)
      // Leaderships only begin at events, so that two at once are seen here.
      let leaders = leaders
      if leaders.count > 1 { overlaps.append("\(leaders) at \(now) s") }
    }
    now = end
  }

  private mutating func add(after seconds: Double, _ event: Event) {
    order += 1
    events.append((now + seconds, order, event))
  }

  private mutating func meet(_ event: Event) {
    switch event {
    case .begin(let index, let life):
      guard isAwake(index, life, event) else { return }
      if !isHealed, random.chance(0.01) { return end(index) }
      if !isHealed, random.chance(0.03) { candidates[index].stalledUntil = now + random.seconds(0...40) }
      let candidate = candidates[index]
      send(index, candidates[index].election.begin(at: candidate.local(now), wall: candidate.wall(now)))
    case .arrives(let index, let life, let request, let id):
      let answer = carryOut(request)
      if isHealed || random.chance(0.9) {
        add(
          after: random.seconds(0.001...(isHealed ? 0.05 : 3)),
          .answered(candidate: index, life: life, answer: answer, id: id))
      }
    case .answered(let index, let life, let answer, let id):
      guard isAwake(index, life, event), candidates[index].requestID == id else { return }
      candidates[index].requestID += 1
      take(index, answer)
    case .starts(let index):
      candidates[index].life += 1
      candidates[index].isUp = true
      candidates[index].requestID += 1
      candidates[index].election = LeaseElection(
        identity: "candidate-\(index)-\(candidates[index].life)", timings: .standard)
      add(after: 0, .begin(candidate: index, life: candidates[index].life))
    }
  }

  /// A process that stands still meets its events later; one that has ended never.
  private mutating func isAwake(_ index: Int, _ life: Int, _ event: Event) -> Bool {
    guard candidates[index].life == life, candidates[index].isUp else { return false }
    let pause = candidates[index].stalledUntil - now
    if pause > 0 { add(after: pause, event) }
    return pause <= 0
  }

  /// It ends cleanly, and a new process starts in its place.
  private mutating func end(_ index: Int) {
    let candidate = candidates[index]
    if let request = candidates[index].election.release(at: candidate.local(now), wall: candidate.wall(now)) {
      add(after: random.seconds(0...1), .arrives(candidate: index, life: candidate.life, request: request, id: -1))
    }
    candidates[index].isUp = false
    add(after: random.seconds(1...20), .starts(candidate: index))
  }

  private mutating func take(_ index: Int, _ answer: LeaseElection.Answer) {
    let candidate = candidates[index]
    let next = candidates[index].election.take(
      answer, at: candidate.local(now), wall: candidate.wall(now), random: &random)
    if candidates[index].election.term > candidate.election.term { terms.append((now, index)) }
    switch next {
    case .send(let request): send(index, request)
    case .wait(let pause):
      add(
        after: pause.inSeconds / candidate.rate,
        .begin(candidate: index, life: candidate.life))
    }
  }

  private mutating func send(_ index: Int, _ request: LeaseElection.Request) {
    let (life, id) = (candidates[index].life, candidates[index].requestID)
    // Handed out, and then the process stands still before the request leaves.
    let delay = isHealed ? 0.01 : random.chance(0.1) ? random.seconds(0...Self.latest) : random.seconds(0.001...1)
    if isHealed || random.chance(0.9) {
      add(after: delay, .arrives(candidate: index, life: life, request: request, id: id))
    }
    add(
      after: Self.answerLimit / candidates[index].rate,
      .answered(candidate: index, life: life, answer: .failed, id: id))
  }

  /// The API server: compare and set.
  private mutating func carryOut(_ request: LeaseElection.Request) -> LeaseElection.Answer {
    switch request {
    case .read: return lease.map { .found($0) } ?? .notFound
    case .create(let record):
      guard lease == nil else { return .conflict }
      return .written(store(record))
    case .replace(let record, over: let base):
      guard let lease else { return .notFound }
      guard lease.version == base else { return .conflict }
      // A write that changes nothing is none.
      return .written(lease.record == record ? lease : store(record))
    }
  }

  private mutating func store(_ record: LeaseRecord) -> ObservedLease {
    version += 1
    let stored = ObservedLease(record: record, version: "\(version)")
    lease = stored
    return stored
  }
}
