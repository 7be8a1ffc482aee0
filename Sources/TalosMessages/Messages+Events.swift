internal import CTalos

/// Asks for what happened and happens.
public struct EventsRequest: GeneratedMessage {
  /// So many past events first; negative: all.
  public var tailEvents: Int32
  /// Only those after this one.
  public var tailID: String
  /// Those of the last seconds first.
  public var tailSeconds: Int32
  /// Only those of one actor.
  public var actorID: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(tailEvents: Int32 = 0, tailID: String = "", tailSeconds: Int32 = 0, actorID: String = "") {
    self.tailEvents = tailEvents
    self.tailID = tailID
    self.tailSeconds = tailSeconds
    self.actorID = actorID
  }

  static var initialize: (UnsafeMutablePointer<Talos__EventsRequest>?) -> Void {
    talos__events_request__init
  }

  init(_ generated: Talos__EventsRequest) throws(TalosMessageError) {
    tailEvents = generated.tail_events
    tailID = try Field.text(generated.tail_id)
    tailSeconds = generated.tail_seconds
    actorID = try Field.text(generated.with_actor_id)
  }

  func fill(_ generated: inout Talos__EventsRequest, in arena: Arena) {
    generated.tail_events = tailEvents
    generated.tail_id = arena.text(tailID)
    generated.tail_seconds = tailSeconds
    generated.with_actor_id = arena.text(actorID)
  }
}

/// A message of a kind that its name tells.
public struct AnyMessage: GeneratedMessage {
  /// Ends with the message's name.
  public var typeURL: String
  /// The message.
  public var value: [UInt8]

  /// A message with these fields; the rest has protobuf's defaults.
  public init(typeURL: String = "", value: [UInt8] = []) {
    self.typeURL = typeURL
    self.value = value
  }

  static var initialize: (UnsafeMutablePointer<Talos__Any>?) -> Void { talos__any__init }

  init(_ generated: Talos__Any) throws(TalosMessageError) {
    typeURL = try Field.text(generated.type_url)
    value = Field.bytes(generated.value)
  }

  func fill(_ generated: inout Talos__Any, in arena: Arena) {
    generated.type_url = arena.text(typeURL)
    generated.value = arena.bytes(value)
  }
}

/// Something that happened; the first of a stream is empty and confirms the subscription.
public struct Event: GeneratedMessage {
  /// What happened; see `EventPayload`.
  public var data: AnyMessage?
  /// Grows with time.
  public var id: String
  /// Whose call it came from.
  public var actorID: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(data: AnyMessage? = nil, id: String = "", actorID: String = "") {
    self.data = data
    self.id = id
    self.actorID = actorID
  }

  static var initialize: (UnsafeMutablePointer<Talos__Event>?) -> Void { talos__event__init }

  init(_ generated: Talos__Event) throws(TalosMessageError) {
    data = try Field.message(generated.data)
    id = try Field.text(generated.id)
    actorID = try Field.text(generated.actor_id)
  }

  func fill(_ generated: inout Talos__Event, in arena: Arena) {
    generated.data = arena.message(data)
    generated.id = arena.text(id)
    generated.actor_id = arena.text(actorID)
  }
}

/// Why a sequence ended.
public struct EventError: GeneratedMessage {
  /// 0 fatal, 1 locked, 2 cancelled.
  public var code: Int32
  /// In words.
  public var message: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(code: Int32 = 0, message: String = "") {
    self.code = code
    self.message = message
  }

  static var initialize: (UnsafeMutablePointer<Talos__EventError>?) -> Void { talos__event_error__init }

  init(_ generated: Talos__EventError) throws(TalosMessageError) {
    code = generated.code
    message = try Field.text(generated.message)
  }

  func fill(_ generated: inout Talos__EventError, in arena: Arena) {
    generated.code = code
    generated.message = arena.text(message)
  }
}

/// The beginning or end of a boot, a reboot, a shutdown …
public struct SequenceEvent: GeneratedMessage {
  /// For example `reboot`.
  public var sequence: String
  /// 0 none, 1 start, 2 stop.
  public var action: Int32
  /// Why it ended.
  public var error: EventError?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(sequence: String = "", action: Int32 = 0, error: EventError? = nil) {
    self.sequence = sequence
    self.action = action
    self.error = error
  }

  static var initialize: (UnsafeMutablePointer<Talos__SequenceEvent>?) -> Void {
    talos__sequence_event__init
  }

  init(_ generated: Talos__SequenceEvent) throws(TalosMessageError) {
    sequence = try Field.text(generated.sequence)
    action = generated.action
    error = try Field.message(generated.error)
  }

