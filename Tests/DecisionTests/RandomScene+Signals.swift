import Model

extension Scene {
  /// Schedules, alerts, forecasts, triggers by value, and caps of an hour.
  mutating func randomiseSignals(_ random: inout Seeded) {
    for number in 0..<random.number(0...2) {
      let name = ScheduleName("schedule\(number)")
      let pool: PoolName = random.pick(["burst", "spot", "permanent", "gpu", "nowhere"])
      guard let cron = try? CronExpression("0 8 * * *") else { continue }
      var schedule = Schedule(
        name: name, pool: pool, cron: cron, duration: .hours(2), workers: random.number(1...15))
      schedule.lead = random.pick([nil, .minutes(30)])
      policy.schedules.append(schedule)
      if random.chance(90) {
        let start = snapshot.now.advanced(by: .minutes(random.number(-150...60)))
        snapshot.schedules[name] = ScheduleWindow(start: start, end: start.advanced(by: .hours(2)))
      }
    }
    for number in 0..<random.number(0...2) {
      let pool: PoolName = random.pick(["burst", "spot", "permanent", "nowhere"])
      var alert = AlertSignal(
        fingerprint: "alert\(number)", name: "Alert\(number)", pool: pool, workers: random.number(1...6),
        startsAt: ago(.minutes(90)), seenAt: ago(.minutes(random.number(0...70))))
      alert.template = random.pick([nil, nil, "small", "none"])
      alert.urgency = random.pick(AlertSignal.Urgency.allCases)
      snapshot.alerts.append(alert)
      if random.chance(30) { snapshot.memory.alertWorkers = ["alert\(number)": ["id-of-one-that-went"]] }
    }
    for index in policy.triggers.indices {
      if policy.triggers[index].kind == .custom {
        policy.triggers[index].workers = random.number(1...4)
        policy.triggers[index].perWorker = random.pick([nil, 0.5, 10, 40])
      } else if policy.triggers[index].kind != .pendingPods, random.chance(60) {
        foresee(index, &random)
      }
    }
    for pool in policy.pools.map(\.name) where random.chance(25) {
      let cap = HourlyPrice(perHour: Money(Double(random.number(0...20)) / 10))
      changePool(pool) { $0.hourlyBudget = cap }
    }
    if random.chance(25) {
      policy.money.hourlyBudget = HourlyPrice(perHour: Money(Double(random.number(0...50)) / 10))
    }
  }

  private mutating func foresee(_ index: Int, _ random: inout Seeded) {
    policy.triggers[index].forecast = ForecastPolicy()
    let name = policy.triggers[index].name
    let value = Double(random.number(0...130))
    let forecast = Forecast(
      due: snapshot.now.advanced(by: .minutes(8)), linear: random.pick([nil, value]),
      daily: random.pick([nil, value + 1]))
    snapshot.forecasts[name] =
      random.chance(85) ? .known(forecast, at: snapshot.now) : .unknown("There is no history.")
    guard random.chance(60) else { return }
    var state = TriggerState(phase: .firing, since: ago(.seconds(30)))
    state.trueSince = ago(.hours(1))
    state.lastReading = Reading(value: value, at: ago(.seconds(5)))
    snapshot.memory.forecasts = (snapshot.memory.forecasts ?? [:]).merging([name: state]) { $1 }
  }
}
