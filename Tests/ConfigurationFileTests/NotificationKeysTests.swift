import ConfigurationFile
import Model
import Testing

/// Keys of notifications and approvals.
@Suite struct NotificationKeysTests {
  private static let receivers = "/poolkeeper/notifications/receivers"

  private func read(_ receivers: String) throws -> ConfigurationReader.Outcome {
    var edited = try Edited()
    try edited.set(Self.receivers, receivers)
    return try edited.read()
  }

  @Test func nobodyIsToldAndNothingWaitsUnlessItIsAsked() throws {
    let configuration = try #require(try Edited().read().configuration)
    #expect(configuration.notifications == NotificationSettings())
    #expect(configuration.policy.approvals == ApprovalPolicy())
    #expect(configuration.policy.pools.allSatisfy { !$0.requestsNeedApproval })
    #expect(!configuration.policy.cleanup.extensionsNeedApproval)
  }

  @Test func readsReceivers() throws {
    let outcome = try read(
      """
      [{"name": "ops", "url_file": "/run/slack", "format": "slack", "events": ["plan", "budget", "budget"],
        "send_resolved": false, "timeout_seconds": 2.5, "bearer_token_file": "/run/token", "ca_file": "/run/ca.pem"},
       {"name": "am", "url": "http://alertmanager:9093", "format": "alertmanager"}]
      """)
    #expect(outcome.problems(.error).isEmpty && outcome.problems(.warning).isEmpty, "\(outcome.problems)")
    let receivers = try #require(outcome.configuration).notifications.receivers
    #expect(receivers.map(\.name) == ["am", "ops"])
    #expect(receivers[0].url?.exposed == "http://alertmanager:9093")
    #expect(receivers[0].kinds == [.approval, .budget, .capacity, .drain, .escalation, .plan], "all but expiry")
    #expect(receivers[0].format == .alertmanager)
    #expect(receivers[0].timeout == .seconds(10))
    #expect(receivers[1].url == nil)
    #expect(receivers[1].urlFile == "/run/slack")
    #expect(receivers[1].kinds == [.budget, .plan])
    #expect(!receivers[1].sendsResolved)
    #expect(receivers[1].timeout == .milliseconds(2_500))
    #expect(receivers[1].bearerTokenFile == "/run/token")
    #expect(receivers[1].authoritiesFile == "/run/ca.pem")
    let policy = try #require(outcome.configuration).notifications.policy
    #expect(policy.receivers.map(\.name) == ["am", "ops"])
    #expect(policy.giveUpAfter == .hours(24))
  }

  @Test func anAddressNeverShows() throws {
    let outcome = try read(#"[{"name": "ops", "url": "https://hooks.example.org/T0/B0/XXXX", "bearer_token": "XXXX"}]"#)
    let settings = try #require(outcome.configuration).notifications
    #expect(!"\(settings)".contains("XXXX"))
    var dumped = ""
    dump(settings, to: &dumped)
    #expect(!dumped.contains("XXXX"))
    #expect(!outcome.problems.contains { "\($0)".contains("XXXX") })
    let wrong = try read(#"[{"name": "ops", "url": "hooks.example.org/T0/B0/XXXX"}]"#)
    #expect(wrong.problems.contains { $0.code == "invalid_text" })
    #expect(!wrong.problems.contains { "\($0)".contains("XXXX") }, "\(wrong.problems)")
  }

  @Test(arguments: [
    (#"[{"url": "http://a"}]"#, "missing_key", "0"), (#"[{"name": "ops"}]"#, "missing_key", "0"),
    (#"[{"name": "ops", "url": "a"}]"#, "invalid_text", "0/url"),
    (#"[{"name": "ops", "url": "http://a", "url_file": "/b"}]"#, "two_secrets", "0/url_file"),
    (#"[{"name": "ops", "url": "http://a", "format": "xml"}]"#, "unknown_value", "0/format"),
    (#"[{"name": "ops", "url": "http://a", "events": ["weather"]}]"#, "unknown_value", "0/events/0"),
    (#"[{"name": "ops", "url": "http://a", "events": []}]"#, "no_effect", "0/events"),
    (
      #"[{"name": "ops", "url": "http://a"}, {"name": "ops", "url": "http://b"}]"#, "duplicate_receiver", "1/name"
    ),
    (#"[{"name": "ops", "url": "http://a", "bearer_token_file": "/t"}]"#, "secret_in_the_clear", "0/url"),
    ("[" + (0..<17).map { #"{"name": "r\#($0)", "url": "http://a"}"# }.joined(separator: ",") + "]", "too_many", ""),
  ]) func findsWhatIsWrongWithReceivers(_ json: String, _ code: String, _ place: String) throws {
    let problems = try read(json).problems
    let pointer = place.isEmpty ? Self.receivers : "\(Self.receivers)/\(place)"
    #expect(problems.contains { $0.code == code && $0.pointer == pointer }, "\(problems)")
  }

  @Test func readsWhatNeedsApproval() throws {
    var edited = try Edited()
    try edited.set(
      "/worker_pool_definitions/burst/provisioning_triggers/manual", #"{"requires_approval": true}"#)
    try edited.set(
      "/lifecycle_configurations/ttl_cleanup/ttl_extension", #"{"allowed": true, "requires_approval": true}"#)
    try edited.set("/poolkeeper/approvals", #"{"deadline_seconds": 3600, "by_another": true}"#)
    let outcome = try edited.read()
    let policy = try #require(outcome.configuration).policy
    #expect(policy.pools.filter(\.requestsNeedApproval).map(\.name) == ["burst"])
    #expect(policy.cleanup.extensionsNeedApproval)
    #expect(policy.approvals.deadline == .hours(1))
    #expect(policy.approvals.byAnother)
    #expect(!outcome.problems.contains { $0.code == "no_effect" }, "\(outcome.problems)")
  }
}
