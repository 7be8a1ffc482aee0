import API
import Foundation
import Model
import Testing

/// What a plan shows of clones that wait.
@Suite struct PlanViewTests {
  private static func plan() -> Plan {
    let reason = Reason("requested", "It is asked for.")
    let price = HourlyPrice(perHour: Money(0.24))
    var made = Creation(
      worker: "worker-burst-001", pool: "burst", template: "medium", price: price, commitment: Money(1), reason: reason)
    made.host = "pve-01"
    var started = made
    started.worker = "worker-burst-002"
    started.startsStandby = true
    var plan = Plan()
    plan.creations = [made, started]
    return plan
  }

  private static func json(_ plan: Plan) throws -> [String: Any] {
    let report = Report(at: Instant(seconds: 0))
    let bytes = try JSONEncoder().encode(PlanView(plan, report: report, dryRun: true))
    return try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
  }

  @Test func anActivationIsShownAsSuch() throws {
    let creations = try #require(try Self.json(Self.plan())["creations"] as? [[String: Any]])
    #expect(creations.map { $0["startsStandby"] as? Bool } == [nil, true])
    #expect(try Self.json(Self.plan())["standbys"] == nil)
  }

  @Test func clonesToBeMadeInAdvanceAreListed() throws {
    var plan = Self.plan()
    plan.creations = []
    plan.standbys = [
      StandbyCreation(
        worker: "worker-burst-003", pool: "burst", template: "medium", price: HourlyPrice(perHour: Money(0.24)),
        standbyPrice: HourlyPrice(perHour: Money(0.012)), commitment: Money(0.1))
    ]
    let view = PlanView(plan, report: Report(at: Instant(seconds: 0)), dryRun: false)
    let standby = try #require(view.standbys?.first)
    #expect(standby.worker == "worker-burst-003" && standby.pool == "burst" && standby.template == "medium")
    #expect(standby.standbyPricePerHour.perHour == Money(0.012) && standby.pricePerHour.perHour == Money(0.24))
    #expect(standby.commitment == Money(0.1) && standby.reason.code == "standby_made")
  }
}
