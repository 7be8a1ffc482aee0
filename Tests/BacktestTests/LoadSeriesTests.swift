import Foundation
import Model
import Testing

@testable import Backtest

@Suite struct LoadSeriesTests {
  @Test(arguments: [
    // 50 % of 64 cores at 70 % of one core a replica.
    (LoadSeries.Meaning.cpuPercent, 46), (.workers, 572), (.cores, 72),
  ])
  func replicasFollowTheValues(_ meaning: LoadSeries.Meaning, _ replicas: Int) throws {
    let text = "timestamp,value\n2014-01-16 00:00:00,50\n2014-01-16 00:05:00,0\n"
    let history = try LoadSeries(meaning).history(text.utf8, source: "a test")
    #expect(history.pods.count == replicas)
    #expect(history.pods.allSatisfy { $0.deletedAt == history.start.advanced(by: .minutes(5)) && $0.runsFor == nil })
    #expect(history.end == history.start.advanced(by: .minutes(10)))
  }

  /// What rises and falls keeps the oldest replicas and takes the youngest away.
  @Test func theYoungestGoFirst() throws {
    var series = LoadSeries(.cores)
    series.replicaUse = 1
    let text = "timestamp,value\n0,1\n60,3\n120,2\n180,2\n"
    let history = try series.history(text.utf8, source: "a test")
    #expect(history.pods.map { $0.createdAt.milliseconds / 1000 } == [0, 60, 60])
    #expect(history.pods.compactMap { $0.deletedAt?.milliseconds } == [120_000])
    #expect(HistoryFacts(history).mostPods == 3)
  }

  @Test(arguments: [
    ("timestamp,load\n", 1, "value"), ("timestamp,value\nyesterday,1\n", 2, "is no time"),
    ("timestamp,value\n0,-1\n", 2, "no load"), ("timestamp,value\n0,nan\n", 2, "no load"),
    ("timestamp,value\n0,1\n0,1\n", 3, "not after"), ("timestamp,value\n0,1e9\n", 2, "replicas"),
  ])
  func whatIsWrongIsToldWithItsLine(_ text: String, _ line: Int, _ part: String) {
    #expect { _ = try LoadSeries(.cores).history(text.utf8, source: "") } throws: { error in
      guard let error = error as? HistoryError else { return false }
      return error.line == line && "\(error)".contains(part)
    }
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/data/nab").standardizedFileURL.path(percentEncoded: false)

  @Test(.enabled(if: FileManager.default.fileExists(atPath: folder), "the load series are not there"))
  func realSeriesAreReplayed() throws {
    for (file, meaning) in [("asg_size.csv", LoadSeries.Meaning.workers), ("ec2_cpu.csv", .cpuPercent)] {
      let bytes = try #require(FileManager.default.contents(atPath: Self.folder + "/" + file))
      var series = LoadSeries(meaning)
      series.replica = Resources(cpuMillicores: 8000, memoryBytes: 16 << 30, pods: 1)
      let whole = try series.history(bytes, source: file)
      #expect(whole.pods.count > 10)
      let day = whole.part(from: whole.start, to: whole.start.advanced(by: .hours(24)))
      let policy = Histories.policy([Histories.large], maximum: 200)
      let result = Backtest.replay(day, under: Contestant(.poolkeeper, policy: policy))
      let floor = try #require(Backtest.floor(day, policy: policy))
      #expect(result.isComplete && result.waits.neverFit == 0 && result.refusedPlans == 0)
      #expect(floor.costWithWaiting <= result.cost)
    }
  }
}
