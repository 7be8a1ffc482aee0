package import Model
import Synchronization

extension ControlLoop {
  /// What was decided last, and how many decisions there were until now; `nil` before the first. For whoever ticks the loop
  /// step by step and judges it.
  package func lastDecision() -> (ticks: Int, snapshot: Snapshot, plan: Plan, report: Report)? {
    state.withLock { state in state.latest.map { (state.ticks, $0.snapshot, $0.plan, $0.report) } }
  }
}
