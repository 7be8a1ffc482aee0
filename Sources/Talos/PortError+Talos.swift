internal import GRPCCore
internal import Ports
internal import TalosMessages

/// One table from what a call failed with to what the port says.
extension PortError {
  /// - Parameter changes: whether the call changes something; then a lost answer leaves its effect unknown.
  init(_ error: any Error, operation: String, changes: Bool) {
    switch error {
    case let error as PortError: self = error
    case let error as TalosError: self.init(Self.code(of: error), error.message, operation: operation)
    case let error as RPCError: self.init(error, operation: operation, changes: changes)
    case let error as TalosMessageError:
      self.init(.failed, "The machine's answer cannot be read: \(error.message)", operation: operation)
    default:
      self.init(
        changes ? .uncertain : .unreachable, "The call was given up before an answer came.", operation: operation)
    }
  }

  private static func code(of error: TalosError) -> Code {
    switch error.code {
    case .noConnection, .turnedAway: .unreachable
    case .unknownAuthority, .otherName, .otherKey, .credentials: .forbidden
    case .configuration, .workerConfiguration: .invalid
    }
  }

  /// Whether no stream could be opened for the call: the connection had ended before. The transport's own words.
  static func hadNoStream(_ error: RPCError) -> Bool {
    error.code == .unavailable
      && ["Transport is shut", "subchannel is unavailable", "The channel was closed"].contains {
        error.message.hasPrefix($0)
      }
  }

  /// Whether the call surely had no effect; also where a control-plane node that forwards could not even dial the
  /// machine, in gRPC's words.
  private static func wasNotSent(_ error: RPCError) -> Bool {
    hadNoStream(error)
      || error.code == .unavailable && error.message.lowercased().contains("error while dialing")
  }

  private init(_ error: RPCError, operation: String, changes: Bool) {
    let text = String(error.message.prefix(500))
    switch error.code {
    case .unavailable, .deadlineExceeded, .cancelled:
      if changes && !Self.wasNotSent(error) {
        self.init(
          .uncertain, "No answer came (\(text)); the call may have had its effect. Look before you repeat it.",
          operation: operation)
      } else {
        self.init(.unreachable, "The machine does not answer (\(text)); is it up?", operation: operation)
      }
    case .permissionDenied, .unauthenticated:
      self.init(
        .forbidden, "The machine refused the call (\(text)); a certificate with a higher role is needed.",
        operation: operation)
    case .unimplemented:
      self.init(
        .unavailable, "The machine does not offer this in its version or stage (\(text)).", operation: operation)
    case .invalidArgument, .outOfRange:
      self.init(.invalid, "The machine does not accept the request (\(text)).", operation: operation)
    case .failedPrecondition:
      self.init(.busy, "The machine cannot do this now (\(text)); try again.", operation: operation)
    case .notFound: self.init(.notFound, "The machine does not know it (\(text)).", operation: operation)
    case .alreadyExists, .aborted:
      self.init(.conflict, "The machine's state has changed (\(text)); look and try again.", operation: operation)
    case .resourceExhausted: self.init(.throttled, "The machine is overloaded (\(text)).", operation: operation)
    default: self.init(.failed, "The machine failed at it (\(text)).", operation: operation)
    }
  }
}

extension TalosError {
  var asPortError: PortError { PortError(self, operation: "talos.connect", changes: false) }
}
