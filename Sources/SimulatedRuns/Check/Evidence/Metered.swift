import Model
import Simulator

/// What machines of ours have cost by the world's own meters, each less what the program may not have noticed yet: so much
/// it must know of.
struct Metered {
  private(set) var byPool: [PoolName: Int64] = [:]
  private(set) var all: Int64 = 0
  /// Of some workers, whenever it was.
  private(set) var event: Int64 = 0

  /// - Parameters:
  ///   - records: by id, also of workers that are gone: their prices.
  ///   - start: the month's beginning, in the world's time.
  ///   - members: workers of a burst event.
  ///   - believedUntil: how long a machine is paid for that counts as lost because lists lacked it, in the world's time;
  ///     `nil`: lists did not.
  ///   - clockSet: by how much the program's clock may differ now from what it was when a record was written.
  ///   - unnoticed: how much of a machine's life may not be known yet.
  init(
    _ meters: [MachineMeter], records: [WorkerID: WorkerRecord], from start: Instant, now: Instant,
    members: Set<WorkerID>, clockSet: Duration, believedUntil: (WorkerRecord) -> Instant?,
    unnoticed: (MachineMeter) -> Duration
  ) {
    for meter in meters {
      guard let cloned = meter.clonedAt else { continue }
      let record = records[meter.owner.id]
      var end = min(now, meter.deletedAt ?? now)
      if let until = record.flatMap(believedUntil) { end = min(end, until) }
      let isMember = members.contains(meter.owner.id)
      guard end > start || isMember else { continue }
      let begin = cloned.advanced(by: unnoticed(meter))
      let activated = record?.standby?.activatedAt?.advanced(by: clockSet)
      let amount = Self.cost(record, meter, activated, from: max(begin, start), until: end)
      byPool[meter.owner.pool, default: 0] += amount
      all += amount
      if isMember {
        event += Self.cost(record, meter, activated, from: max(begin, activated ?? begin), until: end)
      }
    }
  }

  private static func cost(
    _ record: WorkerRecord?, _ meter: MachineMeter, _ activated: Instant?, from begin: Instant, until end: Instant
  ) -> Int64 {
    guard let record else { return Bill.cost(meter.price, end - begin) }
    guard let standby = record.standby else { return Bill.cost(record.price, end - begin) }
    let change = max(begin, min(end, activated ?? end))
    return Bill.cost(standby.price, change - begin) + Bill.cost(record.price, end - change)
  }
}
