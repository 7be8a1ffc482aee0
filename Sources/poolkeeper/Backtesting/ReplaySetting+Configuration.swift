import Backtest
import ControlLoop
import Model

extension ReplaySetting {
  /// The usual times of a worker, and the windows of the policy's schedules while the history lasts.
  init(_ policy: Policy, _ history: History, seed: UInt64) {
    self.init()
    self.seed = seed
    for schedule in policy.schedules {
      let found = ScheduleWindows.all(of: schedule, from: history.start, through: history.end)
      if !found.isEmpty { windows[schedule.name] = found }
    }
  }
}
