import Foundation
import Model
import Testing

@testable import Simulator

@Suite struct SplitMix64Tests {
  @Test func givesThePublishedSequenceForSeedZero() {
    var random = SplitMix64(seed: 0)
    #expect(random.next() == 0xE220_A839_7B1D_CDAF)
    #expect(random.next() == 0x6E78_9E6A_A1B9_65F4)
    #expect(random.next() == 0x06C4_5D18_8009_454F)
  }

  @Test func drawsDurationsFromTheWholeRangeAndNeverOutside() {
    var random = SplitMix64(seed: 3)
    let range = ClosedRange<Duration>.seconds(0.001, to: 0.004)
    let drawn = Set((0..<200).map { _ in random.duration(in: range).milliseconds })
    #expect(drawn == [1, 2, 3, 4])
  }

  @Test func writesIdentifiersAsVersionFourUUIDs() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<50 {
      let text = random.uuid()
      #expect(UUID(uuidString: text) != nil, "\(text)")
      #expect(Array(text)[14] == "4" && "89ab".contains(Array(text)[19]), "\(text)")
    }
  }
}

@Suite struct SortedTableTests {
  private struct Refusal: Error {}

  private static func table() -> SortedTable<Int, [String]> {
    var table = SortedTable<Int, [String]>()
    for key in [3, 1, 2] { table[key] = ["\(key)"] }
    return table
  }

  @Test func walksInTheOrderOfKeysWhateverTheOrderOfInsertion() {
    var random = SplitMix64(seed: 11)
    var table = SortedTable<Int, Int>()
    var model: [Int: Int] = [:]
    for step in 0..<2000 {
      let key = Int(random.next() % 200)
      if random.next() % 3 == 0 {
        table[key] = nil
        model[key] = nil
      } else {
        table[key] = step
        model[key] = step
      }
      #expect(table.keys == model.keys.sorted())
    }
    #expect(table.values == model.keys.sorted().map { model[$0]! })
  }

  @Test func changesAValueInPlaceThroughOptionalChainingWithoutMakingAnEntry() {
    var table = SortedTable<String, [Int]>()
    table["a"]?.append(1)
    #expect(table.isEmpty)
    table["a", default: []].append(1)
    table["a"]?.append(2)
    #expect(table["a"] == [1, 2] && table.keys == ["a"])
  }

  @Test(arguments: [#"{"keys":[2,1],"values":[0,0]}"#, #"{"keys":[1],"values":[]}"#, #"{"keys":[1,1],"values":[0,0]}"#])
  func refusesDamagedText(_ text: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(SortedTable<Int, Int>.self, from: Data(text.utf8))
    }
  }

  @Test func looksAtWhatIsThereAndAtNothingElse() {
    let table = Self.table()
    #expect(table.look(at: 2) { $0.count } == 1)
    #expect(table.look(at: 9) { $0.count } == nil)
  }

  @Test func aChangeLeavesACopyAsItWas() {
    var table = Self.table()
    let copy = table
    table[1]?.append("more")
    table[2, default: []].append("more")
    table[9, default: []].append("new")
    #expect(copy.values == [["1"], ["2"], ["3"]])
    #expect(table.values == [["1", "more"], ["2", "more"], ["3"], ["new"]])
    #expect(copy != table)
  }

  @Test func aChangeThatIsRefusedLosesNothing() {
    var table = Self.table()
    func refuse(_ value: inout [String]?) throws {
      value?.append("half")
      throw Refusal()
    }
    #expect(throws: Refusal.self) { try refuse(&table[1]) }
    #expect(table[1] == ["1", "half"])
    #expect(table.keys == [1, 2, 3])
  }
}

@Suite struct EventQueueTests {
  @Test func givesEventsByTimeAndThenByOrderOfScheduling() {
    var random = SplitMix64(seed: 2)
    var queue = EventQueue()
    var expected: [(Int64, Int)] = []
    for index in 0..<500 {
      let at = Int64(random.next() % 40)
      queue.schedule(.fault(index), at: Instant(milliseconds: at))
      expected.append((at, index))
    }
    expected.sort { $0 < $1 }
    var given: [(Int64, Int)] = []
    while let entry = queue.next(by: Instant(milliseconds: 100)) {
      guard case .fault(let index) = entry.event else { continue }
      given.append((entry.at.milliseconds, index))
    }
    #expect(given.map { $0.1 } == expected.map { $0.1 })
  }

