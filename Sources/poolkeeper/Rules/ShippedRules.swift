import ConfigurationFile
import Foundation
import Model
import Rules
import Yams

/// The rules that come with the program, and what the operator's configuration changes of them.
enum ShippedRules {
  static let file = "poolkeeper.rules.yml"

  /// Where the rules are looked for: in the working directory, beside the program, and where packages put them.
  static func directories(program: String = ProgramFile.path) -> [String] {
    let beside = URL(fileURLWithPath: program).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("share/poolkeeper/rules").path
    var seen: Set<String> = []
    return ["rules", beside, "/usr/local/share/poolkeeper/rules", "/usr/share/poolkeeper/rules"]
      .filter { seen.insert($0).inserted }
  }

  /// - Parameter directory: the operator's own; `nil`: the first that has them.
  static func text(in directory: String?) throws -> String {
    let directories = directory.map { [$0] } ?? directories()
    for directory in directories {
      guard let data = FileManager.default.contents(atPath: "\(directory)/\(file)") else { continue }
      return String(decoding: data, as: UTF8.self)
    }
    throw Failure(
      .environment,
      "There is no \(file) in \(directories.joined(separator: ", ")): name the directory that has it with --rules.")
  }

  /// The rules with the configuration's thresholds and severities.
  static func rendered(
    _ text: String, _ configuration: ConfigurationFile.Configuration?, runbooks: String?
  ) throws -> RuleText {
    var rules = RuleText(text)
    do {
      for change in configuration.map(changes) ?? [] { try rules.apply(change) }
      if let runbooks { try rules.setRunbooks(runbooks) }
    } catch { throw Failure(.usage, "\(error)") }
    // What was changed as text must still be rules.
    do { _ = try YAMLDecoder().decode(RuleFile.self, from: rules.text) } catch {
      throw Failure(.usage, "The rules cannot be used: \(RuleFiles.explain(error))")
    }
    return rules
  }

  /// What the configuration says of alerts, by the rules that it concerns. Thresholds that follow from other settings (how
  /// long a drain may take, how often is decided) are computed from them.
  static func changes(_ configuration: ConfigurationFile.Configuration) -> [RuleChange] {
    let (alerting, policy) = (configuration.alerting, configuration.policy)
    let look = Duration.minutes(5)
    let cleanup =
      policy.cleanup.grace + policy.draining.limit + policy.termination.forceShutdownAfter + look + .minutes(5)
    return [
      change("PoolkeeperProvisioningSlow", alerting.provisionTimeout, "> 600") { "> \(number($0))" },
      change("PoolkeeperJoinFailures", alerting.joinFailure, ">= 3") { ">= \(number($0))" },
      change("PoolkeeperPoolNearMaximum", alerting.poolCapacityLow, "> 0.9") { "> \(number($0 / 100))" },
      change("PoolkeeperCleanupFailed", alerting.cleanupFailure, "> 1800", at: cleanup),
      change("PoolkeeperRepairsFail", alerting.repairFailure, ">= 3") { ">= \(number($0))" },
      threshold("PoolkeeperDrainStuck", "> 900", "> \(number((policy.draining.limit + .minutes(5)).inSeconds))"),
      threshold("PoolkeeperLoopLate", "> 60", "> \(number(max(60, 4 * policy.pace.tick.inSeconds)))"),
      threshold("PoolkeeperBudgetNearCap", "> 0.8", "> \(number(policy.money.alertPercent / 100))"),
    ]
  }

  private static func change(
    _ alert: String, _ rule: AlertRule, _ shipped: String, at computed: Duration? = nil,
    _ text: (Double) -> String = { "> \(number($0))" }
  ) -> RuleChange {
    var change = RuleChange(alert)
    change.isLeftOut = !rule.enabled
    change.severity = rule.severity.rawValue
    change.shippedThreshold = shipped
    change.threshold = (computed?.inSeconds ?? rule.threshold).map(text)
    return change
  }

  private static func threshold(_ alert: String, _ shipped: String, _ text: String) -> RuleChange {
    var change = RuleChange(alert)
    change.shippedThreshold = shipped
    change.threshold = text
    return change
  }

  /// At most six places behind the point, as PromQL reads it.
  private static func number(_ value: Double) -> String {
    let rounded = (value * 1_000_000).rounded() / 1_000_000
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
  }
}

/// The file that is being run.
enum ProgramFile {
  static var path: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }
}
