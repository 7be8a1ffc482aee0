import Model
import Testing

@Suite struct TolerationTests {
  private static let burst = Taint(key: "workload-type", value: "burst", effect: .noSchedule)

  @Test(arguments: [
    (Toleration(key: "workload-type", value: "burst", effect: .noSchedule), true),
    (Toleration(key: "workload-type", value: "burst"), true),
    (Toleration(key: "workload-type", operator: .exists), true),
    (Toleration(key: "workload-type", operator: .exists, effect: .noSchedule), true),
    (Toleration(key: "", operator: .exists), true),
    (Toleration(key: "", operator: .exists, effect: .noSchedule), true),
    (Toleration(key: "workload-type", value: "spot"), false),
    (Toleration(key: "workload-type"), false),
    (Toleration(key: "workload-type", value: "burst", effect: .noExecute), false),
    (Toleration(key: "workload-type", operator: .exists, effect: .preferNoSchedule), false),
    (Toleration(key: "", operator: .exists, effect: .noExecute), false),
    (Toleration(key: "", value: "burst"), false),
    (Toleration(key: "Workload-Type", value: "burst"), false),
    (Toleration(key: "workload", operator: .exists), false),
  ])
  func toleratesAsKubernetesDoes(toleration: Toleration, tolerates: Bool) {
    #expect(toleration.tolerates(Self.burst) == tolerates)
  }

  @Test func aTaintWithoutValueIsToleratedByAnEmptyValue() {
    let taint = Taint(key: "dedicated", effect: .noExecute)
    #expect(Toleration(key: "dedicated").tolerates(taint))
    #expect(!Toleration(key: "dedicated", value: "x").tolerates(taint))
  }

  @Test func taintsAreWrittenAsKubectlWritesThem() {
    #expect(Self.burst.text == "workload-type=burst:NoSchedule")
    #expect(Taint(key: "dedicated", effect: .noExecute).text == "dedicated:NoExecute")
  }
}
