/// An event as the API tells it.
struct HeardEvent: Decodable {
  var code: String
  var name: String?
  var sentence: String
}

/// The world's own account.
struct WorldAccount: Decodable {
  struct Machine: Decodable {
    var machine: Int
    var worker: String
    var id: String
    var clonedAt: Double?
    var deletedAt: Double?
  }
  struct Touch: Decodable {
    var machine: Int
    var operation: String
  }
  struct Violation: Decodable {
    var budget: String
    var operation: String
  }

  /// Unix seconds.
  var now: Double
  var nodes: Int
  var pods: Int
  var machines: [Machine]
  var doubleCreations: [String]
  var foreignTouches: [Touch]
  var budgetViolations: [Violation]
  var ownerRefusals: Int
  var podsPending: Int
  var podsEvicted: Int
  var evictionsRefused: Int
  var contradictions: [String]

  var live: [Machine] { machines.filter { $0.deletedAt == nil } }
}

/// What was asked of the world, and what is still to go wrong.
struct WorldRequests: Decodable {
  struct Fault: Decodable {
    var operation: String
    var effect: String
  }
  var faults: [Fault]
  var requests: [String: Int]
}
