import Model

extension ConfigurationDecoder {
  /// The operator's receivers, sorted by name.
  mutating func notifications() -> NotificationSettings {
    let section = root.section("poolkeeper").section("notifications")
    var settings = NotificationSettings()
    settings.giveUpAfter = section.duration("give_up_after_seconds")
    var names: Set<String> = []
    for entry in section.sections("receivers") {
      guard let name = entry.optionalText("name") else { continue }
      var receiver = NotificationReceiver(name: name)
      if !names.insert(name).inserted {
        problems.add(
          .error, "duplicate_receiver", at: entry.at("name"), "There is another receiver \(JSONText.shown(name)).",
          "Give each receiver a name of its own.")
      }
      receiver.url = entry.optionalText("url").map { Secret($0) }
      receiver.urlFile = entry.optionalText("url_file")
      receiver.format = entry.choice("format") ?? .json
      let kinds = entry.has("events") ? entry.texts("events") : Keys.standardKinds
      receiver.kinds = Set(kinds.compactMap { NotificationKind(rawValue: $0) }).sorted()
      receiver.sendsResolved = entry.boolean("send_resolved")
      receiver.bearerToken = entry.optionalText("bearer_token").map { Secret($0) }
      receiver.bearerTokenFile = entry.optionalText("bearer_token_file")
      receiver.authoritiesFile = entry.optionalText("ca_file")
      receiver.timeout = entry.duration("timeout_seconds")
      check(receiver, entry)
      settings.receivers.append(receiver)
    }
    if settings.receivers.count > NotificationSettings.maximumReceivers {
      problems.add(
        .error, "too_many", at: section.at("receivers"),
        "There are \(settings.receivers.count) receivers, more than \(NotificationSettings.maximumReceivers).",
        "Let one of them pass messages on, for example an Alertmanager.")
    }
    settings.receivers.sort { $0.name < $1.name }
    return settings
  }

  private mutating func check(_ receiver: NotificationReceiver, _ section: Section) {
    for (text, file) in [("url", "url_file"), ("bearer_token", "bearer_token_file")]
    where section.has(text) && section.has(file) {
      problems.add(
        .error, "two_secrets", at: section.at(file), "Both \(text) and \(file) are given.", "Remove one of them.")
    }
    if receiver.url == nil, receiver.urlFile == nil, !section.at("url").exists(in: document) {
      problems.add(
        .error, "missing_key", at: section.pointer, "The receiver \(JSONText.shown(receiver.name)) has no address.",
        "Add \"url\": \"${NOTIFY_URL}\", or url_file.")
    }
    if receiver.kinds.isEmpty {
      problems.add(
        .warning, "no_effect", at: section.at("events"), "The receiver is told of nothing.",
        "Name some events, or remove the receiver.")
    }
    let hasToken = receiver.bearerToken != nil || receiver.bearerTokenFile != nil
    if hasToken, receiver.url?.exposed.lowercased().hasPrefix("http://") == true {
      problems.add(
        .warning, "secret_in_the_clear", at: section.at("url"),
        "The token goes over the network without encryption.",
        "Use https://, unless the receiver is on this machine or the network is encrypted.")
    }
  }

  func approvals() -> ApprovalPolicy {
    let section = root.section("poolkeeper").section("approvals")
    var policy = ApprovalPolicy()
    policy.deadline = section.duration("deadline_seconds")
    policy.byAnother = section.boolean("by_another")
    return policy
  }
}
