import Model

extension ConfigurationDecoder {
  mutating func infrastructure() -> InfrastructureSettings {
    let section = root.section("poolkeeper").section("infrastructure")
    var settings = InfrastructureSettings()
    settings.kind = section.choice("kind") ?? settings.kind
    settings.proxmox = proxmoxConnection(section.section("proxmox"))
    let talos = section.section("talos")
    settings.talos.talosconfig = talos.optionalText("talosconfig")
    settings.talos.context = talos.optionalText("context")
    settings.talos.workerConfiguration = talos.text("worker_config")
    settings.talos.port = talos.integer("port")
    settings.talos.maintenanceFingerprint = talos.optionalText("maintenance_fingerprint")
    settings.kubernetes = kubernetesConnection(section.section("kubernetes"))
    return settings
  }

  private mutating func proxmoxConnection(_ section: Section) -> ProxmoxConnection {
    var connection = ProxmoxConnection()
    connection.transport = section.choice("transport") ?? connection.transport
    connection.mcpCommand = section.texts("mcp_command")
    connection.furtherEndpoints = section.texts("endpoints")
    connection.authoritiesFile = section.optionalText("ca_file")
    connection.fingerprint = section.optionalText("certificate_fingerprint")
    connection.user = section.optionalText("user")
    connection.password = secret("password", in: section)
    let (first, last) = (section.integer("first_machine_id"), section.integer("last_machine_id"))
    if first <= last {
      connection.machineIDs = first...last
    } else {
      problems.add(
        .error, "empty_range", at: section.at("last_machine_id"),
        "The last machine number, \(last), is below the first, \(first).",
        "Give Poolkeeper a range of numbers of its own.")
    }
    connection.cloneMode = section.choice("clone_mode") ?? connection.cloneMode
    connection.hosts = section.texts("hosts")
    connection.resourcePool = section.optionalText("resource_pool")
    connection.deviceMappings = section.scalars("pci_mappings")
    for template in connection.deviceMappings.keys.sorted() {
      checkReference(template, to: "template", among: templateNames, at: section.at("pci_mappings", template))
    }
    connection.hostTemplates = section.sections("host_templates").map { entry in
      checkReference(entry.text("template"), to: "template", among: templateNames, at: entry.at("template"))
      return ProxmoxConnection.HostTemplate(
        template: entry.text("template"), host: entry.text("host"),
        machineID: entry.optionalInteger("machine_id") ?? 0)
    }
    let addresses = section.section("addresses")
    if addresses.isPresent {
      connection.addresses = ProxmoxConnection.AddressPool(
        first: addresses.text("first"), last: addresses.text("last"), prefixLength: addresses.integer("prefix_length"),
        gateway: addresses.optionalText("gateway"), nameserver: addresses.optionalText("nameserver"))
    }
    connection.parallelClones = section.integer("max_clones")
    connection.parallelClonesPerStorage = section.integer("max_clones_per_storage")
    return connection
  }

  private func kubernetesConnection(_ section: Section) -> KubernetesConnection {
    var connection = KubernetesConnection()
    connection.source = section.choice("source") ?? connection.source
    connection.kubeconfig = section.optionalText("kubeconfig")
    connection.context = section.optionalText("context")
    connection.journal = section.choice("journal") ?? connection.journal
    connection.namespace = section.text("namespace")
    let election = section.section("leader_election")
    connection.leaderElection.enabled = election.boolean("enabled")
    connection.leaderElection.leaseName = election.text("lease_name")
    connection.leaderElection.lease = election.duration("lease_seconds")
    connection.leaderElection.renewDeadline = election.duration("renew_seconds")
    connection.leaderElection.retry = election.duration("retry_seconds")
    return connection
  }
}
