extension Keys {
  static let proxmox: [Field] = [
    Field("api_endpoint", .text(.url), "Where Proxmox answers.", standard: "${PROXMOX_URL}"),
    Field(
      "authentication",
      .object([
        Field("method", .choice(["api_token"]), "How Poolkeeper proves itself.", standard: "api_token"),
        Field("token_id", .anyText, "USER@REALM!NAME of the token.", standard: "${PROXMOX_TOKEN_ID}"),
        Field("token_secret", .anyText, "The token's secret.", standard: "${PROXMOX_TOKEN_SECRET}").asSecret,
        Field("token_secret_file", .text(.path), "File that holds the secret; wins over token_secret."),
      ]), "Credentials."),
    Field("default_node", .text(.name), "Host that templates lie on when nothing else says so."),
    Field(
      "storage",
      .object([
        Field(
          "vm_storage", .text(.name), "Storage of the machines' disks. Its name gives the label storage-tier.",
          standard: "local-lvm"),
        Field("iso_storage", .text(.name), "Storage of images.", standard: "local"),
        Field("backup_storage", .text(.name), "Storage of backups; not used."),
      ]), "Storages by name."),
    Field(
      "network",
      .object([
        Field("bridge", .text(.name), "Bridge that machines are joined to.", standard: "vmbr0"),
        Field("vlan_tag", .integer(1...4_094), "VLAN of the machines.", note: "untagged"),
        switchField("firewall", "Whether Proxmox' firewall guards the machines.", standard: false),
      ]), "Network of the machines."),
    Field(
      "vm_settings",
      .object([
        Field("machine_type", .anyText, "Chipset.", standard: "q35"),
        Field("bios", .choice(["ovmf", "seabios"]), "Firmware.", standard: "ovmf"),
        Field("cpu_type", .anyText, "CPU model that the machine sees.", standard: "host"),
        switchField("numa", "Whether the machine sees NUMA."),
        switchField("balloon", "Whether memory ballooning is on."),
        switchField("protection", "Whether Proxmox refuses to delete the machine.", standard: false),
      ]), "Hardware of the machines."),
    Field(
      "tags",
      .object([
        switchField("auto_tag", "Whether machines are tagged beyond what ownership needs."),
        Field("tag_prefix", .anyText, "Begins every tag.", standard: "k8s"),
        switchField("include_pool_type", "A tag names the pool's type."),
        switchField("include_template_size", "A tag names the template."),
      ]), "Tags of the machines."),
  ]

  static let talos: [Field] = [
    Field(
      "cluster_name", .text(.name), "Name of the cluster in Talos.", standard: "${TALOS_CLUSTER}",
      note: "`${TALOS_CLUSTER}`, or else cluster_name"),
    Field("cluster_endpoint", .text(.url), "Kubernetes API of the cluster.", standard: "${TALOS_ENDPOINT}"),
    Field("talos_version", .text(.version), "Version of Talos on the control plane."),
    Field("kubernetes_version", .text(.version), "Version of Kubernetes on the control plane."),
    Field(
      "cni",
      .object([
        Field("plugin", .anyText, "Network plugin; for people."),
        Field("version", .anyText, "Its version; for people."),
      ]), "Network plugin."),
    Field(
      "network",
      .object([
        Field("pod_cidr", .text(.network), "Addresses of pods.", standard: "10.244.0.0/16"),
        Field("service_cidr", .text(.network), "Addresses of services.", standard: "10.96.0.0/12"),
        Field("dns_domain", .text(.name), "Domain of the cluster.", standard: "cluster.local"),
      ]), "Network of the cluster."),
    Field(
      "machine_config",
      .object([
        switchField("generate_on_demand", "Make a node's configuration when it is needed."),
        switchField("cache_configs", "Keep such configurations.", standard: false),
        Field("install_disk", .anyText, "Disk that Talos is installed on.", standard: "/dev/sda"),
        Field("kernel_args", Shape.anyTexts, "Arguments of the kernel.", standard: []),
      ]), "Configuration of the nodes."),
    Field(
      "kubelet_config",
      .object([
        switchField("register_with_taints", "Nodes join with their pool's taints."),
        switchField("register_node_labels", "Nodes join with their pool's labels."),
        Field("max_pods", .integer(1...1_000), "Pods of a node at most.", unit: .pods, standard: 110),
        Field("pod_pids_limit", .integer(-1...4_194_304), "Processes of a pod at most.", standard: 4096),
      ]), "Configuration of the kubelet."),
  ]

  static let scheduling: [Field] = [
    Field(
      "affinity_rules", .map("RULE", .affinityRule, of: .object(affinityRule), "A rule, by its name."),
      "Not used: belongs into pods; kept beside the pools for people."),
    Field(
      "priority_classes",
      .map(
        "CLASS", .priorityClass,
        of: .object([
          Field("value", .integer(-2_147_483_648...1_000_000_000), "Priority of its pods.").asRequired,
          switchField("global_default", "Whether pods without a class have it.", standard: false),
          description(of: "the class"),
          Field(
            "preemption_policy", .choice(["PreemptLowerPriority", "Never"]), "Whether its pods displace others.",
            standard: "PreemptLowerPriority"),
        ]), "A priority class, by its name."), "Priority classes that pods may name."),
  ]

  private static let affinityRule: [Field] = [
    description(of: "the rule"),
    switchField("enabled", "Whether it is meant to hold."),
    Field("type", .choice(["podAffinity", "podAntiAffinity", "nodeAffinity"]), "Kind of rule."),
    Field("strength", .choice(["required", "preferred"]), "How strictly it holds."),
    Field("weight", .integer(1...100), "Weight among preferred rules."),
    Field("topology_key", .text(.labelKey), "Label that tells places apart."),
    Field(
      "label_selector", .map("LABEL", .labelKey, of: .text(.labelValue), "A label and its value."),
      "Pods that it looks at."),
    Field(
      "match_expressions",
      .list(
        .object([
          Field("key", .text(.labelKey), "Label of the node.").asRequired,
          Field("operator", .choice(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]), "Comparison.").asRequired,
          Field("values", Shape.anyTexts, "Values to compare with.", standard: []),
        ])), "Nodes that it looks at."),
  ]
}
