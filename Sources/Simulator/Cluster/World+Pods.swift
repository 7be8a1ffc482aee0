import Model

extension World {
  func isDaemonSetPod(_ number: Int) -> Bool {
    guard let name = pods.look(at: number, { $0.workload }) else { return false }
    return workloads.look(at: name) { $0.isDaemonSet } ?? false
  }

  func template(of pod: SimulatedPod) -> PodTemplate? { workloads[pod.workload]?.pod }

  @discardableResult
  mutating func createPod(of workload: Workload) -> Int {
    let number = nextPodNumber
    nextPodNumber += 1
    let uid = random.uuid()
    let key = PodKey(namespace: workload.namespace, name: "\(workload.name)-\(uid.suffix(5))-\(number)")
    pods[number] = SimulatedPod(
      number: number, key: key, uid: uid, workload: workload.name, createdAt: now,
      useFactor: random.number(in: 0.9...1.1))
    podsOfWorkload[workload.name, default: []].append(number)
    waitingPods.append(number)
    if !workload.isDaemonSet {
      tally.podsCreated += 1
      requestScheduling()
    }
    return number
  }

  mutating func bind(_ number: Int, to name: NodeName) {
    guard let pod = pods[number], let template = template(of: pod) else { return }
    waitingPods.removeAll { $0 == number }
    pods[number]!.node = name
    pods[number]!.nodeUID = nodes[name]!.uid
    pods[number]!.boundAt = now
    pods[number]!.unschedulable = false
    nodes[name]!.pods.append(number)
    nodes[name]!.requested += template.requests
    if !isDaemonSetPod(number), now - pod.createdAt > tally.longestPending {
      tally.longestPending = now - pod.createdAt
      tally.longestPendingPod = pod.key
    }
    if kubeletIsAlive(on: nodes[name]!) { startSoon(number) }
  }

  private mutating func startSoon(_ number: Int) {
    let token = newToken()
    pods[number]?.token = token
    schedule(.pod(.started, number, token: token), after: random.duration(in: timings.podStart))
  }

  mutating func performPod(_ step: WorldEvent.PodStep, _ number: Int) {
    switch step {
    case .started: podStarts(number)
    case .finished: podFinishes(number)
    case .gone, .forgotten: removePod(number)
    }
  }

  private mutating func podStarts(_ number: Int) {
    guard let pod = pods[number], !pod.isTerminating, let node = pod.node.flatMap({ nodes[$0] }),
      node.uid == pod.nodeUID, kubeletIsAlive(on: node)
    else { return }
    meterUse(of: node.machine)
    pods[number]!.phase = .running
    pods[number]!.startedAt = now
    pods[number]!.containersRun = true
    pods[number]!.ready = true
    guard let workload = workloads[pod.workload] else { return }
    if case .job(_, let runtime) = workload.kind {
      schedule(.pod(.finished, number, token: pod.token), after: random.duration(in: runtime))
    }
    if isRolling(workload) { reconcile(workload.name) }
  }

  private mutating func podFinishes(_ number: Int) {
    guard let pod = pods[number], let node = pod.node.flatMap({ nodes[$0] }) else { return }
    meterUse(of: node.machine)
    pods[number]!.containersRun = false
    pods[number]!.ready = false
    guard kubeletIsAlive(on: node) else {
      pods[number]!.finishedUnseen = true
      return
    }
    pods[number]!.phase = .succeeded
    tally.podsFinished += 1
    finishedPodsOfWorkload[pod.workload, default: 0] += 1
    release(number)
    schedule(.pod(.forgotten, number, token: pod.token), after: timings.finishedPodsKept)
    reconcile(pod.workload)
    requestScheduling()
  }

  /// What a kubelet does for a pod that it finds on its node.
  mutating func podMeetsLiveKubelet(_ number: Int) {
    guard let pod = pods[number] else { return }
    if pod.isTerminating {
      stopSoon(number)
    } else if pod.finishedUnseen {
      pods[number]!.finishedUnseen = false
      podFinishes(number)
    } else if pod.containersRun {
      pods[number]!.ready = true
      if let workload = workloads[pod.workload], isRolling(workload) { reconcile(workload.name) }
    } else {
      pods[number]!.lost = false
      startSoon(number)
    }
  }

  /// Asks a pod to stop, as a deletion with its grace does. Without a kubelet it stays until one is back.
  mutating func deletePod(_ number: Int, grace: Duration? = nil) {
    guard let pod = pods[number], !pod.isTerminating else { return }
    if pod.node == nil || pod.isFinished {
      removePod(number)
    } else {
      pods[number]!.deletedAt = now
      pods[number]!.deletionGrace = min(template(of: pod)?.grace ?? .seconds(30), grace ?? .seconds(3600))
      pods[number]!.ready = false
      let alive = pod.node.flatMap { nodes[$0] }.map { $0.uid == pod.nodeUID && kubeletIsAlive(on: $0) } ?? false
      if alive { stopSoon(number, grace: grace) }
    }
    reconcile(pod.workload)
  }

  private mutating func stopSoon(_ number: Int, grace: Duration? = nil) {
    guard let pod = pods[number] else { return }
    let limit = min(template(of: pod)?.grace ?? .seconds(30), grace ?? .seconds(3600))
    let token = newToken()
    pods[number]!.token = token
    let usual = template(of: pod)?.stopTime ?? timings.podStop
    let length = pod.containersRun ? min(limit, random.duration(in: usual)) : .milliseconds(500)
    schedule(.pod(.gone, number, token: token), after: length)
  }

  /// Takes a pod out of the list; its owner makes another if it needs one.
  mutating func removePod(_ number: Int) {
    guard let pod = pods[number] else { return }
    if let node = pod.node.flatMap({ nodes[$0] }), node.uid == pod.nodeUID { meterUse(of: node.machine) }
    release(number)
    pods[number] = nil
    podsOfWorkload[pod.workload]?.removeAll { $0 == number }
    waitingPods.removeAll { $0 == number }
    if pod.node != nil { requestScheduling() }
    reconcile(pod.workload)
  }

  /// Gives back what the pod holds of its node.
  private mutating func release(_ number: Int) {
    guard let pod = pods[number], let name = pod.node, let template = template(of: pod), let node = nodes[name],
      node.uid == pod.nodeUID, node.pods.contains(number)
    else { return }
    nodes[name]!.pods.removeAll { $0 == number }
    nodes[name]!.requested -= template.requests
  }

  /// The containers on a machine end without having been asked.
  mutating func stopContainers(on id: MachineID, lost: Bool) {
    guard let node = node(on: id) else { return }
    meterUse(of: id)
    for number in node.pods {
      if lost { countLoss(of: number) }
      pods[number]?.containersRun = false
      pods[number]?.ready = false
      let token = newToken()
      pods[number]?.token = token
    }
  }

  mutating func countLoss(of number: Int) {
    guard let pod = pods[number], pod.containersRun, !pod.isTerminating, !pod.lost, !isDaemonSetPod(number) else {
      return
    }
    pods[number]!.lost = true
    tally.podsLost += 1
  }
}
