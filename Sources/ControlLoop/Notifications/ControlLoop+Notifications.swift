import Exposition
import Logging
import Model
import Ports
import Synchronization

extension ControlLoop {
  /// Pauses between attempts at one message: the first, doubled each time, and the longest.
  static let firstRetry: Duration = .seconds(5)
  static let longestRetry: Duration = .minutes(5)
  /// How often a process that may not send looks whether it may by now.
  static let standingLook: Duration = .seconds(15)

  /// Brings messages to their receivers until the task is cancelled: each receiver by a task of its own, so that one that
  /// does not answer holds up no other.
  ///
  /// Returns at cancellation only, also where there is nobody to be told.
  public func deliverNotifications() async {
    await withTaskGroup(of: Void.self) { group in
      if parts.notifications.receivers.isEmpty {
        group.addTask {
          while !Task.isCancelled { await Calls().wait(atMost: .hours(24), time: self.parts.time) }
        }
      }
      for receiver in parts.notifications.receivers {
        group.addTask { await self.deliver(to: receiver.name) }
      }
    }
  }

  private func deliver(to receiver: String) async {
    while !Task.isCancelled {
      let next = await deliverDue(to: receiver)
      let pause = next.map { $0 - parts.time.now() } ?? Self.standingLook
      await mail[receiver]?.wait(atMost: min(max(pause, .milliseconds(50)), Self.standingLook), time: parts.time)
    }
  }

  /// Sends what is due to a receiver, in the order in which it was told.
  /// - Returns: when there is more to do; `nil`: when something new is to be told.
  func deliverDue(to receiver: String) async -> Instant? {
    while !Task.isCancelled {
      let now = parts.time.now()
      let (delivery, standing, isDoubtful) = state.withLock { state in
        (state.correspondence.deliveries.first { $0.receiver == receiver }, state.standing, state.isDoubtful)
      }
      // Who may not write does not send: another process may be sending the same.
      guard let delivery, !isDoubtful, stands(standing)(), let notifier = parts.notifier else { return nil }
      guard delivery.notBefore <= now else { return delivery.notBefore }
      let mark = "\(receiver) \(delivery.message.key)"
      var outcome = NotificationOutcome.delivered
      let isSent = state.withLock { $0.sentUnrecorded.contains(mark) }
      let isGivenUp = !isSent && delivery.attempts > 0 && now - delivery.queuedAt >= parts.notifications.giveUpAfter
      if !isSent, !isGivenUp {
        outcome = await notifier.send(delivery.message, to: receiver)
        if Task.isCancelled, outcome != .delivered { return nil }
        if outcome == .delivered { state.withLock { _ = $0.sentUnrecorded.insert(mark) } }
      }
      do {
        try await settle(delivery, isGivenUp ? nil : outcome)
        state.withLock { _ = $0.sentUnrecorded.remove(mark) }
      } catch {
        parts.logger.warning(
          "notification not recorded", metadata: ["receiver": "\(receiver)", "error": "\(error)"])
        return now.advanced(by: Self.firstRetry)
      }
    }
    return nil
  }

  /// Records what came of an attempt; `nil`: the message is given up.
  private func settle(_ delivery: NotificationDelivery, _ outcome: NotificationOutcome?) async throws {
    let now = parts.time.now()
    try await turn.take {
      var desk = try await settled(now: now).correspondence
      let index = desk.deliveries.firstIndex {
        $0.receiver == delivery.receiver && $0.message.key == delivery.message.key
      }
      // Another process has taken it over meanwhile.
      guard let index else { return }
      var entry = JournalEntry()
      switch outcome {
      case .failed(_, _, let retryAfter):
        let pause = Self.firstRetry * Int(1 << min(delivery.attempts, 10))
        desk.deliveries[index].attempts += 1
        desk.deliveries[index].notBefore = now.advanced(by: max(min(pause, Self.longestRetry), retryAfter ?? .zero))
      case .delivered: desk.deliveries.remove(at: index)
      case .refused(let message):
        desk.deliveries.remove(at: index)
        entry.events = [unsent(delivery, "was refused by the receiver: \(message)", at: now)]
      case nil:
        desk.deliveries.remove(at: index)
        entry.events = [
          unsent(
            delivery, "could not be delivered for \(parts.notifications.giveUpAfter.text) and is given up", at: now)
        ]
      }
      entry.correspondence = desk
      try await commit(entry)
    }
    count(delivery, outcome)
  }

  private func unsent(_ delivery: NotificationDelivery, _ why: String, at now: Instant) -> JournalEvent {
    JournalEvent(
      at: now, subject: "notification", name: delivery.receiver, code: "notification_unsent",
      sentence: "\"\(delivery.message.title)\" for \(delivery.receiver) \(why).")
  }

  private func count(_ delivery: NotificationDelivery, _ outcome: NotificationOutcome?) {
    let word: String
    switch outcome {
    case .delivered: word = "delivered"
    case .failed(let code, let message, _):
      word = "failed"
      parts.logger.warning(
        "notification not delivered",
        metadata: [
          "receiver": "\(delivery.receiver)", "key": "\(delivery.message.key)", "code": "\(code)",
          "attempts": "\(delivery.attempts + 1)", "error": "\(message)",
        ])
    case .refused: word = "refused"
    case nil: word = "given_up"
    }
    parts.registry.increment(.notifications, labels: [delivery.receiver, word])
  }

  /// Adds to an entry the messages that its events make, and those of `messages`.
  func posting(_ messages: [NotificationMessage], with entry: JournalEntry, at now: Instant) -> JournalEntry {
    let messages = entry.events.compactMap(EventMessages.message) + messages
    guard !messages.isEmpty, !parts.notifications.receivers.isEmpty else { return entry }
    var entry = entry
    let outbox = Outbox(policy: parts.notifications, cluster: policy.clusterName, now: now)
    var desk = entry.correspondence ?? state.withLock { $0.correspondence }
    outbox.forgetStrangers(in: &desk)
    let dropped = outbox.post(messages, into: &desk)
    for delivery in dropped {
      entry.events.append(unsent(delivery, "went unsent, for \(Outbox.waitingForReceiver) others wait", at: now))
      parts.registry.increment(.notifications, labels: [delivery.receiver, "dropped"])
    }
    entry.correspondence = desk
    return entry
  }

  /// Counters that begin at zero, so that their first increase is seen.
  func prepareNotificationCounters() {
    for receiver in parts.notifications.receivers {
      for outcome in ["delivered", "dropped", "failed", "given_up", "refused"] {
        parts.registry.increment(.notifications, by: 0, labels: [receiver.name, outcome])
      }
    }
  }

  func addCorrespondence(_ state: LoopState, to table: inout MetricTable) {
    for receiver in parts.notifications.receivers {
      let waiting = state.correspondence.deliveries.count { $0.receiver == receiver.name }
      table.set(.notificationsWaiting, Double(waiting), labels: [receiver.name])
    }
    table.set(.approvalsWaiting, Double(state.correspondence.approvals.count { $0.state == .waiting }))
  }
}
