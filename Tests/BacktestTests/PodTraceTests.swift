import Foundation
import Model
import Testing

@testable import Backtest

@Suite struct PodTraceTests {
  private func read(_ text: String) throws(HistoryError) -> History {
    try PodTrace().history(text.utf8, source: "a test")
  }

  private let head =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n"

  @Test func servicesAndWorkAreToldApart() throws {
    let history = try read(
      head + "web,2000,4096,0,0,,LS,Running,100,5000,100\r\n" + "batch,1000,1024,1,460,V100,BE,Succeeded,200,900,250\n"
        + "never,1000,1024,0,0,,BE,Pending,300,900,\n")
    let start = PodTrace().start
    #expect(history.pods.map(\.pod.key.name) == ["web", "batch", "never"])
    let (web, batch, never) = (history.pods[0], history.pods[1], history.pods[2])
    #expect(web.runsFor == nil && web.deletedAt == start.advanced(by: .seconds(5000)))
    #expect(web.createdAt == start.advanced(by: .seconds(100)) && web.pod.ownerKind == "ReplicaSet")
    #expect(web.pod.requests.cpuMillicores == 2000 && web.pod.requests.memoryBytes == .mebibytes(4096))
    #expect(batch.runsFor == .seconds(650) && batch.deletedAt == nil && batch.pod.ownerKind == "Job")
    #expect(batch.pod.requests.extended == ["nvidia.com/gpu": 1])
    let card = Taint(key: "nvidia.com/gpu", value: "true", effect: .noSchedule)
    #expect(
      batch.pod.tolerations.contains { $0.tolerates(card) } && !web.pod.tolerations.contains { $0.tolerates(card) })
    let spot = Taint(key: "workload-type", value: "spot", effect: .noSchedule)
    #expect(
      batch.pod.tolerations.contains { $0.tolerates(spot) } && !web.pod.tolerations.contains { $0.tolerates(spot) })
    #expect(never.runsFor == nil && never.deletedAt == start.advanced(by: .seconds(900)))
    #expect(history.end == start.advanced(by: .seconds(5000)) && !history.untold.isEmpty)
  }

  @Test func columnsAreFoundByTheirNames() throws {
    let history = try read("memory_mib,creation_time,cpu_milli,colour,name\n64,5,100,\"red, dark\",\"a\"\n")
    #expect(history.pods.count == 1 && history.pods[0].pod.requests.cpuMillicores == 100)
    #expect(history.pods[0].deletedAt == nil)
  }

  @Test func whatIsWrongIsToldWithItsLine() {
    let cases: [(text: String, code: String, line: Int?, part: String)] = [
      ("", "empty", nil, "must name the columns"),
      ("name,cpu_milli\n", "missing_column", 1, "memory_mib"),
      (head + "a,x,1,0,0,,LS,Running,1,2,1\n", "bad_line", 2, "cpu_milli"),
      (head + "a,1,1,0,0,,LS,Running,1,2,1\n\nb,1,1,0,0,,LS,Running,,2,1\n", "bad_line", 4, "creation_time"),
      (head + "a,1,1,-1,0,,LS,Running,1,2,1\n", "bad_line", 2, "num_gpu"),
      (head + "a,1,1,0,0,,LS,Running,10,2,1\n", "bad_line", 2, "before it is created"),
      (head + ",1,1,0,0,,LS,Running,1,2,1\n", "bad_line", 2, "no name"),
      (head + "\"a,1,1\n", "bad_line", 2, "quotation mark"),
      (head, "no_pods", nil, "no pod"),
      (head + "a,99999999999999999999,1,0,0,,LS,Running,1,2,1\n", "bad_line", 2, "cpu_milli"),
    ]
    for (text, code, line, part) in cases {
      #expect {
        _ = try read(text)
      } throws: { error in
        guard let error = error as? HistoryError else { return false }
        return error.code == code && error.line == line && "\(error)".contains(part)
      }
    }
  }

  @Test func bytesThatAreNoTextAreRefused() {
    #expect { _ = try PodTrace().history([0x6E, 0xFF, 0x0A], source: "") } throws: {
      ($0 as? HistoryError)?.code == "not_utf8"
    }
  }

  private static let trace = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/data/openb/pods.csv").standardizedFileURL.path(percentEncoded: false)

  /// Machines for machine learning, at about the market's prices.
  private static func policy() -> Policy {
    func template(_ name: TemplateName, _ cores: Int64, _ gibibytes: Int64, _ gpus: Int64 = 0) -> Template {
      let price = Double(cores) * 0.025 + Double(gibibytes) * 0.0033 + Double(gpus) * 0.7
      return Histories.template(name, cores: cores, gibibytes: gibibytes, price: price, gpus: gpus)
    }
    let plain = [template("general-32", 32, 128), template("general-128", 128, 768)]
    let cards = [template("gpu-1", 16, 64, 1), template("gpu-2", 32, 128, 2), template("gpu-8", 128, 768, 8)]
    var policy = Histories.policy(plain + cards, hold: .seconds(30), maximum: 100)
    policy.pools[0].templates = plain.map(\.name).sorted()
    policy.pools[0].taints = [Taint(key: "workload-type", value: "burst", effect: .noSchedule)]
    policy.pools[0].idleTimeout = .minutes(10)
    var gpu = policy.pools[0]
    gpu.name = "gpu"
    gpu.labels = ["node-pool": "gpu"]
    gpu.taints = [Taint(key: "nvidia.com/gpu", value: "true", effect: .noSchedule)]
    gpu.defaultTemplate = "gpu-1"
    gpu.templates = cards.map(\.name).sorted()
    policy.pools.append(gpu)
    var trigger = policy.triggers[0]
    (trigger.name, trigger.pool) = ("gpu/pending_pods", "gpu")
    policy.triggers.append(trigger)
    return policy
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: trace), "the trace of pods is not there"))
  func aProductionTraceIsReplayed() throws {
    let bytes = try #require(FileManager.default.contents(atPath: Self.trace))
    let history = try PodTrace().history(bytes, source: "openb")
    #expect(history.pods.count == 8151)
    let facts = HistoryFacts(history)
    #expect(facts.mostPods >= 40 && facts.pods == 8151 && facts.work > 2000)
    let policy = Self.policy()
    let floor = try #require(Backtest.floor(history, policy: policy))
    #expect(floor.podsLeftOut == 0 && floor.cost > .zero)
    for contestant in Contestant.references(policy) {
      let result = Backtest.replay(history, under: contestant)
      #expect(result.isComplete && result.waits.pods == 8151 && result.waits.neverFit == 0)
      if contestant.kind == .fixedFleet || contestant.kind == .clusterAutoscaler || contestant.kind == .karpenter {
        #expect(result.cost > floor.cost, "\(contestant.name)")
      }
    }
    // Poolkeeper on one of its busiest days.
    let start = history.start.advanced(by: .hours(24 * 140))
    let day = history.part(from: start, to: start.advanced(by: .hours(24)))
    let result = Backtest.replay(day, under: Contestant(.poolkeeper, policy: policy))
    let least = try #require(Backtest.floor(day, policy: policy))
    #expect(result.isComplete && result.refusedPlans == 0 && result.cost > least.cost)
    #expect(result.cost.units < least.cost.units * 1.6)
  }
}
