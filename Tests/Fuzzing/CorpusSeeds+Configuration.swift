extension CorpusSeeds {
  /// Small files: the least that is needed, each section of the program's own, and texts that are no file.
  static let configurations: [(name: String, bytes: [UInt8])] = [
    ("seed-smallest", file("")), ("seed-service", file(service)), ("seed-signals", file(signals)),
    ("seed-money", file(money)), ("seed-infrastructure", file(infrastructure)), ("seed-pools", file(pools)),
    ("seed-deep", Array((String(repeating: "{\"a\":[", count: 300)).utf8)),
    ("seed-duplicates", Array(#"{"a":1,"a":2}"#.utf8)),
  ]

  private static func file(_ more: String) -> [UInt8] {
    Array(
      """
      {"cluster_name": "c",
       "worker_pool_definitions": {"permanent": {"max_size": 3, "default_template": "m"},
         "burst": {"max_size": 3, "default_template": "m"}},
       "worker_templates": {"m": {"proxmox_template_id": 900, "cost_per_hour": 1,
         "resources": {"cpu_cores": 8, "memory_mb": 16384, "disk_gb": 100}}}\(more.isEmpty ? "" : ",\n \(more)")}
      """.utf8)
  }

  private static let service = """
    "poolkeeper": {"mode": "observe", "listen": "[::1]:9095", "data_directory": "${X}/data$$", "log": {"level": "debug"},
      "metrics": {"source": "prometheus", "lookback_seconds": 300, "max_series": 1000, "retention_hours": 2.5,
        "prometheus": {"url": "http://p:9090", "bearer_token": "${A}", "timeout_seconds": 5},
        "ha_deduplication": {"enabled": true}}}
    """
  private static let signals = """
    "poolkeeper": {"triggers": [{"name": "t", "pool": "burst", "expression": "up", "threshold": 1, "hold_seconds": 60}],
      "schedules": [{"name": "s", "pool": "burst", "cron": "0 8 * * 1-5", "time_zone": "Europe/Berlin",
        "duration_minutes": 60, "workers": 2}], "alert_signals": {"deadline_seconds": 60}}
    """
  private static let money = """
    "cost_tracking": {"cost_allocation": {"burst_pool": {"monthly_budget": 1e3}}, "alerts": {"burst_cost_per_event_max": 5}},
     "poolkeeper": {"budgets": {"monthly_total": 1e9, "time_zone": "UTC"}, "consolidation": {"enabled": true}}
    """
  private static let infrastructure = """
    "proxmox_integration": {"api_endpoint": "${URL}", "authentication": {"token_id": "${NOT_SET}", "token_secret": "${B}"}},
     "poolkeeper": {"infrastructure": {"kind": "proxmox", "proxmox": {"first_machine_id": 100, "last_machine_id": 199,
       "addresses": {"first": "10.0.0.1", "last": "10.0.0.9", "prefix_length": 24}},
       "kubernetes": {"kubeconfig": "/k", "leader_election": {"enabled": true}}}}
    """
  private static let pools = """
    "poolkeeper": {"pools": {"burst": {"standby": 1, "scaling": "manual", "upgrade": "replace"}},
      "placement": {"cpu_overcommit": 2}, "pace": {"tick_seconds": 5}, "lifecycle": {"expiry_warning_minutes": 1}},
     "scheduling_policies": {"priority_classes": {"high": {"value": 1000000000}}}
    """
}
