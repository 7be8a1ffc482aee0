import ConfigurationFile
import Model
import Testing

/// The key `poolkeeper.pools.POOL.upgrade`.
@Suite struct UpgradeKeyTests {
  private static func read(_ json: String) throws -> ConfigurationReader.Outcome {
    var file = try Edited()
    try file.set("/poolkeeper/pools/burst/upgrade", json)
    return try file.read()
  }

  @Test(arguments: [(#""replace""#, UpgradeMode.replace), (#""none""#, .none)])
  func reachesThePolicy(json: String, mode: UpgradeMode) throws {
    let policy = try #require(try Self.read(json).configuration).policy
    #expect(policy.pool("burst")?.upgrade == mode)
    #expect(policy.pool("permanent")?.upgrade == UpgradeMode.none, "nothing is upgraded unless it is asked for")
  }

  @Test func anotherWordIsAnError() throws {
    let problems = try Self.read(#""rolling""#).problems.filter { $0.pointer == "/poolkeeper/pools/burst/upgrade" }
    #expect(problems.map(\.severity) == [.error])
  }
}
