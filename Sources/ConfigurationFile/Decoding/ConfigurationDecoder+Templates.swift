import Model

extension ConfigurationDecoder {
  /// A template; `nil` when something that it cannot be without is missing or wrong, which has been reported.
  mutating func template(_ name: String, _ section: Section) -> Template? {
    let resources = section.section("resources")
    guard let source = section.optionalInteger("proxmox_template_id"), let price = section.money("cost_per_hour"),
      let cores = resources.optionalInteger("cpu_cores"), let memory = resources.optionalInteger("memory_mb"),
      let disk = resources.optionalInteger("disk_gb")
    else { return nil }
    let gpu = resources.section("gpu")
    let options = section.scalars("proxmox_config")
    let device = options.keys.sorted().filter { $0.hasPrefix("hostpci") }
      .compactMap { ConfigurationDecoder.fixedDevice(in: options[$0] ?? "") }.first
    let machine = Template.Machine(
      cpuCores: cores, memoryBytes: .mebibytes(Int64(memory)), diskBytes: .gigabytes(Int64(disk)),
      gpus: gpu.isPresent ? gpu.integer("count") : 0, fixedPCIDevice: device)
    let talos = section.section("talos_config")
    let integration = root.section("talos_integration")
    return Template(
      name: TemplateName(name), source: MachineID(source), machine: machine,
      allocatable: allocatable(section, machine: machine), price: HourlyPrice(perHour: price),
      talosVersion: talos.optionalText("version") ?? integration.text("talos_version"),
      kubernetesVersion: talos.optionalText("kubernetes_version") ?? integration.text("kubernetes_version"),
      labels: labels(of: name, section, machine: machine))
  }

  /// The PCI address in an option such as `01:00.0,pcie=1`; `nil` for a mapped device, which Proxmox finds itself.
  static func fixedDevice(in option: String) -> String? {
    for part in option.split(separator: ",") {
      if part.hasPrefix("mapping=") { return nil }
      if part.hasPrefix("host=") { return String(part.dropFirst(5)) }
      if !part.contains("=") { return String(part) }
    }
    return nil
  }

  private mutating func allocatable(_ section: Section, machine: Template.Machine) -> Resources {
    let given = section.section("allocatable_resources")
    let kubelet = root.section("talos_integration").section("kubelet_config")
    var extended: [String: Int64] = [:]
    for (name, amount) in section.scalars("allocatable_resources") { extended[name] = Int64(amount) ?? 0 }
    if machine.gpus > 0, extended.isEmpty, section.section("resources").section("gpu").text("vendor") == "nvidia" {
      extended["nvidia.com/gpu"] = Int64(machine.gpus)
    }
    let memory = given.optionalInteger("memory_mb").map { Int64.mebibytes(Int64($0)) }
    let storage = given.optionalInteger("ephemeral_storage_gb").map { Int64.gigabytes(Int64($0)) }
    let result = Resources(
      cpuMillicores: given.optionalInteger("cpu_millicores").map { Int64($0) }
        ?? Int64(machine.cpuCores * 1000 - 200),
      memoryBytes: memory ?? machine.memoryBytes / 16 * 15,
      ephemeralStorageBytes: storage ?? machine.diskBytes / 100 * 95,
      pods: Int64(given.optionalInteger("max_pods") ?? kubelet.integer("max_pods")), extended: extended)
    let gpus = extended["nvidia.com/gpu"] ?? 0
    let limits: [(key: String, exceeds: Bool, machine: String)] = [
      ("cpu_millicores", result.cpuMillicores > Int64(machine.cpuCores) * 1000, "\(machine.cpuCores) cores"),
      ("memory_mb", result.memoryBytes > machine.memoryBytes, "\(machine.memoryBytes / 1_048_576) MiB"),
      (
        "ephemeral_storage_gb", result.ephemeralStorageBytes > machine.diskBytes,
        "\(machine.diskBytes / 1_000_000_000) GB"
      ),
      ("nvidia.com/gpu", gpus > Int64(machine.gpus), "\(machine.gpus) GPUs"),
    ]
    for limit in limits where limit.exceeds {
      problems.add(
        .error, "more_than_machine", at: given.pointer.appending(limit.key),
        "More is offered to pods than the machine has (\(limit.machine)).",
        "Offer less than the machine has, for its system needs some.")
    }
    return result
  }

  private func labels(of name: String, _ section: Section, machine: Template.Machine) -> [String: String] {
    let gibibytes = machine.memoryBytes / 1_073_741_824
    let size =
      machine.cpuCores <= 4 && gibibytes <= 8 ? "small" : machine.cpuCores <= 8 && gibibytes <= 16 ? "medium" : "large"
    let storage = root.section("proxmox_integration").section("storage").text("vm_storage").lowercased()
    let tier =
      storage.contains("nvme")
      ? "nvme" : ["hdd", "nfs", "cifs", "smb"].contains { storage.contains($0) } ? "hdd" : "ssd"
    let speed = section.section("resources").number("network_bandwidth_gbps")
    var labels = [
      "workload-size": size, "storage-tier": tier, "network-speed": JSONText.number(speed) + "gbps",
    ]
    for (template, overrides) in root.section("poolkeeper").entries("templates") where template == name {
      for (key, value) in overrides.scalars("labels") { labels[key] = value }
    }
    return labels
  }

  /// What a template says about images and machines beyond the policy.
  func image(from section: Section) -> TemplateImage {
    let talos = section.section("talos_config")
    var image = TemplateImage()
    image.templateName = section.text("template_name")
    image.installImage = talos.optionalText("install_image")
    image.extensions = talos.texts("extensions")
    image.machineOptions = section.scalars("proxmox_config")
    return image
  }
}
