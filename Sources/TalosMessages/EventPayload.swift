/// What an event tells.
public enum EventPayload: Sendable, Hashable {
  /// A sequence began or ended.
  case sequence(SequenceEvent)
  /// A service changed.
  case service(ServiceStateEvent)
  /// A machine's stage changed.
  case status(MachineStatusEvent)
  /// A configuration was refused by the machine after it had been accepted.
  case configurationError(ConfigurationErrorEvent)
  /// Something else, by its type's name.
  case other(String)

  /// Reads what an event carries; `nil` for the empty one that confirms a subscription.
  public init?(_ event: Event) throws(TalosMessageError) {
    guard let data = event.data, !data.typeURL.isEmpty else { return nil }
    let name = data.typeURL.split(separator: "/").last.map(String.init) ?? data.typeURL
    switch name.split(separator: ".").last {
    case "SequenceEvent": self = .sequence(try SequenceEvent(decoding: data.value))
    case "ServiceStateEvent": self = .service(try ServiceStateEvent(decoding: data.value))
    case "MachineStatusEvent": self = .status(try MachineStatusEvent(decoding: data.value))
    case "ConfigLoadErrorEvent", "ConfigValidationErrorEvent":
      self = .configurationError(try ConfigurationErrorEvent(decoding: data.value))
    default: self = .other(name)
    }
  }

  /// The payload as an event carries it; `other` carries its name only.
  public var message: AnyMessage {
    switch self {
    case .sequence(let event): Self.wrap("SequenceEvent", event)
    case .service(let event): Self.wrap("ServiceStateEvent", event)
    case .status(let event): Self.wrap("MachineStatusEvent", event)
    case .configurationError(let event): Self.wrap("ConfigValidationErrorEvent", event)
    case .other(let name): AnyMessage(typeURL: "talos/runtime/\(name)")
    }
  }

  private static func wrap(_ name: String, _ message: some TalosMessage) -> AnyMessage {
    AnyMessage(typeURL: "talos/runtime/machine.\(name)", value: message.encoded())
  }
}

/// How a configuration is applied.
public enum ApplyMode: Int32, Sendable, CaseIterable {
  /// The protobuf default; refused by a running machine from 1.14 on.
  case reboot = 0
  case auto = 1
  case noReboot = 2
  case staged = 3
  case `try` = 4
}

/// Where a machine is between power-on and power-off.
public enum MachineStage: Int32, Sendable, CaseIterable {
  case unknown = 0
  case booting = 1
  case installing = 2
  case maintenance = 3
  case running = 4
  case rebooting = 5
  case shuttingDown = 6
  case resetting = 7
  case upgrading = 8

  /// As the resource MachineStatus spells it.
  public var text: String {
    switch self {
    case .shuttingDown: "shutting down"
    case .unknown, .booting, .installing, .maintenance, .running, .rebooting, .resetting, .upgrading: "\(self)"
    }
  }

  /// The stage that a text names; `nil` for a text that is none.
  public init?(text: String) {
    guard let stage = Self.allCases.first(where: { $0.text == text || "\($0)" == text }) else { return nil }
    self = stage
  }
}
