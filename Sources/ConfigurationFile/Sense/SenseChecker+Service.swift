import Model

extension SenseChecker {
  /// PromQL and time zones, judged by whoever knows them.
  mutating func checkExpressions() {
    var seen: Set<JSONPointer> = []
    for trigger in policy.triggers {
      let pointer = triggerPointers[trigger.name] ?? JSONPointer(["poolkeeper", "expressions", trigger.kind.rawValue])
      guard seen.insert(pointer).inserted, let fault = faultInExpression(trigger.expression) else { continue }
      problems.add(
        .error, "invalid_expression", at: pointer, "The PromQL expression of \(trigger.name) is wrong: \(fault)",
        "Correct the expression; `poolkeeper query` tries it out.")
    }
    let budgets = root.section("poolkeeper").section("budgets")
    if !isTimeZone(policy.money.timeZone) {
      problems.add(
        .error, "unknown_time_zone", at: budgets.at("time_zone"),
        "There is no time zone \(JSONText.shown(policy.money.timeZone)).",
        "Use an IANA name, for example UTC or Europe/Berlin.")
    }
  }

  mutating func checkService() {
    let service = configuration.service
    let poolkeeper = root.section("poolkeeper")
    let metrics = poolkeeper.section("metrics")
    if service.metrics.expectedSampleInterval * 2 > service.metrics.lookback {
      warn(
        "lookback_too_short", at: metrics.at("lookback_seconds"),
        "A query sees samples of the last \(service.metrics.lookback.text), less than two intervals of "
          + "\(service.metrics.expectedSampleInterval.text): readings will come and go.",
        "Set lookback_seconds to twice expected_sample_interval_seconds or more.")
    }
    checkPrometheus(metrics.section("prometheus"))
    if service.metrics.retention < service.metrics.lookback {
      warn(
        "retention_too_short", at: metrics.at("retention_hours"),
        "Samples are kept for \(service.metrics.retention.text), less than a query looks back "
          + "(\(service.metrics.lookback.text)).", "Keep them for an hour or more.")
    }
    if service.metrics.maximumUncompressedBytes < service.metrics.maximumBodyBytes {
      warn(
        "limits_overlap", at: metrics.at("max_uncompressed_bytes"),
        "A body may be larger as it comes than after decompression.",
        "Set max_uncompressed_bytes above max_body_bytes.")
    }
    let metricSettings = service.metrics
    if metricSettings.retentionBytes > metricSettings.maximumMemoryBytes {
      warn(
        "retention_beyond_memory", at: metrics.at("retention_bytes"),
        "Requests are put off at max_memory_bytes, before the oldest samples go at retention_bytes.",
        "Set retention_bytes below max_memory_bytes.")
    }
    let deduplication = metricSettings.deduplication
    if deduplication.enabled {
      let section = metrics.section("ha_deduplication")
      for (name, label) in [
        ("cluster_label", deduplication.clusterLabel), ("replica_label", deduplication.replicaLabel),
      ] where label.isEmpty || label == "__name__" {
        problems.add(
          .error, "invalid_label", at: section.at(name), "\(JSONText.shown(label)) cannot tell servers apart.",
          "Name an external label of your Prometheus servers.")
      }
      if deduplication.clusterLabel == deduplication.replicaLabel {
        problems.add(
          .error, "equal_labels", at: section.at("replica_label"),
          "The servers of a pair are alike and differ by the same label.",
          "Name two external labels, for example cluster and __replica__.")
      }
    }
    if policy.pace.tick > policy.pace.expectedSampleInterval * 2 {
      warn(
        "tick_too_long", at: poolkeeper.at("pace", "tick_seconds"),
        "Decisions come every \(policy.pace.tick.text), samples every \(policy.pace.expectedSampleInterval.text): hold "
          + "times cannot be watched.", "Set tick_seconds below expected_sample_interval_seconds.")
    }
    if service.mode == .act, service.infrastructure.kind == .none {
      warn(
        "nothing_to_act_on", at: poolkeeper.at("mode"), "The mode is act, but the infrastructure is none.",
        "Set infrastructure.kind, or leave the mode at observe.")
    }
  }

  /// The server that is asked instead of the own store.
  private mutating func checkPrometheus(_ section: Section) {
    guard let prometheus = configuration.service.metrics.prometheus else {
      if section.isPresent {
        note(
          "no_effect", at: section.pointer, "The section has no effect while the source is embedded.",
          "Set source to prometheus, or remove the section.")
      }
      return
    }
    if !section.has("url") {
      problems.add(
        .error, "missing_key", at: section.isPresent ? section.pointer : root.section("poolkeeper").at("metrics"),
        "The source is prometheus, and prometheus.url does not say where it is.",
        "Add \"prometheus\": {\"url\": \"http://prometheus:9090\"}.")
    }
    for (text, file) in [("bearer_token", "bearer_token_file"), ("password", "password_file")]
    where section.has(text) && section.has(file) {
      problems.add(
        .error, "two_secrets", at: section.at(file), "Both \(text) and \(file) are given.", "Remove one of them.")
    }
    let hasToken = prometheus.bearerToken != nil || prometheus.bearerTokenFile != nil
    let hasPassword = prometheus.password != nil || prometheus.passwordFile != nil
    if hasToken, prometheus.user != nil {
      problems.add(
        .error, "two_credentials", at: section.at("username"),
        "Both a bearer token and a user are given; a request carries one of them.", "Remove one of them.")
    }
    if hasPassword != (prometheus.user != nil) {
      problems.add(
        .error, "half_credentials", at: section.pointer, "Basic authentication needs both a user and a password.",
        "Give username and password_file, or neither.")
    }
    if (prometheus.certificateFile == nil) != (prometheus.keyFile == nil) {
      problems.add(
        .error, "half_credentials", at: section.pointer, "A client certificate and its key belong together.",
        "Give client_certificate_file and client_key_file, or neither.")
    }
    if prometheus.url.lowercased().hasPrefix("http://"), hasToken || hasPassword {
      warn(
        "secret_in_the_clear", at: section.at("url"), "Credentials go over the network without encryption.",
        "Use https://, unless the server is on this machine or the network is encrypted.")
    }
    if prometheus.timeout > policy.pace.tick * 3 {
      note(
        "timeout_too_long", at: section.at("timeout_seconds"),
        "While the server is away, a decision waits \(prometheus.timeout.text) for it, longer than three ticks.",
        "Set timeout_seconds to a few seconds.")
    }
  }
}
