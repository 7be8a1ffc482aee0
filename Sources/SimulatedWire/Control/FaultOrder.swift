internal import Foundation
internal import Model
public import Simulator

/// Why an order for a fault cannot be understood.
public struct FaultOrderError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }
}

/// A fault as people write it: `OPERATION=EFFECT` for a request on its way, `world.NAME=VALUE` for the world itself.
///
/// Effects: `lost-request`, `lost-answer`, `refused:STATUS:TEXT`, `late:MILLISECONDS`, `kill-before:PID`,
/// `kill-after:PID`, `kill-answered:PID`; behind them `;times=N` (how many requests are met, 1 by default) and
/// `;after=N` (how many pass before).
public enum FaultOrder: Hashable, Sendable {
  case wire(WireFault)
  /// The name without `world.`, and its value.
  case world(String, String)

  /// Names of what can go wrong in the world, each with what its value is.
  public static let worldNames: [(name: String, value: String)] = [
    ("no-quorum", "on or off: changes are refused, reads go on"),
    ("storage-lock-timeout", "so many of the next clones end without the storage's lock"),
    ("stale-clone-lock", "so many of the next clones stay locked without a task"),
    ("clone-failure", "so many of the next clones fail and leave nothing"),
    ("lost-number", "so many of the next clones find that another's machine was given their number first"),
    ("start-failure", "the error with which the next start ends"),
    ("agent-silence", "seconds for which guest agents are silent after a boot"),
    ("tasks-forgotten", "on or off: tasks are unknown as soon as they have ended"),
    ("host-down", "HOST:SECONDS, the host is gone with its machines for so long"),
    ("migrate", "VMID:HOST, high availability moves a machine"),
    ("highly-available", "VMID, high availability manages a machine from now on"),
    ("never-joins", "so many of the next machines never register their node"),
    ("boot-hangs", "so many of the next boots never end"),
    ("kubelet-dies", "NODE, its kubelet dies until it is restarted"),
  ]

  /// Reads an order.
  public init(_ text: String) throws(FaultOrderError) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw FaultOrderError("\"\(text)\" is no fault: write OPERATION=EFFECT, for example proxmox.clone=lost-answer.")
    }
    let name = String(text[..<equals])
    let value = String(text[text.index(after: equals)...])
    guard name.hasPrefix("world.") else {
      self = .wire(try Self.wireFault(name, value))
      return
    }
    let short = String(name.dropFirst("world.".count))
    guard Self.worldNames.contains(where: { $0.name == short }) else {
      throw FaultOrderError(
        "There is no fault \(name); there are \(Self.worldNames.map { "world." + $0.name }.joined(separator: ", ")).")
    }
    self = .world(short, value)
  }

  private static func wireFault(_ operation: String, _ value: String) throws(FaultOrderError) -> WireFault {
    var rest = value
    var counts = ["times": 1, "after": 0]
    while let end = rest.range(of: ";", options: .backwards) {
      let option = rest[end.upperBound...].split(separator: "=", maxSplits: 1)
      guard option.count == 2, counts[String(option[0])] != nil else { break }
      guard let number = Int(option[1]), (0...1_000_000).contains(number) else {
        throw FaultOrderError("\"\(option[1])\" is no count: write ;\(option[0])=N.")
      }
      counts[String(option[0])] = number
      rest = String(rest[..<end.lowerBound])
    }
    return WireFault(
      operation, try effect(rest, of: operation), times: max(1, counts["times"] ?? 1), after: counts["after"] ?? 0)
  }

  private static func effect(_ text: String, of operation: String) throws(FaultOrderError) -> WireFault.Effect {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    let number = parts.count > 1 ? Int(parts[1]) : nil
    switch (parts[0], parts.count) {
    case ("lost-request", 1): return .lostRequest
    case ("lost-answer", 1): return .lostAnswer
    case ("refused", 3):
      // What Talos refuses with is a status of gRPC.
      let statuses = operation.hasPrefix("talos.") ? 1...16 : 400...599
      if let number, statuses.contains(number) { return .refused(status: number, text: parts[2]) }
    case ("late", 2):
      if let number, (0...600_000).contains(number) { return .late(milliseconds: number) }
    case ("kill-before", 2):
      if let number, number > 1, let process = Int32(exactly: number) { return .killBefore(process: process) }
    case ("kill-after", 2):
      if let number, number > 1, let process = Int32(exactly: number) { return .killAfter(process: process) }
    case ("kill-answered", 2):
      if let number, number > 1, let process = Int32(exactly: number) { return .killAnswered(process: process) }
    default: break
    }
    throw FaultOrderError(
      "\"\(text)\" is no effect: write lost-request, lost-answer, refused:STATUS:TEXT, late:MILLISECONDS, "
        + "kill-before:PID, kill-after:PID or kill-answered:PID.")
  }

  /// Puts the fault in force.
  public func apply(to infrastructure: SimulatedInfrastructure, _ faults: WireFaults) throws {
    switch self {
    case .wire(let fault): faults.inject(fault)
    case .world(let name, let value):
      try infrastructure.change { world in try Self.apply(name, value, to: &world) }
    }
  }

  private static func apply(_ name: String, _ value: String, to world: inout World) throws {
    switch name {
    case "no-quorum": world.faults.hasNoQuorum = try flag(name, value)
    case "tasks-forgotten": world.faults.forgetsTasks = try flag(name, value)
    case "storage-lock-timeout": world.faults.storageLockTimeouts = try count(name, value)
    case "stale-clone-lock": world.faults.staleCloneLocks = try count(name, value)
    case "clone-failure": world.faults.failNextClones = try count(name, value)
    case "lost-number": world.faults.lostNumbers = try count(name, value)
    case "never-joins": world.faults.neverJoinNext = try count(name, value)
    case "boot-hangs": world.faults.hangNextBoots = try count(name, value)
    case "agent-silence": world.faults.agentSilence = .seconds(try count(name, value))
    case "start-failure": world.faults.startFailures.append(value)
    case "kubelet-dies":
      world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node(NodeName(value)), cure: .restart)))
    case "highly-available":
      guard world.setHighlyAvailable(MachineID(try count(name, value)), true) else {
        throw FaultOrderError("There is no machine \(value).")
      }
    case "host-down":
      let (host, seconds) = try pair(name, value)
      let kind = ScheduledFault.Kind.hostFails(HostName(host), for: .seconds(try count(name, seconds)))
      guard world.hosts[HostName(host)] != nil else { throw FaultOrderError("There is no host \(host).") }
      world.add(ScheduledFault(at: world.now, kind: kind))
    case "migrate":
      let (machine, host) = try pair(name, value)
      guard world.hosts[HostName(host)] != nil else { throw FaultOrderError("There is no host \(host).") }
      let id = MachineID(try count(name, machine))
      world.add(ScheduledFault(at: world.now, kind: .machineMoves(id, to: HostName(host))))
    default: throw FaultOrderError("There is no fault world.\(name).")
    }
    world.advance(to: world.now)
  }

  private static func flag(_ name: String, _ value: String) throws -> Bool {
    guard ["on", "off"].contains(value) else { throw FaultOrderError("world.\(name) is on or off, not \"\(value)\".") }
    return value == "on"
  }

  private static func count(_ name: String, _ value: String) throws -> Int {
    guard let number = Int(value), number >= 0 else {
      throw FaultOrderError("world.\(name) needs a number, not \"\(value)\".")
    }
    return number
  }

  private static func pair(_ name: String, _ value: String) throws -> (String, String) {
    let parts = value.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw FaultOrderError("world.\(name) needs two parts with a colon between.") }
    return (parts[0], parts[1])
  }
}
