import Model
import Testing

@testable import SimulatedRuns

@Suite struct EditedPolicyTests {
  private static func policy() -> Policy {
    func template(_ name: TemplateName, _ id: Int) -> Template {
      Template(
        name: name, source: MachineID(id),
        machine: .init(cpuCores: 4, memoryBytes: .mebibytes(8192), diskBytes: .gigabytes(80)),
        allocatable: Resources(cpuMillicores: 3800, memoryBytes: .mebibytes(7168), pods: 100),
        price: HourlyPrice(perHour: Money(1)))
    }
    let burst = Pool(
      name: "burst", kind: .burst, maximum: 4, defaultTemplate: "large", templates: ["large", "small"])
    let spot = Pool(name: "spot", kind: .spot, maximum: 4, defaultTemplate: "small", templates: ["small"])
    return Policy(
      clusterName: "prod-k8s", pools: [burst, spot], templates: [template("large", 9001), template("small", 9002)],
      triggers: [
        Trigger(
          name: "burst/pending_pods", pool: "burst", kind: .pendingPods, expression: "pending_pods", threshold: 1,
          hold: .seconds(60))
      ])
  }

  @Test func whatIsPutBackIsAsItWouldBeByThen() {
    var edited = EditedPolicy(Self.policy())
    edited.apply(.setPresence("burst", false))
    #expect(edited.inForce.pools.map(\.name) == ["spot"])
    #expect(edited.inForce.triggers.isEmpty)
    edited.apply(.setMaximum("burst", 7))
    #expect(edited.inForce.pool("burst") == nil)
    edited.apply(.setPresence("burst", true))
    #expect(edited.inForce.pool("burst")?.maximum == 7)
    #expect(edited.inForce.triggers == Self.policy().triggers)
  }

  @Test func aTemplateThatIsTakenOutIsInNoPool() {
    var edited = EditedPolicy(Self.policy())
    edited.apply(.setTemplatePresence("large", false))
    #expect(edited.inForce.template("large") == nil)
    #expect(edited.inForce.pool("burst")?.templates == ["small"])
    #expect(edited.inForce.pool("burst")?.defaultTemplate == "small")
    edited.apply(.setPrice("large", HourlyPrice(perHour: Money(3))))
    edited.apply(.setTemplatePresence("large", true))
    var expected = Self.policy()
    expected.templates[0].price = HourlyPrice(perHour: Money(3))
    #expect(edited.inForce == expected)
  }

  @Test func theOnlyTemplateOfAPoolStays() {
    var edited = EditedPolicy(Self.policy())
    edited.apply(.setTemplatePresence("small", false))
    #expect(edited.inForce == Self.policy())
    // Without that pool it can go.
    edited.apply(.setPresence("spot", false))
    #expect(edited.inForce.templates.map(\.name) == ["large"])
  }

  @Test func editsOfPoolsAndTemplatesAddUp() {
    var edited = EditedPolicy(Self.policy())
    for change: Disturbance.PolicyChange in [
      .setEnabled("burst", false), .setStandby("burst", 2), .setLabel("burst", key: "team", value: "blue"),
      .setApprovals("burst", true), .scaleBudgets(2), .setTalosVersion("small", "v1.12.1"),
    ] { edited.apply(change) }
    var expected = Self.policy()
    expected.pools[0].enabled = false
    expected.pools[0].standby = 2
    expected.pools[0].labels["team"] = "blue"
    expected.pools[0].requestsNeedApproval = true
    expected.cleanup.extensionsNeedApproval = true
    expected.templates[1].talosVersion = "v1.12.1"
    #expect(edited.inForce == expected)
  }
}
