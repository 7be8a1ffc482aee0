import Model

/// Looks for what is well-formed and yet most likely not meant.
struct SenseChecker {
  /// Hours of an average month, for what a minimum costs.
  static let hoursOfMonth = 730

  let configuration: Configuration
  let root: Section
  let faultInExpression: (String) -> String?
  let isTimeZone: (String) -> Bool
  var triggerPointers: [TriggerName: JSONPointer] = [:]
  var schedulePointers: [ScheduleName: JSONPointer] = [:]
  var problems = ProblemList()

  init(
    configuration: Configuration, root: Section, faultInExpression: @escaping (String) -> String?,
    isTimeZone: @escaping (String) -> Bool
  ) {
    self.configuration = configuration
    self.root = root
    self.faultInExpression = faultInExpression
    self.isTimeZone = isTimeZone
  }

  var policy: Policy { configuration.policy }

  /// All rules, in the order of the file.
  mutating func check() {
    for pool in policy.pools {
      guard let section = root.entries("worker_pool_definitions").first(where: { $0.name == pool.name.rawValue })
      else { continue }
      checkSize(pool, section.section)
      checkNames(pool, section.section)
      checkTemplates(pool, section.section)
      checkUtilisation(pool, section.section)
      checkScaling(pool, section.section)
      checkTimes(pool, section.section)
      checkLifetimeCost(pool, section.section)
      checkBudget(pool)
      checkHourlyBudget(pool)
      checkForecast(pool)
    }
    checkSharedThresholds()
    checkPoolIdentity()
    checkFixedDevices()
    checkMachineNumbers()
    checkVersions()
    checkLifecycle()
    checkTotals()
    checkPlacement()
    checkExpressions()
    checkSchedules()
    checkService()
    checkServer()
    checkInfrastructure()
  }

  mutating func warn(_ code: String, at pointer: JSONPointer, _ message: String, _ remedy: String) {
    problems.add(.warning, code, at: pointer, message, remedy)
  }

  mutating func note(_ code: String, at pointer: JSONPointer, _ message: String, _ remedy: String) {
    problems.add(.note, code, at: pointer, message, remedy)
  }

  /// Amounts with the currency behind.
  func shown(_ money: Money) -> String { "\(money) \(policy.money.currency)" }

  func poolPointer(_ pool: Pool, _ path: String...) -> JSONPointer {
    JSONPointer(["worker_pool_definitions", pool.name.rawValue] + path)
  }

  func budgetPointer(_ pool: Pool) -> JSONPointer {
    let allocation = root.section("cost_tracking")
    let names = allocation.entries("cost_allocation").map(\.name)
    let name = names.contains(pool.name.rawValue + "_pool") ? pool.name.rawValue + "_pool" : pool.name.rawValue
    return allocation.at("cost_allocation", name, "monthly_budget")
  }

  /// What workers of a pool's default template cost in a time; `nil` when the template is not known.
  func cost(of count: Int, for span: Duration, in pool: Pool) -> Money? {
    policy.template(pool.defaultTemplate).map { pool.price(of: $0).cost(of: span) * count }
  }
}
