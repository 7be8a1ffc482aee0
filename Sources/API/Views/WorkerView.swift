public import Model
public import Ports

/// A worker as the HTTP API and the command line show it.
public struct WorkerView: Codable, Sendable, Equatable {
  public var name: WorkerName
  public var id: WorkerID
  public var pool: PoolName
  public var template: TemplateName
  public var state: WorkerState
  public var stateSince: Instant
  /// The step in work, for example `clone_vm_from_template`.
  public var step: String?
  public var attempt: Int?
  public var machine: MachineID?
  public var host: HostName?
  public var address: String?
  public var createdAt: Instant
  public var readyAt: Instant?
  public var expiresAt: Instant?
  public var extensions: Int?
  /// Whole currency units an hour.
  public var pricePerHour: HourlyPrice
  /// Whole currency units so far.
  public var cost: Money
  public var reason: Reason
  public var removal: Reason?
  public var blockedBy: String?
  public var lastError: String?

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
    pricePerHour = record.price
    cost = status.cost
    reason = record.reason
    removal = record.removal?.reason
    blockedBy = record.removal?.blockedBy
    lastError = record.lastError
  }
}

/// The answer to a list of workers.
public struct WorkerList: Codable, Sendable, Equatable {
  public var workers: [WorkerView]

  public init(workers: [WorkerView]) { self.workers = workers }
}
