import Model

/// Every code that a reason of this room can carry. Constant: they are labels of metrics and keys of the documentation.
public enum ReasonCode: String, Sendable, CaseIterable, Codable {
  // Why a pool grows.
  case belowMinimum = "below_minimum"
  case beyondBudget = "beyond_budget"
  case pendingPods = "pending_pods"
  case cpuPressure = "cpu_pressure"
  case memoryPressure = "memory_pressure"
  case customTrigger = "custom_trigger"
  case requested = "requested"
  case replacesWorker = "replaces_worker"
  case forecast = "forecast"
  case alert = "alert"
  case scheduled = "scheduled"
  case consolidates
  case upgrades

  // Why something is held or refused.
  case nothingAsked = "nothing_asked"
  case poolDisabled = "pool_disabled"
  case poolAtMaximum = "pool_at_maximum"
  case parallelLimit = "parallel_limit"
  case backingOff = "backing_off"
  case coolingDown = "cooling_down"
  case withinLimits = "within_limits"
  case hostsUnknown = "hosts_unknown"
  case hostsFull = "hosts_full"
  case ledgerUnknown = "ledger_unknown"
  case poolBudget = "pool_budget"
  case totalBudget = "total_budget"
  case burstEventBudget = "burst_event_budget"
  case readingMissing = "reading_missing"
  case listMissing = "list_missing"
  case noHelp = "no_help"
  case underWaySuffices = "under_way_suffices"
  case belowTarget = "below_target"
  case triggerNotFiring = "trigger_not_firing"
  case poolNotServing = "pool_not_serving"
  case budgetAlert = "budget_alert"
  case minimumOverBudget = "minimum_over_budget"
  case poolHourlyBudget = "pool_hourly_budget"
  case totalHourlyBudget = "total_hourly_budget"
  case desiredReached = "desired_reached"
  case withinBudget = "within_budget"

  // Where a trigger stands.
  case triggerInactive = "trigger_inactive"
  case triggerPending = "trigger_pending"
  case triggerFiring = "trigger_firing"
  case triggerUnknown = "trigger_unknown"
  case forecastQuiet = "forecast_quiet"
  case forecastUnknown = "forecast_unknown"

  // What becomes of pending pods.
  case fitsExisting = "fits_existing"
  case fitsUnderWay = "fits_under_way"
  case newWorkers = "new_workers"
  case noOfferFits = "no_offer_fits"
  case rulesAboutPods = "rules_about_pods"

  // What becomes of requests and orders.
  case requestServed = "request_served"
  case requestPartly = "request_partly"
  case unknownPool = "unknown_pool"
  case unknownTemplate = "unknown_template"
  case templateNotInPool = "template_not_in_pool"
  case unknownWorker = "unknown_worker"
  case requestsNotAccepted = "requests_not_accepted"
  case countOutOfRange = "count_out_of_range"
  case timeToLiveOutOfRange = "time_to_live_out_of_range"
  case timeToLiveNotSupported = "time_to_live_not_supported"
  case extensionsNotAllowed = "extensions_not_allowed"
  case extensionsUsedUp = "extensions_used_up"
  case alreadyLeaving = "already_leaving"
  case approvalWaits = "approval_waits"

  // What becomes of alerts and schedules.
  case alertServed = "alert_served"
  case alertPartly = "alert_partly"
  case alertHolds = "alert_holds"
  case scheduleActive = "schedule_active"
  case scheduleNext = "schedule_next"
  case scheduleUnknown = "schedule_unknown"

  // Why a worker stays or goes.
  case inUse = "in_use"
  case onTheWay = "on_the_way"
  case leaving = "leaving"
  case idle = "idle"
  case idleClock = "idle_clock"
  case idleTimeout = "idle_timeout"
  case expiresSoon = "expires_soon"
  case expired = "expired"
  case expiredWaits = "expired_waits"
  case poolRemoved = "pool_removed"
  case budgetExhausted = "budget_exhausted"
  case underUsed = "under_used"
  case shrinkPace = "shrink_pace"
  case minimumReached = "minimum_reached"
  case poolGrows = "pool_grows"
  case podsHaveNoPlace = "pods_have_no_place"
  case mustNotMove = "must_not_move"
  case removalLimit = "removal_limit"
  case scheduledMinimum = "scheduled_minimum"
  case hourlyBudgetExceeded = "hourly_budget_exceeded"
  case disruptionBudget = "disruption_budget"
  case consolidated
  case consolidationWaits = "consolidation_waits"
  case upgraded
  case upgradeWaits = "upgrade_waits"
  case preempted
  case preemptionWaits = "preemption_waits"

  // Standby clones.
  case standby
  case standbyMade = "standby_made"
  case standbyRemoved = "standby_removed"

  // Repair.
  case repairOrdered = "repair_ordered"
  case repairWaits = "repair_waits"
  case repairInWork = "repair_in_work"
  case repairBreaker = "repair_breaker"
  case repairExhausted = "repair_exhausted"
  case repairDisabled = "repair_disabled"
  case unhealthy = "unhealthy"
  case replaced = "replaced"
  case replacementWaits = "replacement_waits"
}

extension Reason {
  init(_ code: ReasonCode, _ sentence: String, remedy: String? = nil, data: [String: String] = [:]) {
    self.init(code.rawValue, sentence, remedy: remedy, data: data)
  }

  func has(_ code: ReasonCode) -> Bool { self.code == code.rawValue }
}
