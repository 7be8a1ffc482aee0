public import Model
public import Ports

/// A worker as the HTTP API and the command line show it.
public struct WorkerView: Codable, Sendable, Equatable {
  /// Its machine's, node's and host name, too.
  public var name: WorkerName
  /// What makes it distinct from every other of its name.
  public var id: WorkerID
  /// The pool that it belongs to.
  public var pool: PoolName
  /// The kind of worker that it is.
  public var template: TemplateName
  /// Where it is in its life.
  public var state: WorkerState
  /// Since when it is there.
  public var stateSince: Instant
  /// The step in work, for example `clone_vm_from_template`.
  public var step: String?
  /// Which attempt at the step this is, 1 for the first.
  public var attempt: Int?
  /// The machine's number at the hypervisor, once it is known.
  public var machine: MachineID?
  /// The physical host, once it is known.
  public var host: HostName?
  /// Its address in the network, once it is known.
  public var address: String?
  /// When it was asked for.
  public var createdAt: Instant
  /// When it became ready for the first time.
  public var readyAt: Instant?
  /// When its time to live ends; absent when it does not expire.
  public var expiresAt: Instant?
  /// How often its time to live was extended; absent when it does not expire.
  public var extensions: Int?
  /// Whole currency units an hour.
  public var pricePerHour: HourlyPrice
  /// Whole currency units so far.
  public var cost: Money
  /// Why it was asked for.
  public var reason: Reason
  /// Why it is to go; absent while it is to stay.
  public var removal: Reason?
  /// Why its drain does not get on.
  public var blockedBy: String?
  /// What failed last, in a sentence.
  public var lastError: String?
  /// The approval that what was just asked waits for, so that it does not show yet.
  public var waitsForApproval: ApprovalID?

  /// The view of a worker.
  public init(_ status: WorkerStatus) {
    let record = status.record
    name = record.name
    id = record.id
    pool = record.pool
    template = record.template
    state = record.state
    stateSince = record.stateSince
    step = record.step?.name
    attempt = record.step?.attempt
    machine = record.machine
    host = record.host
    address = record.address
    createdAt = record.createdAt
    readyAt = record.readyAt
    expiresAt = record.timeToLive?.expiresAt
    extensions = record.timeToLive?.extensions
    pricePerHour = record.presentPrice
    cost = status.cost
    reason = record.reason
    removal = record.removal?.reason
    blockedBy = record.removal?.blockedBy
    lastError = record.lastError
    waitsForApproval = status.waitsFor
  }
}

/// The answer to a list of workers.
public struct WorkerList: Codable, Sendable, Equatable {
  /// Sorted by name.
  public var workers: [WorkerView]

  /// A list of views.
  public init(workers: [WorkerView]) { self.workers = workers }
}
