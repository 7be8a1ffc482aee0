import Model

extension SenseChecker {
  /// A fixed PCI address is one device of one host: two workers cannot share it.
  mutating func checkFixedDevices() {
    for template in policy.templates {
      guard let device = template.machine.fixedPCIDevice,
        let section = root.entries("worker_templates").first(where: { $0.name == template.name.rawValue })?.section
      else { continue }
      let pools = policy.pools.filter { $0.enabled && $0.maximum > 1 && $0.templates.contains(template.name) }
      guard !pools.isEmpty else { continue }
      let options = section.scalars("proxmox_config")
      let option = options.keys.sorted().first {
        $0.hasPrefix("hostpci") && ConfigurationDecoder.fixedDevice(in: options[$0] ?? "") == device
      }
      let users = pools.map { "\($0.name) (max_size \($0.maximum))" }.joined(separator: ", ")
      warn(
        "fixed_pci_device", at: section.at("proxmox_config", option ?? "hostpci0"),
        "The fixed PCI address \(device) can be held by one worker a host, but the template serves \(users).",
        "Map the devices in Proxmox (Datacenter, Resource Mappings) and write mapping=NAME,pcie=1; or have as many hosts "
          + "with a device at this address as workers.")
    }
  }

  /// A template's VMID names one machine.
  mutating func checkMachineNumbers() {
    var owners: [MachineID: TemplateName] = [:]
    for template in policy.templates {
      if let other = owners.updateValue(template.name, forKey: template.source) {
        warn(
          "duplicate_template_id",
          at: JSONPointer(["worker_templates", template.name.rawValue, "proxmox_template_id"]),
          "The template \(other) is cloned from the same machine \(template.source).",
          "Give each template a machine of its own, unless they differ in size only.")
      }
    }
    for template in policy.templates where template.price.perHour == .zero {
      note(
        "no_price", at: JSONPointer(["worker_templates", template.name.rawValue, "cost_per_hour"]),
        "Workers of this template cost nothing, so that no budget bounds them.", "Write a price to bound them.")
    }
    let limit = configuration.talos.maximumPods
    for template in policy.templates where template.allocatable.pods > Int64(limit) {
      warn(
        "more_pods_than_kubelet",
        at: JSONPointer(["worker_templates", template.name.rawValue, "allocatable_resources", "max_pods"]),
        "The template offers \(template.allocatable.pods) pods, the kubelet takes \(limit).",
        "Lower max_pods here, or raise it in talos_integration.kubelet_config.")
    }
  }

  mutating func checkVersions() {
    let talos = configuration.talos
    if root.has("talos_integration"), root.has("cluster_name"), talos.clusterName != policy.clusterName {
      warn(
        "cluster_names_differ", at: JSONPointer(["talos_integration", "cluster_name"]),
        "Talos knows the cluster as \(JSONText.shown(talos.clusterName)), this file as "
          + "\(JSONText.shown(policy.clusterName)).", "Let both say the same.")
    }
    for (name, section) in root.entries("worker_templates") {
      let versions = section.section("talos_config")
      if let own = versions.optionalText("version").flatMap(SoftwareVersion.init),
        let common = talos.talosVersion.flatMap(SoftwareVersion.init), own != common
      {
        warn(
          "versions_differ", at: versions.at("version"),
          "The template \(name) has another version of Talos than talos_integration.talos_version.",
          "Let both say the same, unless an upgrade is under way.")
      }
      if let own = versions.optionalText("kubernetes_version").flatMap(SoftwareVersion.init),
        let common = talos.kubernetesVersion.flatMap(SoftwareVersion.init),
        (own.major, own.minor) > (common.major, common.minor)
      {
        warn(
          "kubelet_newer", at: versions.at("kubernetes_version"),
          "The nodes of \(name) would run a newer Kubernetes than the control plane, which is not supported.",
          "Use the control plane's version or an older one.")
      }
      if let image = versions.optionalText("install_image"), let version = versions.optionalText("version"),
        let tag = image.split(separator: ":").last.map(String.init), image.contains(":"),
        let tagged = SoftwareVersion(tag), let own = SoftwareVersion(version), tagged != own
      {
        warn(
          "versions_differ", at: versions.at("install_image"),
          "The image installs \(JSONText.shown(tag)), but the template says \(JSONText.shown(version)).",
          "Let both say the same.")
      }
    }
  }
}
