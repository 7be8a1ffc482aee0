/// The expected JSON of every view, with every field set; keys sorted, laid out for people.
enum Golden {
  /// The text without the white space between its tokens, as the server sends it.
  static func compact(_ text: String) -> String {
    var isText = false
    var isEscaped = false
    return text.filter { character in
      if isText {
        if !isEscaped && character == "\"" { isText = false }
        isEscaped = !isEscaped && character == "\\"
        return true
      }
      if character == "\"" { isText = true }
      return !character.isWhitespace
    }
  }

  static let worker = """
    {
      "address": "10.0.0.21",
      "attempt": 2,
      "blocked_by": "disruption budget web/front",
      "cost": 0.123456,
      "created_at": "2026-03-01T07:00:00.000Z",
      "expires_at": "2026-03-01T11:00:00.000Z",
      "extensions": 0,
      "host": "pve-1",
      "id": "7f3a",
      "last_error": "The node did not appear.",
      "machine": 201,
      "name": "worker-burst-001",
      "pool": "burst",
      "price_per_hour": 0.24,
      "ready_at": "2026-03-01T08:00:00.250Z",
      "reason": {
        "code": "pending_pods",
        "data": {"CPU_millis": "4000", "podCount": "3"},
        "remedy": "Raise the budget.",
        "sentence": "3 pods wait for 4 cores."
      },
      "removal": {"code": "idle", "data": {}, "sentence": "It has had nothing to do for 30m."},
      "state": "joining",
      "state_since": "2026-03-01T08:00:00.250Z",
      "step": "wait_for_node_ready",
      "template": "medium"
    }
    """

  static let pool = """
    {
      "default_template": "medium",
      "default_time_to_live_seconds": 14400,
      "enabled": true,
      "kind": "burst",
      "maximum": 10,
      "maximum_time_to_live_seconds": 86400,
      "minimum": 0,
      "monthly_budget": 500,
      "name": "burst",
      "report": {
        "desired": 2,
        "leaving": 0,
        "maximum": 10,
        "minimum": 0,
        "pool": "burst",
        "ready": 0,
        "reasons": [
          {
            "code": "pending_pods",
            "data": {"CPU_millis": "4000", "podCount": "3"},
            "remedy": "Raise the budget.",
            "sentence": "3 pods wait for 4 cores."
          }
        ],
        "under_way": 1,
        "verdict": "grow"
      },
      "templates": ["large", "medium"],
      "workers": {"joining": 1, "ready": 2}
    }
    """

  static let plan = """
    {
      "added_price_per_hour": 0.24,
      "announcements": [
        {
          "reason": {"code": "ttl_ends", "data": {}, "sentence": "Its time ends in 5m."},
          "worker": "worker-burst-004"
        }
      ],
      "at": "2026-03-01T08:00:00.250Z",
      "creations": [
        {
          "commitment": 0.96,
          "host": "pve-2",
          "pool": "burst",
          "price_per_hour": 0.24,
          "reason": {
            "code": "pending_pods",
            "data": {"CPU_millis": "4000", "podCount": "3"},
            "remedy": "Raise the budget.",
            "sentence": "3 pods wait for 4 cores."
          },
          "template": "medium",
          "time_to_live_seconds": 14400,
          "worker": "worker-burst-002"
        }
      ],
      "dry_run": true,
      "repairs": [
        {
          "action": "reboot_node",
          "escalates": true,
          "issue": "NotReady",
          "level": 1,
          "reason": {"code": "not_ready", "data": {}, "sentence": "The node has not been Ready for 10m."},
          "since": "2026-03-01T07:00:00.000Z",
          "worker": "worker-burst-003"
        }
      ],
      "retirements": [
        {
          "by_choice": true,
          "force": false,
          "reason": {"code": "idle", "data": {}, "sentence": "It has nothing to do."},
          "worker": "worker-burst-001"
        }
      ],
      "summary": "Grow burst by 1."
    }
    """

  static let report = """
    {
      "at": "2026-03-01T08:00:00.250Z",
      "budgets": [{"cap": 500, "committed": 3, "forecast": 40.25, "scope": "burst", "spent": 12.5}],
      "missing": ["No reading of spot/cpu_pressure since 07:50:00."],
      "pod_groups": [
        {
          "example": {"name": "front-1", "namespace": "web"},
          "outcome": "new_workers",
          "pods": 3,
          "reason": {
            "code": "pending_pods",
            "data": {"CPU_millis": "4000", "podCount": "3"},
            "remedy": "Raise the budget.",
            "sentence": "3 pods wait for 4 cores."
          }
        }
      ],
      "pools": [
        {
          "desired": 2,
          "leaving": 0,
          "maximum": 10,
          "minimum": 0,
          "pool": "burst",
          "ready": 0,
          "reasons": [
            {
              "code": "pending_pods",
              "data": {"CPU_millis": "4000", "podCount": "3"},
              "remedy": "Raise the budget.",
              "sentence": "3 pods wait for 4 cores."
            }
          ],
          "under_way": 1,
          "verdict": "grow"
        }
      ],
      "requests": [
        {
          "outcome": "partly",
          "reason": {
            "code": "pending_pods",
            "data": {"CPU_millis": "4000", "podCount": "3"},
            "remedy": "Raise the budget.",
            "sentence": "3 pods wait for 4 cores."
          },
          "request": "req-1"
        }
      ],
      "summary": "Grow burst by 1.",
      "triggers": [
        {
          "pool": "burst",
          "reason": {
            "code": "pending_pods",
            "data": {"CPU_millis": "4000", "podCount": "3"},
            "remedy": "Raise the budget.",
            "sentence": "3 pods wait for 4 cores."
          },
          "state": {
            "last_reading": {"at": "2026-03-01T08:00:00.250Z", "value": "+Inf"},
            "phase": "firing",
            "since": "2026-03-01T07:00:00.000Z",
            "true_since": "2026-03-01T07:00:00.000Z"
          },
          "threshold": 85.5,
          "trigger": "burst/cpu_pressure"
        }
      ],
      "workers": [
        {
          "reason": {
            "code": "pending_pods",
            "data": {"CPU_millis": "4000", "podCount": "3"},
            "remedy": "Raise the budget.",
            "sentence": "3 pods wait for 4 cores."
          },
          "verdict": "retire",
          "worker": "worker-burst-001"
        }
      ]
    }
    """

