import Lifecycle
import Model
import Testing

@Suite struct TransitionTests {
  @Test func everyStateReachesTheEndAndNothingFollowsIt() {
    for state in WorkerState.allCases {
      var reached: [WorkerState] = [state]
      var index = 0
      while index < reached.count {
        for next in WorkerLifecycle.legalSuccessors(of: reached[index]) where !reached.contains(next) {
          reached.append(next)
        }
        index += 1
      }
      #expect(reached.contains(.terminated), "\(state)")
    }
    #expect(WorkerLifecycle.legalSuccessors(of: .terminated).isEmpty)
  }

  @Test(arguments: WorkerState.allCases)
  func everyAnswerIsHarmlessInEveryState(state: WorkerState) {
    let actions: [WorkerAction] = [
      .clone(host: nil), .configure, .start, .applyConfiguration(labels: [:], taints: []), .label([:]), .cordon,
      .uncordon, .evict(pod: PodKey(namespace: "a", name: "b"), uid: "u", grace: .zero), .deleteNode(uid: "u"),
      .shutdown, .powerOff, .deleteMachine, .removeStartUpTaint, .restartKubelet, .reboot, .cleanDisk, .pruneImages,
    ]
    let outcomes: [ActionOutcome] = [
      .succeeded, .cloned(machine: MachineID(1), task: ""), .evictionRefused(by: "b"),
      .failed(code: "failed", message: "m", retryable: true), .failed(code: "invalid", message: "m", retryable: false),
    ]
    for step in LifecycleStep.allCases.map(\.rawValue) + ["from_a_later_version"] {
      for called in [false, true] {
        var fixture = Fixture.ready()
        fixture.record.state = state
        fixture.record.step = StepRecord(name: step, startedAt: fixture.now)
        fixture.record.step?.called = called
        for action in actions {
          for outcome in outcomes {
            let made = WorkerLifecycle.apply(
              outcome, of: action, to: fixture.record, now: fixture.now, policy: fixture.policy)
            #expect(made.actions.isEmpty)
            if !called { #expect(made.record.state == state) }
          }
        }
      }
    }
  }

  @Test(arguments: WorkerState.allCases)
  func everyOrderAndEveryLookIsHarmlessInEveryState(state: WorkerState) {
    let steps = LifecycleStep.allCases.map(\.rawValue) + ["from_a_later_version", nil]
    for step in steps {
      for machine in [true, false] {
        for node in [true, false] {
          var fixture = Fixture.ready()
          fixture.record.state = state
          fixture.record.step = step.map { StepRecord(name: $0, startedAt: fixture.now) }
          if !machine { fixture.machine = nil }
          if !node { fixture.node = nil }
          let before = fixture
          fixture.advance(after: .minutes(30))
          fixture = before
          fixture.retire(force: true)
          fixture = before
          fixture.retire(byChoice: true)
          fixture = before
          fixture.repair(.drainAndReboot)
          fixture = before
          let reason = Reason("r", "It is over.")
          fixture.take(
            WorkerLifecycle.abandonDrain(
              fixture.record, because: reason, now: fixture.now, policy: fixture.policy))
          #expect(fixture.record.state == (state == .draining ? .ready : state))
          fixture = before
          fixture.take(
            WorkerLifecycle.extend(fixture.record, by: .hours(1), now: fixture.now, policy: fixture.policy))
          #expect((fixture.record.timeToLive?.extensions ?? 0) == (state.isLeaving ? 0 : 1))
        }
      }
    }
  }

  @Test func stepsOfTheConfigurationBearItsNames() {
    for step in ProvisioningStep.allCases where step != .nodeReady {
      #expect(LifecycleStep(rawValue: step.rawValue)?.configuredAs == step)
    }
  }
}
