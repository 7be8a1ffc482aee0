import Model
import Testing

@testable import Kubernetes

@Suite struct NodeReaderTests {
  @Test func readsWhatANodeIs() throws {
    let read = try #require(
      reading(
        """
        {"metadata":{"name":"worker-1","uid":"u1","resourceVersion":"5","creationTimestamp":"2026-01-01T00:00:00Z",
           "labels":{"pool":"burst"},"annotations":{"karpenter.sh/do-not-disrupt":"true"}},
         "spec":{"unschedulable":true,"podCIDR":"10.0.0.0/24","taints":[{"key":"a","effect":"NoSchedule"},
           {"key":"b","value":"c","effect":"NoExecute","timeAdded":"2026-01-01T00:00:00Z"}]},
         "status":{"addresses":[{"type":"Hostname","address":"worker-1"},{"type":"ExternalIP","address":"192.0.2.1"},
           {"type":"InternalIP","address":"10.0.0.7"}],
           "capacity":{"cpu":"4","memory":"8Gi","pods":"110"},
           "allocatable":{"cpu":"3800m","memory":"7Gi","ephemeral-storage":"100","pods":"110","nvidia.com/gpu":"2"},
           "conditions":[{"type":"Ready","status":"True","lastHeartbeatTime":"2026-01-02T00:00:09Z",
             "lastTransitionTime":"2026-01-02T00:00:00Z"},{"type":"MemoryPressure","status":"Unknown"}],
           "nodeInfo":{"systemUUID":"4C4C4544-AB","kubeletVersion":"v1.36.2"},"images":[{"names":["x"],"sizeBytes":1}]}}
        """, NodeReader.read))
    let node = read.value.observation
    #expect(node.name == "worker-1")
    #expect(node.uid == "u1")
    #expect(read.resourceVersion == "5")
    #expect(read.value.capacityMillicores == 4000)
    #expect(node.labels == ["pool": "burst"])
    #expect(node.annotations == ["karpenter.sh/do-not-disrupt": "true"])
    #expect(node.unschedulable)
    #expect(
      node.taints == [Taint(key: "a", effect: .noSchedule), Taint(key: "b", value: "c", effect: .noExecute)])
    #expect(node.address == "10.0.0.7")
    #expect(
      node.allocatable
        == Resources(
          cpuMillicores: 3800, memoryBytes: .mebibytes(7168), ephemeralStorageBytes: 100, pods: 110,
          extended: ["nvidia.com/gpu": 2]))
    #expect(node.isReady)
    #expect(node.conditions["Ready"]?.since == Instant(rfc3339: "2026-01-02T00:00:00Z"))
    #expect(node.conditions["MemoryPressure"]?.status == .unknown)
    #expect(node.systemUUID == "4c4c4544-ab")
    #expect(node.kubeletVersion == "v1.36.2")
  }
}

@Suite struct WorkloadReadersTests {
  @Test(arguments: [
    (#"{"matchLabels":{"app":"web"}}"#, LabelSelector?.some(LabelSelector(matchLabels: ["app": "web"]))),
    ("{}", LabelSelector()), ("null", nil),
  ])
  func readsBudgets(selector: String, expected: LabelSelector?) throws {
    let budget = try #require(
      reading(
        """
        {"metadata":{"namespace":"shop","name":"web"},"spec":{"minAvailable":2,"selector":\(selector),
          "unhealthyPodEvictionPolicy":"AlwaysAllow"},"status":{"disruptionsAllowed":1,"currentHealthy":3,
          "desiredHealthy":2,"expectedPods":4}}
        """, WorkloadReaders.budget)
    ).value
    #expect(budget.text == "shop/web")
    #expect(budget.selector == expected)
    #expect(budget.alwaysAllowsUnhealthy)
    #expect(
      [budget.disruptionsAllowed, budget.currentHealthy, budget.desiredHealthy, budget.expectedPods] == [1, 3, 2, 4])
  }

  @Test func readsDaemonSetsWithTheTolerationsThatTheirPodsGet() throws {
    let daemonSet = try #require(
      reading(
        """
        {"metadata":{"namespace":"kube-system","name":"cni"},"spec":{"selector":{},"template":{"metadata":{"labels":{}},
          "spec":{"nodeSelector":{"os":"linux"},"tolerations":[{"operator":"Exists"}],"containers":[{"name":"c",
          "resources":{"requests":{"cpu":"100m"}},"ports":[{"hostPort":9100}]}]}}},"status":{"desiredNumberScheduled":3}}
        """, WorkloadReaders.daemonSet)
    ).value
    #expect(daemonSet.requests == Resources(cpuMillicores: 100, pods: 1))
    #expect(daemonSet.nodeSelector == ["os": "linux"])
    #expect(daemonSet.tolerations.first == Toleration(key: "", operator: .exists))
    #expect(daemonSet.tolerations.contains { $0.key == "node.kubernetes.io/unschedulable" })
    #expect(daemonSet.hostPorts == [HostPort(9100)])
  }

  @Test func readsNamespacesPrioritiesAndLimits() throws {
    let namespace = reading(#"{"metadata":{"name":"a","labels":{"team":"x"}}}"#, WorkloadReaders.namespace)
    #expect(namespace?.value == ["team": "x"])
    let priority = reading(#"{"metadata":{"name":"high"},"value":-5}"#, WorkloadReaders.priorityClass)
    #expect(priority?.value == -5)
    let limits = reading(
      #"{"metadata":{"name":"n"},"spec":{"drivers":[{"name":"d","allocatable":{"count":8}},{"name":"e"}]}}"#,
      StorageReaders.attachmentLimits)
    #expect(limits?.value == ["d": 8])
    #expect(
      try NodeLoadReader.millicores(
        of: Array(#"{"metadata":{},"items":[{"metadata":{"name":"n"},"usage":{"cpu":"1250m","memory":"1Gi"}}]}"#.utf8))
        == ["n": 1250])
  }
}