  static let snapshot = """
    {
      "hosts": {"unknown": "No host list was read yet."},
      "machines": {"unknown": "No machine list was read yet."},
      "memory": {
        "idle_since": {"worker-burst-001": "2026-03-01T08:00:00.250Z"},
        "pools": {"gpuLarge_v2": {"backoff_seconds": 300, "retirements": ["2026-03-01T07:00:00.000Z"]}},
        "triggers": {"gpuLarge_v2/cpu_pressure": {"phase": "unknown", "since": "2026-03-01T07:00:00.000Z"}}
      },
      "nodes": {
        "at": "2026-03-01T08:00:00.250Z",
        "value": [
          {
            "allocatable": {
              "cpu_millicores": 3800,
              "ephemeral_storage_bytes": 0,
              "extended": {"nvidia.com/gpuCount": 1},
              "memory_bytes": 8589934592,
              "pods": 110
            },
            "annotations": {},
            "conditions": {
              "MemoryPressure": {"since": "2026-03-01T07:00:00.000Z", "status": "False"},
              "Ready": {"since": "2026-03-01T07:00:00.000Z", "status": "True"}
            },
            "cpu_percent": "NaN",
            "created_at": "2026-03-01T07:00:00.000Z",
            "labels": {"camelCaseLabel": "x", "node-pool": "burst", "snake_case_label": "y"},
            "name": "worker-burst-001",
            "taints": [],
            "uid": "u1",
            "unschedulable": false
          }
        ]
      },
      "now": "2026-03-01T08:00:00.250Z",
      "pods": {"unknown": "No pod list was read yet."},
      "readings": {
        "gpuLarge_v2/cpu_pressure": {
          "at": "2026-03-01T08:00:00.250Z",
          "value": {"at": "2026-03-01T08:00:00.250Z", "value": "-Inf"}
        }
      },
      "requests": [
        {
          "asked_at": "2026-03-01T07:00:00.000Z",
          "asked_by": "api",
          "id": "req-1",
          "pool": "gpuLarge_v2",
          "served": 0,
          "time_to_live_seconds": 5400.25,
          "workers": 2
        }
      ],
      "spending": {
        "at": "2026-03-01T08:00:00.250Z",
        "value": {
          "burst_event": 0,
          "by_pool": {"gpuLarge_v2": 1.25},
          "month": "2026-03",
          "month_end": "2026-03-01T08:00:00.250Z",
          "month_start": "2026-03-01T07:00:00.000Z"
        }
      },
      "systems": {
        "worker_Burst_001": {
          "containerd_restarts": 0,
          "kubelet_restarts": 0,
          "kubelet_running": true,
          "stage": "shuttingDown"
        }
      },
      "workers": [
        {
          "address": "10.0.0.21",
          "created_at": "2026-03-01T07:00:00.000Z",
          "host": "pve-1",
          "id": "7f3a",
          "last_error": "The node did not appear.",
          "machine": 201,
          "name": "worker-burst-001",
          "pool": "burst",
          "price": 0.24,
          "ready_at": "2026-03-01T08:00:00.250Z",
          "reason": {
            "code": "pending_pods",
            "data": {"CPU_millis": "4000", "podCount": "3"},
            "remedy": "Raise the budget.",
            "sentence": "3 pods wait for 4 cores."
          },
          "removal": {
            "asked_at": "2026-03-01T08:00:00.250Z",
            "blocked_by": "disruption budget web/front",
            "evicted": [],
            "force": false,
            "reason": {"code": "idle", "data": {}, "sentence": "It has had nothing to do for 30m."}
          },
          "state": "joining",
          "state_since": "2026-03-01T08:00:00.250Z",
          "step": {
            "attempt": 2,
            "called": true,
            "name": "wait_for_node_ready",
            "started_at": "2026-03-01T08:00:00.250Z"
          },
          "template": "medium",
          "time_to_live": {
            "announced": false,
            "expires_at": "2026-03-01T11:00:00.000Z",
            "extensions": 0,
            "latest": "2026-03-02T07:00:00.000Z"
          }
        }
      ]
    }
    """
}
