import Model

/// Brings pools up to what a schedule asks for, so long before its window that the workers are ready when it begins.
///
/// Every limit holds, money above all. While a window lasts nothing is taken away by choice below its number.
enum ScheduleRule {
  @Sendable static func apply(_ draft: inout Draft) {
    for schedule in draft.situation.policy.schedules.sorted(by: { $0.name < $1.name }) {
      guard let window = draft.situation.snapshot.schedules[schedule.name] else {
        let reason = Reason(
          .scheduleUnknown, "Schedule \(schedule.name) is not looked at: its next window is not known.",
          remedy: "Check its time zone, \(schedule.timeZone).")
        report(schedule, active: false, reason, &draft)
        continue
      }
      guard draft.situation.isActive(schedule, window) else {
        let opening = window.start.advanced(by: .zero - draft.situation.lead(of: schedule))
        let reason = Reason(
          .scheduleNext,
          "Schedule \(schedule.name) asks for \(Phrase.count(schedule.workers, "worker")) of pool \(schedule.pool) from "
            + "\(window.start) to \(window.end); they are made from \(opening) on.", data: data(schedule, window))
        report(schedule, active: false, reason, &draft)
        continue
      }
      grow(schedule, window, &draft)
    }
  }

  private static func grow(_ schedule: Schedule, _ window: ScheduleWindow, _ draft: inout Draft) {
    let situation = draft.situation
    let asked =
      "Schedule \(schedule.name) asks for \(Phrase.count(schedule.workers, "worker")) of pool \(schedule.pool) until "
      + "\(window.end)"
    let data = data(schedule, window)
    guard let pool = situation.policy.pool(schedule.pool) else {
      let names = situation.pools.map(\.name.rawValue)
      let reason = Reason(
        .unknownPool, "\(asked), but there is no such pool.",
        remedy: Phrase.suggestion(for: schedule.pool.rawValue, among: names), data: data)
      report(schedule, active: true, reason, &draft)
      return
    }
    let name = schedule.template ?? pool.defaultTemplate
    guard let template = situation.policy.template(name) else {
      let names = situation.policy.templates.map(\.name.rawValue)
      let reason = Reason(
        .unknownTemplate, "\(asked), but there is no template \"\(name)\".",
        remedy: Phrase.suggestion(for: name.rawValue, among: names), data: data)
      report(schedule, active: true, reason, &draft)
      return
    }
    let present = draft.book.staying(in: pool.name)
    let life = pool.timeToLive.map { life in min(life.maximum, max(life.standard, window.end - situation.now)) }
    let offer = Offer(pool: pool, template: template, timeToLive: life)
    let cause = Reason(.scheduled, "\(asked).", data: data)
    let (created, obstacle) = draft.create(schedule.workers - present, offer, cause)
    if created > 0 { draft.note(pool.name, cause) }
    let has = "\(asked); it has \(present + created), those under way included"
    guard let obstacle else {
      report(schedule, active: true, Reason(.scheduleActive, "\(has).", data: data), &draft)
      return
    }
    let hindrance = obstacle.reason(offer, situation)
    draft.note(pool.name, hindrance)
    report(
      schedule, active: true,
      Reason(.scheduleActive, "\(has). \(hindrance.sentence)", remedy: hindrance.remedy, data: data), &draft)
  }

  private static func report(_ schedule: Schedule, active: Bool, _ reason: Reason, _ draft: inout Draft) {
    draft.schedules.append(
      ScheduleReport(schedule: schedule.name, pool: schedule.pool, active: active, reason: reason))
  }

  private static func data(_ schedule: Schedule, _ window: ScheduleWindow) -> [String: String] {
    [
      "schedule": schedule.name.rawValue, "workers": "\(schedule.workers)", "start": window.start.description,
      "end": window.end.description,
    ]
  }
}

extension Situation {
  func lead(of schedule: Schedule) -> Duration { schedule.lead ?? policy.provisioning.usualTotal }

  /// Whether a schedule's workers are wanted now: from its lead before the window to the window's end.
  func isActive(_ schedule: Schedule, _ window: ScheduleWindow) -> Bool {
    window.start.advanced(by: .zero - lead(of: schedule)) <= now && now < window.end
  }

  /// Workers that schedules keep in a pool now: the most that one asks for, at most the pool's maximum; 0 without any.
  func scheduledMinimum(of pool: Pool) -> Int {
    let asked = policy.schedules.filter { schedule in
      schedule.pool == pool.name
        && (snapshot.schedules[schedule.name].map { isActive(schedule, $0) } ?? false)
    }
    return min(pool.maximum, asked.map(\.workers).max() ?? 0)
  }
}
