/// The tools, in the order in which they are listed.
enum ToolTable {
  /// Bytes of an answer's structured part.
  static let maximumAnswer = 1 << 20
  /// Series of a query's answer.
  static let maximumSeries = 1_000
  /// Events of one answer.
  static let maximumEvents = 1_000

  static let reading: [ToolDescription] = [
    ToolDescription(
      "status", title: "Status",
      summary: "What the program runs with and what it last decided: its mode (observe or act), the pools with their "
        + "verdicts, the budgets, and readings that are missing.", schema: object([:])),
    ToolDescription(
      "plan", title: "Plan",
      summary: "What would be done at this moment, and what it would cost: workers to create, to retire and to repair, "
        + "each with its reason. Nothing is carried out.", schema: object([:])),
    ToolDescription(
      "explain", title: "Explain",
      summary: "Why things are as they are, by the last decision: of everything, or of one pool, worker, waiting pod "
        + "(NAMESPACE/NAME), trigger, request or budget. Each line has a reason and what would change it.",
      schema: object(["subject": text("A pool, worker, pod, trigger, request or budget, for example burst.")])),
    ToolDescription(
      "query", title: "Query metrics",
      summary:
        "Evaluates PromQL over the samples that the program keeps: at one instant, or with a range at each step of "
        + "it.",
      schema: object(
        [
          "expression": text("PromQL, for example sum by (pool) (poolkeeper_workers)."),
          "time": [
            "type": ["string", "number"],
            "description": "The instant, or the range's end: RFC 3339 or Unix seconds; now.",
          ],
          "range": text("How far back to begin, for example 6h; an instant when not given."),
          "step": text("Between two points of a range, for example 5m; 1m when not given."),
          "limit": count("Series at most.", 1...maximumSeries, standard: 100),
        ], required: ["expression"])),
    ToolDescription(
      "list_workers", title: "Workers",
      summary: "The workers that are not terminated: state, age, host, expiry, cost so far, and why they are there or "
        + "leaving.", schema: object(["pool": text("Only this pool's.")])),
    ToolDescription(
      "list_events", title: "Events", summary: "What happened, the newest first.",
      schema: object(["limit": count("Events at most.", 1...maximumEvents, standard: 50)])),
    ToolDescription(
      "list_approvals", title: "Orders that wait for approval",
      summary:
        "Orders for workers and extensions that wait until somebody approves or rejects them, with who asked and "
        + "what they would cost.", schema: object([:])),
  ]

  static let changing: [ToolDescription] = [
    ToolDescription(
      "provision", title: "Provision workers",
      summary: "Asks for workers of a pool. " + twice,
      schema: object(
        [
          "pool": text("The pool, for example burst."),
          "workers": count("How many to add.", 1...10_000, standard: 1),
          "template": text("The kind of worker; the pool's default when not given."),
          "ttl_hours": hours("How long they may live; the pool's default when not given."),
          "confirmation": confirmation,
        ], required: ["pool"]), isReadOnly: false),
    ToolDescription(
      "extend", title: "Extend a worker's life",
      summary: "Lets a temporary worker live longer. " + twice,
      schema: object(
        [
          "worker": text("Its name, for example worker-burst-001."),
          "hours": hours("By how long; the configured length when not given."), "confirmation": confirmation,
        ], required: ["worker"]), isReadOnly: false),
    ToolDescription(
      "remove", title: "Remove a worker",
      summary: "Drains a worker and removes its machine. " + twice,
      schema: object(
        [
          "worker": text("Its name, for example worker-burst-001."),
          "force": [
            "type": "boolean", "default": false,
            "description": "Do not wait for its pods to leave: the machine is powered off.",
          ],
          "confirmation": confirmation,
        ], required: ["worker"]), isReadOnly: false, isDestructive: true),
    ToolDescription(
      "approve", title: "Approve an order",
      summary: "Gives an order that waits its word, so that it is served. " + twice,
      schema: object(
        ["id": text("The order's id, from list_approvals."), "confirmation": confirmation], required: ["id"]),
      isReadOnly: false),
    ToolDescription(
      "reject", title: "Reject an order",
      summary: "Closes an order that waits, so that it is never served. " + twice,
      schema: object(
        [
          "id": text("The order's id, from list_approvals."), "reason": text("Why, for whoever asked."),
          "confirmation": confirmation,
        ], required: ["id"]), isReadOnly: false),
  ]

  static let resources: [ResourceDescription] = [
    ResourceDescription(
      "poolkeeper://status", name: "status", summary: "What the program runs with and what it last decided."),
    ResourceDescription(
      "poolkeeper://report", name: "report", summary: "Why the last decision is what it is, line by line."),
    ResourceDescription(
      "poolkeeper://workers", name: "workers", summary: "The workers that are not terminated."),
  ]

  static func question(ofResource uri: String) -> OperatorQuestion? {
    switch uri {
    case "poolkeeper://status": .status
    case "poolkeeper://report": .explain(subject: nil)
    case "poolkeeper://workers": .workers(pool: nil)
    default: nil
    }
  }

  private static let twice =
    "The first call does nothing: it tells what would be done, what it would cost and what would be left of the budgets, "
    + "and gives a confirmation. Show that to the person you work for; only a second call with the same arguments and the "
    + "confirmation does it."

  // MARK: - Schemas

  private static let confirmation = text("What the first call gave; only with it anything is done.")

  private static func object(_ properties: [String: JSONValue], required: [JSONValue] = []) -> JSONValue {
    var schema: [String: JSONValue] = [
      "type": "object", "properties": .object(properties), "additionalProperties": false,
    ]
    if !required.isEmpty { schema["required"] = .list(required) }
    return .object(schema)
  }

  private static func text(_ summary: String) -> JSONValue { ["type": "string", "description": .text(summary)] }

  private static func hours(_ summary: String) -> JSONValue {
    ["type": "number", "exclusiveMinimum": 0, "maximum": 8_784, "description": .text(summary)]
  }

  private static func count(_ summary: String, _ range: ClosedRange<Int>, standard: Int) -> JSONValue {
    [
      "type": "integer", "minimum": .integer(Int64(range.lowerBound)), "maximum": .integer(Int64(range.upperBound)),
      "default": .integer(Int64(standard)), "description": .text(summary),
    ]
  }
}
