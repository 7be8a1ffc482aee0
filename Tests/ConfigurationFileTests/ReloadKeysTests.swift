import ConfigurationFile
import Model
import Testing

/// What a reload says of two readings of a file.
@Suite struct ReloadKeysTests {
  private static func keys(_ text: String, _ environment: [String: String] = [:]) -> WrittenKeys {
    ConfigurationReader(environment: environment).read(text).keys
  }

  private static func edited(_ old: String, _ new: String) -> String { DefaultTests.smallest.replacing(old, with: new) }

  private struct Case: Sendable {
    var new: String
    var changes: [String]
    var needsRestart: [String] = []
  }

  @Test(arguments: [
    (DefaultTests.smallest, []),
    // The order of keys, blanks and the spelling of a number say nothing.
    (
      edited(
        #""proxmox_template_id": 900, "cost_per_hour": 1,"#, #""cost_per_hour": 1.0,   "proxmox_template_id": 900,"#),
      []
    ),
    (
      edited(#""permanent": {"max_size": 3"#, #""permanent": {"max_size": 4"#),
      ["changed /worker_pool_definitions/permanent/max_size"]
    ),
    (
      edited(#""gpu": {"max_size": 3, "default_template": "g"}"#, #""gpu": {"max_size": 3}"#),
      ["removed /worker_pool_definitions/gpu/default_template"]
    ),
    (
      edited(#""burst": {"max_size": 3, "default_template": "m"},"#, ""),
      [
        "removed /worker_pool_definitions/burst/default_template", "removed /worker_pool_definitions/burst/max_size",
      ]
    ),
    (
      edited(#""cluster_name": "c""#, #""cluster_name": "d", "version": "2.0.0""#),
      ["restart changed /cluster_name"]
    ),
    (
      edited(
        #""cluster_name": "c","#, #""cluster_name": "c", "poolkeeper": {"listen": "127.0.0.1:1", "mode": "act"},"#),
      ["restart added /poolkeeper/listen", "added /poolkeeper/mode"]
    ),
    (
      edited(
        #""cluster_name": "c","#,
        #""cluster_name": "c", "poolkeeper": {"metrics": {"lookback_seconds": 90, "retention_hours": 2}},"#),
      ["restart added /poolkeeper/metrics/lookback_seconds", "added /poolkeeper/metrics/retention_hours"]
    ),
    (
      edited(
        #""cluster_name": "c","#,
        #""cluster_name": "c", "poolkeeper": {"schedules": [{"name": "a"}], "infrastructure": {"kind": "simulated"}},"#),
      ["restart added /poolkeeper/infrastructure/kind", "added /poolkeeper/schedules"]
    ),
  ])
  func namesTheKeysThatDiffer(text: String, changes: [String]) {
    let old = Self.keys(DefaultTests.smallest)
    func shown(_ list: [KeyChange]) -> [String] {
      list.map { "\($0.needsRestart ? "restart " : "")\($0.kind.rawValue) \($0.pointer)" }
    }
    #expect(shown(Self.keys(text).changes(from: old)) == changes)
    // The other way round what was added is removed.
    let back = old.changes(from: Self.keys(text))
    #expect(back.map(\.pointer) == Self.keys(text).changes(from: old).map(\.pointer))
    #expect(back.count { $0.kind == .removed } == Self.keys(text).changes(from: old).count { $0.kind == .added })
  }

  @Test func seesAVariableThatChangesAndTellsNoValue() {
    let text = Self.edited(#""cluster_name": "c""#, #""cluster_name": "c-${SUFFIX}""#)
    let old = Self.keys(text, ["SUFFIX": "canary-one"])
    let new = Self.keys(text, ["SUFFIX": "canary-two"])
    #expect(new.changes(from: old) == [KeyChange(pointer: "/cluster_name", kind: .changed)])
    var dumped = ""
    dump(new, to: &dumped)
    #expect(!dumped.contains("canary") && !"\(new)".contains("canary") && !String(reflecting: new).contains("canary"))
  }

  @Test func aFileThatIsNoJSONSaysNothing() {
    #expect(Self.keys("{") == WrittenKeys())
  }

  @Test func keepsWhatARunningProgramCannotChange() throws {
    let running = try #require(ConfigurationReader().read(DefaultTests.smallest).configuration)
    let text = Self.edited(
      #""cluster_name": "c","#,
      """
      "cluster_name": "d", "poolkeeper": {
        "listen": "127.0.0.1:1", "data_directory": "/elsewhere", "infrastructure": {"kind": "simulated"},
        "metrics": {"lookback_seconds": 90, "retention_hours": 2}, "mode": "act", "log": {"level": "debug"}
      },
      """
    ).replacing(#""permanent": {"max_size": 3"#, with: #""permanent": {"max_size": 4"#)
    let next = try #require(ConfigurationReader().read(text).configuration).keepingFixed(of: running)
    #expect(next.policy.clusterName == "c")
    #expect(next.service.listen == running.service.listen)
    #expect(next.service.dataDirectory == running.service.dataDirectory)
    #expect(next.service.infrastructure == running.service.infrastructure)
    #expect(next.service.metrics.lookback == running.service.metrics.lookback)
    #expect(next.policy.pool("permanent")?.maximum == 4)
    #expect(next.service.metrics.retention == .seconds(7200))
    #expect(next.service.mode == .act && next.service.log.level == .debug)
  }

  @Test func whatNeedsARestartIsSortedAndReal() {
    #expect(FixedKeys.pointers == FixedKeys.pointers.sorted())
    let known = Set(ConfigurationReference.entries().map { "/" + $0.path.replacing(".", with: "/") })
    for pointer in FixedKeys.pointers { #expect(known.contains(pointer), "\(pointer) is no key") }
  }
}
