import Model

extension ConfigurationDecoder {
  func service() -> ServiceSettings {
    let section = root.section("poolkeeper")
    var settings = ServiceSettings()
    settings.mode = section.choice("mode") ?? settings.mode
    settings.listen = ListenAddress(section.text("listen")) ?? settings.listen
    settings.dataDirectory = section.text("data_directory")
    settings.log.format = section.section("log").choice("format") ?? settings.log.format
    settings.log.level = section.section("log").choice("level") ?? settings.log.level
    let metrics = section.section("metrics")
    settings.metrics.source = metrics.choice("source") ?? settings.metrics.source
    settings.metrics.lookback = metrics.duration("lookback_seconds")
    settings.metrics.expectedSampleInterval = metrics.duration("expected_sample_interval_seconds")
    settings.metrics.retention = metrics.duration("retention_hours")
    settings.metrics.retentionBytes = metrics.integer("retention_bytes")
    settings.metrics.maximumSeries = metrics.integer("max_series")
    settings.metrics.maximumMemoryBytes = metrics.integer("max_memory_bytes")
    settings.metrics.maximumBodyBytes = metrics.integer("max_body_bytes")
    settings.metrics.maximumUncompressedBytes = metrics.integer("max_uncompressed_bytes")
    settings.metrics.maximumSamplesPerRequest = metrics.integer("max_samples_per_request")
    settings.metrics.maximumLabelsPerSeries = metrics.integer("max_labels_per_series")
    settings.metrics.maximumLabelNameBytes = metrics.integer("max_label_name_bytes")
    settings.metrics.maximumLabelValueBytes = metrics.integer("max_label_value_bytes")
    settings.metrics.maximumConcurrentRequests = metrics.integer("max_concurrent_requests")
    settings.metrics.outOfOrderWindow = metrics.duration("out_of_order_window_seconds")
    settings.metrics.futureWindow = metrics.duration("future_window_seconds")
    settings.metrics.ownMetricsInterval = metrics.duration("own_metrics_interval_seconds")
    let deduplication = metrics.section("ha_deduplication")
    settings.metrics.deduplication.enabled = deduplication.boolean("enabled")
    settings.metrics.deduplication.clusterLabel = deduplication.text("cluster_label")
    settings.metrics.deduplication.replicaLabel = deduplication.text("replica_label")
    settings.metrics.deduplication.switchOver = deduplication.duration("switch_over_seconds")
    if settings.metrics.source == .prometheus {
      settings.metrics.prometheus = prometheus(metrics.section("prometheus"))
    }
    return settings
  }

  private func prometheus(_ section: Section) -> PrometheusSettings {
    var settings = PrometheusSettings(url: section.text("url"))
    settings.bearerToken = section.optionalText("bearer_token").map { Secret($0) }
    settings.bearerTokenFile = section.optionalText("bearer_token_file")
    settings.user = section.optionalText("username")
    settings.password = section.optionalText("password").map { Secret($0) }
    settings.passwordFile = section.optionalText("password_file")
    settings.tenant = section.optionalText("tenant")
    settings.authoritiesFile = section.optionalText("ca_file")
    settings.certificateFile = section.optionalText("client_certificate_file")
    settings.keyFile = section.optionalText("client_key_file")
    settings.timeout = section.duration("timeout_seconds")
    settings.maximumAnswerBytes = section.integer("max_answer_bytes")
    return settings
  }

  mutating func proxmox() -> ProxmoxSettings {
    let section = root.section("proxmox_integration")
    var settings = ProxmoxSettings()
    settings.endpoint = expanded("api_endpoint", in: section)
    let authentication = section.section("authentication")
    settings.tokenID = expanded("token_id", in: authentication)
    settings.tokenSecret = secret("token_secret", in: authentication)
    settings.defaultNode = section.optionalText("default_node")
    let storage = section.section("storage")
    settings.machineStorage = storage.text("vm_storage")
    settings.imageStorage = storage.text("iso_storage")
    let network = section.section("network")
    settings.bridge = network.text("bridge")
    settings.vlanTag = network.optionalInteger("vlan_tag")
    settings.firewall = network.boolean("firewall")
    let machine = section.section("vm_settings")
    settings.machine.machineType = machine.text("machine_type")
    settings.machine.bios = machine.text("bios")
    settings.machine.cpuType = machine.text("cpu_type")
    settings.machine.numa = machine.boolean("numa")
    settings.machine.balloon = machine.boolean("balloon")
    settings.machine.protection = machine.boolean("protection")
    let tags = section.section("tags")
    settings.tags.automatic = tags.boolean("auto_tag")
    settings.tags.prefix = tags.text("tag_prefix")
    settings.tags.includePoolType = tags.boolean("include_pool_type")
    settings.tags.includeTemplateSize = tags.boolean("include_template_size")
    return settings
  }

