import ConfigurationFile
import Model
import Testing

/// Changes of a policy for the question "what if".
@Suite struct PolicyChangeTests {
  private static func policy() throws -> Policy {
    try #require(ConfigurationReader().read(try Repository.bytes("config/worker-pools.json")).configuration).policy
  }

  private static func changed(_ changes: String...) throws -> Policy {
    try PolicyChange.apply(changes.map { text throws in try PolicyChange(text) }, to: policy())
  }

  private static func refusal(_ changes: String...) -> String {
    do {
      _ = try PolicyChange.apply(changes.map { text throws in try PolicyChange(text) }, to: policy())
      return ""
    } catch { return "\(error)" }
  }

  @Test func changesWhatItNamesAndNothingElse() throws {
    var wanted = try Self.policy()
    let burst = try #require(wanted.pools.firstIndex { $0.name == "burst" })
    let medium = try #require(wanted.templates.firstIndex { $0.name == "medium" })
    wanted.pools[burst].maximum = 30
    #expect(try Self.changed("pools.burst.maximum=30") == wanted)
    #expect(try Self.changed("pools.burst.max_size=30") == wanted, "the file's own name")
    wanted.pools[burst].enabled = false
    wanted.templates[medium].price = HourlyPrice(perHour: Money(0.3))
    wanted.money.monthlyBudget = Money(100)
    wanted.placement.cpuOvercommit = 2
    let trigger = try #require(wanted.triggers.firstIndex { $0.name == "burst/pending_pods" })
    wanted.triggers[trigger].threshold = 2
    #expect(
      try Self.changed(
        "pools.burst.maximum=30", "pools.burst.enabled=false", "templates.medium.price=0.30",
        "money.monthly_budget=100", "placement.cpu_overcommit=2", "triggers.burst/pending_pods.threshold=2") == wanted)
  }

  @Test func aCapCanBeTakenAway() throws {
    #expect(try Self.policy().pool("burst")?.monthlyBudget != nil)
    #expect(try Self.changed("pools.burst.monthly_budget=none").pool("burst")?.monthlyBudget == nil)
    #expect(try Self.changed("pools.burst.idle_timeout_minutes=0").pool("burst")?.idleTimeout == nil)
  }

  @Test func everyKeyThatIsListedCanBeSetToSomething() throws {
    let policy = try Self.policy()
    let keys = PolicyChange.keys(of: policy)
    #expect(keys == keys.sorted() && Set(keys).count == keys.count && keys.count > 80)
    for key in keys {
      let isAccepted = ["true", "10", "1", "medium"].contains { value in
        (try? PolicyChange.apply([PolicyChange("\(key)=\(value)")], to: policy)) != nil
      }
      #expect(isAccepted, "\(key)")
    }
  }

  @Test func anUnknownKeyIsToldTheKeysBesideTheNearest() {
    #expect(
      Self.refusal("provisioning.parallel_limits=3")
        == "There is no key \"provisioning.parallel_limits\". Did you mean \"provisioning.parallel_limit\"? "
        + "Beside it there are: parallel_limit.")
    #expect(Self.refusal("pools.burst.maximun=3").contains("maximum, minimum, monthly_budget"))
  }

  @Test(arguments: [
    ("pools.brust.maximum=3", "Did you mean \"pools.burst.maximum\"?"),
    ("pools.burst.maximun=3", "Did you mean \"pools.burst.maximum\"?"),
    ("monthly=3", "  money.monthly_budget\n"), ("money.burst.monthly_budget=3", "Did you mean"),
    ("pools.burst.maximum=many", "cannot be \"many\"; it is a whole number of 0 to 1000"),
    ("pools.burst.maximum=-1", "whole number"), ("pools.burst.enabled=no", "true or false"),
    ("templates.medium.price=nan", "a number of currency an hour"), ("templates.medium.price=1e12", "a number"),
    ("pools.burst.default_template=huge", "There is no template \"huge\""), ("=3", "KEY=VALUE"), ("x", "KEY=VALUE"),
    ("pools.permanent.minimum=900", "above its maximum"), ("pools.burst.default_ttl_hours=900", "above the maximum"),
  ])
  func refusesWithASentenceThatHelps(_ change: String, _ part: String) {
    let said = Self.refusal(change)
    #expect(said.contains(part), "\(change): \(said)")
  }
}
