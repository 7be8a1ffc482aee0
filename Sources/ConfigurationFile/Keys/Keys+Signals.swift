import Model

extension Keys {
  static let schedule: [Field] = [
    Field("name", .text(.name), "Name in reports; unlike every other schedule's.").asRequired,
    Field("pool", .text(.name), "Pool that is to have the workers.").asRequired,
    Field(
      "cron", .text(.cron),
      "When each window begins: minute, hour, day of the month, month, day of the week, for example 30 7 * * mon-fri."
    ).asRequired,
    Field("time_zone", .text(.timeZone), "Zone of those times.", standard: "UTC"),
    Field("duration_minutes", .number(1...525_600), "Length of a window.", unit: .minutes).asRequired,
    Field("workers", .integer(1...1_000), "The pool has at least so many during a window.", unit: .workers).asRequired,
    Field("template", .text(.name), "Template of workers that are made for it.", note: "the pool's default_template"),
    secondsField(
      "lead_seconds", "Workers are asked for so long before a window.", note: "usual_provisioning_seconds"),
  ]

  static let alertSignals: [Field] = [
    Field(
      "deadline_seconds", .number(1...604_800),
      "An alert that says no end of its own counts as firing for so long after it was last sent; Alertmanager's "
        + "repeat_interval must be shorter.", unit: .seconds, standard: 3_600)
  ]

  static let forecast: [Field] = [
    switchField("enabled", "Whether the pool's pressure triggers look ahead."),
    Field(
      "methods", .list(.choice(ForecastPolicy.Method.allCases.map(\.rawValue))),
      "linear: the straight line through the readings of the look-back; daily: the same time of the last seven days, of "
        + "which three must be known, at today's level. The higher value counts.", standard: ["daily", "linear"]),
    secondsField(
      "horizon_seconds", "How far it looks ahead.", note: "usual_provisioning_seconds and the trigger's hold time"),
    Field(
      "look_back_minutes", .number(1...1_440), "Readings that the straight line goes through.", unit: .minutes,
      standard: 20),
  ]
}
