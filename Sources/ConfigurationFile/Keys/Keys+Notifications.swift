import Model

extension Keys {
  static let notifications: [Field] = [
    Field("receivers", .list(.object(receiver)), "Who is told; 16 at most."),
    Field(
      "give_up_after_seconds", .number(60...604_800),
      "A message that a receiver has not taken for so long is given up.", unit: .seconds, standard: 86_400),
  ]

  /// What receivers are told unless they say otherwise.
  static let standardKinds = NotificationKind.allCases.filter { $0 != .expiry }.map(\.rawValue)

  private static let receiver: [Field] = [
    Field("name", .text(.name), "Name in logs and metrics; unlike every other receiver's.").asRequired,
    Field(
      "url", .text(.privateURL), "Where messages are posted; of an Alertmanager its address, without /api/v2/alerts.",
      note: "required, or url_file"),
    Field("url_file", .text(.path), "File that holds the URL, read anew for every message."),
    Field(
      "format", .choice(NotificationFormat.allCases.map(\.rawValue)),
      "json: the message as an object; slack: a text for Slack's incoming webhooks and what takes the same; alertmanager: "
        + "an alert for Alertmanager's API.", standard: "json"),
    Field(
      "events", .list(.choice(NotificationKind.allCases.map(\.rawValue))),
      "What it is told of: approval, budget, capacity, drain, escalation, expiry, plan.",
      note: "all but expiry"),
    switchField("send_resolved", "Whether it is told that something is over."),
    Field("bearer_token", .anyText, "Token that is sent along.").asSecret,
    Field("bearer_token_file", .text(.path), "File that holds the token, read anew for every message."),
    Field("ca_file", .text(.path), "PEM file of the only authorities that are trusted.", note: "the system's"),
    Field("timeout_seconds", .number(0.1...300), "For one attempt.", unit: .seconds, standard: 10),
  ]

  static let approvals: [Field] = [
    Field(
      "deadline_seconds", .number(60...2_592_000), "An order that nobody has answered for so long is closed.",
      unit: .seconds, standard: 86_400),
    switchField(
      "by_another", "Whether the word must be another's than that of who asked.", standard: false),
  ]
}
