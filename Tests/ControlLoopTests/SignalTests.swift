import Exposition
import Model
import Ports
import Simulator
import Synchronization
import Testing

@testable import ControlLoop

/// Schedules, forecasts and a lost ledger on their way through the whole loop.
@Suite struct SignalTests {
  @Test func workersAreReadyWhenTheWindowBeginsAndGoWhenItIsOver() async throws {
    var policy = Setting.policy(minimum: 0)
    var schedule = Schedule(
      name: "lunch", pool: "burst", cron: try CronExpression("20 13 * * *"), timeZone: "Europe/Berlin",
      duration: .minutes(40), workers: 2)
    schedule.template = "small"
    policy.schedules = [schedule]
    let bench = try await Bench(Setting.world(), policy: policy)
    let start = Setting.start.advanced(by: .minutes(20))
    let asked = await bench.run { !bench.workers.isEmpty }
    #expect(asked)
    #expect(start - bench.now == policy.provisioning.usualTotal)
    await bench.run { bench.now >= start }
    #expect(bench.ready("burst") == 2)
    #expect(bench.workers.allSatisfy { $0.template == "small" && $0.reason.code == "scheduled" })
    #expect(bench.latest?.report.schedules?.map(\.active) == [true])
    // Idle for longer than the pool's twenty minutes, and still there in the window's last moment.
    let end = start.advanced(by: .minutes(40) - policy.pace.tick)
    await bench.run(atMost: .hours(1)) { bench.now >= end }
    #expect(bench.ready("burst") == 2)
    await bench.run(atMost: .hours(2)) { bench.workers.isEmpty }
    #expect(bench.workers.isEmpty)
    #expect(bench.latest?.report.schedules?.first?.reason.data["start"] == "2026-11-11T12:20:00.000Z")
  }

  /// The CPU's use rises by a percent a minute; a straight line is what it is asked for.
  private struct Rising: MetricSource {
    func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
      let percent = 20 + (now - Setting.start).inSeconds / 60
      let value: Double =
        if expression.hasPrefix("predict_linear((\(WorldMetrics.cpu))[") {
          percent + 5
        } else if expression == WorldMetrics.cpu {
          percent
        } else {
          0
        }
      return [MetricElement(labels: [:], value: value, at: now)]
    }
  }

  @Test func forecastsReachTheSnapshotTheReportAndTheGauges() async throws {
    var policy = Setting.policy(minimum: 0)
    let index = try #require(policy.triggers.firstIndex { $0.name == "permanent/cpu_pressure" })
    policy.triggers[index].forecast = ForecastPolicy(methods: [.linear])
    let bench = try await Bench(Setting.world(), policy: policy, source: { _ in Rising() })
    await bench.steps(3)
    let forecast = bench.latest?.snapshot.forecasts["permanent/cpu_pressure"]?.value
    #expect(bench.latest?.snapshot.forecasts.count == 1)
    #expect((forecast?.linear ?? 0) > 25)
    let line = bench.latest?.report.triggers.first { $0.trigger == "permanent/cpu_pressure" }
    #expect(line?.forecast?.code == "forecast_quiet")
    var table = MetricTable()
    bench.loop.addGauges(to: &table)
    let shown = table.value(of: .triggerForecast, labels: ["permanent/cpu_pressure", "permanent"])
    #expect(shown == forecast?.linear.map { .number($0) })
    #expect(table.value(of: .alertsFiring, labels: ["burst"]) == .number(0))
    #expect(table.value(of: .poolPreemptions, labels: ["burst"]) == nil, "it is not preemptible")
  }

  @Test func afterTheJournalWasLostMachinesOfOursAreCounted() async throws {
    let first = try await Bench.withBurstWorkers(2)
    first.clock.advance(by: .hours(1))
    await first.step()
    let spent = try #require(first.latest?.snapshot.spending.value?.byPool["burst"])
    #expect(spent > .zero)
    let second = try await Bench(first.world.look { $0 })
    await second.step()
    let counted = try #require(second.latest?.snapshot.spending.value)
    // From the machines' creation, at the dearest price of the pool: never less than what was spent.
    #expect((counted.byPool["burst"] ?? .zero) >= spent)
    #expect(counted.burstEvent >= spent)
  }
}
