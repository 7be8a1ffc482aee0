import Model

/// Makes a configuration out of a document that has the right shape, and reports what only shows there: references
/// that lead nowhere, limits that contradict one another.
///
/// Goes on after a fault with what can be understood, so that all faults are found at once.
struct ConfigurationDecoder {
  /// Pools, and templates, of one file. Together with the bounds of prices and sizes it keeps sums within 64 bits.
  static let maximumEntries = 200

  let root: Section
  /// As written, before anything was left out: what is named there is not unknown.
  let document: JSONNode
  let expander: VariableExpander
  var problems = ProblemList()
  private(set) var configuration: Configuration
  /// Where each trigger's expression stands.
  var triggerPointers: [TriggerName: JSONPointer] = [:]
  /// Where each schedule stands.
  var schedulePointers: [ScheduleName: JSONPointer] = [:]
  /// Templates of the file, also those with faults; sorted.
  let templateNames: [String]
  /// Pools of the file, also those with faults; sorted.
  let poolNames: [String]

  init(root: Section, document: JSONNode, expander: VariableExpander) {
    self.root = root
    self.document = document
    self.expander = expander
    configuration = Configuration(policy: Policy(clusterName: root.text("cluster_name"), pools: [], templates: []))
    templateNames = ConfigurationDecoder.names(in: document["worker_templates"])
    poolNames = ConfigurationDecoder.names(in: document["worker_pool_definitions"])
  }

  private static func names(in node: JSONNode?) -> [String] {
    guard case .object(let members)? = node?.content else { return [] }
    return Set(members.map(\.name)).sorted()
  }

  /// The configuration as far as it could be understood; of use only when there are no errors.
  mutating func decode() -> Configuration {
    for (key, names) in [("worker_templates", templateNames), ("worker_pool_definitions", poolNames)] {
      if root.has(key), names.isEmpty {
        problems.add(.error, "empty", at: [key], "There is not a single entry.", "Describe at least one.")
      }
      if names.count > ConfigurationDecoder.maximumEntries {
        problems.add(
          .error, "too_many", at: [key],
          "There are \(names.count) entries, more than \(ConfigurationDecoder.maximumEntries).", "Join what is alike.")
        return configuration
      }
    }
    var images: [TemplateName: TemplateImage] = [:]
    let templates = root.entries("worker_templates").compactMap { name, section -> Template? in
      images[TemplateName(name)] = image(from: section)
      return template(name, section)
    }
    let pools = root.entries("worker_pool_definitions").compactMap { name, section in
      pool(name, section, templates: templates)
    }
    var policy = Policy(
      clusterName: root.text("cluster_name"), pools: pools, templates: templates, triggers: triggers(for: pools))
    decodeLifecycle(into: &policy)
    decodeMoney(into: &policy)
    decodePace(into: &policy)
    decodePlacement(into: &policy)
    decodeConsolidation(into: &policy)
    policy.schedules = schedules()
    policy.signals.alertDeadline = root.section("poolkeeper").section("alert_signals").duration("deadline_seconds")
    policy.approvals = approvals()
    checkReferences()
    configuration = Configuration(policy: policy)
    configuration.images = images
    configuration.service = service()
    configuration.service.infrastructure = infrastructure()
    configuration.service.server = server()
    configuration.proxmox = proxmox()
    configuration.talos = talos(clusterName: policy.clusterName)
    configuration.alerting = alerting()
    configuration.notifications = notifications()
    configuration.priorityClasses = priorityClasses()
    return configuration
  }

  /// Whether the settings of Proxmox and Talos are needed.
  var usesProxmox: Bool {
    let kind: InfrastructureKind? = root.section("poolkeeper").section("infrastructure").choice("kind")
    return kind?.usesProxmox ?? false
  }

  /// Variables of sections that the infrastructure may not need.
  mutating func report(_ missing: [StructureChecker.MissingVariable]) {
    let isNeeded = usesProxmox
    for variable in missing {
      let remedy = "Set \(variable.name), or let \(variable.name)_FILE name a file that holds its value"
      problems.add(
        isNeeded ? .error : .note, "missing_variable", at: variable.pointer,
        "The environment variable \(variable.name) is not set.",
        isNeeded
          ? remedy + "."
          : remedy + "; it is not needed while infrastructure.kind is "
            + "\"\(configuration.service.infrastructure.kind.rawValue)\".")
    }
  }

  /// Reports a name that is not among those known, unless the known one had faults of its own.
  mutating func checkReference(
    _ name: String, to what: String, among names: [String], at pointer: JSONPointer,
    severity: Problem.Severity = .error
  ) {
    guard !names.contains(name) else { return }
    problems.add(
      severity, "unknown_\(what)", at: pointer, "There is no \(what) \(JSONText.shown(name)).",
      Suggestion.sentence(
        for: name, among: names,
        otherwise: names.isEmpty
          ? "Describe it first." : "The \(what)s are: \(names.prefix(20).joined(separator: ", "))."))
  }
}
