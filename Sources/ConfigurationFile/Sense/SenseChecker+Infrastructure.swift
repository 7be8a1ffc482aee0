import Model

extension SenseChecker {
  /// What the infrastructure's settings contradict or leave out.
  mutating func checkInfrastructure() {
    let settings = configuration.service.infrastructure
    let section = root.section("poolkeeper").section("infrastructure")
    checkProxmox(settings, section.section("proxmox"))
    checkKubernetes(settings, section.section("kubernetes"))
    guard settings.kind == .none else { return }
    for name in ["proxmox", "talos", "kubernetes"] where section.section(name).isPresent {
      note(
        "no_effect", at: section.at(name), "The section has no effect while infrastructure.kind is none.",
        "Set infrastructure.kind to proxmox when you want Poolkeeper to see and make machines.")
    }
  }

  private mutating func checkProxmox(_ settings: InfrastructureSettings, _ section: Section) {
    let proxmox = settings.proxmox
    if proxmox.authoritiesFile != nil, proxmox.fingerprint != nil {
      problems.add(
        .error, "two_trusts", at: section.at("certificate_fingerprint"),
        "Both ca_file and certificate_fingerprint are given; a server is known by one of them.", "Remove one of them.")
    }
    if (proxmox.user == nil) != (proxmox.password == nil) {
      problems.add(
        .error, "half_credentials", at: section.at("user"), "A ticket needs both a user and a password.",
        "Give user and password_file, or neither to use the token of proxmox_integration.")
    }
    if proxmox.transport == .mcp, proxmox.mcpCommand.isEmpty {
      problems.add(
        .error, "missing_key", at: section.at("mcp_command"), "The transport is mcp, and no command is given.",
        "Add \"mcp_command\": [\"python\", \"-m\", \"proxmox_mcp\"], or use the transport native.")
    }
    for template in policy.templates where proxmox.machineIDs.contains(template.source.rawValue) {
      problems.add(
        .error, "template_in_range", at: section.at("first_machine_id"),
        "The template \(template.name) has the number \(template.source), which lies in Poolkeeper's own range.",
        "Choose a range that holds no machine of others.")
    }
    guard settings.kind.usesProxmox else { return }
    for template in policy.templates
    where template.machine.gpus > 0 && proxmox.deviceMappings[template.name.rawValue] == nil {
      warn(
        "no_device_mapping", at: section.at("pci_mappings"),
        "Machines of the template \(template.name) are to have a GPU, and no resource mapping says which: an address of "
          + "a host's slot (hostpci0) may be given by root alone.",
        "Map the devices in Proxmox and name the mapping here, or let the Proxmox template carry it.")
    }
    let endpoint = root.section("proxmox_integration").at("api_endpoint")
    if configuration.proxmox.endpoint == nil, proxmox.transport == .native {
      problems.add(
        .error, "missing_endpoint", at: endpoint, "Where Proxmox answers is not known.",
        "Set PROXMOX_URL, or write api_endpoint.")
    } else if configuration.proxmox.endpoint?.lowercased().hasPrefix("http://") == true {
      problems.add(
        .error, "not_encrypted", at: endpoint, "Proxmox answers over https only, and a token must not go in the clear.",
        "Write https://HOST:8006.")
    }
    if proxmox.transport == .native, proxmox.user == nil,
      configuration.proxmox.tokenID == nil || configuration.proxmox.tokenSecret == nil
    {
      problems.add(
        .error, "missing_credentials", at: root.section("proxmox_integration").at("authentication"),
        "Neither a token nor a user for Proxmox is known.",
        "Set PROXMOX_TOKEN_ID and PROXMOX_TOKEN_SECRET, or give user and password_file.")
    }
  }

  private mutating func checkKubernetes(_ settings: InfrastructureSettings, _ section: Section) {
    let election = settings.kubernetes.leaderElection
    let times = section.section("leader_election")
    if election.lease <= election.renewDeadline {
      problems.add(
        .error, "lease_too_short", at: times.at("lease_seconds"),
        "Another process could begin to act (after \(election.lease.text)) before the old one stops (after "
          + "\(election.renewDeadline.text)).", "Set lease_seconds above renew_seconds, for example 15 and 10.")
    }
    if election.renewDeadline * 5 <= election.retry * 6 {
      problems.add(
        .error, "renew_too_short", at: times.at("renew_seconds"),
        "A leader could not even try twice within \(election.renewDeadline.text).",
        "Set renew_seconds to several times retry_seconds, for example 10 and 2.")
    }
    if election.enabled, settings.kubernetes.journal == .local {
      problems.add(
        .error, "journal_is_local", at: section.at("journal"),
        "With leader_election another replica takes over, and it does not have this one's data directory.",
        "Set journal to kubernetes.")
    }
  }
}
