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
        "bounds": [],
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
      "summary": "Grow burst by 1.",
      "violations": []
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
          "owners": [],
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
          "bounds": [],
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
      "violations": [],
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
}
