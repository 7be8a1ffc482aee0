import Exposition
import Testing

@Suite struct MetricTableTests {
  private let jobs = MetricDescriptor("jobs_total", .counter, labels: ["queue"], help: "Jobs.")
  private let size = MetricDescriptor("size_bytes", .histogram, unit: "bytes", buckets: [10, 100], help: "Size.")

  @Test func sortsFamiliesByNameAndPointsByLabels() {
    var table = MetricTable()
    table.observe(size, 5)
    for queue in ["b", "a", "c", "a"] { table.increment(jobs, labels: [queue]) }
    #expect(table.families().map(\.descriptor.name) == ["jobs_total", "size_bytes"])
    #expect(table.families()[0].points.map(\.labels) == [["a"], ["b"], ["c"]])
    #expect(table.value(of: jobs, labels: ["a"]) == .number(2))
    #expect(table.value(of: jobs, labels: ["d"]) == nil)
  }

  @Test(
    arguments: [
      ([10.0], [1, 0, 0], 10.0), ([10.5, 100], [0, 2, 0], 110.5), ([-1, 101, 1e9], [1, 0, 2], 1_000_000_100),
      ([.infinity], [0, 0, 1], .infinity),
    ] as [([Double], [UInt64], Double)])
  func countsAnObservationInTheFirstBucketThatHoldsIt(values: [Double], counts: [UInt64], sum: Double) throws {
    var table = MetricTable()
    for value in values { table.observe(size, value) }
    guard case .histogram(let histogram)? = table.value(of: size) else {
      Issue.record("no histogram")
      return
    }
    #expect(histogram.counts == counts)
    #expect(histogram.sum == sum)
    #expect(histogram.count == UInt64(values.count))
  }

  @Test func aCopyDoesNotChangeWithItsOrigin() {
    let registry = MetricRegistry()
    registry.observe(size, 5)
    let before = registry.snapshot()
    registry.observe(size, 5)
    registry.increment(jobs, by: 0, labels: ["a"])
    #expect(before.value(of: jobs, labels: ["a"]) == nil)
    let after = registry.snapshot()
    guard case .histogram(let old)? = before.value(of: size), case .histogram(let new)? = after.value(of: size) else {
      Issue.record("no histogram")
      return
    }
    #expect(old.count == 1)
    #expect(new.count == 2)
  }

  @Test func losesNothingWhenManyThreadsCountAtOnce() async {
    let registry = MetricRegistry()
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for _ in 0..<500 {
            registry.increment(jobs, labels: [task % 2 == 0 ? "even" : "odd"])
            registry.update { $0.observe(size, 50) }
          }
        }
      }
    }
    let table = registry.snapshot()
    #expect(table.value(of: jobs, labels: ["even"]) == .number(2000))
    #expect(table.value(of: jobs, labels: ["odd"]) == .number(2000))
    guard case .histogram(let histogram)? = table.value(of: size) else {
      Issue.record("no histogram")
      return
    }
    #expect(histogram.counts == [0, 4000, 0])
  }

  @Test func trapsOnTheWrongNumberOfLabels() async {
    await #expect(processExitsWith: .failure) {
      var table = MetricTable()
      table.set(.pendingPods, 1, labels: ["surplus"])
    }
  }

  @Test func trapsWhenACounterIsToFall() async {
    await #expect(processExitsWith: .failure) {
      var table = MetricTable()
      table.increment(.ticks, by: -1)
    }
  }
}
