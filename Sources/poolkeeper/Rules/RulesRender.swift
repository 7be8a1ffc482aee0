import ArgumentParser
import Foundation
import Rules

extension RulesCommand {
  struct Render: ParsableCommand {
    /// What is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
      /// A file for Prometheus's `rule_files`.
      case rules
      /// An object for the Prometheus operator.
      case prometheusrule
    }

    static let configuration = CommandConfiguration(
      abstract: "Write the rules with the configuration's thresholds and severities.",
      discussion: """
        What monitoring_and_alerting.alert_rules and cost_tracking.alerts say goes into the rules; a rule that is \
        switched off there is left out. The result goes to the standard output.
        """)

    @Option(name: .long, help: "The configuration file; without it the rules stay as they are shipped.")
    var config: String?
    @Option(name: .long, help: "rules for Prometheus itself, prometheusrule for the Prometheus operator.")
    var format: Format = .rules
    @Option(name: .long, help: "The address below which the runbooks lie; each alert's runbook_url begins with it.")
    var runbooks: String?
    @Option(
      name: .long, help: "The directory that holds \(ShippedRules.file); by default the one that came with the program."
    )
    var rules: String?
    @Option(name: .long, help: "The name of the PrometheusRule.")
    var name: String = "poolkeeper"
    @Option(name: .long, help: "The namespace of the PrometheusRule.")
    var namespace: String = "poolkeeper"
    @Option(
      name: .long,
      help: "A label of the PrometheusRule, KEY=VALUE; as often as needed. Prometheus chooses its rules by them.")
    var label: [String] = []

    func run() throws {
      let configuration = try config.map { try ConfigurationLoading.load($0).configuration }
      let rendered = try ShippedRules.rendered(
        try ShippedRules.text(in: rules), configuration, runbooks: runbooks)
      switch format {
      case .rules:
        guard label.isEmpty else {
          throw Failure(.usage, "--label is for the PrometheusRule: add --format prometheusrule.")
        }
        print(rendered.text, terminator: "")
      case .prometheusrule: print(try object(rendered), terminator: "")
      }
    }

    private func object(_ rendered: RuleText) throws -> String {
      for (option, value) in [("--name", name), ("--namespace", namespace)] {
        guard value.wholeMatch(of: /[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/) != nil else {
          throw Failure(.usage, "\(option) \"\(value)\" is no name for Kubernetes: use small letters, digits and -.")
        }
      }
      let labels = try label.map { text in
        guard let match = text.wholeMatch(of: /([A-Za-z0-9][-A-Za-z0-9_.\/]{0,252})=([-A-Za-z0-9_.]{0,63})/) else {
          throw Failure(.usage, "--label \"\(text)\" is no label; write it like release=prometheus.")
        }
        return (name: String(match.1), value: String(match.2))
      }
      let standard = [(name: "app.kubernetes.io/name", value: "poolkeeper")]
      let own = standard.filter { one in !labels.contains { $0.name == one.name } }
      do {
        return try rendered.prometheusRule(name: name, namespace: namespace, labels: own + labels)
      } catch { throw Failure(.usage, "\(error)") }
    }
  }
}
