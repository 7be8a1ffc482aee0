import Model
import Testing

@testable import Decision

@Suite struct GrowthBookTests {
  @Test func reservesManyAsOneAfterTheOther() {
    for seed in 0..<120 {
      let scene = Scene.random(seed)
      let situation = Situation(snapshot: scene.snapshot, policy: scene.policy)
      var random = Seeded(seed)
      var together = GrowthBook(situation)
      together.slots = random.pick([3, 1000])
      var single = together
      for offer in situation.pools.flatMap(situation.offers) {
        let most = random.number(1...30)
        var taken = 0
        for _ in 0..<most {
          guard case .success = single.reserve(offer) else { break }
          taken += 1
        }
        #expect(together.reserve(offer, atMost: most) == taken, "seed \(seed), \(offer.name)")
        #expect(together.slots == single.slots && together.purse.committed == single.purse.committed, "seed \(seed)")
        #expect(together.staying(in: offer.pool.name) == single.staying(in: offer.pool.name), "seed \(seed)")
      }
    }
  }

  @Test func allowsNothingBeyondItsSummedLimits() {
    for seed in 0..<120 {
      let scene = Scene.random(seed)
      let situation = Situation(snapshot: scene.snapshot, policy: scene.policy)
      var book = GrowthBook(situation)
      book.slots = 50
      let offers = situation.pools.flatMap(situation.offers)
      let limits = book.summedLimits(offers)
      var random = Seeded(seed)
      var taken = offers.map { _ in 0 }
      for _ in 0..<40 {
        let offer = random.number(0...offers.count - 1)
        taken[offer] += book.reserve(offers[offer], atMost: random.number(1...4))
      }
      for limit in limits {
        let sum = offers.indices.reduce(Int64(0)) { $0 + limit.weights[$1] * Int64(taken[$1]) }
        #expect(sum <= limit.most, "seed \(seed)")
      }
    }
  }
}