  @Test func keepsWhatIsNotDue() {
    var queue = EventQueue()
    queue.schedule(.schedule, at: Instant(milliseconds: 10))
    #expect(queue.next(by: Instant(milliseconds: 9)) == nil)
    #expect(queue.next(by: Instant(milliseconds: 10)) != nil)
  }
}

@Suite struct LoadProfileTests {
  static let origin = Instant(seconds: 1000)
  static let points: [LoadProfile.Point] = [.init(.zero, 2), .init(.seconds(10), 6), .init(.seconds(20), 4)]

  @Test(arguments: [(-5, 2.0), (0, 2), (9, 2), (10, 6), (19, 6), (20, 4), (500, 4)])
  func stepsHoldTheirValueUntilTheNext(_ second: Int, _ value: Double) {
    let profile = LoadProfile(origin: Self.origin, points: Self.points)
    #expect(profile.value(at: Self.origin.advanced(by: .seconds(second))) == value)
  }

  @Test(arguments: [(-5, 2.0), (0, 2), (5, 4), (10, 6), (15, 5), (20, 4), (500, 4)])
  func linesGoStraightFromPointToPoint(_ second: Int, _ value: Double) {
    let profile = LoadProfile(origin: Self.origin, points: Self.points, shape: .lines)
    #expect(profile.value(at: Self.origin.advanced(by: .seconds(second))) == value)
  }

  @Test(arguments: [(-3, 2.0), (2, 2), (12, 6), (22, 4), (32, 2), (42, 6)])
  func periodsRepeat(_ second: Int, _ value: Double) {
    var profile = LoadProfile(origin: Self.origin, points: Self.points, period: .seconds(30))
    if second < 0 { profile.points[0].value = 4 }
    let expected = second < 0 ? 4.0 : value
    #expect(profile.value(at: Self.origin.advanced(by: .seconds(second))) == expected)
  }

  @Test(arguments: [LoadProfile.Shape.steps, .lines], [nil, Duration.seconds(30)])
  func theAreaAgreesWithASumOfThinSlices(_ shape: LoadProfile.Shape, _ period: Duration?) {
    let profile = LoadProfile(origin: Self.origin, points: Self.points, shape: shape, period: period)
    for (from, to) in [(-7_000, 3_000), (0, 20_000), (2_500, 18_250), (15_000, 95_000), (40_000, 40_000)] {
      var sum = 0.0
      for slice in stride(from: from, to: to, by: 10) {
        sum += profile.value(at: Self.origin.advanced(by: .milliseconds(slice + 5))) * 0.01
      }
      let area = profile.integral(
        from: Self.origin.advanced(by: .milliseconds(from)), to: Self.origin.advanced(by: .milliseconds(to)))
      #expect(abs(area - sum) < 0.05, "\(from)...\(to): \(area) and \(sum)")
    }
  }

  @Test func saysWhenTheNextStepIs() {
    let steps = LoadProfile(origin: Self.origin, points: Self.points)
    let at = { (seconds: Int) in Self.origin.advanced(by: .seconds(seconds)) }
    #expect(steps.nextChange(after: at(3), reviewEvery: .seconds(1)) == at(10))
    #expect(steps.nextChange(after: at(10), reviewEvery: .seconds(1)) == at(20))
    #expect(steps.nextChange(after: at(20), reviewEvery: .seconds(1)) == nil)
    let daily = LoadProfile(origin: Self.origin, points: Self.points, period: .seconds(30))
    #expect(daily.nextChange(after: at(25), reviewEvery: .seconds(1)) == at(30))
    let lines = LoadProfile(origin: Self.origin, points: Self.points, shape: .lines)
    #expect(lines.nextChange(after: at(3), reviewEvery: .seconds(1)) == at(4))
    #expect(lines.nextChange(after: at(21), reviewEvery: .seconds(1)) == nil)
  }
}
