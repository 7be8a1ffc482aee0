extension Keys {
  /// One kind of worker of `worker_templates`.
  static let template: [Field] = [
    Field("template_name", .anyText, "Name of the Proxmox template; for people.", standard: ""),
    Field(
      "proxmox_template_id", .integer(100...999_999_999), "VMID of the Proxmox template that is cloned."
    ).asRequired,
    description(of: "the template"),
    Field("resources", .object(machineResources), "The machine.").asRequired,
    Field(
      "allocatable_resources",
      .object(
        allocatable,
        others: OtherKeys(
          placeholder: "DOMAIN/RESOURCE", rule: .extendedResource, shape: .integer(0...1_000_000),
          meaning: "An extended resource, for example nvidia.com/gpu.")),
      "What is left for pods. What is absent is taken from the machine, less what its system needs."),
    Field("cost_per_hour", .number(0...10_000), "Price of a running worker.", unit: .currencyPerHour).asRequired,
    Field("use_cases", anyTexts, "For people.", standard: []),
    Field("talos_config", .object(talosVersions), "Versions that the template's nodes run."),
    Field(
      "proxmox_config",
      .object(
        [],
        others: OtherKeys(
          placeholder: "OPTION", rule: .machineOption, shape: .scalar,
          meaning: "An option of the machine as Proxmox names it, for example hostpci0.")),
      "Further options of the machine."),
  ]

  private static let anyTexts = Shape.anyTexts

  private static let machineResources: [Field] = [
    Field("cpu_cores", .integer(1...1_024), "Virtual CPUs.", unit: .cores).asRequired,
    Field("memory_mb", .integer(256...67_108_864), "Memory.", unit: .mebibytes).asRequired,
    Field("disk_gb", .integer(4...1_000_000), "Size of the disk.", unit: .gigabytes).asRequired,
    Field(
      "network_bandwidth_gbps", .number(0...1_000), "Speed of the network; gives the label network-speed.",
      unit: .gigabits, standard: 1),
    Field(
      "gpu",
      .object([
        Field("vendor", .anyText, "Maker of the GPU.", standard: "nvidia"),
        Field("model", .anyText, "Its model.", standard: ""),
        Field("count", .integer(1...16), "GPUs of the machine.", standard: 1),
        Field("vram_mb", .integer(0...1_048_576), "Memory of one GPU.", unit: .mebibytes),
        switchField("pcie_passthrough", "Whether the GPU is a device of the host that is passed through."),
      ]), "GPUs of the machine."),
  ]

  private static let allocatable: [Field] = [
    Field(
      "cpu_millicores", .integer(0...1_024_000), "CPU for pods.", unit: .millicores, note: "cores × 1000 − 200"),
    Field(
      "memory_mb", .integer(0...67_108_864), "Memory for pods.", unit: .mebibytes, note: "15/16 of the machine's"),
    Field(
      "ephemeral_storage_gb", .integer(0...1_000_000), "Disk for pods.", unit: .gigabytes, note: "95 % of the disk"),
    Field("max_pods", .integer(1...1_000), "Pods at most.", unit: .pods, note: "max_pods of kubelet_config"),
  ]

  private static let talosVersions: [Field] = [
    Field("version", .text(.version), "Version of Talos.", note: "talos_version of talos_integration"),
    Field(
      "kubernetes_version", .text(.version), "Version of Kubernetes.", note: "kubernetes_version of talos_integration"),
    Field("install_image", .anyText, "Image that the node is installed from."),
    Field("extensions", anyTexts, "System extensions of the image.", standard: []),
  ]
}
