import Backtest
import Foundation
import Model
import Testing

@Suite struct SavedHistoryTests {
  private static let start = Instant(rfc3339: "2026-10-01T00:00:00Z")!

  static let history: History = {
    var pod = PodObservation(
      key: PodKey(namespace: "shop", name: "web-1"), uid: "u-1", createdAt: start, phase: .pending,
      requests: Resources(cpuMillicores: 500, memoryBytes: 1 << 30, pods: 1, extended: ["nvidia.com/gpu": 2]))
    pod.unschedulable = true
    pod.ownerKind = "ReplicaSet"
    pod.ownerName = "web"
    pod.priority = 7
    pod.labels = ["app": "web"]
    pod.nodeSelector = ["disk": "ssd"]
    pod.tolerations = [Toleration(key: "spot", operator: .exists)]
    pod.constraints.topologySpread = [
      TopologySpreadConstraint(maxSkew: 1, topologyKey: "zone", selector: LabelSelector())
    ]
    var bare = pod
    bare.key = PodKey(namespace: "shop", name: "job-1")
    bare.createdAt = start.advanced(by: .seconds(90))
    var service = RecordedPod(pod: pod, createdAt: start, deletedAt: start.advanced(by: .hours(3)))
    service.cpuUse = 0.25
    let job = RecordedPod(pod: bare, createdAt: bare.createdAt, runsFor: .milliseconds(61_500))
    var history = History(source: "a test", start: start, end: start.advanced(by: .hours(24)), pods: [service, job])
    history.readings = [
      "burst/queue": [
        Reading(value: 3, at: start), Reading(value: .infinity, at: start.advanced(by: .milliseconds(30_250))),
      ]
    ]
    history.untold = ["Something is not known."]
    return history
  }()

  @Test func comesBackAsItWas() throws {
    let bytes = try SavedHistory.bytes(of: Self.history, program: "1.2.3")
    #expect(try SavedHistory.history(from: bytes) == Self.history)
    #expect(try SavedHistory.bytes(of: try SavedHistory.history(from: bytes), program: "1.2.3") == bytes)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasSuffix("}\n"))
    #expect(text.contains(#""format":"poolkeeper-history""#))
    #expect(text.contains(#""runs_for_seconds":61.5"#))
  }

  @Test(arguments: [
    ("{}", "no history"), ("not json", "no history"), (#"{"format":"x","program":"1","version":1}"#, "is a x"),
    (#"{"format":"poolkeeper-history","program":"9.9","version":2}"#, "poolkeeper 9.9"),
    (#"{"format":"poolkeeper-history","program":"1","version":1}"#, #"lacks "source""#),
    (
      #"{"format":"poolkeeper-history","program":"1","version":1,"source":"","untold":[],"pods":[{"name":"a"}],"#
        + #""readings":{},"start":"2026-10-01T00:00:00Z","end":"2026-10-02T00:00:00Z"}"#, "/pods/0 lacks"
    ),
    (
      #"{"format":"poolkeeper-history","program":"1","version":1,"source":"","untold":[],"pods":[],"#
        + #""readings":{"t":{"times":[1],"values":[]}},"start":"2026-10-01T00:00:00Z","end":"2026-10-02T00:00:00Z"}"#,
      "1 times and 0 values"
    ),
    (
      #"{"format":"poolkeeper-history","program":"1","version":1,"source":"","untold":[],"pods":[],"#
        + #""readings":{},"start":"2026-10-03T00:00:00Z","end":"2026-10-02T00:00:00Z"}"#, "before /start"
    ),
  ])
  func saysWhatIsWrongWithAFile(text: String, words: String) {
    let fault = #expect(throws: SavedHistory.Fault.self) { try SavedHistory.history(from: Data(text.utf8)) }
    #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
  }
}