  func talos(clusterName: String) -> TalosSettings {
    let section = root.section("talos_integration")
    var settings = TalosSettings(clusterName: expanded("cluster_name", in: section) ?? clusterName)
    settings.clusterEndpoint = expanded("cluster_endpoint", in: section)
    settings.talosVersion = section.optionalText("talos_version")
    settings.kubernetesVersion = section.optionalText("kubernetes_version")
    let network = section.section("network")
    settings.podNetwork = network.text("pod_cidr")
    settings.serviceNetwork = network.text("service_cidr")
    settings.domain = network.text("dns_domain")
    let machine = section.section("machine_config")
    settings.installDisk = machine.text("install_disk")
    settings.kernelArguments = machine.texts("kernel_args")
    settings.generateOnDemand = machine.boolean("generate_on_demand")
    settings.cacheConfigurations = machine.boolean("cache_configs")
    let kubelet = section.section("kubelet_config")
    settings.registerTaints = kubelet.boolean("register_with_taints")
    settings.registerLabels = kubelet.boolean("register_node_labels")
    settings.maximumPods = kubelet.integer("max_pods")
    settings.podProcessLimit = kubelet.integer("pod_pids_limit")
    return settings
  }

  /// A text of the file, whose variables are in it already, or else the default with its variables put in.
  private func expanded(_ name: String, in section: Section) -> String? {
    if section.has(name) { return section.optionalText(name) }
    // A key that was written and left out, as its variable is missing, must not get another variable's text.
    guard !section.at(name).exists(in: document), let text = section.optionalText(name) else { return nil }
    let expansion = expander.expand(text)
    return expansion.faults.isEmpty ? expansion.text : nil
  }

  /// A secret from the file that the key beside it names, or from its own text.
  mutating func secret(_ name: String, in section: Section) -> Secret? {
    guard let path = section.optionalText(name + "_file") else { return expanded(name, in: section).map { Secret($0) } }
    switch expander.contents(of: path) {
    case .success(let text): return Secret(text)
    case .failure(let failure):
      problems.add(
        usesProxmox ? .error : .warning, "unreadable_file",
        at: section.at(name + "_file"), "The file \(JSONText.shown(path)) cannot be read: \(failure.reason).",
        "Make the file readable, or correct the path.")
      return nil
    }
  }

  func alerting() -> AlertingSettings {
    let section = root.section("monitoring_and_alerting")
    let rules = section.section("alert_rules")
    func rule(_ name: String, _ standard: AlertRule, threshold: String? = nil) -> AlertRule {
      let section = rules.section(name)
      var rule = AlertRule(section.choice("severity") ?? standard.severity)
      rule.enabled = section.boolean("enabled")
      rule.threshold = threshold.flatMap { section.optionalNumber($0) }
      return rule
    }
    var settings = AlertingSettings()
    settings.provisionTimeout = rule(
      "worker_provision_timeout", settings.provisionTimeout, threshold: "threshold_seconds")
    settings.joinFailure = rule("worker_join_failure", settings.joinFailure, threshold: "threshold_failures")
    settings.poolCapacityLow = rule(
      "worker_pool_capacity_low", settings.poolCapacityLow, threshold: "threshold_percent")
    settings.cleanupFailure = rule("ttl_cleanup_failure", settings.cleanupFailure)
    settings.repairFailure = rule("auto_repair_failure", settings.repairFailure, threshold: "threshold_failures")
    settings.prometheusEndpoint = section.optionalText("metrics_endpoint")
    return settings
  }

  func priorityClasses() -> [PriorityClass] {
    root.section("scheduling_policies").entries("priority_classes").compactMap { name, section in
      guard let value = section.optionalInteger("value") else { return nil }
      return PriorityClass(
        name: name, value: value, isGlobalDefault: section.boolean("global_default"),
        preempts: section.text("preemption_policy") != "Never")
    }
  }
}
