import Model

extension Keys {
  static let infrastructure: [Field] = [
    Field(
      "kind", .choice(InfrastructureKind.allCases.map(\.rawValue)),
      "none: decide only; simulated: a world inside the program; proxmox: machines of Proxmox with Talos, in a "
        + "Kubernetes cluster.", standard: "none"),
    Field(
      "proxmox", .object(proxmoxConnection), "How Proxmox is reached, beyond proxmox_integration; for kind proxmox."),
    Field("talos", .object(talosConnection), "How Talos is reached; for kind proxmox."),
    Field("kubernetes", .object(kubernetesConnection), "How Kubernetes is reached; for kind proxmox."),
  ]

  private static let proxmoxConnection: [Field] = [
    Field(
      "transport", .choice(ProxmoxConnection.Transport.allCases.map(\.rawValue)),
      "native: Poolkeeper itself; mcp: a Proxmox server of the Model Context Protocol.", standard: "native"),
    Field("mcp_command", Shape.anyTexts, "Command of that server with its arguments.", standard: []),
    Field(
      "endpoints", .list(.text(.url)), "Further addresses of the same Proxmox cluster, tried when api_endpoint is away."
    ),
    Field("ca_file", .text(.path), "The only authorities that are trusted.", note: "the system's"),
    Field(
      "certificate_fingerprint", .text(.fingerprint), "SHA-256 of the server's certificate; instead of authorities."),
    Field("user", .text(.name), "USER@REALM; a ticket instead of a token."),
    Field("password", .anyText, "The user's password.").asSecret,
    Field("password_file", .text(.path), "File that holds the password; wins over password."),
    Field(
      "first_machine_id", .integer(100...999_999_999), "Lowest number of machines that are made.", standard: 9_000_000),
    Field(
      "last_machine_id", .integer(100...999_999_999), "Highest number; no other program may use numbers in between.",
      standard: 9_009_999),
    Field(
      "clone_mode", .choice(ProxmoxConnection.CloneMode.allCases.map(\.rawValue)),
      "linked shares the template's disk, full copies it; automatic: linked where the storage allows it.",
      standard: "automatic"),
    Field("hosts", .list(.text(.name)), "Proxmox nodes that workers may be put on.", note: "all"),
    Field("resource_pool", .text(.name), "Proxmox pool that machines are put into."),
    Field(
      "pci_mappings", .map("TEMPLATE", .template, of: .text(.name), "Its resource mapping of PCI devices."),
      "Devices that are passed through to a template's machines, by the mapping's name."),
    Field(
      "host_templates",
      .list(
        .object([
          Field("template", .text(.name), "Name in worker_templates.").asRequired,
          Field("host", .text(.name), "Proxmox node.").asRequired,
          Field("machine_id", .integer(100...999_999_999), "Number of the template there.").asRequired,
        ])), "Templates that lie on several hosts under numbers of their own, as local storage demands."),
    Field(
      "addresses",
      .object([
        Field("first", .text(.ipv4), "First address.").asRequired,
        Field("last", .text(.ipv4), "Last address.").asRequired,
        Field("prefix_length", .integer(8...30), "Bits of the network's prefix.", standard: 24),
        Field("gateway", .text(.ipv4), "Router."),
        Field("nameserver", .text(.ipv4), "Name server."),
      ]), "Addresses that machines are given by cloud-init.", note: "DHCP, and the guest agent tells the address"),
    Field("max_clones", .integer(1...64), "Clones at one time.", standard: 4),
    Field("max_clones_per_storage", .integer(1...64), "Clones at one time on one storage.", standard: 2),
  ]

  private static let talosConnection: [Field] = [
    Field("talosconfig", .text(.path), "File with the client's certificate.", note: "where talosctl looks"),
    Field("context", .text(.name), "Context of that file.", note: "the current one"),
    Field(
      "worker_config", .text(.path), "A worker's machine configuration, from which each worker's own is made.",
      standard: "worker.yaml"),
    Field("port", .integer(1...65_535), "Port of the machine API.", standard: 50_000),
    Field(
      "maintenance_fingerprint", .text(.fingerprint),
      "SHA-256 of the public key that machines show before they have a configuration.", note: "not pinned"),
  ]

  private static let kubernetesConnection: [Field] = [
    Field(
      "source", .choice(KubernetesConnection.Source.allCases.map(\.rawValue)),
      "kubeconfig: a file; in_cluster: the pod's service account.", standard: "kubeconfig"),
    Field("kubeconfig", .text(.path), "The file.", note: "KUBECONFIG, or else ~/.kube/config"),
    Field("context", .text(.name), "Context of that file.", note: "the current one"),
    Field(
      "journal", .choice(KubernetesConnection.Journal.allCases.map(\.rawValue)),
      "local: workers and money are kept in the data directory; kubernetes: in custom resources, for several replicas.",
      standard: "local"),
    Field("namespace", .text(.name), "Of the Lease and the custom resources.", standard: "poolkeeper"),
    Field(
      "leader_election",
      .object([
        switchField("enabled", "Several replicas run, and the one that holds the Lease acts.", standard: false),
        Field("lease_name", .text(.name), "Name of the Lease.", standard: "poolkeeper"),
        Field(
          "lease_seconds", .number(5...3_600), "Others wait this long for a leader that is silent.", unit: .seconds,
          standard: 15),
        Field(
          "renew_seconds", .number(2...3_600), "A leader that cannot renew for this long stops acting.", unit: .seconds,
          standard: 10),
        Field("retry_seconds", .number(0.5...600), "Between two attempts.", unit: .seconds, standard: 2),
      ]), "Several replicas, of which one acts."),
  ]
}
