import ConfigurationFile
import Model
import Testing

/// The example that is shipped.
@Suite struct ExampleTests {
  let outcome: ConfigurationReader.Outcome

  init() throws {
    outcome = ConfigurationReader().read(try Repository.bytes("config/worker-pools.json"))
  }

  @Test func hasNeitherErrorsNorWarnings() {
    #expect(outcome.configuration != nil)
    #expect(outcome.problems(.error) == [])
    #expect(outcome.problems(.warning) == [])
    #expect(Set(outcome.problems.map(\.code)) == ["missing_variable"])
  }

  @Test func readsTheSectionOfItsOwn() throws {
    let configuration = try #require(outcome.configuration)
    #expect(configuration.service == ServiceSettings())
    let policy = configuration.policy
    let gpu = try #require(policy.pool("gpu"))
    #expect(gpu.idleTimeout == .minutes(60))
    #expect(gpu.horizon == .hours(4))
    #expect(policy.template("gpu-nvidia")?.machine.fixedPCIDevice == nil)
    #expect(policy.pool("burst")?.growCooldown == .seconds(180))
    #expect(policy.money.monthlyBudget == Money(1200))
    let custom = try #require(policy.triggers.first { $0.name == "burst/nodes_short_of_memory" })
    #expect(custom.kind == .custom)
    #expect(custom.comparison == .above)
    #expect(custom.fold == .max)
    #expect(custom.hold == .seconds(90))
  }

  @Test func runsEveryExpressionThroughTheCheck() throws {
    var seen: [String] = []
    let reader = ConfigurationReader(faultInExpression: { expression in
      seen.append(expression)
      return expression.contains("MemoryPressure") ? "no such thing." : nil
    })
    let outcome = reader.read(try Repository.bytes("config/worker-pools.json"))
    #expect(Set(seen).count == 4)
    #expect(outcome.configuration == nil)
    #expect(outcome.problems(.error).map(\.pointer) == ["/poolkeeper/triggers/0/expression"])
    #expect(outcome.problems(.error).first?.message.hasSuffix("no such thing.") == true)
  }
}
