import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What is to go wrong with a request on its way to the world or back.
public struct WireFault: Sendable, Hashable, Codable {
  /// What happens.
  public enum Effect: Sendable, Hashable, Codable {
    /// The connection ends before the request has any effect.
    case lostRequest
    /// The request has its effect; the connection ends instead of an answer (at Proxmox: status 596).
    case lostAnswer
    /// The request has no effect and is answered with this status and text.
    case refused(status: Int, text: String)
    /// The answer comes this many real milliseconds late.
    case late(milliseconds: Int)
    /// A process is killed (SIGKILL) before the request has any effect, which it then has not.
    case killBefore(process: Int32)
    /// A process is killed after the effect and before the answer.
    case killAfter(process: Int32)
    /// A process is killed as soon as the answer has been handed to the system to send.
    case killAnswered(process: Int32)
  }

  /// For example `proxmox.clone`, `talos.apply`, `kubernetes.evict`; a final `*` stands for any end.
  public var operation: String
  public var effect: Effect
  /// How many requests are met before it is over.
  public var times: Int
  /// Requests of this operation that pass before the first is met.
  public var after: Int

  public init(_ operation: String, _ effect: Effect, times: Int = 1, after: Int = 0) {
    self.operation = operation
    self.effect = effect
    self.times = times
    self.after = after
  }

  func concerns(_ operation: String) -> Bool {
    self.operation.hasSuffix("*") ? operation.hasPrefix(self.operation.dropLast()) : operation == self.operation
  }
}

/// The faults that are in force; the faces of the world ask here once for each request.
public final class WireFaults: Sendable {
  private let state: Mutex<(faults: [WireFault], met: [String: Int])>
  private let needed = Mutex<Set<String>>([])

  /// - Parameter faults: in force from the start.
  public init(_ faults: [WireFault] = []) { state = Mutex((faults, [:])) }

  /// Puts one more in force.
  public func inject(_ fault: WireFault) { state.withLock { $0.faults.append(fault) } }

  /// Lifts all.
  public func clear() { state.withLock { $0.faults = [] } }

  /// Those still in force.
  public var remaining: [WireFault] { state.withLock { $0.faults } }

  /// How often each operation was asked for, by name.
  public var requests: [String: Int] { state.withLock { $0.met } }

  /// The rights that requests to the Kubernetes API needed so far, sorted; for example `list nodes`.
  public var rights: [String] { needed.withLock { $0.sorted() } }

  func note(right: String) { needed.withLock { _ = $0.insert(right) } }

  /// Counts a request, and tells what is to happen to it. Ask once a request, before it has any effect.
  public func meet(_ operation: String) -> WireFault.Effect? {
    state.withLock { state in
      state.met[operation, default: 0] += 1
      guard let index = state.faults.firstIndex(where: { $0.concerns(operation) }) else { return nil }
      if state.faults[index].after > 0 {
        state.faults[index].after -= 1
        return nil
      }
      let effect = state.faults[index].effect
      state.faults[index].times -= 1
      if state.faults[index].times <= 0 { state.faults.remove(at: index) }
      return effect
    }
  }

  /// Kills a process at once.
  public static func kill(_ process: Int32) { _ = signal(process) }

  private static func signal(_ process: Int32) -> Int32 {
    #if canImport(Darwin)
      Darwin.kill(process, SIGKILL)
    #else
      Glibc.kill(process, SIGKILL)
    #endif
  }
}
