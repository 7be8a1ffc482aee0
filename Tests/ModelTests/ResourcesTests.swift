import Model
import Testing

@Suite struct ResourcesTests {
  private let node = Resources(
    cpuMillicores: 7800, memoryBytes: .mebibytes(15_360), ephemeralStorageBytes: .gigabytes(190), pods: 100,
    extended: ["nvidia.com/gpu": 1])

  @Test(
    arguments: [
      (Resources.zero, []),
      (Resources(cpuMillicores: 7800, memoryBytes: .mebibytes(15_360), pods: 100, extended: ["nvidia.com/gpu": 1]), []),
      (Resources(cpuMillicores: 7801), ["cpu"]),
      (Resources(memoryBytes: .mebibytes(15_360) + 1), ["memory"]),
      (Resources(ephemeralStorageBytes: .gigabytes(191)), ["ephemeral-storage"]),
      (Resources(pods: 101), ["pods"]),
      (Resources(extended: ["nvidia.com/gpu": 2]), ["nvidia.com/gpu"]),
      (Resources(extended: ["example.org/b": 1, "example.org/a": 1]), ["example.org/a", "example.org/b"]),
      (Resources(cpuMillicores: 9000, pods: 200, extended: ["x": 1]), ["cpu", "pods", "x"]),
    ] as [(Resources, [String])])
  func tellsWhatIsShort(request: Resources, shortages: [String]) {
    #expect(request.shortages(in: node) == shortages)
    #expect(request.fits(in: node) == shortages.isEmpty)
  }

  @Test func addingAndTakingAwayCancelOut() {
    var generator = SeededGenerator(seed: 5)
    func amount() -> Resources {
      func number() -> Int64 { Int64.random(in: 0...1_000_000, using: &generator) }
      let names = ["a", "b", "c"].filter { _ in Bool.random(using: &generator) }
      return Resources(
        cpuMillicores: number(), memoryBytes: number(), ephemeralStorageBytes: number(), pods: number(),
        extended: Dictionary(uniqueKeysWithValues: names.map { ($0, Int64.random(in: 0...2, using: &generator)) }))
    }
    for _ in 0..<1000 {
      let (left, right) = (amount(), amount())
      #expect(left + right == right + left)
      #expect(left + right - right == left)
      #expect(left.fits(in: left + right))
      #expect((left - left) == .zero)
      #expect(left.fits(in: right) == left.shortages(in: right).isEmpty)
    }
  }

  @Test func holdsNoZeroes() {
    #expect(Resources(extended: ["nvidia.com/gpu": 0]) == .zero)
    var rest = node
    rest -= Resources(extended: ["nvidia.com/gpu": 1])
    #expect(rest.extended.isEmpty)
    #expect(Resources(extended: ["nvidia.com/gpu": 1]).shortages(in: rest) == ["nvidia.com/gpu"])
  }
}
