import RemoteWrite
import Testing

@Suite struct ReplicaElectionTests {
  struct Step: Sendable {
    let second: Int64
    let replica: String
    let verdict: ReplicaElection.Verdict
  }

  @Test(
    arguments: [
      ("the first stays", [(0, "a", .elected), (1, "b", .other), (2, "a", .elected), (30, "b", .other)]),
      ("29 seconds are not yet silence", [(0, "a", .elected), (29, "b", .other), (29, "a", .elected)]),
      ("30 seconds are", [(0, "a", .elected), (30, "b", .elected), (31, "a", .other)]),
      (
        "what others send ends no silence",
        [(0, "a", .elected), (15, "b", .other), (29, "c", .other), (30, "c", .elected), (31, "b", .other)]
      ),
      ("it may come back", [(0, "a", .elected), (40, "b", .elected), (75, "a", .elected)]),
      (
        "a clock set back begins silence anew",
        [(1_000, "a", .elected), (0, "b", .other), (29, "b", .other), (30, "b", .elected)]
      ),
      ("a clock set back for the elected", [(1_000, "a", .elected), (0, "a", .elected), (30, "b", .elected)]),
    ] as [(String, [(Int64, String, ReplicaElection.Verdict)])])
  func followsTheTable(_ what: String, _ steps: [(Int64, String, ReplicaElection.Verdict)]) {
    var election = ReplicaElection()
    for (second, replica, verdict) in steps {
      #expect(election.admit(cluster: "c", replica: replica, now: second * 1_000) == verdict, "\(what), \(second) s")
    }
  }

  @Test func refusesClustersBeyondItsBoundAndForgetsSilentOnes() {
    var rules = ReplicaDeduplication()
    rules.clusters = 3
    var election = ReplicaElection(rules)
    for number in 0..<3 {
      #expect(election.admit(cluster: "c\(number)", replica: "a", now: Int64(number) * 1_000) == .elected)
    }
    #expect(election.admit(cluster: "c3", replica: "a", now: 3_000) == .tooManyClusters)
    #expect(election.admit(cluster: "c0", replica: "a", now: 3_599_999) == .elected)
    #expect(election.admit(cluster: "c3", replica: "a", now: 3_600_999) == .tooManyClusters)
    #expect(election.admit(cluster: "c3", replica: "a", now: 3_601_000) == .elected)
    #expect(election.elected.map(\.cluster) == ["c0", "c2", "c3"])
  }

  @Test(arguments: 0..<20) func admitsOneReplicaOfAClusterAtATime(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    var rules = ReplicaDeduplication()
    rules.switchOverMilliseconds = 30_000
    var election = ReplicaElection(rules)
    var now: Int64 = 0
    // A model that keeps everything: the last arrival of the one that was admitted last, by cluster.
    var admitted: [String: (replica: String, at: Int64)] = [:]
    var switches = 0
    for _ in 0..<3_000 {
      now += Int64.random(in: 0...20_000, using: &generator)
      let cluster = "c\(Int.random(in: 0..<3, using: &generator))"
      let replica = ["a", "a", "a", "b", "c"].randomElement(using: &generator)!
      let verdict = election.admit(cluster: cluster, replica: replica, now: now)
      switch admitted[cluster] {
      case nil: #expect(verdict == .elected)
      case (replica, _)?: #expect(verdict == .elected)
      case (_, let last)?:
        #expect(verdict == (now - last >= 30_000 ? .elected : .other))
        if verdict == .elected { switches += 1 }
      }
      if verdict == .elected { admitted[cluster] = (replica, now) }
    }
    #expect(election.switchOvers == switches && switches > 5)
    #expect(election.elected.map(\.replica) == admitted.sorted { $0.key < $1.key }.map(\.value.replica))
  }

  @Test func livesWithAnyTime() {
    var election = ReplicaElection()
    for now in [Int64.max, .min, 0, .max, .min, -1, .max] {
      for replica in ["a", "b"] { _ = election.admit(cluster: "c", replica: replica, now: now) }
      _ = election.admit(cluster: "\(now)", replica: "a", now: now)
    }
    #expect(election.count == 5)
  }
}
