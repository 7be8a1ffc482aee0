/// The fields of a worker's record, which tells what they mean; also the form in which it is written.
@usableFromInline struct WorkerFacts: Hashable, Sendable, Codable {
  @usableFromInline var id: WorkerID
  @usableFromInline var name: WorkerName
  @usableFromInline var pool: PoolName
  @usableFromInline var template: TemplateName
  @usableFromInline var price: HourlyPrice
  @usableFromInline var reason: Reason
  @usableFromInline var request: RequestID?
  @usableFromInline var createdAt: Instant
  @usableFromInline var state: WorkerState
  @usableFromInline var stateSince: Instant
  @usableFromInline var step: StepRecord?
  @usableFromInline var machine: MachineID?
  @usableFromInline var host: HostName?
  @usableFromInline var firmware: String?
  @usableFromInline var address: String?
  @usableFromInline var readyAt: Instant?
  @usableFromInline var timeToLive: TimeToLiveRecord?
  @usableFromInline var removal: RemovalRecord?
  @usableFromInline var repair: RepairRecord?
  @usableFromInline var lastError: String?
  @usableFromInline var standby: StandbyRecord?
  @usableFromInline var build: TemplateBuild?
  @usableFromInline var missingSince: Instant?
  @usableFromInline var mayReappear: Bool?
  @usableFromInline var billedFrom: Instant?
  @usableFromInline var billedUntil: Instant?
}