  func fill(_ generated: inout Talos__SequenceEvent, in arena: Arena) {
    generated.sequence = arena.text(sequence)
    generated.action = action
    generated.error = arena.message(error)
  }
}

/// A service changed.
public struct ServiceStateEvent: GeneratedMessage {
  /// For example `kubelet`.
  public var service: String
  /// 0 initialized … 3 running, 4 stopping, 5 finished, 6 failed.
  public var action: Int32
  /// In words.
  public var message: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(service: String = "", action: Int32 = 0, message: String = "") {
    self.service = service
    self.action = action
    self.message = message
  }

  static var initialize: (UnsafeMutablePointer<Talos__ServiceStateEvent>?) -> Void {
    talos__service_state_event__init
  }

  init(_ generated: Talos__ServiceStateEvent) throws(TalosMessageError) {
    service = try Field.text(generated.service)
    action = generated.action
    message = try Field.text(generated.message)
  }

  func fill(_ generated: inout Talos__ServiceStateEvent, in arena: Arena) {
    generated.service = arena.text(service)
    generated.action = action
    generated.message = arena.text(message)
  }
}

/// What a machine still waits for.
public struct UnmetCondition: GeneratedMessage {
  /// For example `nodeReady`.
  public var name: String
  /// In words.
  public var reason: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(name: String = "", reason: String = "") {
    self.name = name
    self.reason = reason
  }

  static var initialize: (UnsafeMutablePointer<Talos__UnmetCondition>?) -> Void {
    talos__unmet_condition__init
  }

  init(_ generated: Talos__UnmetCondition) throws(TalosMessageError) {
    name = try Field.text(generated.name)
    reason = try Field.text(generated.reason)
  }

  func fill(_ generated: inout Talos__UnmetCondition, in arena: Arena) {
    generated.name = arena.text(name)
    generated.reason = arena.text(reason)
  }
}

/// Whether a machine is as it should be.
public struct MachineStatusInfo: GeneratedMessage {
  /// Whether nothing is missing.
  public var isReady: Bool
  /// What is missing.
  public var unmetConditions: [UnmetCondition]

  /// A message with these fields; the rest has protobuf's defaults.
  public init(isReady: Bool = false, unmetConditions: [UnmetCondition] = []) {
    self.isReady = isReady
    self.unmetConditions = unmetConditions
  }

  static var initialize: (UnsafeMutablePointer<Talos__MachineStatus>?) -> Void {
    talos__machine_status__init
  }

  init(_ generated: Talos__MachineStatus) throws(TalosMessageError) {
    isReady = generated.ready != 0
    unmetConditions = try Field.list(generated.n_unmet_conditions, generated.unmet_conditions)
  }

  func fill(_ generated: inout Talos__MachineStatus, in arena: Arena) {
    generated.ready = isReady ? 1 : 0
    (generated.n_unmet_conditions, generated.unmet_conditions) = arena.list(unmetConditions)
  }
}

/// A machine's stage changed.
public struct MachineStatusEvent: GeneratedMessage {
  /// See `MachineStage`.
  public var stage: Int32
  /// Whether it is as it should be.
  public var status: MachineStatusInfo?

  /// A message with these fields; the rest has protobuf's defaults.
  public init(stage: Int32 = 0, status: MachineStatusInfo? = nil) {
    self.stage = stage
    self.status = status
  }

  static var initialize: (UnsafeMutablePointer<Talos__MachineStatusEvent>?) -> Void {
    talos__machine_status_event__init
  }

  init(_ generated: Talos__MachineStatusEvent) throws(TalosMessageError) {
    stage = generated.stage
    status = try Field.message(generated.status)
  }

  func fill(_ generated: inout Talos__MachineStatusEvent, in arena: Arena) {
    generated.stage = stage
    generated.status = arena.message(status)
  }
}

/// A configuration could not be loaded, or is not valid.
public struct ConfigurationErrorEvent: GeneratedMessage {
  /// In words.
  public var error: String

  /// A message with these fields; the rest has protobuf's defaults.
  public init(error: String = "") {
    self.error = error
  }

  static var initialize: (UnsafeMutablePointer<Talos__ConfigurationErrorEvent>?) -> Void {
    talos__configuration_error_event__init
  }

  init(_ generated: Talos__ConfigurationErrorEvent) throws(TalosMessageError) {
    error = try Field.text(generated.error)
  }

  func fill(_ generated: inout Talos__ConfigurationErrorEvent, in arena: Arena) {
    generated.error = arena.text(error)
  }
}
