import Foundation
import Ports
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Runs credential plug-ins.
enum ExecPluginRunner {
  /// A plug-in that takes longer is ended.
  static let timeLimit = Duration.seconds(60)
  /// Of its output, in bytes.
  static let maximumOutput = 1024 * 1024

  /// - Throws: a sentence that names the program and never quotes its output, which is a secret.
  static func run(_ plugin: ExecPlugin, time: any TimeSource) async throws(KubernetesError) -> ExecCredential {
    let run = PluginRun(plugin)
    let limit = Task {
      try await time.sleep(for: timeLimit)
      run.end("did not answer within \(timeLimit.components.seconds) s")
    }
    defer { limit.cancel() }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { run.start($0) }
    } onCancel: {
      run.end("was not waited for")
    }
    return try ExecCredential(output: try result.get(), of: plugin)
  }
}

/// One run of a plug-in, on a thread of its own: reading its output blocks.
private final class PluginRun: Sendable {
  typealias Outcome = Result<[UInt8], KubernetesError>

  private struct State {
    var waiter: CheckedContinuation<Outcome, Never>?
    var outcome: Outcome?
    var process: Int32?
  }

  private let state = Mutex(State())
  private let plugin: ExecPlugin

  init(_ plugin: ExecPlugin) { self.plugin = plugin }

  func start(_ continuation: CheckedContinuation<Outcome, Never>) {
    let early = state.withLock { state in
      if state.outcome == nil { state.waiter = continuation }
      return state.outcome
    }
    if let early { return continuation.resume(returning: early) }
    Thread { [self] in finish(run()) }.start()
  }

  /// Ends the process, and gives up waiting whether or not it obeys.
  func end(_ why: String) {
    finish(.failure(failure(why)))
    // Only while it has not been waited for: its number may belong to another one afterwards.
    state.withLock { if let process = $0.process { kill(-process, SIGKILL) } }
  }

  private func finish(_ outcome: Outcome) {
    let waiter = state.withLock { state in
      if state.outcome == nil { state.outcome = outcome }
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: outcome)
  }

  private func failure(_ what: String) -> KubernetesError {
    KubernetesError(.unauthorized, "The credential plug-in \(plugin.command) \(what).")
  }

  private func run() -> Outcome {
    var environment = ProcessInfo.processInfo.environment
    for variable in plugin.environment { environment[variable.name] = variable.value.text }
    environment["KUBERNETES_EXEC_INFO"] = String(decoding: plugin.information, as: UTF8.self)
    guard let child = SpawnedProgram(plugin.command, plugin.arguments, environment: environment) else {
      return .failure(failure("could not be started: it is not installed, or not found in PATH"))
    }
    let isUnwanted = state.withLock { state in
      state.process = child.identifier
      return state.outcome != nil
    }
    if isUnwanted { kill(-child.identifier, SIGKILL) }
    let output = child.readOutput(atMost: ExecPluginRunner.maximumOutput)
    if output == nil { kill(-child.identifier, SIGKILL) }
    // It may go on without its output, and must still be ended at the limit: its number is its own until it is reaped.
    child.waitForEnd()
    state.withLock { $0.process = nil }
    let status = child.reap()
    guard let output else { return .failure(failure("printed more than \(ExecPluginRunner.maximumOutput) bytes")) }
    switch status {
    case 0: return .success(output)
    case 127: return .failure(failure("is not installed, or not found in PATH"))
    default: return .failure(failure("ended with status \(status); run it by hand to see why"))
    }
  }
}
