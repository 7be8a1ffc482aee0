import Decision
import Model
import Testing

@Suite struct OrderCheckTests {
  private func order(_ pool: PoolName, _ workers: Int, _ template: TemplateName? = nil, _ life: Duration? = nil)
    -> OrderCheck.Scale
  {
    OrderCheck.Scale(pool: pool, workers: workers, template: template, timeToLive: life)
  }

  @Test func acceptsAnOrderWithinTheLimits() {
    let scene = Scene()
    let accepted = OrderCheck.scale(order("burst", 5, "medium", .hours(4)), policy: scene.policy, workers: [])
    #expect(accepted == nil)
  }

  @Test(arguments: [
    (OrderCheck.Scale(pool: "brust", workers: 1), "unknown_pool", OrderRefusal.Category.notFound),
    (OrderCheck.Scale(pool: "burst", workers: 1, template: "mediun"), "unknown_template", .notFound),
    (OrderCheck.Scale(pool: "burst", workers: 1, template: "gpu-nvidia"), "template_not_in_pool", .invalid),
    (OrderCheck.Scale(pool: "burst", workers: 0), "count_out_of_range", .invalid),
    (OrderCheck.Scale(pool: "burst", workers: -3), "count_out_of_range", .invalid),
    (OrderCheck.Scale(pool: "burst", workers: 21), "count_out_of_range", .invalid),
    (OrderCheck.Scale(pool: "burst", workers: 1, timeToLive: .hours(13)), "time_to_live_out_of_range", .invalid),
    (OrderCheck.Scale(pool: "burst", workers: 1, timeToLive: .zero), "time_to_live_out_of_range", .invalid),
    (OrderCheck.Scale(pool: "permanent", workers: 1, timeToLive: .hours(1)), "time_to_live_not_supported", .invalid),
  ])
  func refusesWrongOrders(_ order: OrderCheck.Scale, _ code: String, _ category: OrderRefusal.Category) {
    let refusal = OrderCheck.scale(order, policy: Scene().policy, workers: [])
    #expect(refusal?.reason.code == code)
    #expect(refusal?.category == category)
    #expect(refusal?.reason.remedy != nil)
  }

  @Test func suggestsTheNearestName() {
    let pool = OrderCheck.scale(order("brust", 1), policy: Scene().policy, workers: [])
    #expect(pool?.description == "There is no pool \"brust\". Did you mean \"burst\"?")
    let template = OrderCheck.scale(order("burst", 1, "xxxxxxxxx"), policy: Scene().policy, workers: [])
    #expect(template?.reason.remedy == "There are gpu-nvidia, large, medium and small.")
  }

  @Test func refusesWhatThePoolDoesNotTake() {
    var scene = Scene()
    scene.changePool("burst") { $0.acceptsRequests = false }
    scene.changePool("spot") { $0.enabled = false }
    scene.changePool("gpu") { $0.maximum = 1 }
    scene.addWorker("gpu")
    func code(_ pool: PoolName) -> String? {
      OrderCheck.scale(order(pool, 1), policy: scene.policy, workers: scene.snapshot.workers)?.reason.code
    }
    #expect(code("burst") == "requests_not_accepted")
    #expect(code("spot") == "pool_disabled")
    #expect(code("gpu") == "pool_at_maximum")
  }

  // MARK: extensions

  private func extended(_ length: Duration? = nil, _ change: (inout Scene, inout WorkerRecord) -> Void = { _, _ in })
    -> Result<TimeToLiveRecord, OrderRefusal>
  {
    var scene = Scene()
    let name = scene.addWorker("burst")
    var record = scene.snapshot.workers.removeLast()
    change(&scene, &record)
    scene.snapshot.workers.append(record)
    return OrderCheck.extend(name, by: length, snapshot: scene.snapshot, policy: scene.policy)
  }

  private func refusal(_ result: Result<TimeToLiveRecord, OrderRefusal>) -> String? {
    if case .failure(let refusal) = result { refusal.reason.code } else { nil }
  }

  @Test func extendsByTheConfiguredLength() throws {
    let life = try extended { $1.timeToLive!.announced = true }.get()
    #expect(life.expiresAt == Scene.now.advanced(by: .hours(5)))
    #expect(life.extensions == 1)
    #expect(!life.announced)
  }

  @Test func allowsThreeExtensions() {
    #expect(refusal(extended { $1.timeToLive!.extensions = 2 }) == nil)
    #expect(refusal(extended { $1.timeToLive!.extensions = 3 }) == "extensions_used_up")
  }

  @Test func neverExceedsTheLatestEnd() throws {
    let result = extended { $1.timeToLive!.expiresAt = $1.timeToLive!.latest.advanced(by: .hours(-1)) }
    #expect(refusal(result) == "time_to_live_out_of_range")
    let shorter = extended(.hours(1)) { $1.timeToLive!.expiresAt = $1.timeToLive!.latest.advanced(by: .hours(-1)) }
    #expect(try shorter.get().expiresAt == shorter.get().latest)
  }

  @Test(arguments: [Duration.zero, .hours(3), .seconds(-1)])
  func refusesLengthsOutOfRange(_ length: Duration) {
    #expect(refusal(extended(length)) == "time_to_live_out_of_range")
  }

  @Test func refusesAnExtensionThatABudgetDoesNotHold() {
    // Committed until expiry, grace and drain: 0.78; two hours more are 0.48.
    let spent = Money(200 - 0.78 - 0.48)
    #expect(refusal(extended { scene, _ in scene.changeSpending { $0.byPool["burst"] = spent } }) == nil)
    let more = spent + Money(microunits: 1)
    #expect(refusal(extended { scene, _ in scene.changeSpending { $0.byPool["burst"] = more } }) == "pool_budget")
    #expect(refusal(extended { scene, _ in scene.snapshot.spending = .unknown("lost") }) == "ledger_unknown")
  }

  @Test func refusesWorkersThatCannotBeExtended() {
    #expect(refusal(extended { $1.timeToLive = nil }) == "time_to_live_not_supported")
    #expect(refusal(extended { $1.state = .draining }) == "already_leaving")
    #expect(
      refusal(extended { scene, _ in scene.policy.cleanup.extensionsAllowed = false }) == "extensions_not_allowed")
    let scene = Scene()
    let unknown = OrderCheck.extend("worker-permanent-01", by: nil, snapshot: scene.snapshot, policy: scene.policy)
    guard case .failure(let refusal) = unknown else {
      Issue.record("An unknown worker was extended.")
      return
    }
    #expect(refusal.category == .notFound)
    #expect(refusal.reason.remedy == "Did you mean \"worker-permanent-001\"?")
  }

  @Test func removesOnlyWorkersThatStay() {
    var scene = Scene()
    let leaving = scene.addWorker("burst", state: .draining)
    let workers = scene.snapshot.workers
    #expect((try? OrderCheck.remove("worker-permanent-001", workers: workers).get())?.name == "worker-permanent-001")
    #expect((try? OrderCheck.remove(leaving, workers: workers).get()) == nil)
    #expect((try? OrderCheck.remove("nobody", workers: workers).get()) == nil)
  }
}
