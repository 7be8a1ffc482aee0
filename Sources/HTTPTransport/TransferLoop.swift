import CCurl
import Foundation
import Synchronization

/// The thread that runs a client's transfers.
///
/// `@unchecked Sendable`: commands and waiters stand behind a lock, as does the right to use `multi` from outside
/// (only to wake the thread); everything else is touched by the thread alone.
final class TransferLoop: @unchecked Sendable {
  enum Command {
    case start(Transfer)
    case cancel(Transfer)
    /// The consumer of a stream has made room.
    case goOn(Transfer)
  }

  private struct Inbox {
    var commands: [Command] = []
    var isStopping = false
    var hasEnded = false
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
  }

  private let configuration: HTTPClientConfiguration
  private let multi: UnsafeMutableRawPointer
  private let inbox = Mutex(Inbox())

  /// By easy handle; streams are counted by themselves, so that they never keep requests from their turn.
  private var running: [UnsafeMutableRawPointer: Transfer] = [:]
  private var streamCount = 0
  /// Oldest first.
  private var waiting: [Transfer] = []
  private let pinned = PinnedConnections()

  /// libcurl's own set-up, once a process.
  private static let isCurlReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// The thread looks up at least this often; commands and sockets wake it at once.
  private static let longestPoll: Int32 = 60_000

