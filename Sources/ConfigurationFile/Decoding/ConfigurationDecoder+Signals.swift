import Model

extension ConfigurationDecoder {
  /// The operator's schedules, sorted by name.
  mutating func schedules() -> [Schedule] {
    var schedules: [Schedule] = []
    for section in root.section("poolkeeper").sections("schedules") {
      guard let name = section.optionalText("name"), let pool = section.optionalText("pool"),
        let cron = section.optionalText("cron").flatMap({ try? CronExpression($0) }),
        let duration = section.optionalDuration("duration_minutes"), let workers = section.optionalInteger("workers")
      else { continue }
      var schedule = Schedule(
        name: ScheduleName(name), pool: PoolName(pool), cron: cron, timeZone: section.text("time_zone"),
        duration: duration, workers: workers)
      if schedulePointers.updateValue(section.pointer, forKey: schedule.name) != nil {
        problems.add(
          .error, "duplicate_schedule", at: section.at("name"), "There is another schedule \(JSONText.shown(name)).",
          "Give each schedule a name of its own.")
      }
      checkReference(pool, to: "pool", among: poolNames, at: section.at("pool"))
      schedule.template = template(named: "template", in: section)
      schedule.lead = section.optionalDuration("lead_seconds")
      schedules.append(schedule)
    }
    return schedules.sorted { $0.name < $1.name }
  }

  /// A template that a key may name; one that there is not is reported.
  mutating func template(named key: String, in section: Section) -> TemplateName? {
    guard let name = section.optionalText(key) else { return nil }
    checkReference(name, to: "template", among: templateNames, at: section.at(key))
    return TemplateName(name)
  }

  /// How a pool's pressure triggers look ahead; `nil` when they do not.
  func forecast(of pool: String) -> ForecastPolicy? {
    let section = overrides(of: pool).section("forecast")
    guard section.isPresent, section.boolean("enabled") else { return nil }
    return ForecastPolicy(
      methods: section.texts("methods").compactMap { ForecastPolicy.Method(rawValue: $0) },
      horizon: section.optionalDuration("horizon_seconds"), lookBack: section.duration("look_back_minutes"))
  }
}
