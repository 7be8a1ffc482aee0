import Model
import Testing

/// The tables follow the Kubernetes documentation of label selectors and node affinity.
@Suite struct SelectorsTests {
  static let labels = ["zone": "a", "cores": "16", "word": "many", "empty": ""]

  @Test(arguments: [
    (LabelRequirement(key: "zone", operator: .in, values: ["b", "a"]), true),
    (LabelRequirement(key: "zone", operator: .in, values: ["b"]), false),
    (LabelRequirement(key: "none", operator: .in, values: ["a"]), false),
    (LabelRequirement(key: "zone", operator: .notIn, values: ["b"]), true),
    (LabelRequirement(key: "zone", operator: .notIn, values: ["a"]), false),
    (LabelRequirement(key: "none", operator: .notIn, values: ["a"]), true),
    (LabelRequirement(key: "empty", operator: .exists), true),
    (LabelRequirement(key: "none", operator: .exists), false),
    (LabelRequirement(key: "none", operator: .doesNotExist), true),
    (LabelRequirement(key: "zone", operator: .doesNotExist), false),
    (LabelRequirement(key: "cores", operator: .greaterThan, values: ["8"]), true),
    (LabelRequirement(key: "cores", operator: .greaterThan, values: ["16"]), false),
    (LabelRequirement(key: "cores", operator: .lessThan, values: ["17"]), true),
    (LabelRequirement(key: "cores", operator: .lessThan, values: ["16"]), false),
    (LabelRequirement(key: "word", operator: .greaterThan, values: ["1"]), false),
    (LabelRequirement(key: "none", operator: .lessThan, values: ["1"]), false),
    (LabelRequirement(key: "cores", operator: .greaterThan, values: ["1", "2"]), false),
    (LabelRequirement(key: "cores", operator: .greaterThan, values: ["eight"]), false),
  ])
  func aRequirementHoldsAsDocumented(_ requirement: LabelRequirement, _ expected: Bool) {
    #expect(requirement.matches(Self.labels) == expected, "\(requirement.text)")
  }

  @Test func anEmptyLabelSelectorMatchesEverything() {
    #expect(LabelSelector().matches([:]))
    #expect(LabelSelector().matches(Self.labels))
  }

  @Test func allConditionsOfASelectorMustHold() {
    var selector = LabelSelector(matchLabels: ["zone": "a"])
    selector.expressions = [LabelRequirement(key: "cores", operator: .exists)]
    #expect(selector.matches(Self.labels))
    #expect(!selector.matches(["zone": "a"]))
    #expect(!selector.matches(["cores": "1"]))
  }

  @Test func anEmptyNodeTermMatchesNoNode() {
    #expect(!NodeSelectorTerm().matches(labels: Self.labels, name: "node-1"))
  }

  @Test func aTermCanNameTheNode() {
    let term = NodeSelectorTerm(fields: [LabelRequirement(key: "metadata.name", operator: .in, values: ["node-1"])])
    #expect(term.matches(labels: [:], name: "node-1"))
    #expect(!term.matches(labels: [:], name: "node-2"))
    #expect(!term.matches(labels: [:], name: nil))
    let other = NodeSelectorTerm(fields: [LabelRequirement(key: "metadata.uid", operator: .exists)])
    #expect(!other.matches(labels: [:], name: "node-1"))
  }

  @Test func hostPortsCollideOnOneAddressOrOnAll() {
    #expect(HostPort(80).collides(with: HostPort(80, address: "10.0.0.1")))
    #expect(HostPort(80, address: "10.0.0.1").collides(with: HostPort(80, address: "")))
    #expect(!HostPort(80, address: "10.0.0.2").collides(with: HostPort(80, address: "10.0.0.1")))
    #expect(!HostPort(80).collides(with: HostPort(80, transport: "UDP")))
    #expect(!HostPort(80).collides(with: HostPort(81)))
  }
}
