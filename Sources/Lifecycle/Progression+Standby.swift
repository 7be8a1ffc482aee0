import Model

/// Clones that were made in advance: stopped, watched, started when they are needed.
extension Progression {
  /// The machine has its size: it is started, or kept for later.
  mutating func beginStart() {
    guard record.isReserve else {
      begin(.start)
      return
    }
    enter(.standby)
    record.step = nil
    record.standby?.readyAt = now
    tell("standby_ready", "\(record.name) is cloned and configured and stays stopped until it is needed.")
  }

  /// Nothing is done for it. One that is lost, or that somebody started or changed, is worth nothing any more.
  mutating func standBy() -> Bool {
    switch machineSight {
    case .unknown: return false
    case .absent(let at):
      // No node and no system can contradict a list that lost rows, so it must lack the machine for long.
      let since = record.missingSince ?? at
      return at - since >= LifecycleLimits.standbyLost ? failIfLost() : false
    case .unmarked(let machine, _):
      noteUnmarked(machine)
      return false
    case .ours(let machine, let at):
      record.machine = machine.id
      record.host = machine.host
      guard at >= record.stateSince, !machine.locked else { return false }
      if machine.power == .running {
        fail(
          "standby_changed", "Machine \(machine.id) of standby clone \(record.name) runs, and nobody of us started it.")
      } else if !machine.configured {
        fail(
          "standby_changed", "Machine \(machine.id) of standby clone \(record.name) no longer has its template's size.")
      }
      return false
    }
  }

  mutating func activate(_ creation: Creation) {
    guard record.state == .standby, record.removal == nil else {
      tell("activation_refused", "\(record.name) is \(record.state.rawValue) and cannot be started from standby.")
      return
    }
    if record.standby == nil { record.standby = StandbyRecord(price: record.price) }
    record.standby?.activatedAt = now
    record.missingSince = nil
    record.price = creation.price
    record.reason = creation.reason
    record.request = creation.request
    record.timeToLive = WorkerLifecycle.timeToLive(creation, policy, now)
    record.lastError = nil
    enter(.provisioning)
    begin(.start)
    tell("standby_activated", "\(record.name) is started from standby: \(creation.reason.sentence)")
  }
}
