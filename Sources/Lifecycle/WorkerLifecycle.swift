public import Model

/// A worker's life from intent to removal, as a pure state machine.
///
/// Each call takes the record as the journal holds it and returns the record to write, then the actions to carry out.
/// The caller writes first; `step.called` is true in that record, so that after a crash the effect is looked for before
/// the call is repeated. Every call is safe in every state: what does not fit the state changes nothing and says so.
public enum WorkerLifecycle {
  /// The record of a worker that is to be created. Nothing is done yet; the first `advance` starts it.
  /// - Parameters:
  ///   - creation: what the plan asks for.
  ///   - id: never used before.
  ///   - host: where to put it when the creation leaves that open; `nil` leaves it to the hypervisor's edge.
  public static func request(
    _ creation: Creation, id: WorkerID, host: HostName? = nil, policy: Policy, now: Instant
  ) -> WorkerTransition {
    var record = WorkerRecord(
      id: id, name: creation.worker, pool: creation.pool, template: creation.template, price: creation.price,
      reason: creation.reason, createdAt: now)
    record.request = creation.request
    record.host = creation.host ?? host
    record.timeToLive = timeToLive(creation, policy, now)
    record.build = policy.template(creation.template)?.build
    let event = WorkerEvent("worker_requested", "\(record.name) was asked for: \(creation.reason.sentence)")
    return WorkerTransition(record: record, events: [event])
  }

  /// The record of a clone that is made in advance and stays stopped until it is activated.
  public static func prepare(
    _ standby: StandbyCreation, id: WorkerID, policy: Policy, now: Instant
  ) -> WorkerTransition {
    var record = WorkerRecord(
      id: id, name: standby.worker, pool: standby.pool, template: standby.template, price: standby.price,
      reason: standby.reason, createdAt: now)
    record.host = standby.host
    record.standby = StandbyRecord(price: standby.standbyPrice)
    record.build = policy.template(standby.template)?.build
    let event = WorkerEvent("standby_requested", "\(record.name) was asked for: \(standby.reason.sentence)")
    return WorkerTransition(record: record, events: [event])
  }

  /// A standby clone becomes the worker that a plan asks for: its start follows, its life and its price begin now.
  /// One that is not ready to be started stays what it is.
  public static func activate(
    _ record: WorkerRecord, _ creation: Creation, now: Instant, policy: Policy
  ) -> WorkerTransition {
    var progression = Progression(record: record, now: now, policy: policy)
    progression.activate(creation)
    return progression.transition
  }

  static func timeToLive(_ creation: Creation, _ policy: Policy, _ now: Instant) -> TimeToLiveRecord? {
    guard let asked = creation.timeToLive else { return nil }
    let longest = max(asked, .zero)
    let begin = SeededBug.ignoresLatestEnd.isOn ? now.advanced(by: longest) : now
    let latest = begin.advanced(by: policy.pool(creation.pool)?.timeToLive?.maximum ?? longest)
    return TimeToLiveRecord(expiresAt: min(now.advanced(by: longest), latest), latest: latest)
  }

  /// One level-triggered step: looks at the record and the world and moves on as far as is proven.
  /// - Parameters:
  ///   - record: as the journal holds it.
  ///   - seeing: the machine by owner id, else by the record's number; the node by name; the task of `record.step`.
  public static func advance(
    _ record: WorkerRecord, seeing: WorkerObservation, now: Instant, policy: Policy
  ) -> WorkerTransition {
    var progression = Progression(record: record, world: seeing, now: now, policy: policy)
    progression.run()
    return progression.transition
  }

  /// Takes in what came of an action. Late and repeated answers are harmless. Returns no actions: the next `advance`
  /// decides.
  public static func apply(
    _ outcome: ActionOutcome, of action: WorkerAction, to record: WorkerRecord, now: Instant, policy: Policy
  ) -> WorkerTransition {
    var progression = Progression(record: record, now: now, policy: policy)
    progression.take(outcome, of: action)
    return progression.transition
  }

  /// The worker is to go. A worker that may hold pods is drained first; with `force` nothing is waited for.
  /// On a worker that is leaving already only a newly given `force` changes something.
  public static func retire(
    _ record: WorkerRecord, _ retirement: Retirement, now: Instant, policy: Policy
  ) -> WorkerTransition {
    var progression = Progression(record: record, now: now, policy: policy)
    progression.retire(retirement)
    return progression.transition
  }

  /// Begins a repair of a ready or unhealthy worker. `replace` retires it without force; the plan creates its successor.
  public static func repair(
    _ record: WorkerRecord, _ order: RepairOrder, now: Instant, policy: Policy
  ) -> WorkerTransition {
    var progression = Progression(record: record, now: now, policy: policy)
    progression.repair(order)
    return progression.transition
  }

  /// Lengthens a temporary worker's life, never past its latest end. The caller has checked that the policy allows it.
  public static func extend(
    _ record: WorkerRecord, by length: Duration, now: Instant, policy: Policy
  ) -> WorkerTransition {
    var progression = Progression(record: record, now: now, policy: policy)
    progression.extend(by: length)
    return progression.transition
  }

  /// Notes that the worker's coming end has been told, so that it is told once.
  public static func announce(_ record: WorkerRecord, _ announcement: Announcement) -> WorkerTransition {
    var record = record
    guard record.timeToLive != nil, record.timeToLive?.announced != true else {
      return WorkerTransition(record: record)
    }
    record.timeToLive?.announced = true
    return WorkerTransition(
      record: record, events: [WorkerEvent("worker_expiry_announced", announcement.reason.sentence)])
  }

  /// Gives a drain up: the node takes pods again and the worker is ready. `advance` does this by itself to a drain by
  /// choice that has used up its limit. A worker that never was ready cannot go back and stays.
  public static func abandonDrain(
    _ record: WorkerRecord, because reason: Reason, now: Instant, policy: Policy
  ) -> WorkerTransition {
    var progression = Progression(record: record, now: now, policy: policy)
    progression.abandonDrain(because: reason.sentence)
    return progression.transition
  }
}
