import Model

/// Deployments whose pods are replaced by those of a new version, as with the usual strategy of a Deployment: at most a
/// quarter more, rounded up, and at most a quarter fewer, rounded down, than there should be.
extension World {
  /// When the present version of a workload came; `nil`: it is the first.
  private func versionSince(_ workload: Workload) -> Instant? {
    workload.rolls?.last { $0 <= now }
  }

  /// Whether pods of an old version are left.
  func isRolling(_ workload: Workload) -> Bool {
    guard case .deployment = workload.kind, let since = versionSince(workload) else { return false }
    return podsOfWorkload[workload.name]?.contains { pods[$0]!.isActive && pods[$0]!.createdAt < since } ?? false
  }

  /// One step of the replacement: new pods while there may be more, old ones away while enough are Ready.
  mutating func roll(_ workload: Workload, active: [Int], desired: Int) {
    guard let since = versionSince(workload) else { return }
    let (surge, absence) = ((desired + 3) / 4, desired / 4)
    let old = active.filter { pods[$0]!.createdAt < since }
    let new = active.filter { pods[$0]!.createdAt >= since }
    let missing = min(desired - new.count, desired + surge - active.count)
    for _ in 0..<max(0, missing) { createPod(of: workload) }
    // New pods that are not Ready yet may not be counted on.
    let unready = new.count { !pods[$0]!.ready } + max(0, missing)
    let spare = active.count + max(0, missing) - (desired - absence) - unready
    let surplus = active.count { pods[$0]!.ready } - (desired - absence)
    // One at a time: whatever is deleted has its deployment looked at again.
    if let next = old.first(where: { !pods[$0]!.ready }), spare > 0 { return deletePod(next) }
    if let next = old.min(by: { leavesBefore($0, $1, workload) }), spare > 0, surplus > 0 { return deletePod(next) }
    // More new pods than are wanted, after the number was lowered.
    if new.count > desired, let next = new.min(by: { leavesBefore($0, $1, workload) }) { deletePod(next) }
  }
}