  init(_ configuration: HTTPClientConfiguration) {
    precondition(Self.isCurlReady, "libcurl could not be set up")
    guard let multi = curl_multi_init() else { preconditionFailure("libcurl has no memory for a multi handle") }
    self.configuration = configuration
    self.multi = multi
    let connections = configuration.maximumKeptConnections
    _ = poolkeeper_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(connections, 1))
    _ = poolkeeper_curl_multi_set_long(
      multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
      max(connections, configuration.maximumConcurrentRequests) + configuration.maximumStreams)
  }

  func start() {
    let thread = Thread { [self] in run() }
    thread.name = "http-transport"
    thread.start()
  }

  func post(_ command: Command) {
    let accepted = inbox.withLock { inbox in
      guard !inbox.isStopping else { return false }
      inbox.commands.append(command)
      curl_multi_wakeup(multi)
      return true
    }
    if !accepted, case .start(let transfer) = command { transfer.finish(.failure(transfer.error(.closed))) }
  }

  func stop() {
    inbox.withLock { inbox in
      guard !inbox.isStopping else { return }
      inbox.isStopping = true
      curl_multi_wakeup(multi)
    }
  }

  /// Returns when the thread has ended.
  func ended() async {
    await withCheckedContinuation { continuation in
      let hasEnded = inbox.withLock { inbox in
        if !inbox.hasEnded { inbox.waitingForEnd.append(continuation) }
        return inbox.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }
}

// MARK: On the thread

extension TransferLoop {
  private func run() {
    while true {
      let (commands, isStopping) = inbox.withLock { inbox in
        defer { inbox.commands = [] }
        return (inbox.commands, inbox.isStopping)
      }
      for command in commands {
        switch command {
        case .start(let transfer): take(transfer)
        case .cancel(let transfer): cancel(transfer)
        case .goOn(let transfer): transfer.goOn()
        }
      }
      if isStopping { break }
      dropOverdue()
      dropQuiet()
      begin()
      var runningCount: Int32 = 0
      curl_multi_perform(multi, &runningCount)
      // What has finished makes room for what waits: begin that before sleeping.
      if collect() > 0, !waiting.isEmpty { continue }
      curl_multi_poll(multi, nil, 0, pollTime(), nil)
    }
    end()
  }

  private func take(_ transfer: Transfer) {
    // Those whose turn is now do not wait.
    let startable = roomForRequests
    if transfer.isCancelled.load(ordering: .sequentiallyConsistent) {
      transfer.finish(.failure(transfer.error(.cancelled)))
    } else if transfer.stream != nil {
      if streamCount < configuration.maximumStreams {
        begin(transfer)
      } else {
        transfer.finish(.failure(transfer.error(.overloaded)))
      }
    } else if waiting.count >= configuration.maximumWaitingRequests + startable {
      transfer.finish(.failure(transfer.error(.overloaded)))
    } else {
      waiting.append(transfer)
    }
  }

  private func cancel(_ transfer: Transfer) {
    if let index = waiting.firstIndex(where: { $0 === transfer }) {
      waiting.remove(at: index)
      transfer.finish(.failure(transfer.error(.cancelled)))
    } else {
      giveUp(transfer, with: transfer.error(.cancelled, mayHaveBeenSent: transfer.wasConnected))
    }
  }

  private func giveUp(_ transfer: Transfer, with error: HTTPTransportError) {
    guard let handle = transfer.handle, forget(handle) != nil else { return }
    curl_multi_remove_handle(multi, handle)
    transfer.release()
    transfer.finish(.failure(error))
  }

  private func forget(_ handle: UnsafeMutableRawPointer) -> Transfer? {
    let transfer = running.removeValue(forKey: handle)
    if transfer?.stream != nil { streamCount -= 1 }
    return transfer
  }

  private var roomForRequests: Int {
    max(0, configuration.maximumConcurrentRequests - (running.count - streamCount))
  }

  /// Transfers whose time is over before their turn came.
  private func dropOverdue() {
    guard !waiting.isEmpty else { return }
    let now = ContinuousClock.now
    for transfer in waiting where transfer.deadline <= now {
      transfer.finish(.failure(transfer.error(.timedOut)))
    }
    waiting.removeAll { $0.deadline <= now }
  }

  /// Streams on which nothing came for too long.
  private func dropQuiet() {
    guard streamCount > 0 else { return }
    let now = ContinuousClock.now
    for transfer in Array(running.values) {
      if let limit = transfer.quietUntil, limit <= now { giveUp(transfer, with: transfer.quietError) }
    }
  }

  private func begin() {
    let next = Array(waiting.prefix(roomForRequests))
    waiting.removeFirst(next.count)
    for transfer in next { begin(transfer) }
  }

  private func begin(_ transfer: Transfer) {
    switch transfer.prepare(configuration, pinned: pinned) {
    case .failure(let error): transfer.finish(.failure(error))
    case .success(let handle):
      running[handle] = transfer
      if transfer.stream != nil { streamCount += 1 }
      curl_multi_add_handle(multi, handle)
    }
  }

  /// Hands out what has finished.
  /// - Returns: the number of finished transfers.
  private func collect() -> Int {
    var count = 0
    var queued: Int32 = 0
    while let message = curl_multi_info_read(multi, &queued) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
        let transfer = forget(handle)
      else { continue }
      let result = transfer.result(of: message.pointee.data.result)
      curl_multi_remove_handle(multi, handle)
      transfer.release()
      transfer.finish(result)
      count += 1
    }
    return count
  }

  /// Milliseconds until the next thing that libcurl does not know of.
  private func pollTime() -> Int32 {
    var limits = waiting.map(\.deadline)
    if streamCount > 0 { limits += running.values.compactMap(\.quietUntil) }
    guard let next = limits.min() else { return Self.longestPoll }
    let milliseconds = (next - ContinuousClock.now) / .milliseconds(1)
    return Int32(min(max(milliseconds.rounded(.up), 1), Double(Self.longestPoll)))
  }

  private func end() {
    for transfer in running.values {
      let error = transfer.error(.closed, mayHaveBeenSent: transfer.wasConnected)
      if let handle = transfer.handle { curl_multi_remove_handle(multi, handle) }
      transfer.release()
      transfer.finish(.failure(error))
    }
    for transfer in waiting { transfer.finish(.failure(transfer.error(.closed))) }
    running = [:]
    streamCount = 0
    waiting = []
    // Nobody else uses it: since the stop, commands are refused and nothing wakes the thread.
    curl_multi_cleanup(multi)
    let waiters = inbox.withLock { inbox in
      inbox.hasEnded = true
      defer { inbox.waitingForEnd = [] }
      return inbox.waitingForEnd
    }
    for waiter in waiters { waiter.resume() }
  }
}
